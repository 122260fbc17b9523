package org.segloss4j.internal.cpu.sweep;

import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Elements;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.backend.Truths;
import org.segloss4j.internal.backend.Weights;

/** The true and the predicted class of single pixels. */
public final class PixelClasses {

    private final Batch batch;
    private final Integer ignoreIndex;
    private final double threshold;
    private final int channels;

    /**
     * Classes of a batch.
     *
     * @param batch       predictions, labels and mask
     * @param ignoreIndex the label of void pixels, or null
     * @param threshold   the probability above which a single channel is class 1
     */
    public PixelClasses(Batch batch, Integer ignoreIndex, double threshold) {
        this.batch = batch;
        this.ignoreIndex = ignoreIndex;
        this.threshold = Elements.round(batch.predictions().type(), threshold);
        channels = batch.predictions().channels();
    }

    /**
     * How many classes there are.
     *
     * @return at least 2
     */
    public int classes() {
        return Math.max(2, channels);
    }

    /**
     * The true class.
     *
     * @param n   example
     * @param s   pixel
     * @param bad gets what is no label or no weight
     * @return the class, or -1 for a void pixel
     */
    public int truth(long n, long s, BadInput bad) {
        return isMasked(n, s, bad) ? -1 : label(n, s, bad);
    }

    /** Whether every weight of the pixel is 0. */
    private boolean isMasked(long n, long s, BadInput bad) {
        Tensor mask = batch.mask();
        if (mask == null) {
            return false;
        }
        for (int c = 0; c < mask.channels(); c++) {
            double weight = Elements.get(mask, n, c, s);
            if (!Weights.isWeight(weight)) {
                bad.add(BadInput.Kind.WEIGHT, n, s, weight);
            }
            if (weight != 0) {
                return false;
            }
        }
        return true;
    }

    /** The class of the label, or -1 for a void pixel. */
    private int label(long n, long s, BadInput bad) {
        Tensor labels = batch.labels().tensor();
        if (batch.labels().kind() == Labels.Kind.INDEX) {
            long y = Elements.getLong(labels, n, 0, s);
            if (ignoreIndex != null && y == ignoreIndex) {
                return -1;
            }
            if (y < 0 || y >= classes()) {
                bad.add(BadInput.Kind.LABEL, n, s, y);
                return -1;
            }
            return (int) y;
        }
        boolean isValueIgnored = ignoreIndex != null && (channels == 1 || ignoreIndex < 0 || ignoreIndex >= channels);
        int best = channels == 1 ? 0 : -1;
        double largest = channels == 1 ? 0.5 : 0;
        for (int c = 0; c < channels; c++) {
            double value = Elements.get(labels, n, c, s);
            if (isValueIgnored && value == ignoreIndex) {
                return -1;
            }
            if (value > largest) {
                largest = value;
                best = channels == 1 ? 1 : c;
            }
        }
        if (!isValueIgnored && ignoreIndex != null && best == ignoreIndex) {
            return -1;
        }
        for (int c = 0; c < channels; c++) {
            double value = Elements.get(labels, n, c, s);
            if (!Truths.isTruth(value)) {
                bad.add(BadInput.Kind.LABEL, n, s, value);
            }
        }
        return best;
    }

    /**
     * The predicted class.
     *
     * @param n   example
     * @param s   pixel
     * @param bad gets a NaN prediction, since NaN has no place in an order
     * @return the channel of the largest value, or 0 or 1 for a single channel
     */
    public int prediction(long n, long s, BadInput bad) {
        Tensor predictions = batch.predictions();
        if (channels == 1) {
            double value = Elements.get(predictions, n, 0, s);
            double p = batch.activation() == Activation.IDENTITY ? value
                    : batch.activation() == Activation.SIGMOID ? 1 / (1 + Math.exp(-value)) : 1;
            if (Double.isNaN(p)) {
                bad.add(BadInput.Kind.PREDICTION, n, s, p);
            }
            return Elements.round(predictions.type(), p) > threshold ? 1 : 0;
        }
        int best = 0;
        double largest = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < channels; c++) {
            double value = Elements.get(predictions, n, c, s);
            if (Double.isNaN(value)) {
                bad.add(BadInput.Kind.PREDICTION, n, s, value);
                return best;
            }
            if (value > largest) {
                largest = value;
                best = c;
            }
        }
        return best;
    }
}
