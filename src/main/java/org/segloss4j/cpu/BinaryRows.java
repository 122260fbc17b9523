package org.segloss4j.cpu;

import org.segloss4j.math.PixelCurve;

/**
 * Loops over rows of one sigmoid channel. With u the probability of the truth and v = 1 − u, both exact, a pixel loss
 * {@code a·v^γ·L}, L = −log u, has the slope {@code −a·v^γ·(v + γ·u·L)} by the logit of u: no quotient, and no
 * logarithm for cross-entropy. The clip of u is one of L and v.
 */
final class BinaryRows {

    private static final float LEAST = (float) PixelCurve.EPSILON;
    private static final float MOST = (float) (1 - PixelCurve.EPSILON);
    /** L at the two ends of the clip. */
    private static final float LEAST_LOSS = (float) -Math.log1p(-PixelCurve.EPSILON);
    private static final float MOST_LOSS = (float) -Math.log(PixelCurve.EPSILON);
    /** Makes at least 1 of any difference between LEAST and another float. */
    private static final float HUGE = 1e30f;

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

    /** L = log(1 + e^−|z|) + max(0, ∓z); the logarithm is 2·artanh(s), s = e^−|z| / (2 + e^−|z|), at most ⅓. */
    static void entropy(float[] z, float[] truth, float[] u, float[] v, float[] out, int lanes) {
        for (int t = 0; t < lanes; t++) {
            float wrong = Math.max(0, (1 - 2 * truth[t]) * z[t]);
            float s = Math.min(u[t], v[t]) / (1 + Math.max(u[t], v[t]));
            float q = s * s;
            float series = q * (2f / 3 + q * (2f / 5 + q * (2f / 7 + q * (2f / 9 + q * (2f / 11 + q * (2f / 13
                    + q * (2f / 15)))))));
            out[t] = Math.max(LEAST_LOSS, Math.min(MOST_LOSS, wrong + (2 * s + s * series)));
        }
    }

    /** y = positive·g + negative·(1 − g). */
    static void weigh(float[] g, float positive, float negative, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            y[t] = positive * g[t] + negative * (1 - g[t]);
        }
    }

    /** sum += factor · v^γ · L, v clipped. */
    static void addFocal(float[] factor, float[] v, float[] entropy, float gamma, float[] sum, int lanes) {
        float one = gamma == 1 ? 1 : 0;
        float two = 1 - one;
        for (int t = 0; t < lanes; t++) {
            float rest = Math.max(LEAST, Math.min(MOST, v[t]));
            sum[t] += factor[t] * (rest * (one + two * rest)) * entropy[t];
        }
    }

    /** dz = (a·g + b)·p·(1 − p). */
    static void region(float[] g, float a, float b, float[] p, float[] complement, float[] dz, int lanes) {
        for (int t = 0; t < lanes; t++) {
            dz[t] = (a * g[t] + b) * (p[t] * complement[t]);
        }
    }

    /** dz += factor · dL/dz of cross-entropy, 0 outside the clip. */
    static void addEntropySlope(float[] factor, float[] truth, float[] u, float[] v, float[] dz, int lanes) {
        for (int t = 0; t < lanes; t++) {
            float inside = 1 - Math.min(1, Math.max(0, (LEAST - Math.min(u[t], v[t])) * HUGE));
            dz[t] += factor[t] * (1 - 2 * truth[t]) * (inside * v[t]);
        }
    }

    /** dz += factor · dL/dz of focal loss for γ = 1 or 2, 0 outside the clip. */
    static void addFocalSlope(float[] factor, float[] truth, float[] u, float[] v, float[] entropy, float gamma,
                              float[] dz, int lanes) {
        float one = gamma == 1 ? 1 : 0;
        float two = 1 - one;
        for (int t = 0; t < lanes; t++) {
            float inside = 1 - Math.min(1, Math.max(0, (LEAST - Math.min(u[t], v[t])) * HUGE));
            float power = inside * v[t] * (one + two * v[t]);
            dz[t] += factor[t] * (1 - 2 * truth[t]) * (power * (v[t] + gamma * u[t] * entropy[t]));
        }
    }

    /** x = x + 0, which makes 0 of −0. */
    static void unsignZero(float[] x, int lanes) {
        for (int t = 0; t < lanes; t++) {
            x[t] += 0f;
        }
    }
}
