package org.segloss4j.internal.math;

/**
 * {@code f(u) = a·(1 − u^q)/q}, which is bounded where a logarithm is not: the generalised cross-entropy of labels that
 * may be wrong. q near 0 is cross-entropy; q = 1 is {@code a·(1 − u)}, the mean absolute error and the first polynomial
 * of Poly-1.
 *
 * <p>Source: Zhang and Sabuncu, Generalized Cross Entropy Loss, 2018; Leng et al., PolyLoss, 2022.
 *
 * @param a factor
 * @param q exponent, above 0 and at most 1
 */
public record BoundedCurve(double a, double q) implements PixelCurve {

    @Override
    public double value(double u, double v, double log) {
        return q == 1 ? a * v : -a * Math.expm1(q * log) / q;
    }

    @Override
    public double slope(double u, double v, double log) {
        return q == 1 ? -a : -a * Math.exp((q - 1) * log);
    }

    @Override
    public double slopeByLog(double u, double v, double log) {
        return q == 1 ? -a * u : -a * Math.exp(q * log);
    }
}
