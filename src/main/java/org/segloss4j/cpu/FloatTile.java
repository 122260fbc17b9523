package org.segloss4j.cpu;

import java.util.Arrays;
import org.segloss4j.backend.Activation;
import org.segloss4j.backend.Batch;
import org.segloss4j.backend.Tensor;

/**
 * The predictions of a few hundred pixels, planar: channel c of lane t stands at {@code c · stride + t}, so that loops
 * over the lanes can use vector instructions and everything stays in the processor's caches.
 */
final class FloatTile {

    /** Floats in one plane set: 32 KiB, the size of a first-level cache. */
    private static final int TARGET = 8192;

    final int channels;
    final int stride;
    final TileIo io = new TileIo();
    /** Logits, probabilities and, for a sigmoid, their complements. */
    final float[] z;
    final float[] p;
    final float[] complement;
    /** Scratch rows. */
    final float[] rowA;
    final float[] rowB;
    /** The gradient. */
    final float[] dz;

    FloatTile(Batch batch) {
        channels = batch.predictions().channels();
        stride = Math.max(64, Math.min(512, TARGET / channels / 16 * 16));
        boolean identity = batch.activation() == Activation.IDENTITY;
        z = new float[channels * stride];
        p = identity ? z : new float[channels * stride];
        complement = batch.activation() == Activation.SIGMOID ? new float[channels * stride] : null;
        rowA = new float[stride];
        rowB = new float[stride];
        dz = new float[channels * stride];
    }

    /** Reads pixels [s, s + lanes) of example n and applies the activation. */
    void load(Batch batch, long n, long s, int lanes) {
        io.read(batch.predictions(), n, s, lanes, z, stride);
        switch (batch.activation()) {
            case IDENTITY -> { /* p is z. */ }
            case SOFTMAX -> FloatMath.softmax(z, p, channels, stride, lanes, rowA, rowB);
            case SIGMOID -> {
                for (int c = 0; c < channels; c++) {
                    FloatMath.sigmoid(z, p, complement, c * stride, lanes);
                }
            }
        }
    }

    /** Forgets one pixel: whatever was predicted there, even NaN, must not be felt. */
    void clear(int lane) {
        for (int c = 0; c < channels; c++) {
            z[c * stride + lane] = 0;
            p[c * stride + lane] = 0;
            if (complement != null) {
                complement[c * stride + lane] = 1;
            }
        }
    }

    /** Replaces probabilities by whether they are above a threshold. */
    void harden(double threshold, int lanes) {
        for (int c = 0; c < channels; c++) {
            for (int k = c * stride; k < c * stride + lanes; k++) {
                // NaN stays what it is.
                p[k] = p[k] > threshold ? 1 : p[k] <= threshold ? 0 : p[k];
            }
        }
    }

    /** 1 − p, without cancellation where the activation allows it. */
    double complement(int k) {
        if (complement != null) {
            return complement[k];
        }
        if (p == z || p[k] <= 0.5f) {
            return 1 - (double) p[k];
        }
        // Under softmax the other channels hold the rest; at most one channel of a pixel comes here.
        double others = 0;
        for (int j = k % stride; j < p.length; j += stride) {
            others += j == k ? 0 : p[j];
        }
        return others;
    }

    /**
     * Makes the softmax gradient of each pixel sum to 0, as it does in exact arithmetic, at the expense of the channel
     * that holds most of the probability: there pixel losses have steep slopes, and p · (d − Σ p·d) cancels.
     */
    void balance(int lanes) {
        float[] sum = rowA;
        Arrays.fill(sum, 0, lanes, 0);
        for (int c = 0; c < channels; c++) {
            int at = c * stride;
            for (int t = 0; t < lanes; t++) {
                sum[t] += dz[at + t];
            }
        }
        for (int c = 0; c < channels; c++) {
            int at = c * stride;
            for (int t = 0; t < lanes; t++) {
                dz[at + t] -= p[at + t] > 0.5f ? sum[t] : 0;
            }
        }
    }

    /** Writes the gradient of pixels [s, s + lanes) of example n. */
    void store(Tensor out, long n, long s, int lanes) {
        io.write(out, n, s, lanes, dz, stride);
    }

    /** Adds rows of lane sums to double sums, lanes in order, and clears them; only the first lanes were used. */
    void drain(float[] rows, int lanes, double[] sums, int at) {
        for (int c = 0; c < channels; c++) {
            double sum = 0;
            for (int k = c * stride; k < c * stride + lanes; k++) {
                sum += rows[k];
            }
            sums[at + c] += sum;
            Arrays.fill(rows, c * stride, c * stride + lanes, 0);
        }
    }
}
