package org.segloss4j.internal.math;

/**
 * The curve of Keras' pixel losses: {@code f(u) = −a·(1−u)^γ·log(u+δ)} of the probability u that a
 * prediction gives to the truth. γ = 0 is cross-entropy, γ above 0 focal loss. u is clipped to [ε, 1−ε], ε = 1e-7, as
 * Keras does; outside the clip the slope is 0.
 *
 * <p>Source: {@code segmentation_models.base.functional}; Lin et al., Focal Loss for Dense Object Detection, 2017.
 *
 * @param a         factor, at least 0
 * @param gamma     exponent γ, at least 0
 * @param logOffset δ, added inside the logarithm; 0 but for old Keras versions' binary cross-entropy
 */
public record LogCurve(double a, double gamma, double logOffset) implements PixelCurve {

    /** Keras' {@code backend.epsilon()}: probabilities are clipped to [1e-7, 1 − 1e-7]. */
    public static final double EPSILON = 1e-7;

    /**
     * The loss of one probability.
     *
     * @param u probability of the truth
     * @return f at the clipped u
     */
    public double value(double u) {
        double clipped = Math.max(EPSILON, Math.min(1 - EPSILON, u));
        return -a * power(1 - clipped, gamma) * Math.log(clipped + logOffset);
    }

    /**
     * The derivative of the loss of one probability.
     *
     * @param u probability of the truth
     * @return f′(u), 0 where the clip holds
     */
    public double slope(double u) {
        return slope(u, 1 - u, Math.log(u));
    }

    @Override
    public double value(double u, double v, double log) {
        return value(u);
    }

    @Override
    public double slope(double u, double v, double log) {
        if (u < EPSILON || u > 1 - EPSILON) {
            return 0;
        }
        double rise = -power(v, gamma) / (u + logOffset);
        if (gamma != 0) {
            rise += gamma * power(v, gamma - 1) * (logOffset == 0 ? log : Math.log(u + logOffset));
        }
        return a * rise;
    }

    @Override
    public double slopeByLog(double u, double v, double log) {
        return u * slope(u, v, log);
    }

    /** {@code base^exponent}, without the cost of pow for the exponents that people use. */
    static double power(double base, double exponent) {
        if (exponent == 0) {
            return 1;
        }
        if (exponent == 1) {
            return base;
        }
        return exponent == 2 ? base * base : Math.pow(base, exponent);
    }
}
