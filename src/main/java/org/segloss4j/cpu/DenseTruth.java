package org.segloss4j.cpu;

import java.util.Arrays;
import org.segloss4j.backend.BadInput;
import org.segloss4j.backend.Batch;
import org.segloss4j.backend.Labels;
import org.segloss4j.backend.Tensor;

/** Truth and weight of every output of a tile: class indices are spread over the channels, void outputs weigh 0. */
final class DenseTruth {

    private final Batch batch;
    private final Integer ignore;
    private final int channels;
    private final int stride;
    private final TileIo io = new TileIo();
    private final int[] indices;
    /** Planar like the tile. */
    final float[] g;
    final float[] weight;

    DenseTruth(Batch batch, Integer ignore, FloatTile tile) {
        this.batch = batch;
        this.ignore = ignore;
        channels = tile.channels;
        stride = tile.stride;
        indices = new int[stride];
        g = new float[channels * stride];
        weight = new float[channels * stride];
        Arrays.fill(weight, 1);
    }

    /** Reads pixels [s, s + lanes) of example n and clears the predictions of void pixels in the tile. */
    void load(FloatTile tile, long n, long s, int lanes, BadInput bad) {
        loadMask(n, s, lanes, bad);
        Tensor labels = batch.labels().tensor();
        if (batch.labels().kind() == Labels.Kind.INDEX) {
            TileIo.readIndices(labels, n, s, lanes, Math.max(2, channels), ignore, indices, bad);
            spread(lanes);
        } else {
            io.read(labels, n, s, lanes, g, stride);
            if (ignore != null) {
                ignoreDense(lanes);
            }
        }
        if (batch.mask() != null || ignore != null) {
            clearVoid(tile, lanes);
        }
    }

    private void loadMask(long n, long s, int lanes, BadInput bad) {
        Tensor mask = batch.mask();
        if (mask != null && mask.channels() == channels) {
            io.read(mask, n, s, lanes, weight, stride);
            for (int c = 0; c < channels; c++) {
                TileIo.checkWeights(weight, c * stride, n, s, lanes, bad);
            }
            return;
        }
        if (mask != null) {
            TileIo.readChannel(mask, n, 0, s, lanes, weight, 0);
            TileIo.checkWeights(weight, 0, n, s, lanes, bad);
        } else if (ignore != null) {
            Arrays.fill(weight, 0, lanes, 1);
        } else {
            return;
        }
        for (int c = 1; c < channels; c++) {
            System.arraycopy(weight, 0, weight, c * stride, lanes);
        }
    }

    private void spread(int lanes) {
        for (int c = 0; c < channels; c++) {
            int is = channels == 1 ? 1 : c;
            for (int t = 0; t < lanes; t++) {
                g[c * stride + t] = indices[t] == is ? 1 : 0;
                if (indices[t] == TileIo.IGNORED) {
                    weight[c * stride + t] = 0;
                }
            }
        }
    }

    private void ignoreDense(int lanes) {
        boolean isClass = channels > 1 && ignore >= 0 && ignore < channels;
        for (int c = 0; c < channels; c++) {
            for (int t = 0; t < lanes; t++) {
                boolean isVoid = isClass ? g[ignore * stride + t] > 0.5f : g[c * stride + t] == ignore;
                if (isVoid) {
                    weight[c * stride + t] = 0;
                }
            }
        }
    }

    private void clearVoid(FloatTile tile, int lanes) {
        for (int t = 0; t < lanes; t++) {
            boolean isVoid = true;
            for (int c = 0; c < channels && isVoid; c++) {
                isVoid = weight[c * stride + t] == 0;
            }
            if (isVoid) {
                tile.clear(t);
            }
        }
    }
}
