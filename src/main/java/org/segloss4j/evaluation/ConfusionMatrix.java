package org.segloss4j.evaluation;

import java.util.Arrays;

/** 64-bit counts of (truth, prediction) pairs and the scores that follow from them. */
final class ConfusionMatrix {

    /** 128 MiB of counts; a vocabulary of classes beyond it is a mistake. */
    static final int MOST_CLASSES = 4096;

    private final int classes;
    private long[] counts;
    private Integer ignoreIndex;

    ConfusionMatrix(int classes, Integer ignoreIndex) {
        require(classes >= 2 && classes <= MOST_CLASSES, "classes is " + classes
                + ", but must be at least 2 (a single channel is 2 classes) and at most " + MOST_CLASSES);
        this.classes = classes;
        this.counts = new long[classes * classes];
        this.ignoreIndex = ignoreIndex;
    }

    int classes() {
        return classes;
    }

    Integer ignoreIndex() {
        return ignoreIndex;
    }

    void ignoreIndex(Integer label) {
        ignoreIndex = label;
    }

    /** The counts themselves, that of truth t and prediction p at t·C + p. */
    long[] counts() {
        return counts;
    }

    void reset() {
        counts = new long[counts.length];
    }

    /** Adds C·C counts, or throws and adds nothing if one is negative or a sum overflows. */
    void add(long[] confusion) {
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

    long count(int truth, int predicted) {
        return counts[checked(truth) * classes + checked(predicted)];
    }

    long total() {
        return Arrays.stream(counts).sum();
    }

    /** All pixels of a class. */
    long truthCount(int c) {
        long sum = 0;
        for (int k = 0; k < classes; k++) {
            sum += count(c, k);
        }
        return sum;
    }

    /** All pixels predicted as a class. */
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

    /** NaN for the ignored class and for 0/0. */
    double score(ClassScore score, int c) {
        long hits = count(c, c);
        return isIgnored(c) ? Double.NaN : score.of(hits, truthCount(c), predictedCount(c));
    }

    /** Over the classes whose score is not NaN. */
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

    double pixelAccuracy() {
        double right = 0;
        for (int c = 0; c < classes; c++) {
            right += count(c, c);
        }
        return right / total();
    }

    double frequencyWeightedIou() {
        double sum = 0;
        double weight = 0;
        for (int c = 0; c < classes; c++) {
            double iou = score(ClassScore.IOU, c);
            if (!Double.isNaN(iou)) {
                sum += truthCount(c) * iou;
                weight += truthCount(c);
            }
        }
        return sum / weight;
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
