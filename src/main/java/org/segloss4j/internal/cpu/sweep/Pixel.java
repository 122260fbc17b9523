package org.segloss4j.internal.cpu.sweep;

import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Elements;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.backend.Truths;
import org.segloss4j.internal.backend.Weights;

/** One pixel of a batch in double: per channel its prediction, probability, truth and weight. */
public final class Pixel {

    private static final double LEAST_LOG = -100;

    private final Batch batch;
    private final Integer ignore;
    private final int channels;

    public final double[] z;
    public final double[] p;
    public final double[] g;
    /** 0 for void. */
    public final double[] m;
    /** Of a softmax, the logarithm of the sum of exponentials. */
    private double logSum;

    public Pixel(Batch batch, Integer ignore) {
        this.batch = batch;
        this.ignore = ignore;
        channels = batch.predictions().channels();
        z = new double[channels];
        p = new double[channels];
        g = new double[channels];
        m = new double[channels];
    }

    /** Reads pixel s of example n. */
    public void load(long n, long s, BadInput bad) {
        Tensor mask = batch.mask();
        for (int c = 0; c < channels; c++) {
            z[c] = Elements.get(batch.predictions(), n, c, s);
            m[c] = mask == null ? 1 : Elements.get(mask, n, mask.channels() == 1 ? 0 : c, s);
            if (!Weights.isWeight(m[c])) {
                if (c < mask.channels()) {
                    bad.add(BadInput.Kind.WEIGHT, n, s, m[c]);
                }
                m[c] = 0;
            }
        }
        Tensor labels = batch.labels().tensor();
        if (batch.labels().kind() == Labels.Kind.INDEX) {
            long y = Elements.getLong(labels, n, 0, s);
            boolean ignored = ignore != null && y == ignore;
            if (!ignored && (y < 0 || y >= Math.max(2, channels))) {
                bad.add(BadInput.Kind.LABEL, n, s, y);
            }
            for (int c = 0; c < channels; c++) {
                g[c] = y == (channels == 1 ? 1 : c) ? 1 : 0;
                m[c] = ignored ? 0 : m[c];
            }
            return;
        }
        for (int c = 0; c < channels; c++) {
            g[c] = Elements.get(labels, n, c, s);
        }
        if (ignore != null) {
            boolean isClass = channels > 1 && ignore >= 0 && ignore < channels;
            for (int c = 0; c < channels; c++) {
                if (isClass ? g[ignore] > 0.5 : g[c] == ignore) {
                    m[c] = 0;
                }
            }
        }
        for (int c = 0; c < channels; c++) {
            boolean isGood = batch.labels().kind() == Labels.Kind.FIELD ? Double.isFinite(g[c]) : Truths.isTruth(g[c]);
            if (m[c] != 0 && !isGood) {
                bad.add(BadInput.Kind.LABEL, n, s, g[c]);
            }
        }
    }

    /** Whether every output of the pixel weighs 0. */
    public boolean isVoid() {
        for (double weight : m) {
            if (weight != 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether a prediction is NaN, where it counts. */
    boolean hasNaN() {
        for (int c = 0; c < channels; c++) {
            // Softmax spreads a NaN to all channels.
            if (Double.isNaN(z[c]) && (m[c] != 0 || batch.activation() == Activation.SOFTMAX)) {
                return true;
            }
        }
        return false;
    }

    /** Makes probabilities of the predictions. */
    public void activate() {
        switch (batch.activation()) {
            case IDENTITY -> System.arraycopy(z, 0, p, 0, channels);
            case SIGMOID -> {
                for (int c = 0; c < channels; c++) {
                    p[c] = sigmoid(z[c]);
                }
            }
            case SOFTMAX -> {
                double sum = 0;
                double max = z[0];
                for (int c = 1; c < channels; c++) {
                    max = Math.max(max, z[c]);
                }
                for (int c = 0; c < channels; c++) {
                    p[c] = Math.exp(z[c] - max);
                    sum += p[c];
                }
                logSum = max + Math.log(sum);
                for (int c = 0; c < channels; c++) {
                    p[c] /= sum;
                }
            }
        }
    }

    /** 1 − p, without cancellation where the predictions allow it. */
    public double complement(int c) {
        if (batch.activation() == Activation.SIGMOID) {
            return sigmoid(-z[c]);
        }
        if (batch.activation() == Activation.IDENTITY || !(p[c] > 0.5)) {
            return 1 - p[c];
        }
        double others = 0;
        for (int k = 0; k < channels; k++) {
            others += k == c ? 0 : p[k];
        }
        return others;
    }

    /** log p; without an activation at least -100, as torch bounds it. */
    public double log(int c) {
        return switch (batch.activation()) {
            case IDENTITY -> boundedLog(p[c]);
            case SIGMOID -> logSigmoid(z[c]);
            // The logarithm of a sum that rounds to 1 would lose all of the others' exponentials.
            case SOFTMAX -> p[c] > 0.5 ? Math.log1p(-complement(c)) : z[c] - logSum;
        };
    }

    /** log(1 − p), bounded in the same way. */
    double logComplement(int c) {
        return switch (batch.activation()) {
            case IDENTITY -> boundedLog(1 - p[c]);
            case SIGMOID -> logSigmoid(-z[c]);
            case SOFTMAX -> channels == 1 ? LEAST_LOG : logOthers(c) - logSum;
        };
    }

    /** The logarithm of the sum of the other channels' exponentials. */
    private double logOthers(int c) {
        double max = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < channels; k++) {
            max = k == c ? max : Math.max(max, z[k]);
        }
        double sum = 0;
        for (int k = 0; k < channels; k++) {
            sum += k == c ? 0 : Math.exp(z[k] - max);
        }
        return max + Math.log(sum);
    }

    static double boundedLog(double p) {
        return Math.max(LEAST_LOG, Math.log(p));
    }

    static double logSigmoid(double z) {
        return Math.min(z, 0) - Math.log1p(Math.exp(-Math.abs(z)));
    }

    static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /** log p, but for a constant that all channels share. Only where there is an activation. */
    double logProbability(int c) {
        return batch.activation() == Activation.SOFTMAX ? z[c] : logSigmoid(z[c]);
    }

    /** Adds dL/dz to dz, given dL/dp, both of all channels. */
    public void backward(double[] dp, double[] dz) {
        switch (batch.activation()) {
            case IDENTITY -> {
                for (int c = 0; c < channels; c++) {
                    dz[c] += dp[c];
                }
            }
            case SIGMOID -> {
                for (int c = 0; c < channels; c++) {
                    // A prediction that the loss does not use must not propagate NaN.
                    dz[c] += dp[c] == 0 ? 0 : p[c] * complement(c) * dp[c];
                }
            }
            case SOFTMAX -> {
                double mean = 0;
                for (int c = 0; c < channels; c++) {
                    mean += p[c] * dp[c];
                }
                for (int c = 0; c < channels; c++) {
                    dz[c] += p[c] * (dp[c] - mean);
                }
            }
        }
    }
}
