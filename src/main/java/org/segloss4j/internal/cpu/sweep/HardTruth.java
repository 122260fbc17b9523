package org.segloss4j.internal.cpu.sweep;

import java.util.Arrays;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.cpu.lanes.FloatTile;
import org.segloss4j.internal.cpu.lanes.TileIo;

/** The class and the weight of every pixel of a tile. */
final class HardTruth {

    private final Batch batch;
    private final Integer ignore;
    private final TileIo io = new TileIo();
    /** The classes, {@link TileIo#IGNORED} for void pixels. */
    final int[] classes;
    /** Weights of the pixels, 0 for void ones; null for 1 everywhere, where no pixel can be void. */
    final float[] weight;

    HardTruth(Batch batch, Integer ignore, int lanes) {
        this.batch = batch;
        this.ignore = ignore;
        classes = new int[lanes];
        weight = batch.mask() == null && ignore == null ? null : new float[lanes];
    }

    /** Reads pixels [s, s + lanes) of example n and clears the predictions of void pixels in the tile. */
    void load(FloatTile tile, long n, long s, int lanes, BadInput bad) {
        io.readIndices(batch.labels().tensor(), n, s, lanes, tile.channels, ignore, classes, bad);
        if (weight == null) {
            return;
        }
        if (batch.mask() == null) {
            Arrays.fill(weight, 0, lanes, 1);
        } else {
            TileIo.readWeights(batch.mask(), n, 0, s, lanes, weight, bad);
        }
        for (int t = 0; t < lanes; t++) {
            if (classes[t] == TileIo.IGNORED || weight[t] == 0) {
                classes[t] = TileIo.IGNORED;
                weight[t] = 0;
                tile.clear(t);
            }
        }
    }
}
