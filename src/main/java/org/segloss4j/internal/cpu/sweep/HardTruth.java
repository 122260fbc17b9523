package org.segloss4j.internal.cpu.sweep;

import java.util.Arrays;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.cpu.lanes.FloatTile;
import org.segloss4j.internal.cpu.lanes.Rows;
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

    /** One-hot labels, null for class indices, and rows to look at them. */
    private final float[][] hot;
    private final float[] sum;
    private final float[] fractions;
    private final float[] index;

    HardTruth(Batch batch, Integer ignore, FloatTile tile) {
        this.batch = batch;
        this.ignore = ignore;
        classes = new int[tile.stride];
        weight = batch.mask() == null && ignore == null ? null : new float[tile.stride];
        hot = batch.labels().kind() == Labels.Kind.INDEX ? null : tile.rows();
        sum = new float[tile.stride];
        fractions = new float[tile.stride];
        index = new float[tile.stride];
    }

    /** Reads dense labels and, if they are one-hot, the classes from them. */
    boolean readOneHot(long n, long s, int lanes) {
        io.read(batch.labels().tensor(), n, s, lanes, hot);
        Rows.clear(sum, lanes);
        Rows.clear(fractions, lanes);
        Rows.clear(index, lanes);
        for (int c = 0; c < hot.length; c++) {
            Rows.add(sum, hot[c], lanes);
            Rows.addFraction(fractions, hot[c], lanes);
            Rows.addScaled(index, c, hot[c], lanes);
        }
        Rows.addFraction(fractions, sum, lanes);
        // Numbers that are 0 or 1 and whose sum is: none of them may be 1, which is no class.
        if (Rows.sum(fractions, lanes) != 0 || Rows.sum(sum, lanes) != lanes) {
            return false;
        }
        for (int t = 0; t < lanes; t++) {
            int y = (int) index[t];
            classes[t] = ignore != null && y == ignore ? TileIo.IGNORED : y;
        }
        return true;
    }

    /**
     * Reads pixels [s, s + lanes) of example n, of which one-hot labels have been read before, and clears the
     * predictions of void pixels in the tile.
     */
    void load(FloatTile tile, long n, long s, int lanes, BadInput bad) {
        if (hot == null) {
            io.readIndices(batch.labels().tensor(), n, s, lanes, tile.channels, ignore, classes, bad);
        }
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
