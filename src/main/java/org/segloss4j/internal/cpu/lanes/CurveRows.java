package org.segloss4j.internal.cpu.lanes;

import org.segloss4j.internal.math.LogCurve;

/** A pixel loss and its slope for rows of probabilities, in float. Holds scratch, so each thread has its own. */
public final class CurveRows {

    private static final float LEAST = (float) LogCurve.EPSILON;
    private static final float MOST = (float) (1 - LogCurve.EPSILON);
    private static final float LEAST_LOG = (float) Math.log(LogCurve.EPSILON);
    /** Makes at least 1 of any difference between two floats in [1e-7, 1]. */
    private static final float HUGE = 1e30f;

    private final FloatMath math;
    private final float[] clipped;
    private final float[] log;
    private final float[] rest;

    public CurveRows(FloatMath math, int lanes) {
        this.math = math;
        clipped = new float[lanes];
        log = new float[lanes];
        rest = new float[lanes];
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
            Rows.complement(clipped, rest, lanes);
            focalValue(rest, log, a, (float) (curve.gamma() - 1), out, lanes);
        }
    }

    /** The same of probabilities with their complements and exact logarithms. */
    public void value(LogCurve curve, SideRows side, float[] out, int lanes) {
        if (!isQuick(curve) || curve.gamma() == 0) {
            value(curve, side.u(), out, lanes);
            return;
        }
        focalValue(side.v(), side.log(), (float) curve.a(), (float) (curve.gamma() - 1), out, lanes);
    }

    /**
     * out = f′(u), 0 where the clip holds; v is 1 − u, as exact as it is known, since the slope of focal loss vanishes
     * with it. out may be one of them.
     */
    public void slope(LogCurve curve, float[] u, float[] v, float[] out, int lanes) {
        if (!isQuick(curve)) {
            for (int t = 0; t < lanes; t++) {
                double log = u[t] > 0.5f ? Math.log1p(-v[t]) : Math.log(u[t]);
                out[t] = (float) curve.slope(u[t], v[t], log);
            }
            return;
        }
        clip(u, clipped, lanes);
        float a = (float) curve.a();
        if (curve.gamma() == 0) {
            entropySlope(u, clipped, a, out, lanes);
        } else {
            math.log(clipped, log, lanes);
            bounded(v, rest, lanes);
            FloatMath.joinLogs(log, u, rest, log, lanes);
            focalSlope(u, rest, clipped, log, a, (float) (curve.gamma() - 1), out, lanes);
        }
    }

    /** The same for probabilities with exact logarithms, of which those of sigmoids cost less. */
    public void slope(LogCurve curve, SideRows side, float[] out, int lanes) {
        if (!isQuick(curve) || curve.gamma() == 0) {
            slope(curve, side.u(), side.v(), out, lanes);
            return;
        }
        clip(side.u(), clipped, lanes);
        focalSlope(side.u(), side.v(), clipped, side.log(), (float) curve.a(), (float) (curve.gamma() - 1), out,
                lanes);
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

    private static void bounded(float[] v, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            y[t] = Math.max(0, Math.min(1, v[t]));
        }
    }

    private static void scale(float[] x, float factor, float[] out, int lanes) {
        for (int t = 0; t < lanes; t++) {
            out[t] = factor * x[t];
        }
    }

    /** −a·v^γ·log u for γ = 1 or 2; {@code second} is γ − 1. */
    private static void focalValue(float[] v, float[] log, float a, float second, float[] out, int lanes) {
        for (int t = 0; t < lanes; t++) {
            // v^(γ−1), by a line that has the right values at γ = 1 and 2.
            float power = 1 - second + second * v[t];
            out[t] = -a * v[t] * power * Math.max(LEAST_LOG, log[t]);
        }
    }

    private static void entropySlope(float[] u, float[] clipped, float a, float[] out, int lanes) {
        for (int t = 0; t < lanes; t++) {
            float inside = 1 - Math.min(1, Math.abs(u[t] - clipped[t]) * HUGE);
            out[t] = inside * -a / clipped[t];
        }
    }

    /** a·(−v^γ/u + γ·v^(γ−1)·log u) for γ = 1 or 2; {@code second} is γ − 1. */
    private static void focalSlope(float[] u, float[] v, float[] clipped, float[] log, float a, float second,
                                   float[] out, int lanes) {
        for (int t = 0; t < lanes; t++) {
            float inside = 1 - Math.min(1, Math.abs(u[t] - clipped[t]) * HUGE);
            float power = 1 - second + second * v[t];
            out[t] = inside * a * power * ((1 + second) * log[t] - v[t] / clipped[t]);
        }
    }
}
