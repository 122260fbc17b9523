package org.segloss4j.internal.cpu.sweep;

import org.segloss4j.internal.math.PixelCurve;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.PixelTerm.Input;

/**
 * The loss of an output whose sides look at one number that the label is part of, and its slope by the logit z. With
 * the label t and the cross-entropy {@code ℓ = −t·log σ(z) − (1−t)·log σ(−z)}, {@link Input#ENTROPY} has the
 * probability {@code exp(−ℓ)}, and {@link Input#MARGIN} has {@code σ(z·(2t−1))}. Of a label of 0 or 1 both are the
 * probability of the truth.
 *
 * <p>Source: the sigmoid focal losses of segmentation_models.pytorch and of MONAI, for labels between 0 and 1.
 *
 * @param value the loss
 * @param slope dL/dz
 */
record JointSides(double value, double slope) {

    static final JointSides NONE = new JointSides(0, 0);

    /**
     * Evaluates an output.
     *
     * @param term     a binary term
     * @param z        the logit
     * @param t        the label as the term sees it
     * @param positive what its true side weighs, label included
     * @param negative what its other side weighs
     */
    static JointSides of(PixelTerm term, double z, double t, double positive, double negative) {
        // Nothing is asked of a side that weighs nothing, where its logarithm may be infinite.
        double entropy = -(t == 0 ? 0 : t * Pixel.logSigmoid(z)) - (t == 1 ? 0 : (1 - t) * Pixel.logSigmoid(-z));
        double rise = (1 - t) * Pixel.sigmoid(z) - t * Pixel.sigmoid(-z);
        if (term.input() == Input.ENTROPY) {
            double u = Math.exp(-entropy);
            double v = -Math.expm1(-entropy);
            return new JointSides(
                    sum(positive, term.positive().value(u, v, -entropy), negative,
                            term.negative().value(u, v, -entropy)),
                    -rise * sum(positive, term.positive().slopeByLog(u, v, -entropy), negative,
                            term.negative().slopeByLog(u, v, -entropy)));
        }
        double margin = z * (2 * t - 1);
        double u = Pixel.sigmoid(margin);
        double v = Pixel.sigmoid(-margin);
        double factor = sum(positive, term.positive().value(u, v, -1), negative, term.negative().value(u, v, -1));
        double fall = sum(positive, fall(term.positive(), u, v), negative, fall(term.negative(), u, v));
        return new JointSides(factor * entropy, fall * (2 * t - 1) * entropy + factor * rise);
    }

    /** The slope of the modulating factor by the margin: a focal curve's where its logarithm is −v, less its value. */
    private static double fall(PixelCurve curve, double u, double v) {
        return curve.slopeByLog(u, v, -v) + curve.value(u, v, -1);
    }

    private static double sum(double positive, double first, double negative, double second) {
        return (positive == 0 ? 0 : positive * first) + (negative == 0 ? 0 : negative * second);
    }
}
