package org.segloss4j.internal.cpu.sweep;

import java.util.Arrays;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.cpu.lanes.FloatMath;
import org.segloss4j.internal.cpu.lanes.FloatTile;
import org.segloss4j.internal.cpu.lanes.Rows;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.PixelTerm;

/**
 * Pixel losses of q = p / Σp over the gathered channels. Where there is an activation, a softmax over log p is the same
 * and does not vanish with p. Holds scratch, so each thread has its own.
 */
final class Renormalised {

    private final Activation activation;
    private final FloatTile tile;
    private final DenseTruth truth;
    private final float[][] q;
    private final float[] max;
    private final float[] total;

    Renormalised(Activation activation, FloatTile tile, DenseTruth truth) {
        this.activation = activation;
        this.tile = tile;
        this.truth = truth;
        q = tile.rows();
        max = new float[tile.stride];
        total = new float[tile.stride];
    }

    /** Whether a term needs it: a softmax over all channels is normalised already. */
    static boolean isNeeded(PixelTerm term, ClassSelection.Resolved classes, Activation activation) {
        return term.renormalised() && !(activation == Activation.SOFTMAX && classes.coversEachOnce());
    }

    /** The sum of a term's losses. */
    double loss(PixelTerm term, ClassSelection.Resolved classes, int lanes) {
        renormalise(classes.multiplicity(), lanes);
        double loss = 0;
        for (int c = 0; c < tile.channels; c++) {
            double channel = 0;
            for (int t = 0; t < lanes && classes.multiplicity()[c] > 0; t++) {
                double weight = (double) truth.weight[c][t] * truth.g[c][t];
                if (weight != 0 && total[t] != 0) {
                    channel += weight * term.log().value(q[c][t]);
                }
            }
            loss += classes.weight()[c] * channel;
        }
        return loss;
    }

    /** Adds a term's slopes to dL/dp or, where q is a softmax of its own, to dL/dz. */
    void addSlope(PixelTerm term, ClassSelection.Resolved classes, double factor, float[][] dp, int lanes) {
        int[] multiplicity = classes.multiplicity();
        renormalise(multiplicity, lanes);
        for (int t = 0; t < lanes; t++) {
            if (total[t] == 0) {
                continue;
            }
            double mean = 0;
            for (int c = 0; c < tile.channels; c++) {
                mean += ownSlope(term, classes, factor, c, t) * q[c][t];
            }
            for (int c = 0; c < tile.channels; c++) {
                if (multiplicity[c] > 0) {
                    double slope = ownSlope(term, classes, factor, c, t) - multiplicity[c] * mean;
                    switch (activation) {
                        case IDENTITY -> dp[c][t] += (float) (slope / total[t]);
                        case SIGMOID -> tile.dz[c][t] += (float) (q[c][t] * slope / (1 + Math.exp(tile.z[c][t])));
                        case SOFTMAX -> tile.dz[c][t] += (float) (q[c][t] * slope);
                    }
                }
            }
        }
    }

    private double ownSlope(PixelTerm term, ClassSelection.Resolved classes, double factor, int c, int t) {
        if (classes.multiplicity()[c] == 0 || truth.weight[c][t] == 0 || truth.g[c][t] == 0) {
            return 0;
        }
        return factor * classes.weight()[c] * truth.weight[c][t] * truth.g[c][t] * term.log().slope(q[c][t]);
    }

    /** Fills q for the gathered channels and, per lane, what p was divided by; see {@link PixelSweep}. */
    private void renormalise(int[] multiplicity, int lanes) {
        boolean fromLogs = activation != Activation.IDENTITY;
        // Where all gathered logits are -infinity, their differences from it are no NaN.
        Arrays.fill(max, 0, lanes, -Float.MAX_VALUE);
        Rows.clear(total, lanes);
        for (int c = 0; c < tile.channels; c++) {
            if (multiplicity[c] > 0) {
                logProbabilities(c, lanes);
                Rows.maximum(max, q[c], lanes);
            }
        }
        for (int c = 0; c < tile.channels; c++) {
            if (multiplicity[c] > 0 && fromLogs) {
                tile.math.exp(q[c], max, q[c], lanes);
            }
            if (multiplicity[c] > 0) {
                Rows.addScaled(total, multiplicity[c], q[c], lanes);
            }
        }
        for (int t = 0; fromLogs && t < lanes; t++) {
            // Exponentials in rows do not vanish.
            total[t] = max[t] == -Float.MAX_VALUE ? 0 : total[t];
        }
        for (int t = 0; t < lanes; t++) {
            // NaN if the total is infinite: then no channel has a share.
            total[t] += total[t] - total[t];
        }
        for (int c = 0; c < tile.channels; c++) {
            for (int t = 0; t < lanes && multiplicity[c] > 0; t++) {
                q[c][t] /= total[t] == 0 ? 1 : total[t];
            }
        }
    }

    /** Without an activation, the probabilities themselves. */
    private void logProbabilities(int c, int lanes) {
        switch (activation) {
            case IDENTITY, SOFTMAX -> System.arraycopy(tile.z[c], 0, q[c], 0, lanes);
            case SIGMOID -> {
                for (int t = 0; t < lanes; t++) {
                    q[c][t] = FloatMath.logSigmoid(tile.z[c][t]);
                }
            }
        }
    }
}
