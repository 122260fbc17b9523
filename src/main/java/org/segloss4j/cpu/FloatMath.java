package org.segloss4j.cpu;

/**
 * Activations of planar tiles in float: channel c of lane t stands at {@code c · stride + t}. The inner loops run over
 * the lanes, which lets the compiler use vector instructions wherever it knows how.
 */
final class FloatMath {

    /** Below it {@link #exp} answers as if it were there: 1.6e-38, the smallest before denormal numbers. */
    private static final float LOWEST = -87f;
    private static final float LOG2_E = 1.44269504f;
    /** ln 2 in two parts, so that n · ln 2 is subtracted without rounding. */
    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.12194440e-4f;
    /** Adding 1.5 · 2^23 leaves the nearest whole number in the low bits. */
    private static final float ROUND = 12582912f;

    /** The bits of 1. */
    private static final int ONE = 0x3f800000;

    private FloatMath() {
    }

    /** e^x for x ≤ 0, within 3 units in the last place; NaN stays NaN. */
    static float exp(float x) {
        float clamped = Math.max(x, LOWEST);
        float shifted = clamped * LOG2_E + ROUND;
        float n = shifted - ROUND;
        float r = (clamped - n * LN2_HIGH) - n * LN2_LOW;
        // Taylor's polynomial on |r| ≤ ln(2)/2: the next term is below 1.2e-8.
        float tail = 0.5f + r * (1f / 6 + r * (1f / 24 + r * (1f / 120 + r * (1f / 720))));
        float power = 1 + (r + r * r * tail);
        // A product, not a sum of exponents: that would make a number of the payload of a NaN.
        return power * Float.intBitsToFloat((Float.floatToRawIntBits(shifted) << 23) + ONE);
    }

    /** Softmax over the channels of each lane; {@code max} and {@code sum} are scratch of a row each. */
    static void softmax(float[] z, float[] p, int channels, int stride, int lanes, float[] max, float[] sum) {
        System.arraycopy(z, 0, max, 0, lanes);
        for (int c = 1; c < channels; c++) {
            int at = c * stride;
            for (int t = 0; t < lanes; t++) {
                max[t] = Math.max(max[t], z[at + t]);
            }
        }
        java.util.Arrays.fill(sum, 0, lanes, 0);
        for (int c = 0; c < channels; c++) {
            int at = c * stride;
            for (int t = 0; t < lanes; t++) {
                float e = exp(z[at + t] - max[t]);
                p[at + t] = e;
                sum[t] += e;
            }
        }
        for (int t = 0; t < lanes; t++) {
            sum[t] = 1 / sum[t];
        }
        for (int c = 0; c < channels; c++) {
            int at = c * stride;
            for (int t = 0; t < lanes; t++) {
                p[at + t] *= sum[t];
            }
        }
    }

    /** log(1/(1+e^−z)), which is about z where the sigmoid itself vanishes. */
    static float logSigmoid(float z) {
        return (float) (Math.min(z, 0) - Math.log1p(Math.exp(-Math.abs(z))));
    }

    /** Sigmoid and its complement, each without cancellation. */
    static void sigmoid(float[] z, float[] p, float[] complement, int from, int lanes) {
        for (int t = from; t < from + lanes; t++) {
            float x = z[t];
            float e = exp(-Math.abs(x));
            float larger = 1 / (1 + e);
            float smaller = e * larger;
            p[t] = x < 0 ? smaller : larger;
            complement[t] = x < 0 ? larger : smaller;
        }
    }
}
