package org.segloss4j.cpu;

import org.segloss4j.math.PixelCurve;

/**
 * Loops over rows of one sigmoid channel. With u the probability of the truth and v = 1 − u, both exact, a pixel loss
 * {@code a·v^γ·L}, L = −log u, has the slope {@code −a·v^γ·(v + γ·u·L)} by the logit of u: no quotient, and no
 * logarithm for cross-entropy. No minimum or maximum anywhere: HotSpot makes branches of {@link Math#min(float, float)}
 * where its profile, which all callers share, is ripe, and then no vector instructions.
 */
final class BinaryRows {

    private static final float LEAST = (float) PixelCurve.EPSILON;
    private static final float MOST_LOG = (float) Math.log1p(-PixelCurve.EPSILON);
    /** u · v at both ends of the clip. */
    private static final float LEAST_PRODUCT = (float) (PixelCurve.EPSILON * (1 - PixelCurve.EPSILON));
    /** Less than two floats near the product's least differ by; so that no difference is 0. */
    private static final float TINY = 1e-20f;

    private BinaryRows() {
    }

    /** Adds g·p, p and g to lane sums. */
    static void addSums(float[] g, float[] p, float[] intersection, float[] predicted, float[] truths, int lanes) {
        for (int t = 0; t < lanes; t++) {
            intersection[t] += g[t] * p[t];
            predicted[t] += p[t];
            truths[t] += g[t];
        }
    }

    /** As above, times a weight. */
    static void addSums(float[] w, float[] g, float[] p, float[] intersection, float[] predicted, float[] truths,
                        int lanes) {
        for (int t = 0; t < lanes; t++) {
            float weighted = w[t] * g[t];
            intersection[t] += weighted * p[t];
            predicted[t] += w[t] * p[t];
            truths[t] += weighted;
        }
    }

    /** u = the probability of a truth of 0 or 1, v = 1 − u. */
    static void mix(float[] p, float[] complement, float[] truth, float[] u, float[] v, int lanes) {
        for (int t = 0; t < lanes; t++) {
            u[t] = truth[t] * p[t] + (1 - truth[t]) * complement[t];
            v[t] = truth[t] * complement[t] + (1 - truth[t]) * p[t];
        }
    }

    /** y = max(u, 1e-7). */
    static void clip(float[] u, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            y[t] = 0.5f * (u[t] + LEAST + Math.abs(u[t] - LEAST));
        }
    }

    /** log = min(log, log(1 − 1e-7)): the clip's other end, where one of u would cancel. */
    static void clipLog(float[] log, int lanes) {
        for (int t = 0; t < lanes; t++) {
            log[t] = 0.5f * (log[t] + MOST_LOG - Math.abs(log[t] - MOST_LOG));
        }
    }

    /** y = positive·g + negative·(1 − g). */
    static void weigh(float[] g, float positive, float negative, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            y[t] = positive * g[t] + negative * (1 - g[t]);
        }
    }

    /** sum −= x · y. */
    static void subtractProduct(float[] sum, float[] x, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            sum[t] -= x[t] * y[t];
        }
    }

    /** sum += factor · v^γ · L. */
    static void addFocal(float[] factor, float[] v, float[] log, float gamma, float[] sum, int lanes) {
        float one = gamma == 1 ? 1 : 0;
        float two = 1 - one;
        for (int t = 0; t < lanes; t++) {
            sum[t] -= factor[t] * (v[t] * (one + two * v[t])) * log[t];
        }
    }

    /** dz = (a·g + b)·p·(1 − p). */
    static void region(float[] g, float a, float b, float[] p, float[] complement, float[] dz, int lanes) {
        for (int t = 0; t < lanes; t++) {
            dz[t] = (a * g[t] + b) * (p[t] * complement[t]);
        }
    }

    /** factor = factor · du/d(logit of the truth), but for u·v; 0 outside the clip. */
    static void direct(float[] truth, float[] u, float[] v, float[] factor, int lanes) {
        for (int t = 0; t < lanes; t++) {
            float beyond = u[t] * v[t] - LEAST_PRODUCT + TINY;
            float inside = 0.5f + 0.5f * (beyond / Math.abs(beyond));
            factor[t] = factor[t] * (1 - truth[t] - truth[t]) * inside;
        }
    }

    /** dz += factor · v^γ · (v + γ·u·L) for γ = 1 or 2. */
    static void addFocalSlope(float[] factor, float[] u, float[] v, float[] log, float gamma, float[] dz, int lanes) {
        float one = gamma == 1 ? 1 : 0;
        float two = 1 - one;
        for (int t = 0; t < lanes; t++) {
            float power = v[t] * (one + two * v[t]);
            dz[t] += factor[t] * power * (v[t] - gamma * u[t] * log[t]);
        }
    }

    /** x = x + 0, which makes 0 of −0. */
    static void unsignZero(float[] x, int lanes) {
        for (int t = 0; t < lanes; t++) {
            x[t] += 0f;
        }
    }
}
