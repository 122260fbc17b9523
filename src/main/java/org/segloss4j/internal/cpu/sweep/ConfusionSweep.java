package org.segloss4j.internal.cpu.sweep;

import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Elements;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.backend.Truths;
import org.segloss4j.internal.backend.Weights;

/** Counts (truth, prediction) pairs, one pixel after the other. */
public final class ConfusionSweep {

    private final Batch batch;
    private final Integer ignoreIndex;
    private final double threshold;
    private final int channels;
    private final int classes;
    private final long[] counts;

    public ConfusionSweep(Batch batch, Integer ignoreIndex, double threshold) {
        this.batch = batch;
        this.ignoreIndex = ignoreIndex;
        this.threshold = Elements.round(batch.predictions().type(), threshold);
        channels = batch.predictions().channels();
        classes = Math.max(2, channels);
        counts = new long[classes * classes];
    }

    /** Counts pixels [from, to) of example n. */
    public void count(long n, long from, long to, BadInput bad) {
        for (long s = from; s < to; s++) {
            int truth = isMasked(n, s, bad) ? -1 : truth(n, s, bad);
            if (truth >= 0) {
                counts[truth * classes + prediction(n, s, bad)]++;
            }
        }
    }

    /** Adds what was counted to [classes · classes] counts, row = truth. */
    public void addTo(long[] sum) {
        for (int k = 0; k < sum.length; k++) {
            sum[k] += counts[k];
        }
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

    /** The true class, or -1 for a void pixel. */
    private int truth(long n, long s, BadInput bad) {
        Tensor labels = batch.labels().tensor();
        if (batch.labels().kind() == Labels.Kind.INDEX) {
            long y = Elements.getLong(labels, n, 0, s);
            if (ignoreIndex != null && y == ignoreIndex) {
                return -1;
            }
            if (y < 0 || y >= classes) {
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

    /** The predicted class; a NaN prediction is reported, since NaN has no place in an order. */
    private int prediction(long n, long s, BadInput bad) {
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
