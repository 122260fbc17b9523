package org.segloss4j.internal.cpu.sweep;

import java.util.function.IntPredicate;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cpu.lanes.FloatTile;
import org.segloss4j.internal.cpu.lanes.Rows;
import org.segloss4j.internal.cpu.lanes.SideRows;
import org.segloss4j.internal.cpu.lanes.TileIo;

/**
 * Cross-entropy of the true class of each pixel and its gradient, in rows of floats, for terms that choose pixels one
 * by one. Holds scratch, so each thread has its own.
 */
public final class TrueClassRows {

    private final Batch batch;
    private final FloatTile tile;
    private final HardTruth truth;
    private final SideRows side;
    private final float[] logits;
    private final float[][] present;
    private final TileIo io = new TileIo();

    public TrueClassRows(Batch batch, Integer ignoreIndex) {
        this.batch = batch;
        tile = new FloatTile(batch);
        truth = new HardTruth(batch, ignoreIndex, tile);
        side = new SideRows(tile.stride);
        logits = new float[tile.stride];
        present = tile.rows();
    }

    /** Whether rows can have the losses of a batch, of those tiles at least whose labels are classes. */
    public static boolean fits(Batch batch) {
        return batch.activation() == Activation.SOFTMAX && batch.predictions().type() != ElementType.DOUBLE
                && batch.predictions().channels() > 1 && batch.labels().kind() != Labels.Kind.FIELD
                && (batch.mask() == null || batch.mask().channels() == 1);
    }

    /** Pixels that are taken at a time. */
    public int stride() {
        return tile.stride;
    }

    /** By how much losses are off, as a part of themselves: of each exponential, of their sum, and of the logarithm. */
    public static double relativeError(int channels) {
        return 2e-6 + 2e-7 * channels;
    }

    /** Gets what is known of a pixel that is not void. */
    public interface Pixels {

        /**
         * One pixel.
         *
         * @param lane        from the first of those that were asked for
         * @param truth       its class
         * @param weight      of the mask
         * @param probability of its class
         * @param loss        -log of it
         */
        void take(int lane, int truth, double weight, float probability, float loss);
    }

    /**
     * Reads up to {@link #stride} pixels.
     *
     * @return false, and nothing is read, if their labels are no classes
     */
    public boolean read(long n, long s, int lanes, BadInput bad, Pixels pixels) {
        if (!load(n, s, lanes, bad)) {
            return false;
        }
        for (int t = 0; t < lanes; t++) {
            int y = truth.classes[t];
            side.u()[t] = y == TileIo.IGNORED ? 1 : tile.p[y][t];
            logits[t] = y == TileIo.IGNORED ? 0 : tile.z[y][t];
        }
        Rows.complement(side.u(), side.v(), lanes);
        Rows.chooseRest(side.u(), tile.rest(lanes), side.v(), lanes);
        tile.logOfSoftmax(logits, side.u(), side.v(), side.log(), lanes);
        for (int t = 0; t < lanes; t++) {
            if (truth.classes[t] != TileIo.IGNORED) {
                pixels.take(t, truth.classes[t], truth.weight == null ? 1 : truth.weight[t], side.u()[t],
                        -side.log()[t]);
            }
        }
        return true;
    }

    /** What multiplies the loss of a pixel. */
    public interface Factors {
        double of(int lane, int truth);
    }

    /**
     * Adds the gradient of such pixels. The predictions of those that are not chosen are not looked at; of the others
     * NaN shows even where the factor is 0.
     */
    public void addGradient(long n, long s, int lanes, IntPredicate isChosen, Factors factors, Tensor out) {
        // What is bad was reported when it was read.
        load(n, s, lanes, new BadInput());
        float[] factor = side.u();
        for (int t = 0; t < lanes; t++) {
            int y = truth.classes[t];
            boolean isLookedAt = y != TileIo.IGNORED && isChosen.test(t);
            factor[t] = isLookedAt ? (float) factors.of(t, y) : 0;
            if (!isLookedAt) {
                tile.clear(t);
            }
        }
        for (int c = 0; c < tile.channels; c++) {
            Rows.product(tile.p[c], factor, tile.dz[c], lanes);
        }
        for (int t = 0; t < lanes; t++) {
            if (factor[t] != 0) {
                tile.dz[truth.classes[t]][t] -= factor[t];
            }
        }
        tile.balance(lanes);
        io.read(out, n, s, lanes, present);
        for (int c = 0; c < tile.channels; c++) {
            Rows.add(tile.dz[c], present[c], lanes);
        }
        tile.store(out, n, s, lanes);
    }

    private boolean load(long n, long s, int lanes, BadInput bad) {
        if (batch.labels().kind() != Labels.Kind.INDEX && !truth.readOneHot(n, s, lanes)) {
            return false;
        }
        tile.load(batch, n, s, lanes);
        truth.load(tile, n, s, lanes, bad);
        return true;
    }
}
