package org.segloss4j.evaluation;

import java.util.Arrays;
import org.nd4j.evaluation.BaseEvaluation;

/** A confusion matrix [classes · classes], row = truth, in 64-bit counts, and the scores that follow from it. */
abstract class ConfusionScores extends BaseEvaluation<SegmentationEvaluation> {

    private static final long serialVersionUID = 1L;

    final int classes;
    long[] counts;
    Integer ignoreIndex;

    ConfusionScores(int classes, Integer ignoreIndex) {
        require(classes >= 2 && classes <= 46340, "classes is " + classes
                + ", but must be at least 2 (a single channel is 2 classes) and at most 46340");
        this.classes = classes;
        this.counts = new long[classes * classes];
        this.ignoreIndex = ignoreIndex;
    }

    /**
     * Adds counts made elsewhere; the row of the ignored class is left out.
     *
     * @param confusion [classes · classes] pixels, row = truth, column = prediction
     * @throws IllegalArgumentException if the length is another, a count is negative, or the sum exceeds 2^63 − 1;
     *                                  nothing is added then
     */
    public void add(long[] confusion) {
        require(confusion.length == counts.length, confusion.length + " counts for " + classes + " classes, but "
                + counts.length + " are needed");
        long[] sum = counts.clone();
        long total = 0;
        for (int k = 0; k < sum.length; k++) {
            require(confusion[k] >= 0, "count " + confusion[k] + " at truth " + k / classes + ", prediction "
                    + k % classes + " is negative");
            sum[k] += isIgnored(k / classes) ? 0 : confusion[k];
            total += sum[k];
            require(sum[k] >= 0 && total >= 0, "the counts exceed 2^63 - 1");
        }
        counts = sum;
    }

    /**
     * The number of classes.
     *
     * @return at least 2
     */
    public int classes() {
        return classes;
    }

    /**
     * Pixels of a class that were predicted as a class.
     *
     * @param truth     the true class
     * @param predicted the predicted class
     * @return the count
     * @throws IllegalArgumentException if one is no class
     */
    public long count(int truth, int predicted) {
        return counts[checked(truth) * classes + checked(predicted)];
    }

    /**
     * The confusion matrix.
     *
     * @return [classes · classes] pixels, row = truth, column = prediction; a copy
     */
    public long[] confusion() {
        return counts.clone();
    }

    /**
     * The number of counted pixels.
     *
     * @return all pixels that are not void
     */
    public long total() {
        return Arrays.stream(counts).sum();
    }

    /**
     * Intersection over union of a class, TP/(TP+FP+FN).
     *
     * @param c the class
     * @return from 0 to 1; NaN if neither truth nor prediction holds the class, or it is ignored
     * @throws IllegalArgumentException if c is no class
     */
    public double iou(int c) {
        return score(ClassScore.IOU, c);
    }

    /**
     * Dice coefficient (F1-score) of a class, 2·TP/(2·TP+FP+FN).
     *
     * @param c the class
     * @return from 0 to 1; NaN if neither truth nor prediction holds the class, or it is ignored
     * @throws IllegalArgumentException if c is no class
     */
    public double dice(int c) {
        return score(ClassScore.DICE, c);
    }

    /**
     * Precision of a class, TP/(TP+FP).
     *
     * @param c the class
     * @return from 0 to 1; NaN if the class was never predicted, or is ignored
     * @throws IllegalArgumentException if c is no class
     */
    public double precision(int c) {
        return score(ClassScore.PRECISION, c);
    }

    /**
     * Recall (class accuracy) of a class, TP/(TP+FN).
     *
     * @param c the class
     * @return from 0 to 1; NaN if the class never occurs, or is ignored
     * @throws IllegalArgumentException if c is no class
     */
    public double recall(int c) {
        return score(ClassScore.RECALL, c);
    }

    /**
     * Mean of the classes' IoU.
     *
     * @return from 0 to 1; classes that neither truth nor prediction holds drop out; NaN if all do
     */
    public double meanIou() {
        return mean(ClassScore.IOU);
    }

    /**
     * Mean of the classes' Dice coefficients.
     *
     * @return from 0 to 1; classes that neither truth nor prediction holds drop out; NaN if all do
     */
    public double meanDice() {
        return mean(ClassScore.DICE);
    }

    /**
     * Mean of the classes' precisions.
     *
     * @return from 0 to 1; classes that are never predicted drop out; NaN if all do
     */
    public double meanPrecision() {
        return mean(ClassScore.PRECISION);
    }

    /**
     * Mean of the classes' recalls, also known as mean class accuracy.
     *
     * @return from 0 to 1; classes that never occur drop out; NaN if all do
     */
    public double meanRecall() {
        return mean(ClassScore.RECALL);
    }

    /**
     * Share of the pixels that are right.
     *
     * @return from 0 to 1; NaN if nothing was counted
     */
    public double pixelAccuracy() {
        double right = 0;
        for (int c = 0; c < classes; c++) {
            right += count(c, c);
        }
        return right / total();
    }

    /**
     * IoU of the classes, weighted by their share of the true pixels.
     *
     * @return from 0 to 1; NaN if nothing was counted
     */
    public double frequencyWeightedIou() {
        double sum = 0;
        double weight = 0;
        for (int c = 0; c < classes; c++) {
            double iou = iou(c);
            if (!Double.isNaN(iou)) {
                sum += truthCount(c) * iou;
                weight += truthCount(c);
            }
        }
        return sum / weight;
    }

    double score(ClassScore score, int c) {
        long hits = count(c, c);
        return isIgnored(c) ? Double.NaN : score.of(hits, truthCount(c), predictedCount(c));
    }

    double mean(ClassScore score) {
        double sum = 0;
        int defined = 0;
        for (int c = 0; c < classes; c++) {
            double value = score(score, c);
            if (!Double.isNaN(value)) {
                sum += value;
                defined++;
            }
        }
        return sum / defined;
    }

    /** Pixels of a class. */
    long truthCount(int c) {
        long sum = 0;
        for (int k = 0; k < classes; k++) {
            sum += count(c, k);
        }
        return sum;
    }

    /** Pixels that were predicted as a class. */
    long predictedCount(int c) {
        long sum = 0;
        for (int k = 0; k < classes; k++) {
            sum += count(k, c);
        }
        return sum;
    }

    boolean isIgnored(int c) {
        return ignoreIndex != null && ignoreIndex == c;
    }

    private int checked(int c) {
        require(c >= 0 && c < classes, "class " + c + " is outside 0.." + (classes - 1));
        return c;
    }

    static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
