package org.segloss4j.internal.cpu.sweep;

import java.util.Arrays;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.cpu.lanes.Rows;
import org.segloss4j.internal.math.Coefficients;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.SumsLayout;

/**
 * Computes pixels again by {@link PixelSweep} whose loss or gradient came out as NaN or infinite. Loops over rows
 * multiply an unused prediction by 0, and 0 · NaN is NaN, although an unused prediction must not propagate NaN. A
 * softmax needs no such correction, since there one NaN makes the whole pixel NaN anyway; but exact binary losses mark
 * by NaN what float does not know of the complement of a probability.
 */
final class NaNPixels {

    /** Infinite logarithms are this large at least in float. */
    private static final double LARGE = 1e30;

    private final boolean isNeeded;
    private final int channels;
    private final PixelSweep exact;
    private final SumsLayout layout;
    private final double[] sums;
    /** The walk that asks has reported what is bad. */
    private final BadInput reported = new BadInput();

    NaNPixels(LossSpec spec, Batch batch) {
        isNeeded = batch.activation() != Activation.SOFTMAX
                || spec.pixels().stream().anyMatch(term -> term.binary() && !term.isPlain());
        channels = batch.predictions().channels();
        layout = spec.layout(channels);
        exact = new PixelSweep(spec, batch);
        sums = new double[layout.width()];
    }

    /** The loss of a term over pixels [s, s + lanes) of example n, given what the rows made of it. */
    double loss(double loss, int term, long n, long s, int lanes) {
        if (Math.abs(loss) < LARGE) {
            return loss;
        }
        Arrays.fill(sums, 0);
        exact.sums(n, s, s + lanes, sums, 0, reported);
        return sums[layout.term(term)];
    }

    /** Corrects the gradient of pixels [s, s + lanes) of example n, also where float does not hold the factors. */
    void correct(float[][] dz, long n, long s, int lanes, Coefficients table, int row, double scale) {
        if (!isNeeded) {
            correctOverflow(dz, n, s, lanes, table, row, scale);
            return;
        }
        for (int c = 0; c < channels; c++) {
            if (!Double.isFinite(Rows.sum(dz[c], lanes))) {
                correct(dz, dz[c], n, s, lanes, table, row, scale);
            }
        }
    }

    /** The same where float does not hold the factors, and only there: infinity times 0 is NaN, in void pixels, too. */
    void correctOverflow(float[][] dz, long n, long s, int lanes, Coefficients table, int row, double scale) {
        for (int c = 0; table.isLarge(row, scale) && c < channels; c++) {
            correct(dz, dz[c], n, s, lanes, table, row, scale);
        }
    }

    private void correct(float[][] dz, float[] doubtful, long n, long s, int lanes, Coefficients table, int row,
                         double scale) {
        for (int t = 0; t < lanes; t++) {
            if (!Float.isFinite(doubtful[t])) {
                double[] slopes = exact.gradient(n, s + t, table, row, reported);
                for (int c = 0; c < channels; c++) {
                    dz[c][t] = (float) (scale * slopes[c]);
                }
            }
        }
    }
}
