package org.segloss4j.internal.cpu.sweep;

import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.math.Coefficients;
import org.segloss4j.internal.math.LossSpec;

/**
 * The walk for dense labels that may be one-hot: tiles that are take the walk of class indices, others the general one.
 * What a tile takes is a matter of its labels alone, so results do not depend on threads.
 */
public final class OneHotSweep implements PixelTermSweep {

    private final HardSweep hard;
    private final DenseSweep dense;

    /** A sweep that also counts hard predictions, unless the counters are null. */
    public OneHotSweep(LossSpec spec, Batch batch, HardCounts counts) {
        hard = new HardSweep(spec, batch, counts);
        dense = new DenseSweep(spec, batch, counts);
    }

    /**
     * Whether this walk can compute a loss over a batch, and gains anything: of region terms alone the general walk
     * makes as little as this one, which has to look at the labels first.
     */
    public static boolean fits(LossSpec spec, Batch batch) {
        return !spec.pixels().isEmpty() && batch.labels().kind() == Labels.Kind.DENSE
                && batch.activation() == Activation.SOFTMAX && HardSweep.fits(spec, batch, true)
                && DenseSweep.fits(spec, batch);
    }

    private interface Tile {
        void walk(PixelTermSweep sweep, long from, long to);
    }

    private void walk(long n, long from, long to, Tile tile) {
        for (long s = from; s < to; s += hard.stride()) {
            long end = Math.min(to, s + hard.stride());
            tile.walk(hard.isOneHot(n, s, (int) (end - s)) ? hard : dense, s, end);
        }
    }

    @Override
    public void sums(long n, long from, long to, double[] rows, int at, BadInput bad) {
        boolean[] used = new boolean[2];
        walk(n, from, to, (sweep, s, end) -> {
            used[sweep == hard ? 0 : 1] = true;
            if (sweep == hard) {
                hard.addTile(n, s, (int) (end - s), rows, at, bad);
            } else {
                dense.addTile(n, s, end, rows, at, bad);
            }
        });
        int lanes = (int) Math.min(hard.stride(), to - from);
        if (used[0]) {
            hard.drain(lanes, rows, at);
        }
        if (used[1]) {
            dense.drain(lanes, rows, at);
        }
    }

    @Override
    public void gradient(long n, long from, long to, Coefficients table, int row, double scale, Tensor out,
                         BadInput bad) {
        walk(n, from, to, (sweep, s, end) -> sweep.gradient(n, s, end, table, row, scale, out, bad));
    }

    @Override
    public void weights(long n, long from, long to, double[] rows, int at, BadInput bad) {
        dense.weights(n, from, to, rows, at, bad);
    }

    @Override
    public void pixelTerms(long n, long from, long to, double[] rows, int at, Coefficients table, double scale,
                           Tensor out, BadInput bad) {
        walk(n, from, to, (sweep, s, end) -> sweep.pixelTerms(n, s, end, rows, at, table, scale, out, bad));
    }
}
