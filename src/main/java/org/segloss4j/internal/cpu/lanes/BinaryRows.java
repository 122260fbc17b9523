package org.segloss4j.internal.cpu.lanes;

import org.segloss4j.internal.math.LogCurve;

/**
 * Loops over rows of one sigmoid channel. With u the probability of the truth and v = 1 − u, both exact, a pixel loss
 * {@code a·v^γ·L}, L = −log u, has the slope {@code −a·v^γ·(v + γ·u·L)} by the logit of u: no quotient, and no
 * logarithm for cross-entropy. No minimum or maximum anywhere: once its profile, which all callers share, is complete,
 * HotSpot makes branches of {@link Math#min(float, float)}, and then no vector instructions. One row is written
 * per loop: loops with three sums took up to six times as long, depending on where they were compiled.
 */
public final class BinaryRows {

    /** u · v at both ends of the clip. */
    private static final float LEAST_PRODUCT = (float) (LogCurve.EPSILON * (1 - LogCurve.EPSILON));
    /** Less than two floats near the product's least differ by; so that no difference is 0. */
    private static final float TINY = 1e-20f;

    private BinaryRows() {
    }

    /** y = z where the truth is 1, −z where it is 0: the logit of the truth; y may be z. */
    public static void turn(float[] z, float[] truth, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            y[t] = z[t] * (truth[t] + truth[t] - 1);
        }
    }

    /** p = u where the truth is 1, v where it is 0. */
    public static void mix(float[] truth, float[] u, float[] v, float[] p, int lanes) {
        for (int t = 0; t < lanes; t++) {
            p[t] = truth[t] * u[t] + (1 - truth[t]) * v[t];
        }
    }

    /** y = positive·g + negative·(1 − g). */
    public static void weigh(float[] g, float positive, float negative, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            y[t] = positive * g[t] + negative * (1 - g[t]);
        }
    }

    /** y = a·g + b. */
    public static void affine(float[] g, float a, float b, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            y[t] = a * g[t] + b;
        }
    }

    /** sum += factor · v^γ · L. */
    public static void addFocal(float[] factor, float[] v, float[] entropy, float gamma, float[] sum, int lanes) {
        float one = gamma == 1 ? 1 : 0;
        float two = 1 - one;
        for (int t = 0; t < lanes; t++) {
            sum[t] += factor[t] * (v[t] * (one + two * v[t])) * entropy[t];
        }
    }

    /** dz = (a·g + b)·u·v. */
    public static void region(float[] g, float a, float b, float[] u, float[] v, float[] dz, int lanes) {
        for (int t = 0; t < lanes; t++) {
            dz[t] = (a * g[t] + b) * (u[t] * v[t]);
        }
    }

    /** dz = (a·g + b + square·p)·u·v. */
    public static void region(float[] g, float a, float b, float square, float[] p, float[] u, float[] v, float[] dz,
                              int lanes) {
        for (int t = 0; t < lanes; t++) {
            dz[t] = (a * g[t] + b + square * p[t]) * (u[t] * v[t]);
        }
    }

    /** dz = (a·g + b)·|dz|, where g is 0 if dz is negative, else 1. */
    public static void regionOfTurned(float[] dz, float a, float b, int lanes) {
        float half = 0.5f * a;
        for (int t = 0; t < lanes; t++) {
            float product = Math.abs(dz[t]);
            dz[t] = b * product + half * (product + dz[t]);
        }
    }

    /** dz = (a·g + b)·dz. */
    public static void region(float[] g, float a, float b, float[] dz, int lanes) {
        for (int t = 0; t < lanes; t++) {
            dz[t] = (a * g[t] + b) * dz[t];
        }
    }

    /** factor = factor · du/d(logit of the truth), but for u·v; 0 outside the clip. */
    public static void direct(float[] truth, float[] u, float[] v, float[] factor, int lanes) {
        for (int t = 0; t < lanes; t++) {
            float beyond = u[t] * v[t] - LEAST_PRODUCT + TINY;
            float inside = 0.5f + 0.5f * (beyond / Math.abs(beyond));
            factor[t] = factor[t] * (1 - truth[t] - truth[t]) * inside;
        }
    }

    /** factor = factor · du/d(logit of the truth), but for u·v. */
    public static void direct(float[] truth, float[] factor, int lanes) {
        for (int t = 0; t < lanes; t++) {
            factor[t] = factor[t] * (1 - truth[t] - truth[t]);
        }
    }

    /** dz += factor · v^γ · (v + γ·u·L) for γ = 1 or 2. */
    public static void addFocalSlope(float[] factor, float[] u, float[] v, float[] entropy, float gamma, float[] dz,
                              int lanes) {
        float one = gamma == 1 ? 1 : 0;
        float two = 1 - one;
        for (int t = 0; t < lanes; t++) {
            float power = v[t] * (one + two * v[t]);
            dz[t] += factor[t] * power * (v[t] + gamma * u[t] * entropy[t]);
        }
    }

    /** x = x + 0, which makes 0 of −0. */
    public static void unsignZero(float[] x, int lanes) {
        for (int t = 0; t < lanes; t++) {
            x[t] += 0f;
        }
    }
}
