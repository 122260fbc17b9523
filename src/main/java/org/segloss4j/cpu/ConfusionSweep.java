package org.segloss4j.cpu;

import org.segloss4j.backend.Activation;
import org.segloss4j.backend.BadLabels;
import org.segloss4j.backend.Batch;
import org.segloss4j.backend.Elements;
import org.segloss4j.backend.Labels;
import org.segloss4j.backend.Tensor;

/** Counts (truth, prediction) pairs, one pixel after the other. */
final class ConfusionSweep {

    private final Batch batch;
    private final Integer ignoreIndex;
    private final double threshold;
    private final int channels;
    private final int classes;

    ConfusionSweep(Batch batch, Integer ignoreIndex, double threshold) {
        this.batch = batch;
        this.ignoreIndex = ignoreIndex;
        this.threshold = threshold;
        channels = batch.predictions().channels();
        classes = Math.max(2, channels);
    }

    /** Adds pixels [from, to) of example n to [classes · classes] counts, row = truth. */
    void count(long n, long from, long to, long[] counts, BadLabels bad) {
        for (long s = from; s < to; s++) {
            int truth = isMasked(n, s) ? -1 : truth(n, s, bad);
            if (truth >= 0) {
                counts[truth * classes + prediction(n, s)]++;
            }
        }
    }

    /** Whether every weight of the pixel is 0. */
    private boolean isMasked(long n, long s) {
        Tensor mask = batch.mask();
        if (mask == null) {
            return false;
        }
        for (int c = 0; c < mask.channels(); c++) {
            if (Elements.get(mask, n, c, s) != 0) {
                return false;
            }
        }
        return true;
    }

    /** The true class, or -1 for a void pixel. */
    private int truth(long n, long s, BadLabels bad) {
        Tensor labels = batch.labels().tensor();
        if (batch.labels().kind() == Labels.Kind.INDEX) {
            long y = Elements.getLong(labels, n, 0, s);
            if (ignoreIndex != null && y == ignoreIndex) {
                return -1;
            }
            if (y < 0 || y >= classes) {
                bad.add(n, s, y);
                return -1;
            }
            return (int) y;
        }
        if (channels == 1) {
            double value = Elements.get(labels, n, 0, s);
            return ignoreIndex != null && value == ignoreIndex ? -1 : value > 0.5 ? 1 : 0;
        }
        int best = -1;
        double largest = 0;
        for (int c = 0; c < channels; c++) {
            double value = Elements.get(labels, n, c, s);
            if (ignoreIndex != null && value == ignoreIndex && (ignoreIndex < 0 || ignoreIndex >= channels)) {
                return -1;
            }
            if (value > largest) {
                largest = value;
                best = c;
            }
        }
        return ignoreIndex != null && best == ignoreIndex ? -1 : best;
    }

    private int prediction(long n, long s) {
        Tensor predictions = batch.predictions();
        if (channels == 1) {
            double value = Elements.get(predictions, n, 0, s);
            double p = batch.activation() == Activation.IDENTITY ? value
                    : batch.activation() == Activation.SIGMOID ? 1 / (1 + Math.exp(-value)) : 1;
            return p > threshold ? 1 : 0;
        }
        int best = 0;
        double largest = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < channels; c++) {
            double value = Elements.get(predictions, n, c, s);
            if (value > largest) {
                largest = value;
                best = c;
            }
        }
        return best;
    }
}
