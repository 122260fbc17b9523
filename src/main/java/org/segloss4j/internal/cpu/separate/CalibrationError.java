package org.segloss4j.internal.cpu.separate;

import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.cpu.sweep.Pixel;
import org.segloss4j.internal.math.CalibrationTerm;
import org.segloss4j.internal.math.ClassSelection;

/** The average calibration error of each image and class, and the gradient with the bins as constants. */
final class CalibrationError {

    /** The upper edge of the last bin, a float above 1 as in the paper's code: a probability of 1 is inside. */
    private static final double TOP = 1 + 0x1p-23;
    /** Weight, mean prediction and mean truth of a bin. */
    private static final int KINDS = 3;

    private final Job job;
    private final CalibrationTerm term;
    private final Spreading spread;
    private final long examples;
    private final int channels;
    private final ClassSelection.Resolved selection;

    CalibrationError(Job job, CalibrationTerm term, Spreading spread) {
        this.job = job;
        this.term = term;
        this.spread = spread;
        examples = job.batch().predictions().examples();
        channels = job.channels();
        selection = term.classes().resolve(channels);
    }

    /** The bin of a probability; an edge belongs to the bin below it. */
    private int bin(double p) {
        double bin = Math.ceil(p * term.bins() / TOP) - 1;
        return (int) Math.max(0, Math.min(term.bins() - 1, bin));
    }

    private int at(int c, double p) {
        return KINDS * (c * term.bins() + bin(p));
    }

    /** Returns the value and adds the gradient. */
    double add() {
        PixelPasses walk = new PixelPasses(job, spread);
        double factor = term.coefficient() / examples / selection.count();
        double sum = 0;
        for (long n = 0; n < examples; n++) {
            double[] bins = binned(n);
            double[] slopes = new double[channels * term.bins()];
            for (int c = 0; c < channels; c++) {
                sum += selection.weight()[c] == 0 ? 0 : selection.weight()[c] * error(bins, c, slopes);
            }
            walk.write(n, n + 1, (pixel, example, s, dp, dz) -> {
                for (int c = 0; c < channels; c++) {
                    double slope = slopes[at(c, pixel.p[c]) / KINDS];
                    dp[c] = pixel.m[c] == 0 || slope == 0 ? 0 : factor * selection.weight()[c] * pixel.m[c] * slope;
                }
            });
        }
        return factor * sum;
    }

    /** The sums of weights, predictions and truths of the bins of an image, added in the order of the chunks. */
    private double[] binned(long n) {
        long pixels = job.batch().predictions().pixels();
        double[][] chunks = new double[Math.toIntExact((pixels + Spreading.CHUNK - 1) / Spreading.CHUNK)][];
        new PixelPasses(job, spread).read(n, n + 1, (pixel, example, s) -> {
            int chunk = (int) (s / Spreading.CHUNK);
            if (chunks[chunk] == null) {
                chunks[chunk] = new double[KINDS * channels * term.bins()];
            }
            add(pixel, chunks[chunk]);
        });
        double[] sums = new double[KINDS * channels * term.bins()];
        for (double[] chunk : chunks) {
            for (int k = 0; chunk != null && k < sums.length; k++) {
                sums[k] += chunk[k];
            }
        }
        return sums;
    }

    private void add(Pixel pixel, double[] sums) {
        for (int c = 0; c < channels; c++) {
            if (pixel.m[c] != 0 && selection.multiplicity()[c] != 0) {
                int at = at(c, pixel.p[c]);
                sums[at] += pixel.m[c];
                sums[at + 1] += pixel.m[c] * pixel.p[c];
                sums[at + 2] += pixel.m[c] * pixel.g[c];
            }
        }
    }

    /** The error of a class, and its derivative by each probability of weight 1 in a bin. */
    private double error(double[] sums, int c, double[] slopes) {
        double truth = 0;
        int occupied = 0;
        for (int b = 0; b < term.bins(); b++) {
            int at = KINDS * (c * term.bins() + b);
            truth += sums[at + 2];
            occupied += sums[at] > 0 ? 1 : 0;
        }
        if (occupied == 0 || term.onlyPresent() && truth == 0) {
            return 0;
        }
        double error = 0;
        for (int b = 0; b < term.bins(); b++) {
            int at = KINDS * (c * term.bins() + b);
            if (sums[at] > 0) {
                double gap = (sums[at + 1] - sums[at + 2]) / sums[at];
                error += Math.abs(gap) / occupied;
                slopes[c * term.bins() + b] = Math.signum(gap) / sums[at] / occupied;
            }
        }
        return error;
    }
}
