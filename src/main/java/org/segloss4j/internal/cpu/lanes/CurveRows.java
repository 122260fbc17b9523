package org.segloss4j.internal.cpu.lanes;

import org.segloss4j.internal.math.LogCurve;

/** A pixel loss and its slope for rows of probabilities, in float. Holds scratch, so each thread has its own. */
public final class CurveRows {

    private static final float LEAST = (float) LogCurve.EPSILON;
    private static final float MOST = (float) (1 - LogCurve.EPSILON);
    /** Makes at least 1 of any difference between two floats in [1e-7, 1]. */
    private static final float HUGE = 1e30f;

    private final FloatMath math;
    private final float[] clipped;
    private final float[] log;

    public CurveRows(FloatMath math, int lanes) {
        this.math = math;
        clipped = new float[lanes];
        log = new float[lanes];
    }

    /** out = f(u); out may be u. */
    public void value(LogCurve curve, float[] u, float[] out, int lanes) {
        if (!isQuick(curve)) {
            for (int t = 0; t < lanes; t++) {
                out[t] = (float) curve.value(u[t]);
            }
            return;
        }
        clip(u, clipped, lanes);
        math.log(clipped, log, lanes);
        float a = (float) curve.a();
        if (curve.gamma() == 0) {
            scale(log, -a, out, lanes);
        } else {
            focalValue(clipped, log, a, (float) (curve.gamma() - 1), out, lanes);
        }
    }

    /** out = f′(u), 0 where the clip holds; out may be u. */
    public void slope(LogCurve curve, float[] u, float[] out, int lanes) {
        if (!isQuick(curve)) {
            for (int t = 0; t < lanes; t++) {
                out[t] = (float) curve.slope(u[t]);
            }
            return;
        }
        clip(u, clipped, lanes);
        float a = (float) curve.a();
        if (curve.gamma() == 0) {
            entropySlope(u, clipped, a, out, lanes);
        } else {
            math.log(clipped, log, lanes);
            focalSlope(u, clipped, log, a, (float) (curve.gamma() - 1), out, lanes);
        }
    }

    /** Whether the powers of 1 − u are products. */
    public static boolean isQuick(LogCurve curve) {
        return curve.logOffset() == 0 && (curve.gamma() == 0 || curve.gamma() == 1 || curve.gamma() == 2);
    }

    private static void clip(float[] u, float[] clipped, int lanes) {
        for (int t = 0; t < lanes; t++) {
            clipped[t] = Math.max(LEAST, Math.min(MOST, u[t]));
        }
    }

    private static void scale(float[] x, float factor, float[] out, int lanes) {
        for (int t = 0; t < lanes; t++) {
            out[t] = factor * x[t];
        }
    }

    /** −a·(1−u)^γ·log u for γ = 1 or 2; {@code second} is γ − 1. */
    private static void focalValue(float[] u, float[] log, float a, float second, float[] out, int lanes) {
        for (int t = 0; t < lanes; t++) {
            float rest = 1 - u[t];
            // rest^(γ−1), by a line that has the right values at γ = 1 and 2.
            float power = 1 - second + second * rest;
            out[t] = -a * rest * power * log[t];
        }
    }

    private static void entropySlope(float[] u, float[] clipped, float a, float[] out, int lanes) {
        for (int t = 0; t < lanes; t++) {
            float inside = 1 - Math.min(1, Math.abs(u[t] - clipped[t]) * HUGE);
            out[t] = inside * -a / clipped[t];
        }
    }

    /** a·(−(1−u)^γ/u + γ·(1−u)^(γ−1)·log u) for γ = 1 or 2; {@code second} is γ − 1. */
    private static void focalSlope(float[] u, float[] clipped, float[] log, float a, float second, float[] out,
                                   int lanes) {
        for (int t = 0; t < lanes; t++) {
            float inside = 1 - Math.min(1, Math.abs(u[t] - clipped[t]) * HUGE);
            float rest = 1 - clipped[t];
            float power = 1 - second + second * rest;
            out[t] = inside * a * power * ((1 + second) * log[t] - rest / clipped[t]);
        }
    }
}
