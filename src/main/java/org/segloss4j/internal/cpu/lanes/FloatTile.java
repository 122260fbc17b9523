package org.segloss4j.internal.cpu.lanes;

import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Elements;
import org.segloss4j.internal.backend.Tensor;

/**
 * The predictions of a few hundred pixels, a row of lanes per channel, so that loops over the lanes can use vector
 * instructions and everything stays in the processor's caches.
 */
public final class FloatTile {

    /** Floats of all channels: 256 KiB, so that a few such sets of rows fit into a second-level cache. */
    private static final int TARGET = 65536;
    /** Shorter rows cost more to begin than to compute. */
    private static final int LEAST = 256;
    private static final int MOST = 512;
    /** Below it, activations make probabilities too large rather than denormal or 0. */
    private static final double LEAST_EXACT = 1e-36;

    public final int channels;
    /** Lanes. */
    public final int stride;
    final TileIo io = new TileIo();
    public final FloatMath math;
    /** [C][lanes]: logits, probabilities and, for a sigmoid, their complements. */
    public final float[][] z;
    public final float[][] p;
    public final float[][] complement;
    /** A scratch row. */
    public final float[] rowA;
    /** The gradient. */
    public final float[][] dz;
    /** Of a softmax, per lane: the largest logit, and what makes probabilities of the exponentials of the others. */
    private final float[] top;
    private final float[] inverse;
    /** Of a softmax, what no channel above one half holds, and the logarithm of the sum of exponentials. */
    private final float[] rest;
    private final float[] logTotal;
    /** Whether they are those of the pixels at hand, since not every loss asks for them. */
    private boolean hasRest;
    private boolean hasLogTotal;

    private final Activation activation;
    private final ElementType type;

    public FloatTile(Batch batch) {
        channels = batch.predictions().channels();
        stride = Math.max(LEAST, Math.min(MOST, TARGET / channels / 16 * 16));
        activation = batch.activation();
        type = batch.predictions().type();
        math = new FloatMath(stride);
        z = rows();
        p = rows();
        complement = activation == Activation.SIGMOID ? rows() : null;
        rowA = new float[stride];
        dz = rows();
        top = new float[stride];
        inverse = new float[stride];
        rest = new float[stride];
        logTotal = new float[stride];
    }

    /** New rows, one per channel. */
    public float[][] rows() {
        return new float[channels][stride];
    }

    /** Reads pixels [s, s + lanes) of example n and applies the activation. */
    public void load(Batch batch, long n, long s, int lanes) {
        io.read(batch.predictions(), n, s, lanes, z);
        hasRest = false;
        hasLogTotal = false;
        switch (activation) {
            case IDENTITY -> {
                for (int c = 0; c < channels; c++) {
                    System.arraycopy(z[c], 0, p[c], 0, lanes);
                }
            }
            case SOFTMAX -> math.softmax(z, p, lanes, top, inverse);
            case SIGMOID -> {
                for (int c = 0; c < channels; c++) {
                    math.sigmoid(z[c], p[c], complement[c], lanes);
                }
            }
        }
    }

    /** Overwrites the predictions of a void pixel, which must not propagate NaN. */
    public void clear(int lane) {
        for (int c = 0; c < channels; c++) {
            z[c][lane] = 0;
            clear(c, lane);
        }
        top[lane] = 0;
        inverse[lane] = 1;
    }

    /** Forgets the probability of one output; what the pixel's others are normalised by remains. */
    public void clear(int c, int lane) {
        p[c][lane] = 0;
        if (complement != null) {
            complement[c][lane] = 1;
        }
    }

    /** Replaces probabilities, rounded to the predictions' type, by whether they are above a threshold of that type. */
    public void harden(double threshold, int lanes) {
        if (threshold < LEAST_EXACT && activation != Activation.IDENTITY) {
            replaceVanishing(lanes);
        }
        for (float[] row : p) {
            if (type != ElementType.FLOAT) {
                for (int t = 0; t < lanes; t++) {
                    row[t] = (float) Elements.round(type, row[t]);
                }
            }
            for (int t = 0; t < lanes; t++) {
                // NaN stays what it is.
                row[t] = row[t] > threshold ? 1 : row[t] <= threshold ? 0 : row[t];
            }
        }
    }

    /**
     * Computes probabilities again that {@link FloatMath} keeps from vanishing. Those of void outputs are 0 already.
     */
    private void replaceVanishing(int lanes) {
        for (int c = 0; c < channels; c++) {
            for (int t = 0; t < lanes; t++) {
                if (p[c][t] > 0 && p[c][t] < LEAST_EXACT) {
                    p[c][t] = activation == Activation.SIGMOID ? (float) (1 / (1 + Math.exp(-z[c][t])))
                            : softmax(c, t);
                }
            }
        }
    }

    private float softmax(int c, int t) {
        return (float) Math.exp(logSoftmax(c, t));
    }

    private double logSoftmax(int c, int t) {
        double max = z[0][t];
        for (int j = 1; j < channels; j++) {
            max = Math.max(max, z[j][t]);
        }
        double sum = 0;
        for (int j = 0; j < channels; j++) {
            sum += Math.exp(z[j][t] - max);
        }
        return z[c][t] - max - Math.log(sum);
    }

    /** The row 1 − p of a channel, without cancellation where the activation allows it; may be computed in scratch. */
    public float[] complement(int c, float[] scratch, int lanes) {
        if (complement != null) {
            return complement[c];
        }
        Rows.complement(p[c], scratch, lanes);
        if (activation == Activation.SOFTMAX) {
            Rows.chooseRest(p[c], rest(lanes), scratch, lanes);
        }
        return scratch;
    }

    /** What the channels of a softmax that are not above one half hold: 1 − p of the one that is. */
    public float[] rest(int lanes) {
        if (!hasRest) {
            Rows.clear(rest, lanes);
            for (float[] row : p) {
                Rows.addLesser(rest, 1, row, lanes);
            }
            hasRest = true;
        }
        return rest;
    }

    /**
     * y = log u of probabilities of a softmax, which does not vanish with them; z are their logits, and v is 1 − u. The
     * channel may be another one in each lane.
     */
    public void logOfSoftmax(float[] logits, float[] u, float[] v, float[] y, int lanes) {
        Rows.lessBoth(logits, top, logTotal(lanes), y, lanes);
        FloatMath.joinLogs(y, u, v, y, lanes);
    }

    /** y = Σ_c −weights_c · log p_c of a softmax. */
    public void entropy(double[] weights, float[] y, int lanes) {
        double all = 0;
        for (double weight : weights) {
            all += weight;
        }
        Rows.scaled(logTotal(lanes), (float) all, y, lanes);
        for (int c = 0; c < channels; c++) {
            if (weights[c] != 0) {
                Rows.addScaledDifference(y, (float) weights[c], top, z[c], lanes);
            }
        }
    }

    private float[] logTotal(int lanes) {
        if (!hasLogTotal) {
            math.log(inverse, logTotal, lanes);
            Rows.scaled(logTotal, -1, logTotal, lanes);
            hasLogTotal = true;
        }
        return logTotal;
    }

    /**
     * Makes the softmax gradient of each pixel sum to 0, as it does in exact arithmetic. In the channel that holds most
     * of the probability p · (d − Σ p·d) cancels; what the sum is off by is that error, so each channel takes its share
     * of it by probability, of which the others hardly feel theirs.
     */
    public void balance(int lanes) {
        float[] sum = rowA;
        Rows.clear(sum, lanes);
        Rows.addAll(sum, dz, lanes);
        for (int c = 0; c < channels; c++) {
            Rows.subtractProduct(dz[c], p[c], sum, lanes);
        }
    }

    /** Writes the gradient of pixels [s, s + lanes) of example n. */
    public void store(Tensor out, long n, long s, int lanes) {
        io.write(out, n, s, lanes, dz);
    }

    /** Adds rows of lane sums to double sums and clears them; only the first lanes were used. */
    public void drain(float[][] rows, int lanes, double[] sums, int at) {
        for (int c = 0; c < channels; c++) {
            sums[at + c] += Rows.sum(rows[c], lanes);
            Rows.clear(rows[c], lanes);
        }
    }
}
