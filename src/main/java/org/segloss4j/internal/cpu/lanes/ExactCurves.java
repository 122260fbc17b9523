package org.segloss4j.internal.cpu.lanes;

import org.segloss4j.internal.math.BoundedCurve;
import org.segloss4j.internal.math.FactorCurve;
import org.segloss4j.internal.math.FocalCurve;
import org.segloss4j.internal.math.LogCurve;
import org.segloss4j.internal.math.PixelCurve;

/** Any pixel loss and its slopes for rows of probabilities, in float. Holds scratch, so each thread has its own. */
public final class ExactCurves {

    /** Keeps quotients of what vanishes together from being 0 / 0, and changes no other. */
    private static final float TINY = 1e-30f;
    /** Logarithms of floats are taken from here on. */
    private static final float LEAST = 1e-37f;
    /** As in {@link FocalCurve}: below it a probability without a logit has the slope of this one. */
    private static final float LEAST_OF_SLOPE = 1e-12f;
    /** Makes 1 of whatever is positive and not vanishingly small. */
    private static final float HUGE = 1e30f;

    private final FloatMath math;
    private final CurveRows clipped;
    private final float[] factor;
    private final float[] base;
    private final float[] below;

    public ExactCurves(FloatMath math, int lanes) {
        this.math = math;
        clipped = new CurveRows(math, lanes);
        factor = new float[lanes];
        base = new float[lanes];
        below = new float[lanes];
    }

    /** out = f(u); out must be none of the side's rows. */
    public void value(PixelCurve curve, SideRows side, float[] out, int lanes) {
        if (curve instanceof LogCurve log) {
            clipped.value(log, side.u(), out, lanes);
        } else if (curve instanceof FocalCurve focal) {
            if (focal.gamma() == 0) {
                Rows.scaled(side.log(), (float) -focal.a(), out, lanes);
            } else {
                factor(focal.gamma(), focal.threshold(), side, lanes);
                scaledProduct(factor, (float) -focal.a(), side.log(), out, lanes);
            }
        } else if (curve instanceof FactorCurve modulating) {
            factor(modulating.gamma(), modulating.threshold(), side, lanes);
            Rows.scaled(factor, (float) modulating.a(), out, lanes);
        } else {
            value((BoundedCurve) curve, side, out, lanes);
        }
    }

    private void value(BoundedCurve curve, SideRows side, float[] out, int lanes) {
        if (curve.q() == 1) {
            Rows.scaled(side.v(), (float) curve.a(), out, lanes);
        } else {
            Rows.scaled(side.log(), (float) curve.q(), out, lanes);
            math.expm1(out, out, lanes);
            Rows.scaled(out, (float) (-curve.a() / curve.q()), out, lanes);
        }
    }

    /** out = u·f′(u), the derivative by log u; out must be none of the side's rows. */
    public void slopeByLog(PixelCurve curve, SideRows side, float[] out, int lanes) {
        if (curve instanceof LogCurve log) {
            clipped.slope(log, side.u(), side.v(), out, lanes);
            Rows.product(out, side.u(), out, lanes);
        } else if (curve instanceof FocalCurve focal) {
            if (focal.gamma() == 0) {
                Rows.set(out, (float) -focal.a(), lanes);
            } else {
                factor(focal.gamma(), focal.threshold(), side, lanes);
                if (focal.threshold() == 0) {
                    Rows.clear(below, lanes);
                }
                focalSlope(side, factor, below, (float) focal.a(), (float) focal.gamma(), out, lanes);
            }
        } else if (curve instanceof FactorCurve modulating) {
            slope(modulating, side, out, lanes);
            Rows.product(out, side.u(), out, lanes);
        } else {
            BoundedCurve bounded = (BoundedCurve) curve;
            if (bounded.q() == 1) {
                Rows.scaled(side.u(), (float) -bounded.a(), out, lanes);
            } else {
                powerOfE(side.log(), (float) bounded.q(), out, lanes);
                Rows.scaled(out, (float) -bounded.a(), out, lanes);
            }
        }
    }

    /** out = f′(u), for probabilities without logits; out must be none of the side's rows. */
    public void slope(PixelCurve curve, SideRows side, float[] out, int lanes) {
        if (curve instanceof LogCurve log) {
            clipped.slope(log, side.u(), side.v(), out, lanes);
        } else if (curve instanceof FactorCurve modulating) {
            slope(modulating, side, out, lanes);
        } else if (curve instanceof BoundedCurve bounded) {
            powerOfE(side.log(), (float) (bounded.q() - 1), out, lanes);
            Rows.scaled(out, (float) -bounded.a(), out, lanes);
        } else {
            slopeByLog(curve, side, out, lanes);
            quotient(out, side.u(), out, lanes);
        }
    }

    private void slope(FactorCurve curve, SideRows side, float[] out, int lanes) {
        float scale = curve.threshold() == 0 ? 1 : (float) curve.threshold();
        double exponent = curve.gamma() - 1;
        Rows.scaled(side.v(), 1 / scale, base, lanes);
        power(base, exponent, out, lanes);
        Rows.scaled(out, (float) (-curve.a() * curve.gamma() / scale), out, lanes);
        if (curve.threshold() != 0) {
            below(side.u(), (float) curve.threshold(), below, lanes);
            leaveOut(below, out, lanes);
        }
        if (exponent < 0) {
            leaveOutVanishing(side.v(), out, lanes);
        }
    }

    /** The modulating factor; below has 1 where it is 1 because of a threshold. */
    private void factor(double gamma, double threshold, SideRows side, int lanes) {
        if (threshold == 0) {
            power(side.v(), gamma, factor, lanes);
            return;
        }
        Rows.scaled(side.v(), (float) (1 / threshold), base, lanes);
        power(base, gamma, factor, lanes);
        below(side.u(), (float) threshold, below, lanes);
        oneWhere(below, factor, lanes);
    }

    /** y = x^exponent for x of at least 0. */
    private void power(float[] x, double exponent, float[] y, int lanes) {
        if (exponent == 0) {
            Rows.set(y, 1, lanes);
        } else if (exponent == 1) {
            System.arraycopy(x, 0, y, 0, lanes);
        } else if (exponent == 2) {
            Rows.product(x, x, y, lanes);
        } else {
            atLeast(x, LEAST, y, lanes);
            math.log(y, y, lanes);
            powerOfE(y, (float) exponent, y, lanes);
        }
    }

    /** y = e^(factor · x). */
    private void powerOfE(float[] log, float factor, float[] y, int lanes) {
        Rows.scaled(log, factor, y, lanes);
        math.exp(y, y, lanes);
    }

    private static void atLeast(float[] x, float least, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            y[t] = Math.max(least, x[t]);
        }
    }

    private static void scaledProduct(float[] x, float by, float[] y, float[] out, int lanes) {
        for (int t = 0; t < lanes; t++) {
            out[t] = x[t] * by * y[t];
        }
    }

    /** F′ is −γ·F / v, and the quotient log u / v tends to −1 with v. */
    private static void focalSlope(SideRows side, float[] factor, float[] below, float a, float gamma, float[] out,
                                   int lanes) {
        float[] u = side.u();
        float[] v = side.v();
        float[] log = side.log();
        for (int t = 0; t < lanes; t++) {
            float quotient = log[t] / (v[t] + TINY);
            out[t] = a * factor[t] * ((1 - below[t]) * gamma * u[t] * quotient - 1);
        }
    }

    /** y = 1 where u is below the threshold, 0 elsewhere. */
    private static void below(float[] u, float threshold, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            y[t] = Math.min(1, Math.max(0, (threshold - u[t]) * HUGE));
        }
    }

    private static void oneWhere(float[] chosen, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            y[t] = chosen[t] + (1 - chosen[t]) * y[t];
        }
    }

    private static void leaveOut(float[] chosen, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            y[t] = (1 - chosen[t]) * y[t];
        }
    }

    private static void leaveOutVanishing(float[] v, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            y[t] = y[t] * Math.min(1, v[t] / LEAST);
        }
    }

    private static void quotient(float[] x, float[] u, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            y[t] = x[t] / Math.max(LEAST_OF_SLOPE, u[t]);
        }
    }
}
