package org.segloss4j.internal.math;

/**
 * The modulating factor of {@link FocalCurve} alone, {@code f(u) = a·F(u)}; its sum normalises a focal loss.
 *
 * @param a         factor, at least 0
 * @param gamma     exponent γ, at least 0
 * @param threshold τ in (0, 1], or 0 for none
 */
public record FactorCurve(double a, double gamma, double threshold) implements PixelCurve {

    @Override
    public double value(double u, double v, double log) {
        return a * FocalCurve.factor(gamma, threshold, u, v);
    }

    /**
     * At v = 0, where an exponent below 1 has an infinite slope, the slope is 0; so it is below the normal numbers,
     * whose negative powers overflow.
     */
    @Override
    public double slope(double u, double v, double log) {
        if (gamma == 0 || u < threshold || v < Double.MIN_NORMAL && gamma != 1) {
            return 0;
        }
        double scale = threshold == 0 ? 1 : threshold;
        return -a * gamma / scale * LogCurve.power(v / scale, gamma - 1);
    }

    @Override
    public double slopeByLog(double u, double v, double log) {
        return u * slope(u, v, log);
    }
}
