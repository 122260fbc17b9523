package org.segloss4j.internal.cpu.sweep;

import java.util.Arrays;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.Coefficients;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.PixelCurve;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.PixelTerm.Input;

/** The pixel terms of one pixel in double, part of the specification. */
final class PixelLosses {

    private final LossSpec spec;
    private final Activation activation;
    private final int channels;
    private final ClassSelection.Resolved[] classes;
    private final ClassSelection.Resolved[] others;

    private final Pixel pixel;
    private final double[] g;
    private final double[] m;
    /** Renormalised probabilities of a term. */
    private final double[] q;
    /** The logarithm of what they are divided by, beside the factor that they have in common. */
    private double logTotal;
    /** dL/dlog p, and p·dL/dlog(1 − p)/(1 − p), of all terms. */
    private final double[] byLog;
    private final double[] byOther;

    PixelLosses(LossSpec spec, Batch batch, Pixel pixel) {
        this.spec = spec;
        this.pixel = pixel;
        activation = batch.activation();
        channels = batch.predictions().channels();
        classes = spec.pixels().stream().map(t -> t.classes().resolve(channels))
                .toArray(ClassSelection.Resolved[]::new);
        others = spec.pixels().stream().map(t -> t.otherClasses().resolve(channels))
                .toArray(ClassSelection.Resolved[]::new);
        g = pixel.g;
        m = pixel.m;
        q = new double[channels];
        byLog = new double[channels];
        byOther = new double[channels];
    }

    /** What one side of an output asks: a curve at u with v = 1 − u. */
    private record Side(PixelCurve curve, double u, double v, double log) {

        double value() {
            return curve.value(u, v, log);
        }

        double slope() {
            return curve.slope(u, v, log);
        }

        double slopeByLog() {
            return curve.slopeByLog(u, v, log);
        }
    }

    /** The loss of this pixel under one term, before its normaliser. */
    double value(int t) {
        PixelTerm term = spec.pixels().get(t);
        if (term.dividesByTotal() && renormalise(term, classes[t].multiplicity()) == 0) {
            return 0;
        }
        double loss = 0;
        for (int c = 0; c < channels; c++) {
            double positive = positive(t, c);
            if (term.joinsSides()) {
                loss += joint(t, term, c, 1).value();
                continue;
            }
            if (positive != 0) {
                loss += positive * side(term, c).value();
            }
            double negative = negative(t, c);
            if (negative != 0) {
                loss += negative * otherSide(term, c).value();
            }
        }
        return loss;
    }

    /** Adds the slopes of all terms to dL/dp where there is no activation, and to dL/dz otherwise. */
    void addSlopes(Coefficients table, double[] dp, double[] dz) {
        Arrays.fill(byLog, 0);
        Arrays.fill(byOther, 0);
        for (int t = 0; t < classes.length; t++) {
            // A term that weighs nothing is left out: 0 times an infinite slope would be NaN.
            if (spec.pixels().get(t).dividesByTotal()) {
                addRenormalised(t, table.term(t), dp, dz);
            } else if (table.term(t) != 0) {
                add(t, table.term(t), dp, dz);
            }
        }
        // Over one channel a softmax is 1, whatever is predicted.
        if (activation == Activation.SOFTMAX && classes.length > 0 && channels > 1) {
            throughSoftmax(dz);
        }
    }

    private void add(int t, double factor, double[] dp, double[] dz) {
        PixelTerm term = spec.pixels().get(t);
        boolean ofSigmoid = term.input() == Input.SIGMOID || activation == Activation.SIGMOID;
        for (int c = 0; c < channels; c++) {
            double positive = times(factor, positive(t, c));
            double negative = times(factor, negative(t, c));
            if (term.joinsSides()) {
                dz[c] += joint(t, term, c, factor).slope();
                continue;
            }
            if (positive != 0) {
                Side side = side(term, c);
                if (ofSigmoid) {
                    dz[c] += positive * side.v * side.slopeByLog();
                } else if (activation == Activation.SOFTMAX) {
                    byLog[c] += positive * side.slopeByLog();
                } else {
                    dp[c] += positive * side.slope();
                }
            }
            if (negative != 0) {
                Side side = otherSide(term, c);
                if (ofSigmoid) {
                    dz[c] -= negative * side.v * side.slopeByLog();
                } else if (activation == Activation.SOFTMAX) {
                    byOther[c] += negative * side.slopeByLog();
                } else {
                    dp[c] -= negative * side.slope();
                }
            }
        }
    }

    /**
     * From slopes by log p and log(1 − p) to those by z. The quotient p_j / (1 − p_c) is a softmax over the classes
     * other than c, so it is finite.
     */
    private void throughSoftmax(double[] dz) {
        double sum = 0;
        double sumOfOthers = 0;
        for (int c = 0; c < channels; c++) {
            sum += byLog[c];
            sumOfOthers += ofOthers(c);
        }
        for (int c = 0; c < channels; c++) {
            double p = pixel.p[c];
            double own = p > 0.5 ? pixel.complement(c) * byLog[c] - p * sumWithout(c) : byLog[c] - p * sum;
            dz[c] += own + p * (sumOfOthers - ofOthers(c)) - p * byOther[c];
        }
    }

    /** The slopes by log p of all other classes, so that those of a pixel that is nearly sure do not cancel. */
    private double sumWithout(int c) {
        double sum = 0;
        for (int k = 0; k < channels; k++) {
            sum += k == c ? 0 : byLog[k];
        }
        return sum;
    }

    private double ofOthers(int c) {
        return byOther[c] == 0 ? 0 : pixel.p[c] * byOther[c] / pixel.complement(c);
    }

    /** The slope through q = p / Σp over the gathered channels; under softmax q is a softmax of its own. */
    private void addRenormalised(int t, double factor, double[] dp, double[] dz) {
        PixelTerm term = spec.pixels().get(t);
        int[] multiplicity = classes[t].multiplicity();
        double total = renormalise(term, multiplicity);
        if (total == 0) {
            return;
        }
        double sum = 0;
        for (int c = 0; c < channels; c++) {
            sum += own(t, term, factor, c);
        }
        for (int c = 0; c < channels; c++) {
            if (multiplicity[c] == 0) {
                continue;
            }
            if (!hasLogs(term)) {
                dp[c] += (ownSlope(t, term, factor, c) - multiplicity[c] * sum) / total;
            } else {
                double slope = own(t, term, factor, c) - multiplicity[c] * q[c] * sum;
                dz[c] += term.renormalised() && activation == Activation.SIGMOID ? pixel.complement(c) * slope : slope;
            }
        }
    }

    /** The slope of a renormalised term by log q, as if the q of the classes did not depend on one another. */
    private double own(int t, PixelTerm term, double factor, int c) {
        double positive = times(factor, positive(t, c));
        double own = positive == 0 ? 0 : positive * side(term, c).slopeByLog();
        return own - q[c] * ownOther(t, term, factor, c);
    }

    /** The same by q, which is not bounded where q vanishes. */
    private double ownSlope(int t, PixelTerm term, double factor, int c) {
        double positive = times(factor, positive(t, c));
        double own = positive == 0 ? 0 : positive * side(term, c).slope();
        return own - ownOther(t, term, factor, c);
    }

    /** The slope of the other side, by 1 − q. */
    private double ownOther(int t, PixelTerm term, double factor, int c) {
        double negative = times(factor, negative(t, c));
        return negative == 0 ? 0 : negative * otherSide(term, c).slope();
    }

    /** The label as a term sees it. */
    private double truth(int t, int c) {
        var smoothing = spec.pixels().get(t).smoothing();
        return smoothing.epsilon() == 0 ? g[c] : smoothing.scale() * g[c] + smoothing.offset(classes[t].count());
    }

    private static double times(double factor, double asked) {
        return asked == 0 ? 0 : factor * asked;
    }

    /** What the true side of an output weighs; 0 where nothing is asked, whatever the label of a void output is. */
    private double positive(int t, int c) {
        double weight = weight(t, c, classes[t]);
        return weight == 0 ? 0 : weight * truth(t, c);
    }

    private double negative(int t, int c) {
        double weight = spec.pixels().get(t).binary() ? weight(t, c, others[t]) : 0;
        return weight == 0 ? 0 : weight * (1 - truth(t, c));
    }

    private double weight(int t, int c, ClassSelection.Resolved side) {
        return m[c] == 0 || classes[t].multiplicity()[c] == 0 ? 0 : m[c] * side.weight()[c];
    }

    /** Value and slope by the logit of an output whose sides look at one number. */
    private JointSides joint(int t, PixelTerm term, int c, double factor) {
        double positive = times(factor, positive(t, c));
        double negative = times(factor, negative(t, c));
        // Void outputs may hold anything.
        return positive == 0 && negative == 0 ? JointSides.NONE
                : JointSides.of(term, pixel.z[c], truth(t, c), positive, negative);
    }

    private Side side(PixelTerm term, int c) {
        PixelCurve curve = term.positive();
        return switch (term.input()) {
            case PROBABILITY -> new Side(curve, pixel.p[c], pixel.complement(c), pixel.log(c));
            case RENORMALISED, SOFTMAX -> new Side(curve, q[c], 1 - q[c], logOfRenormalised(term, c));
            case SIGMOID -> new Side(curve, Pixel.sigmoid(pixel.z[c]), Pixel.sigmoid(-pixel.z[c]),
                    Pixel.logSigmoid(pixel.z[c]));
            case ENTROPY, MARGIN -> throw new IllegalStateException(term.input() + " has no sides");
        };
    }

    private Side otherSide(PixelTerm term, int c) {
        PixelCurve curve = term.negative();
        return switch (term.input()) {
            case PROBABILITY -> new Side(curve, pixel.complement(c), pixel.p[c], pixel.logComplement(c));
            case RENORMALISED, SOFTMAX -> new Side(curve, 1 - q[c], q[c], Pixel.boundedLog(1 - q[c]));
            case SIGMOID -> new Side(curve, Pixel.sigmoid(-pixel.z[c]), Pixel.sigmoid(pixel.z[c]),
                    Pixel.logSigmoid(-pixel.z[c]));
            case ENTROPY, MARGIN -> throw new IllegalStateException(term.input() + " has no sides");
        };
    }

    private double logOfRenormalised(PixelTerm term, int c) {
        return hasLogs(term) ? logBeforeTotal(term, c) - logTotal : Pixel.boundedLog(q[c]);
    }

    /** Whether the probabilities of a term that divides by their total are known by their logarithms. */
    private boolean hasLogs(PixelTerm term) {
        return term.ofLogits() || activation != Activation.IDENTITY;
    }

    /** log q, but for a constant that all channels share. */
    private double logBeforeTotal(PixelTerm term, int c) {
        return term.ofLogits() ? pixel.z[c] : pixel.logProbability(c);
    }

    /**
     * Fills q for the gathered channels and returns what they were divided by: 0 if they have no distribution, NaN if
     * their sum is infinite. Where there is an activation, a softmax over log p is the same as p / Σp, and does not
     * vanish with p.
     */
    private double renormalise(PixelTerm term, int[] multiplicity) {
        boolean fromLogs = hasLogs(term);
        double max = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < channels && fromLogs; c++) {
            max = multiplicity[c] > 0 ? Math.max(max, logBeforeTotal(term, c)) : max;
        }
        if (fromLogs && max == Double.NEGATIVE_INFINITY) {
            return 0;
        }
        double total = 0;
        for (int c = 0; c < channels; c++) {
            if (multiplicity[c] > 0) {
                q[c] = fromLogs ? Math.exp(logBeforeTotal(term, c) - max) : pixel.p[c];
                total += multiplicity[c] * q[c];
            }
        }
        total = Double.isInfinite(total) ? Double.NaN : total;
        for (int c = 0; c < channels && total != 0; c++) {
            q[c] = multiplicity[c] > 0 ? q[c] / total : 0;
        }
        logTotal = max + Math.log(total);
        return total;
    }
}
