package org.segloss4j.internal.cpu.lanes;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import org.segloss4j.internal.math.LogCurve;

/**
 * Exponential, logarithm and activations of rows of floats, a lane per pixel. Every loop is one that HotSpot makes
 * vector instructions of: one index, no branches, no calls. It has none for {@link Float#floatToRawIntBits}, so bits
 * are read and set by copying rows through a buffer, which costs a twentieth of the scalar way. Holds that buffer, so
 * each thread has its own.
 */
public final class FloatMath {

    /** Below it {@link #exp} answers as if it were there: 1.6e-38, the smallest before denormal numbers. */
    private static final float LOWEST = -87f;
    /** Above it e^x is near the largest float. */
    private static final float HIGHEST = 88f;
    private static final float LOG2_E = 1.44269504f;
    /** ln 2 in two parts, so that n · ln 2 is subtracted without rounding. */
    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.12194440e-4f;
    /** Adding 1.5 · 2^23 leaves the nearest whole number in the low bits. */
    private static final float ROUND = 12582912f;
    private static final int ROUND_BITS = 0x4b400000;
    /** The bits of 1. */
    private static final int ONE = 0x3f800000;
    /** The bits of √½: mantissas are taken from [√½, √2). */
    private static final int ROOT_HALF = 0x3f3504f3;
    /** Makes 1 of whatever is positive and not vanishingly small. */
    private static final float HUGE = 1e30f;

    private static final float LEAST_ENTROPY = (float) -Math.log1p(-LogCurve.EPSILON);
    private static final float MOST_ENTROPY = (float) -Math.log(LogCurve.EPSILON);

    private final FloatBuffer floats;
    private final IntBuffer ints;
    private final int[] bits;
    private final int[] exponents;
    private final float[] zero;
    private final float[] scale;
    private final float[] mantissa;
    private final float[] negative;

    /** Scratch for rows of up to that many lanes. */
    FloatMath(int lanes) {
        ByteBuffer memory = ByteBuffer.allocate(lanes * Float.BYTES).order(ByteOrder.nativeOrder());
        floats = memory.asFloatBuffer();
        ints = memory.asIntBuffer();
        bits = new int[lanes];
        exponents = new int[lanes];
        zero = new float[lanes];
        scale = new float[lanes];
        mantissa = new float[lanes];
        negative = new float[lanes];
    }

    /** y = e^(x − from) for x ≤ from, within 3 units in the last place; NaN stays NaN. y may be x. */
    public void exp(float[] x, float[] from, float[] y, int lanes) {
        reduce(x, from, scale, mantissa, lanes);
        toInts(scale, bits, lanes);
        shift(bits, lanes);
        toFloats(bits, scale, lanes);
        // A product, not a sum of exponents: that would make a number of the payload of a NaN.
        Rows.product(mantissa, scale, y, lanes);
    }

    /** x − from = n · ln 2 + r with |r| ≤ ln(2)/2: n, in its low bits, and e^r. */
    private static void reduce(float[] x, float[] from, float[] whole, float[] power, int lanes) {
        for (int t = 0; t < lanes; t++) {
            float clamped = Math.max(x[t] - from[t], LOWEST);
            float shifted = clamped * LOG2_E + ROUND;
            float n = shifted - ROUND;
            float r = (clamped - n * LN2_HIGH) - n * LN2_LOW;
            // Taylor's polynomial: the next term is below 1.2e-8.
            float tail = 0.5f + r * (1f / 6 + r * (1f / 24 + r * (1f / 120 + r * (1f / 720))));
            whole[t] = shifted;
            power[t] = 1 + (r + r * r * tail);
        }
    }

    /** The bits of 2^n from those that end in n. */
    private static void shift(int[] bits, int lanes) {
        for (int t = 0; t < lanes; t++) {
            bits[t] = (bits[t] << 23) + ONE;
        }
    }

    /** y = e^x for x up to 88, and e^88 beyond; NaN stays NaN. y may be x. */
    void exp(float[] x, float[] y, int lanes) {
        bounded(x, y, lanes);
        exp(y, zero, y, lanes);
    }

    private static void bounded(float[] x, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            y[t] = Math.min(HIGHEST, x[t]);
        }
    }

    /** y = e^x − 1 for x of at most 88, which does not cancel near 0; NaN stays NaN. y may be x. */
    void expm1(float[] x, float[] y, int lanes) {
        reduceRest(x, scale, mantissa, lanes);
        toInts(scale, bits, lanes);
        shift(bits, lanes);
        toFloats(bits, scale, lanes);
        joinRest(mantissa, scale, y, lanes);
    }

    /** x = n · ln 2 + r: n, in its low bits, and e^r − 1. */
    private static void reduceRest(float[] x, float[] whole, float[] power, int lanes) {
        for (int t = 0; t < lanes; t++) {
            float clamped = Math.max(x[t], LOWEST);
            float shifted = clamped * LOG2_E + ROUND;
            float n = shifted - ROUND;
            float r = (clamped - n * LN2_HIGH) - n * LN2_LOW;
            float tail = 0.5f + r * (1f / 6 + r * (1f / 24 + r * (1f / 120 + r * (1f / 720))));
            whole[t] = shifted;
            power[t] = r + r * r * tail;
        }
    }

    private static void joinRest(float[] rest, float[] scale, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            y[t] = (scale[t] - 1) + scale[t] * rest[t];
        }
    }

    /** y = ln u for u in [1e-37, 1e37], within 2 units in the last place; NaN stays NaN. y may be u. */
    public void log(float[] u, float[] y, int lanes) {
        toInts(u, bits, lanes);
        split(bits, exponents, lanes);
        toFloats(bits, mantissa, lanes);
        toFloats(exponents, scale, lanes);
        join(u, mantissa, scale, y, lanes);
    }

    /** u = 2^n · m with m in [√½, √2): the bits of m, and of 1.5 · 2^23 + n. */
    private static void split(int[] bits, int[] exponents, int lanes) {
        for (int t = 0; t < lanes; t++) {
            int n = (bits[t] - ROOT_HALF) >> 23;
            exponents[t] = n + ROUND_BITS;
            bits[t] -= n << 23;
        }
    }

    /** n · ln 2 + ln m, with ln(1 + r) = r − s · (r − 2·(s²/3 + s⁴/5 + …)), s = r / (2 + r), |s| below 0.18. */
    private static void join(float[] u, float[] m, float[] shifted, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            float n = shifted[t] - ROUND;
            float r = m[t] - 1;
            float s = r / (2 + r);
            float q = s * s;
            float series = q * (2f / 3 + q * (2f / 5 + q * (2f / 7 + q * (2f / 9))));
            // u − u is 0, except for NaN, which has to propagate.
            y[t] = n * LN2_HIGH + (r - (s * (r - series) - n * LN2_LOW)) + (u[t] - u[t]);
        }
    }

    /** Softmax over the channels of each lane; {@code max} and {@code sum} are scratch of a row each. p may be z. */
    void softmax(float[][] z, float[][] p, int lanes, float[] max, float[] sum) {
        System.arraycopy(z[0], 0, max, 0, lanes);
        Rows.maximumOfAll(max, z, lanes);
        Rows.clear(sum, lanes);
        for (int c = 0; c < z.length; c++) {
            exp(z[c], max, p[c], lanes);
        }
        Rows.addAll(sum, p, lanes);
        Rows.reciprocal(sum, lanes);
        for (float[] row : p) {
            Rows.product(row, sum, row, lanes);
        }
    }

    /**
     * Softmax over some channels, each as often as a number says; rows of others are not touched.
     *
     * @param max   gets the largest logit
     * @param total gets the sum of e^(z − max)
     * @param rest  gets the sum of the probabilities that are at most one half
     */
    public void softmax(float[][] z, int[] times, float[][] q, float[] max, float[] total, float[] rest, int lanes) {
        Rows.set(max, -Float.MAX_VALUE, lanes);
        Rows.clear(total, lanes);
        Rows.clear(rest, lanes);
        for (int c = 0; c < z.length; c++) {
            if (times[c] > 0) {
                Rows.maximum(max, z[c], lanes);
            }
        }
        for (int c = 0; c < z.length; c++) {
            if (times[c] > 0) {
                exp(z[c], max, q[c], lanes);
                Rows.addScaled(total, times[c], q[c], lanes);
            }
        }
        for (int c = 0; c < z.length; c++) {
            if (times[c] > 0) {
                Rows.quotient(q[c], total, q[c], lanes);
                Rows.addLesser(rest, times[c], q[c], lanes);
            }
        }
    }

    /** v = 1 − q and log q of a channel of that softmax, whose logits are z. */
    public static void sidesOfSoftmax(float[] z, float[] max, float[] logTotal, float[] q, float[] rest, float[] v,
                                      float[] log, int lanes) {
        Rows.complement(q, v, lanes);
        Rows.chooseRest(q, rest, v, lanes);
        Rows.lessBoth(z, max, logTotal, log, lanes);
        joinLogs(log, q, v, log, lanes);
    }

    /** Sigmoid and its complement, each without cancellation. */
    public void sigmoid(float[] z, float[] p, float[] complement, int lanes) {
        power(z, lanes);
        sidesOfPower(z, mantissa, scale, p, complement, lanes);
    }

    /** q = σ(−|z|), the lesser of the sigmoid and its complement. */
    public void lesser(float[] z, float[] q, int lanes) {
        power(z, lanes);
        lesserOfPower(mantissa, scale, q, lanes);
    }

    /** The two factors of e^−|z|. */
    private void power(float[] z, int lanes) {
        minusMagnitude(z, negative, lanes);
        reduce(negative, zero, scale, mantissa, lanes);
        toInts(scale, bits, lanes);
        shift(bits, lanes);
        toFloats(bits, scale, lanes);
    }

    private static void sidesOfPower(float[] z, float[] mantissa, float[] scale, float[] p, float[] complement,
                                     int lanes) {
        for (int t = 0; t < lanes; t++) {
            float e = mantissa[t] * scale[t];
            float larger = 1 / (1 + e);
            float smaller = e * larger;
            float positive = Math.min(1, Math.max(0, z[t] * HUGE));
            p[t] = positive * larger + (1 - positive) * smaller;
            complement[t] = positive * smaller + (1 - positive) * larger;
        }
    }

    private static void minusMagnitude(float[] z, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            y[t] = -Math.abs(z[t]);
        }
    }

    private static void lesserOfPower(float[] mantissa, float[] scale, float[] q, int lanes) {
        for (int t = 0; t < lanes; t++) {
            float e = mantissa[t] * scale[t];
            q[t] = e / (1 + e);
        }
    }

    /** σ(z) and σ(−z) from the lesser of them. */
    public static void sides(float[] z, float[] q, float[] p, float[] complement, int lanes) {
        for (int t = 0; t < lanes; t++) {
            float positive = Math.min(1, Math.max(0, z[t] * HUGE));
            float larger = 1 - q[t];
            p[t] = positive * larger + (1 - positive) * q[t];
            complement[t] = positive * q[t] + (1 - positive) * larger;
        }
    }

    /**
     * y = −log σ(z) for σ(z) clipped to [1e-7, 1 − 1e-7], from q = σ(−|z|): no bits are needed, since with
     * s = q / (2 − q) it is −log(1 − q) = 2·(s + s³/3 + s⁵/5 + …), |s| up to 1/3, and |z| more where z is negative.
     */
    public static void entropy(float[] z, float[] q, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            float positive = Math.min(1, Math.max(0, z[t] * HUGE));
            float magnitude = Math.min(Math.abs(z[t]), MOST_ENTROPY);
            float s = q[t] / (2 - q[t]);
            float r = s * s;
            float series = r * (2f / 3 + r * (2f / 5 + r * (2f / 7 + r * (2f / 9 + r * (2f / 11 + r * (2f / 13
                    + r * (2f / 15)))))));
            float entropy = s * (2 + series) + (1 - positive) * magnitude;
            y[t] = 0.5f * (entropy + LEAST_ENTROPY + Math.abs(entropy - LEAST_ENTROPY));
        }
    }

    /** y = log σ(z) from u = σ(z) and v = σ(−z), without a clip. y must be none of them. */
    public static void logSigmoid(float[] z, float[] u, float[] v, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            float positive = Math.min(1, Math.max(0, z[t] * HUGE));
            float q = positive * v[t] + (1 - positive) * u[t];
            float s = q / (2 - q);
            float r = s * s;
            float series = r * (2f / 3 + r * (2f / 5 + r * (2f / 7 + r * (2f / 9 + r * (2f / 11 + r * (2f / 13
                    + r * (2f / 15)))))));
            // No product with 1 − positive, which would be NaN at infinity.
            y[t] = Math.min(z[t], 0) - s * (2 + series);
        }
    }

    /**
     * y = log u, where a logarithm is given that is good where u is small, and v = 1 − u, which is good where u is near
     * 1. y may be the logarithm.
     */
    public static void joinLogs(float[] log, float[] u, float[] v, float[] y, int lanes) {
        for (int t = 0; t < lanes; t++) {
            float most = Math.min(1, Math.max(0, (u[t] - 0.5f) * HUGE));
            float q = most * v[t];
            float s = q / (2 - q);
            float r = s * s;
            float series = r * (2f / 3 + r * (2f / 5 + r * (2f / 7 + r * (2f / 9 + r * (2f / 11 + r * (2f / 13
                    + r * (2f / 15)))))));
            y[t] = (1 - most) * log[t] - s * (2 + series);
        }
    }

    /** log(1/(1+e^−z)), which is about z where the sigmoid itself vanishes. */
    public static float logSigmoid(float z) {
        return (float) (Math.min(z, 0) - Math.log1p(Math.exp(-Math.abs(z))));
    }

    private void toInts(float[] from, int[] to, int lanes) {
        floats.put(0, from, 0, lanes);
        ints.get(0, to, 0, lanes);
    }

    private void toFloats(int[] from, float[] to, int lanes) {
        ints.put(0, from, 0, lanes);
        floats.get(0, to, 0, lanes);
    }
}
