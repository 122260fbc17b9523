package org.segloss4j.internal.cpu.sweep;

import java.util.Arrays;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Elements;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cpu.lanes.FloatTile;
import org.segloss4j.internal.cpu.lanes.Rows;
import org.segloss4j.internal.cpu.lanes.TileIo;

/** Truth and weight of every output of a tile: class indices are spread over the channels, void outputs weigh 0. */
final class DenseTruth {

    private final Batch batch;
    private final Integer ignore;
    private final int channels;
    private final TileIo io = new TileIo();
    private final int[] indices;
    /** [C][lanes]; 0 for void outputs. */
    final float[][] g;
    /** [C][lanes]. */
    final float[][] weight;
    private final float[] scratch;
    /** Whether every truth of the tile at hand is 0 or 1; null if nobody has asked. */
    private Boolean hardTile;

    DenseTruth(Batch batch, Integer ignore, FloatTile tile) {
        this.batch = batch;
        this.ignore = ignore;
        channels = tile.channels;
        indices = new int[tile.stride];
        g = tile.rows();
        weight = tile.rows();
        scratch = new float[tile.stride];
        for (float[] row : weight) {
            Arrays.fill(row, 1);
        }
    }

    /** Whether the truth of every output is 0 or 1, by the kind of the labels. */
    boolean isHard() {
        return batch.labels().kind() == Labels.Kind.INDEX;
    }

    /** Whether every truth of the tile at hand is 0 or 1. */
    boolean isHardTile(int lanes) {
        if (hardTile == null) {
            Rows.clear(scratch, lanes);
            for (float[] row : g) {
                Rows.addFraction(scratch, row, lanes);
            }
            hardTile = Rows.sum(scratch, lanes) == 0;
        }
        return hardTile;
    }

    /** Reads pixels [s, s + lanes) of example n and clears the predictions of void pixels in the tile. */
    void load(FloatTile tile, long n, long s, int lanes, BadInput bad) {
        hardTile = isHard() ? true : null;
        loadMask(n, s, lanes, bad);
        Tensor labels = batch.labels().tensor();
        if (isHard()) {
            io.readIndices(labels, n, s, lanes, Math.max(2, channels), ignore, indices, bad);
            spread(lanes);
        } else {
            io.read(labels, n, s, lanes, g);
            if (ignore != null) {
                ignoreDense(lanes);
            }
        }
        if (batch.mask() != null || ignore != null) {
            clearVoid(tile, lanes);
        }
        if (batch.labels().kind() == Labels.Kind.FIELD) {
            checkFinite(labels, n, s, lanes, bad);
        } else if (!isHard()) {
            io.checkTruths(labels, n, s, lanes, g, tile.rowA, bad);
        }
    }

    private void checkFinite(Tensor labels, long n, long s, int lanes, BadInput bad) {
        for (int c = 0; c < channels; c++) {
            boolean areFinite = Double.isFinite(Rows.sum(g[c], lanes));
            for (int t = 0; t < lanes && !areFinite; t++) {
                double given = Elements.get(labels, n, c, s + t);
                if (weight[c][t] != 0 && !Double.isFinite(given)) {
                    bad.add(BadInput.Kind.LABEL, n, s + t, given);
                }
            }
        }
    }

    private void loadMask(long n, long s, int lanes, BadInput bad) {
        Tensor mask = batch.mask();
        if (mask != null && mask.channels() == channels) {
            io.read(mask, n, s, lanes, weight);
            for (int c = 0; c < channels; c++) {
                TileIo.checkWeights(mask, n, c, s, lanes, weight[c], bad);
            }
            return;
        }
        if (mask != null) {
            TileIo.readWeights(mask, n, 0, s, lanes, weight[0], bad);
        } else if (ignore != null) {
            Arrays.fill(weight[0], 0, lanes, 1);
        } else {
            return;
        }
        for (int c = 1; c < channels; c++) {
            System.arraycopy(weight[0], 0, weight[c], 0, lanes);
        }
    }

    /** No comparison with a class per output: its outcome cannot be foreseen, and that is what takes time. */
    private void spread(int lanes) {
        for (float[] row : g) {
            Rows.clear(row, lanes);
        }
        for (int t = 0; t < lanes; t++) {
            int y = indices[t];
            if (y == TileIo.IGNORED) {
                for (float[] row : weight) {
                    row[t] = 0;
                }
            } else if (channels == 1) {
                g[0][t] = y;
            } else {
                g[y][t] = 1;
            }
        }
    }

    private void ignoreDense(int lanes) {
        boolean isClass = channels > 1 && ignore >= 0 && ignore < channels;
        for (int c = 0; c < channels; c++) {
            for (int t = 0; t < lanes; t++) {
                boolean isVoid = isClass ? g[ignore][t] > 0.5f : g[c][t] == ignore;
                if (isVoid) {
                    weight[c][t] = 0;
                }
            }
        }
    }

    /** A softmax still needs the prediction of a void output for the other outputs of its pixel. */
    private void clearVoid(FloatTile tile, int lanes) {
        boolean coupled = batch.activation() == Activation.SOFTMAX;
        for (int t = 0; t < lanes; t++) {
            int left = channels;
            for (int c = 0; c < channels; c++) {
                if (weight[c][t] == 0) {
                    left--;
                    g[c][t] = 0;
                    if (!coupled) {
                        tile.clear(c, t);
                    }
                }
            }
            if (left == 0) {
                tile.clear(t);
            }
        }
    }
}
