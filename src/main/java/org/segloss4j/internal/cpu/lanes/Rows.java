package org.segloss4j.internal.cpu.lanes;

import org.segloss4j.internal.backend.Truths;

/**
 * Arithmetic on rows of floats, a lane per pixel. Each loop is its own method with one index and no branches, which
 * HotSpot makes vector instructions of on every JDK from 17 on; where two indices meet in one loop it does not.
 */
public final class Rows {

    private static final float[] ZEROS = new float[512];
    /** Makes 1 of whatever is positive and not vanishingly small. */
    private static final float HUGE = 1e30f;
    /** Makes 1 of whatever is positive and not denormal. */
    private static final float HUGEST = 1e38f;

    private Rows() {
    }

    /** sum += x. */
    public static void add(float[] sum, float[] x, int lanes) {
        for (int t = 0; t < lanes; t++) {
            sum[t] += x[t];
        }
    }

    /** sum += all rows, two at a time, which saves half of the loads and stores of the sum. */
    static void addAll(float[] sum, float[][] rows, int lanes) {
        int c = 0;
        for (; c + 1 < rows.length; c += 2) {
            addBoth(sum, rows[c], rows[c + 1], lanes);
        }
        if (c < rows.length) {
            add(sum, rows[c], lanes);
        }
    }

    private static void addBoth(float[] sum, float[] x, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            sum[t] += x[t] + y[t];
        }
    }

    /** y = x · by; y may be one of them. */
    public static void product(float[] x, float[] by, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            y[t] = x[t] * by[t];
        }
    }

    /** sum += x · y. */
    public static void addProduct(float[] sum, float[] x, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            sum[t] += x[t] * y[t];
        }
    }

    /** sum += x_c · y_c of all rows. */
    public static void addProducts(float[] sum, float[][] x, float[][] y, int lanes) {
        int c = 0;
        for (; c + 1 < x.length; c += 2) {
            addProducts(sum, x[c], y[c], x[c + 1], y[c + 1], lanes);
        }
        if (c < x.length) {
            addProduct(sum, x[c], y[c], lanes);
        }
    }

    private static void addProducts(float[] sum, float[] x, float[] y, float[] v, float[] w, int lanes) {
        for (int t = 0; t < lanes; t++) {
            sum[t] += x[t] * y[t] + v[t] * w[t];
        }
    }

    /** sum += factor_c · x_c of all rows. */
    public static void addScaled(float[] sum, float[] factors, float[][] x, int lanes) {
        int c = 0;
        for (; c + 1 < x.length; c += 2) {
            addScaled(sum, factors[c], x[c], factors[c + 1], x[c + 1], lanes);
        }
        if (c < x.length) {
            addScaled(sum, factors[c], x[c], lanes);
        }
    }

    private static void addScaled(float[] sum, float a, float[] x, float b, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            sum[t] += a * x[t] + b * y[t];
        }
    }

    /** sum −= x · y. */
    public static void subtractProduct(float[] sum, float[] x, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            sum[t] -= x[t] * y[t];
        }
    }

    /** sum += factor · x. */
    public static void addScaled(float[] sum, float factor, float[] x, int lanes) {
        for (int t = 0; t < lanes; t++) {
            sum[t] += factor * x[t];
        }
    }

    /** max = max(max, x); NaN stays NaN. */
    public static void maximum(float[] max, float[] x, int lanes) {
        for (int t = 0; t < lanes; t++) {
            max[t] = Math.max(max[t], x[t]);
        }
    }

    /** max = the largest of it and of all rows; NaN stays NaN. */
    static void maximumOfAll(float[] max, float[][] rows, int lanes) {
        int c = 0;
        for (; c + 1 < rows.length; c += 2) {
            maximum(max, rows[c], rows[c + 1], lanes);
        }
        if (c < rows.length) {
            maximum(max, rows[c], lanes);
        }
    }

    private static void maximum(float[] max, float[] x, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            max[t] = Math.max(max[t], Math.max(x[t], y[t]));
        }
    }

    /** y = factor · x; y may be x. */
    public static void scaled(float[] x, float factor, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            y[t] = factor * x[t];
        }
    }

    /** x = value; arithmetic, because HotSpot often makes no vector instructions of {@link java.util.Arrays#fill}. */
    public static void set(float[] x, float value, int lanes) {
        clear(x, lanes);
        for (int t = 0; t < lanes; t++) {
            x[t] += value;
        }
    }

    /** sum += factor · p where p is at most one half. */
    static void addLesser(float[] sum, float factor, float[] p, int lanes) {
        for (int t = 0; t < lanes; t++) {
            float most = Math.min(1, Math.max(0, (p[t] - 0.5f) * HUGE));
            sum[t] += factor * ((1 - most) * p[t]);
        }
    }

    /** y = x / by; y may be one of them. */
    static void quotient(float[] x, float[] by, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            y[t] = x[t] / by[t];
        }
    }

    /** y = w · (a·g + b). */
    public static void affine(float[] w, float[] g, float a, float b, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            y[t] = w[t] * (a * g[t] + b);
        }
    }

    /** y = rest where p is above one half, else as it was. */
    public static void chooseRest(float[] p, float[] rest, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            float most = Math.min(1, Math.max(0, (p[t] - 0.5f) * HUGE));
            y[t] = most * rest[t] + (1 - most) * y[t];
        }
    }

    /** sum += factor · (x − y). */
    static void addScaledDifference(float[] sum, float factor, float[] x, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            sum[t] += factor * (x[t] - y[t]);
        }
    }

    /** sum += weight · (a · p + b). */
    public static void addAffine(float[] sum, float[] weight, float a, float b, float[] p, int lanes) {
        for (int t = 0; t < lanes; t++) {
            sum[t] += weight[t] * (a * p[t] + b);
        }
    }

    /** sum += a · p + b. */
    public static void addAffine(float[] sum, float a, float b, float[] p, int lanes) {
        for (int t = 0; t < lanes; t++) {
            sum[t] += a * p[t] + b;
        }
    }

    /** y = (x − first) − second, but never infinite. */
    static void lessBoth(float[] x, float[] first, float[] second, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            y[t] = Math.max(-Float.MAX_VALUE, (x[t] - first[t]) - second[t]);
        }
    }

    /** y = twice how far x is beyond the bounds of {@link Truths}; 0 within them, NaN where x is. */
    static void excess(float[] x, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            float beyond = Math.abs(x[t] - 0.5f) - Truths.REACH;
            y[t] = beyond + Math.abs(beyond);
        }
    }

    /** sum += twice how far x is beyond these bounds. */
    static void addExcess(float[] sum, float[] x, int lanes) {
        for (int t = 0; t < lanes; t++) {
            float beyond = Math.abs(x[t] - 0.5f) - Truths.REACH;
            sum[t] += beyond + Math.abs(beyond);
        }
    }

    /** sum += something above 0 where x is neither 0 nor 1. */
    public static void addFraction(float[] sum, float[] x, int lanes) {
        for (int t = 0; t < lanes; t++) {
            sum[t] += Math.abs(x[t] * (1 - x[t]));
        }
    }

    /** sum += weight · (p² + g²). */
    public static void addSquares(float[] sum, float[] weight, float[] p, float[] g, int lanes) {
        for (int t = 0; t < lanes; t++) {
            sum[t] += weight[t] * (p[t] * p[t] + g[t] * g[t]);
        }
    }

    /** sum += weight · |p − g|. */
    public static void addDistance(float[] sum, float[] weight, float[] p, float[] g, int lanes) {
        for (int t = 0; t < lanes; t++) {
            sum[t] += weight[t] * Math.abs(p[t] - g[t]);
        }
    }

    /** y += more where p is above g, less where it is below, and their mean where they are equal. */
    public static void addBySign(float[] y, float more, float less, float[] p, float[] g, int lanes) {
        for (int t = 0; t < lanes; t++) {
            float half = 0.5f * Math.max(-1, Math.min(1, (p[t] - g[t]) * HUGEST));
            y[t] += (0.5f + half) * more + (0.5f - half) * less;
        }
    }

    /** x = 1 / x. */
    static void reciprocal(float[] x, int lanes) {
        for (int t = 0; t < lanes; t++) {
            x[t] = 1 / x[t];
        }
    }

    /** y = 1 − x. */
    public static void complement(float[] x, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            y[t] = 1 - x[t];
        }
    }

    /** y = p · (b − mean). */
    public static void centred(float[] p, float b, float[] mean, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            y[t] = p[t] * (b - mean[t]);
        }
    }

    /** y = p · (b − mean). */
    public static void centred(float[] p, float[] b, float[] mean, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            y[t] = p[t] * (b[t] - mean[t]);
        }
    }

    /** y = p · (b · weight − mean). */
    public static void centred(float[] p, float b, float[] weight, float[] mean, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            y[t] = p[t] * (b * weight[t] - mean[t]);
        }
    }

    /** The sum in double, of four partial sums, which do not wait for one another. */
    public static double sum(float[] x, int lanes) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int t = 0;
        for (; t <= lanes - 4; t += 4) {
            a += x[t];
            b += x[t + 1];
            c += x[t + 2];
            d += x[t + 3];
        }
        for (; t < lanes; t++) {
            a += x[t];
        }
        return a + b + (c + d);
    }

    /** x = 0; a copy, because HotSpot often makes no vector instructions of {@link java.util.Arrays#fill}. */
    public static void clear(float[] x, int lanes) {
        for (int t = 0; t < lanes; t += ZEROS.length) {
            System.arraycopy(ZEROS, 0, x, t, Math.min(ZEROS.length, lanes - t));
        }
    }
}
