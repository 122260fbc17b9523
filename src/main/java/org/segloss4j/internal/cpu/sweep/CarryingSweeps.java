package org.segloss4j.internal.cpu.sweep;

import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cpu.lanes.BinaryRows;
import org.segloss4j.internal.cpu.lanes.Rows;
import org.segloss4j.internal.cpu.lanes.TileIo;
import org.segloss4j.internal.math.Coefficients;
import org.segloss4j.internal.math.LossSpec;

/**
 * The two sweeps for one channel under a sigmoid. The first sweep stores an intermediate result in the gradient's
 * array, so that the second sweep computes less. If the loss has pixel terms, the intermediate result is their
 * gradient. Otherwise it is p·(1 − p) times the weight of the pixel. If all labels are 0 or 1, it is negative where
 * the label is 0.
 */
public final class CarryingSweeps {

    private final BinarySweep sweep;
    private final boolean hasTerms;

    /** Sweeps of which the first also counts hard predictions, unless the counters are null. */
    public CarryingSweeps(LossSpec spec, Batch batch, HardCounts counts) {
        sweep = new BinarySweep(spec, batch, counts);
        hasTerms = !spec.pixels().isEmpty();
    }

    /** Whether the gradient can hold that in between, and nothing of it is read as something else. */
    public static boolean fit(LossSpec spec, Batch batch, Tensor gradient) {
        return BinarySweep.fits(spec, batch) && !spec.statistics().squares()
                && batch.predictions().type() != ElementType.DOUBLE
                && gradient.type() == ElementType.FLOAT && !meet(gradient, batch.predictions())
                && !meet(gradient, batch.labels().tensor()) && !(batch.mask() != null && meet(gradient, batch.mask()));
    }

    private static boolean meet(Tensor a, Tensor b) {
        return a.storage().meets(b.storage());
    }

    /** Adds the weights of pixels [from, to) of example n to a row of sums. */
    public void weights(long n, long from, long to, double[] rows, int at, BadInput bad) {
        sweep.weights(n, from, to, rows, at, bad);
    }

    /**
     * Adds all sums of pixels [from, to) of example n to a row.
     *
     * @param table the factors of the pixel terms; its region coefficients are not used
     */
    public void first(long n, long from, long to, double[] rows, int at, Coefficients table, double scale, Tensor out,
               BadInput bad) {
        sweep.addPixels(from, to, rows, at);
        for (long s = from; s < to; s += sweep.tile.stride) {
            int lanes = sweep.load(n, s, to, bad);
            sweep.count(n, s, lanes);
            rows[at + sweep.layout.weight(0)] += sweep.addRegionSums(lanes);
            if (hasTerms) {
                sweep.addTerms(table, scale, lanes);
            } else {
                carryProduct(lanes);
            }
            sweep.tile.store(out, n, s, lanes);
        }
        sweep.drain(sweep.layout.intersection(0), (int) Math.min(sweep.tile.stride, to - from), rows, at);
    }

    private void carryProduct(int lanes) {
        float[] dz = sweep.tile.dz[0];
        Rows.product(sweep.u, sweep.v, dz, lanes);
        if (sweep.truth.isHard()) {
            BinaryRows.turn(dz, sweep.truth.g, dz, lanes);
        }
        if (sweep.truth.weight != null) {
            Rows.product(dz, sweep.truth.weight, dz, lanes);
        }
    }

    /** Makes the whole gradient of pixels [from, to) of example n. */
    public void second(long n, long from, long to, Coefficients table, int row, double scale, Tensor out,
                       BadInput bad) {
        float a = (float) (scale * table.a(row, 0));
        float b = (float) (scale * table.b(row, 0));
        for (long s = from; s < to; s += sweep.tile.stride) {
            int lanes = (int) Math.min(sweep.tile.stride, to - s);
            float[] dz = sweep.tile.dz[0];
            TileIo.readChannel(out, n, 0, s, lanes, dz);
            if (hasTerms) {
                sweep.load(n, s, to, bad);
                sweep.regionSlope(a, b, 0, sweep.tile.rowA, lanes);
                Rows.add(dz, sweep.tile.rowA, lanes);
            } else if (a == 0 && b == 0) {
                // Not a product with 0, which would propagate a NaN prediction.
                Rows.clear(dz, lanes);
            } else if (sweep.truth.isHard()) {
                BinaryRows.regionOfTurned(dz, a, b, lanes);
            } else {
                sweep.truth.loadAgain(sweep.tile.z[0], n, s, lanes, bad);
                BinaryRows.region(sweep.truth.g, a, b, dz, lanes);
            }
            sweep.store(out, n, s, lanes, table, row, scale);
        }
    }
}
