package org.segloss4j.internal.cpu.sweep;

import java.util.Arrays;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.cpu.lanes.BitRows;
import org.segloss4j.internal.cpu.lanes.TileIo;

/** The truth and the weight of every pixel of a tile with one channel. */
final class BinaryTruth {

    private final Batch batch;
    private final Integer ignore;
    private final TileIo io = new TileIo();
    private final BitRows bits;
    private final int[] indices;
    private final float[][] rows;
    private final float[] scratch;
    /** 0 for void pixels. */
    final float[] g;
    /** 0 for void pixels; null for 1 everywhere. */
    final float[] weight;

    BinaryTruth(Batch batch, Integer ignore, int lanes) {
        this.batch = batch;
        this.ignore = ignore;
        bits = new BitRows(lanes);
        indices = new int[lanes];
        g = new float[lanes];
        rows = new float[][] {g};
        scratch = new float[lanes];
        weight = batch.mask() == null && ignore == null ? null : new float[lanes];
    }

    /** Whether the truth is 0 or 1, by the kind of the labels. */
    boolean isHard() {
        return batch.labels().kind() == Labels.Kind.INDEX;
    }

    /** Reads pixels [s, s + lanes) of example n and clears the logits of void pixels, which may be anything. */
    void load(float[] z, long n, long s, int lanes, BadInput bad) {
        loadAgain(z, n, s, lanes, bad);
        if (!isHard()) {
            io.checkTruths(batch.labels().tensor(), n, s, lanes, rows, scratch, bad);
        }
    }

    /** The same without another look at whether dense labels are from 0 to 1. */
    void loadAgain(float[] z, long n, long s, int lanes, BadInput bad) {
        if (batch.mask() != null) {
            TileIo.readWeights(batch.mask(), n, 0, s, lanes, weight, bad);
        } else if (weight != null) {
            Arrays.fill(weight, 0, lanes, 1);
        }
        if (isHard()) {
            loadIndices(n, s, lanes, bad);
        } else {
            TileIo.readChannel(batch.labels().tensor(), n, 0, s, lanes, g);
            for (int t = 0; t < lanes && ignore != null; t++) {
                weight[t] = g[t] == ignore ? 0 : weight[t];
            }
        }
        for (int t = 0; t < lanes && weight != null; t++) {
            if (weight[t] == 0) {
                z[t] = 0;
                g[t] = 0;
            }
        }
    }

    private void loadIndices(long n, long s, int lanes, BadInput bad) {
        boolean isClassIgnored = ignore != null && (ignore == 0 || ignore == 1);
        if (!isClassIgnored && bits.read(batch.labels().tensor(), n, s, lanes, g)) {
            return;
        }
        io.readIndices(batch.labels().tensor(), n, s, lanes, 2, ignore, indices, bad);
        for (int t = 0; t < lanes; t++) {
            g[t] = Math.max(0, indices[t]);
            if (weight != null && indices[t] == TileIo.IGNORED) {
                weight[t] = 0;
            }
        }
    }
}
