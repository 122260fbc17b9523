package org.segloss4j.internal.backend;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoublePredicate;

/**
 * Which hard predictions a loss counts while its sweep reads the predictions. Of classes that exclude one another,
 * pairs of the true and the predicted class of each pixel, by the rules of {@link LossBackend#confusion}. Of labels
 * that do not, true and false positives and negatives of each image and label.
 *
 * @param ignoreIndex     the label of void pixels, or null
 * @param threshold       for one channel that is two classes: probabilities above it are class 1
 * @param labelThresholds the probability from which on a label is predicted, one for all or one for each; null for
 *                        classes that exclude one another
 */
public record Counting(Integer ignoreIndex, double threshold, List<Double> labelThresholds) {

    /** Counts of an image and label. */
    public static final int OUTCOMES = 4;
    /** Where the pixels of a label stand that were predicted as such. */
    public static final int TRUE_POSITIVE = 0;
    /** Where those stand that were predicted as a label that they do not have. */
    public static final int FALSE_POSITIVE = 1;
    /** Where those of a label stand that were not predicted as such. */
    public static final int FALSE_NEGATIVE = 2;
    /** Where those stand that neither have a label nor were predicted as such. */
    public static final int TRUE_NEGATIVE = 3;

    /**
     * Of classes that exclude one another.
     *
     * @param ignoreIndex the label of void pixels, or null
     * @param threshold   for one channel: probabilities above it are class 1
     */
    public Counting(Integer ignoreIndex, double threshold) {
        this(ignoreIndex, threshold, null);
    }

    /**
     * Of labels that may occur together.
     *
     * @param ignoreIndex the label of void pixels, or null
     * @param thresholds  the probability from which on a label is predicted, one for all or one for each
     * @return what is counted
     */
    public static Counting ofLabels(Integer ignoreIndex, double... thresholds) {
        return new Counting(ignoreIndex, Double.NaN, Arrays.stream(thresholds).boxed().toList());
    }

    /**
     * Whether labels may occur together.
     *
     * @return false for classes that exclude one another
     */
    public boolean isOfLabels() {
        return labelThresholds != null;
    }

    /**
     * The probability from which on a label is predicted.
     *
     * @param c the label
     * @return its threshold, not rounded
     */
    public double labelThreshold(int c) {
        return labelThresholds.get(labelThresholds.size() == 1 ? 0 : c);
    }

    /**
     * How many counts there are.
     *
     * @param batch the data
     * @return of classes K·K, row = truth; of labels N·C·OUTCOMES
     * @throws ArithmeticException if there are more than an array holds
     */
    public int length(Batch batch) {
        return isOfLabels() ? Math.toIntExact(Math.multiplyExact(batch.predictions().examples(),
                (long) batch.predictions().channels() * OUTCOMES)) : classes(batch) * classes(batch);
    }

    /**
     * The number of classes that are told apart.
     *
     * @param batch the data
     * @return C, or 2 for one channel
     */
    public static int classes(Batch batch) {
        return Math.max(2, batch.predictions().channels());
    }

    /**
     * The least prediction of a single channel that is class 1. Since probabilities, also rounded ones, rise with the
     * predictions, one comparison with it gives the class, and no backend can round in another way.
     *
     * @param batch the data, with one channel
     * @return the least double that the predictions' type need not hold; NaN, which nothing reaches, if no prediction
     *         is class 1
     */
    public double cut(Batch batch) {
        double rounded = Elements.round(batch.predictions().type(), threshold);
        return least(batch, p -> p > rounded);
    }

    /**
     * The least prediction of which a label is predicted.
     *
     * @param batch the data, not under a softmax
     * @param c     the label
     * @return as {@link #cut}
     */
    public double labelCut(Batch batch, int c) {
        double rounded = Elements.round(batch.predictions().type(), labelThreshold(c));
        return least(batch, p -> p >= rounded);
    }

    /** The least prediction whose rounded probability is one that is asked for. */
    private static double least(Batch batch, DoublePredicate isAsked) {
        long below = inOrder(Double.NEGATIVE_INFINITY);
        long above = inOrder(Double.POSITIVE_INFINITY);
        if (!isAsked.test(probability(batch, Double.POSITIVE_INFINITY))) {
            return Double.NaN;
        }
        if (isAsked.test(probability(batch, Double.NEGATIVE_INFINITY))) {
            return Double.NEGATIVE_INFINITY;
        }
        while (below + 1 < above) {
            // Their sum may be more than a long holds.
            long middle = (below & above) + ((below ^ above) >> 1);
            if (isAsked.test(probability(batch, ofOrder(middle)))) {
                above = middle;
            } else {
                below = middle;
            }
        }
        return ofOrder(above);
    }

    /** In the predictions' type. */
    private static double probability(Batch batch, double prediction) {
        double p = switch (batch.activation()) {
            case IDENTITY -> prediction;
            case SIGMOID -> 1 / (1 + Math.exp(-prediction));
            case SOFTMAX -> 1;
        };
        return Elements.round(batch.predictions().type(), p);
    }

    /** A whole number for each double, in their order. */
    private static long inOrder(double number) {
        long bits = Double.doubleToRawLongBits(number);
        return bits >= 0 ? bits : Long.MIN_VALUE - bits;
    }

    private static double ofOrder(long order) {
        return Double.longBitsToDouble(order >= 0 ? order : Long.MIN_VALUE - order);
    }
}
