package org.segloss4j.internal.math;

/**
 * A scalar function of the probability u that a prediction gives to the truth. It is also given v = 1 − u and log u,
 * which predictions can give more exactly than u does.
 */
public sealed interface PixelCurve permits LogCurve, FocalCurve, FactorCurve, BoundedCurve {

    /**
     * The loss of one probability.
     *
     * @param u   probability of the truth
     * @param v   1 − u
     * @param log log u, finite
     * @return f(u)
     */
    double value(double u, double v, double log);

    /**
     * The derivative of the loss.
     *
     * @param u   probability of the truth
     * @param v   1 − u
     * @param log log u, finite
     * @return f′(u), perhaps infinite at u = 0
     */
    double slope(double u, double v, double log);

    /**
     * The derivative by log u, which is finite where u underflows.
     *
     * @param u   probability of the truth
     * @param v   1 − u
     * @param log log u, finite
     * @return u·f′(u)
     */
    double slopeByLog(double u, double v, double log);
}
