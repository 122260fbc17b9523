package org.segloss4j.cpu;

import java.util.Arrays;
import org.segloss4j.backend.Activation;
import org.segloss4j.backend.BadInput;
import org.segloss4j.backend.Batch;
import org.segloss4j.backend.Tensor;
import org.segloss4j.math.ClassSelection;
import org.segloss4j.math.Finalisation.Coefficients;
import org.segloss4j.math.LossSpec;
import org.segloss4j.math.PixelTerm;

/**
 * The general walk in float: soft, multi-hot and binary labels, weights per output, every loss. The same steps as
 * {@link PixelSweep}, a tile at a time.
 */
final class DenseSweep implements Sweep {

    private final LossSpec spec;
    private final Batch batch;
    private final FloatTile tile;
    private final DenseTruth truth;
    private final ClassSelection.Resolved[] selections;
    /** Renormalised probabilities of one term. */
    private final float[] q;
    /** dL/dp. */
    private final float[] dp;
    /** Lane sums of g·p, p, g and 1, each times the weight. */
    private final float[][] sums;

    DenseSweep(LossSpec spec, Batch batch) {
        this.spec = spec;
        this.batch = batch;
        tile = new FloatTile(batch);
        truth = new DenseTruth(batch, spec.ignoreIndex(), tile);
        selections = spec.pixels().stream().map(t -> t.classes().resolve(tile.channels))
                .toArray(ClassSelection.Resolved[]::new);
        q = spec.pixels().stream().anyMatch(PixelTerm::renormalised) ? new float[tile.z.length] : null;
        dp = new float[tile.z.length];
        sums = new float[4][tile.z.length];
    }

    @Override
    public void sums(long n, long from, long to, double[] rows, int at, BadInput bad) {
        int channels = tile.channels;
        for (long s = from; s < to; s += tile.stride) {
            int lanes = (int) Math.min(tile.stride, to - s);
            tile.load(batch, n, s, lanes);
            truth.load(tile, n, s, lanes, bad);
            if (spec.threshold() != null) {
                tile.harden(spec.threshold(), lanes);
            }
            for (int c = 0; c < channels; c++) {
                addSums(c * tile.stride, lanes);
            }
            for (int k = 0; k < selections.length; k++) {
                rows[at + 4 * channels + k] += pixelLoss(spec.pixels().get(k), selections[k], lanes);
            }
        }
        for (int k = 0; k < sums.length; k++) {
            tile.drain(sums[k], (int) Math.min(tile.stride, to - from), rows, at + k * channels);
        }
    }

    private void addSums(int at, int lanes) {
        float[] p = tile.p;
        float[] g = truth.g;
        float[] w = truth.weight;
        for (int k = at; k < at + lanes; k++) {
            // A void output must not be felt, even if its label or prediction is not a number.
            float wg = w[k] == 0 ? 0 : w[k] * g[k];
            sums[0][k] += w[k] == 0 ? 0 : wg * p[k];
            sums[1][k] += w[k] == 0 ? 0 : w[k] * p[k];
            sums[2][k] += wg;
            sums[3][k] += w[k];
        }
    }

    @Override
    public void gradient(long n, long from, long to, Coefficients table, int row, double scale, Tensor out,
                         BadInput bad) {
        for (long s = from; s < to; s += tile.stride) {
            int lanes = (int) Math.min(tile.stride, to - s);
            tile.load(batch, n, s, lanes);
            truth.load(tile, n, s, lanes, bad);
            for (int c = 0; c < tile.channels; c++) {
                int k = row * tile.channels + c;
                regionSlope(c * tile.stride, lanes, (float) (scale * table.a()[k]), (float) (scale * table.b()[k]));
            }
            for (int k = 0; k < selections.length; k++) {
                PixelTerm term = spec.pixels().get(k);
                double factor = scale * table.pixel()[k];
                if (term.renormalised()) {
                    addRenormalisedSlope(term, selections[k], factor, lanes);
                } else {
                    addSlope(term, selections[k], factor, lanes);
                }
            }
            backward(lanes);
            if (batch.activation() == Activation.SOFTMAX && selections.length > 0) {
                tile.balance(lanes);
            }
            tile.store(out, n, s, lanes);
        }
    }

    private void regionSlope(int at, int lanes, float a, float b) {
        for (int k = at; k < at + lanes; k++) {
            float w = truth.weight[k];
            dp[k] = w == 0 ? 0 : w * (a * truth.g[k] + b);
            tile.dz[k] = 0;
        }
    }

    private double pixelLoss(PixelTerm term, ClassSelection.Resolved classes, int lanes) {
        float[] total = term.renormalised() ? renormalise(classes.multiplicity(), lanes) : null;
        float[] u = term.renormalised() ? q : tile.p;
        double loss = 0;
        for (int c = 0; c < tile.channels; c++) {
            if (classes.multiplicity()[c] == 0) {
                continue;
            }
            double channel = 0;
            for (int k = c * tile.stride; k < c * tile.stride + lanes; k++) {
                double w = truth.weight[k];
                double g = truth.g[k];
                if (w != 0 && g != 0 && !(total != null && total[k - c * tile.stride] == 0)) {
                    channel += w * g * term.positive().value(u[k]);
                }
                if (w != 0 && term.binary() && g != 1) {
                    channel += w * (1 - g) * term.negative().value(tile.complement(k));
                }
            }
            loss += classes.weight()[c] * channel;
        }
        return loss;
    }

    private void addSlope(PixelTerm term, ClassSelection.Resolved classes, double factor, int lanes) {
        for (int c = 0; c < tile.channels; c++) {
            double channel = factor * classes.weight()[c];
            if (channel == 0) {
                continue;
            }
            for (int k = c * tile.stride; k < c * tile.stride + lanes; k++) {
                double w = channel * truth.weight[k];
                double g = truth.g[k];
                if (w != 0 && g != 0) {
                    dp[k] += (float) (w * g * term.positive().slope(tile.p[k]));
                }
                if (w != 0 && term.binary() && g != 1) {
                    dp[k] -= (float) (w * (1 - g) * term.negative().slope(tile.complement(k)));
                }
            }
        }
    }

    /** See {@link PixelSweep}. */
    private void addRenormalisedSlope(PixelTerm term, ClassSelection.Resolved classes, double factor, int lanes) {
        int[] multiplicity = classes.multiplicity();
        float[] total = renormalise(multiplicity, lanes);
        for (int t = 0; t < lanes; t++) {
            if (total[t] == 0) {
                continue;
            }
            double mean = 0;
            for (int c = 0; c < tile.channels; c++) {
                mean += ownSlope(term, classes, factor, c, c * tile.stride + t) * q[c * tile.stride + t];
            }
            for (int c = 0; c < tile.channels; c++) {
                int k = c * tile.stride + t;
                if (multiplicity[c] > 0) {
                    double slope = ownSlope(term, classes, factor, c, k) - multiplicity[c] * mean;
                    switch (batch.activation()) {
                        case IDENTITY -> dp[k] += (float) (slope / total[t]);
                        case SIGMOID -> tile.dz[k] += (float) (tile.complement[k] * q[k] * slope);
                        case SOFTMAX -> tile.dz[k] += (float) (q[k] * slope);
                    }
                }
            }
        }
    }

    private double ownSlope(PixelTerm term, ClassSelection.Resolved classes, double factor, int c, int k) {
        if (classes.multiplicity()[c] == 0 || truth.weight[k] == 0 || truth.g[k] == 0) {
            return 0;
        }
        return factor * classes.weight()[c] * truth.weight[k] * truth.g[k] * term.positive().slope(q[k]);
    }

    /** Fills q for the gathered channels and returns, per lane, what p was divided by; see {@link PixelSweep}. */
    private float[] renormalise(int[] multiplicity, int lanes) {
        boolean fromLogs = batch.activation() != Activation.IDENTITY;
        float[] max = tile.rowA;
        float[] total = tile.rowB;
        Arrays.fill(max, 0, lanes, fromLogs ? Float.NEGATIVE_INFINITY : 0);
        Arrays.fill(total, 0, lanes, 0);
        for (int c = 0; c < tile.channels; c++) {
            for (int t = 0; t < lanes && multiplicity[c] > 0; t++) {
                int k = c * tile.stride + t;
                q[k] = logProbability(k);
                max[t] = fromLogs ? Math.max(max[t], q[k]) : 0;
            }
        }
        for (int c = 0; c < tile.channels; c++) {
            for (int t = 0; t < lanes && multiplicity[c] > 0; t++) {
                int k = c * tile.stride + t;
                q[k] = fromLogs ? FloatMath.exp(q[k] - max[t]) : tile.p[k];
                total[t] += multiplicity[c] * q[k];
            }
        }
        for (int c = 0; c < tile.channels; c++) {
            for (int t = 0; t < lanes && multiplicity[c] > 0; t++) {
                q[c * tile.stride + t] /= total[t] == 0 ? 1 : total[t];
            }
        }
        return total;
    }

    private float logProbability(int k) {
        return switch (batch.activation()) {
            case IDENTITY -> tile.p[k];
            case SIGMOID -> FloatMath.logSigmoid(tile.z[k]);
            case SOFTMAX -> tile.z[k];
        };
    }

    private void backward(int lanes) {
        float[] p = tile.p;
        float[] dz = tile.dz;
        float[] mean = tile.rowA;
        Arrays.fill(mean, 0, lanes, 0);
        for (int c = 0; batch.activation() == Activation.SOFTMAX && c < tile.channels; c++) {
            int at = c * tile.stride;
            for (int t = 0; t < lanes; t++) {
                mean[t] += p[at + t] * dp[at + t];
            }
        }
        for (int c = 0; c < tile.channels; c++) {
            int at = c * tile.stride;
            switch (batch.activation()) {
                case IDENTITY -> {
                    for (int k = at; k < at + lanes; k++) {
                        dz[k] += dp[k];
                    }
                }
                case SIGMOID -> {
                    for (int k = at; k < at + lanes; k++) {
                        // Where nothing is asked, a prediction that is not a number must not be felt.
                        dz[k] += dp[k] == 0 ? 0 : p[k] * tile.complement[k] * dp[k];
                    }
                }
                case SOFTMAX -> {
                    for (int t = 0; t < lanes; t++) {
                        dz[at + t] += p[at + t] * (dp[at + t] - mean[t]);
                    }
                }
            }
        }
    }
}
