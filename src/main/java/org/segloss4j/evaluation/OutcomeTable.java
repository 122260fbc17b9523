package org.segloss4j.evaluation;

import static org.segloss4j.evaluation.Checks.require;

import java.util.Arrays;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;

/** 64-bit counts of true and false positives and negatives of each image and class. */
final class OutcomeTable {

    /** Counts of an image and class: TP, FP, FN, TN. */
    static final int OUTCOMES = 4;
    static final int TP = 0;
    static final int FP = 1;
    static final int FN = 2;
    static final int TN = 3;

    private final int classes;
    private int images;
    /** [images, classes, OUTCOMES], and room for more. */
    private long[] counts = {};
    /** [classes, OUTCOMES] of all images. */
    private long[] pooled;

    OutcomeTable(int classes) {
        this.classes = classes;
        pooled = new long[classes * OUTCOMES];
    }

    int images() {
        return images;
    }

    /** All counts, [images · classes · OUTCOMES]; a copy. */
    long[] counts() {
        return Arrays.copyOf(counts, images * classes * OUTCOMES);
    }

    /** Adds the images of [images · classes · OUTCOMES] counts, or throws and adds none. */
    void add(long... more) {
        int width = classes * OUTCOMES;
        require(more.length % width == 0, more.length + " counts are not " + OUTCOMES
                + " of each of " + classes + " classes for whole images");
        long[] sum = pooled.clone();
        long total = 0;
        for (int k = 0; k < more.length; k++) {
            require(more[k] >= 0, "count " + more[k] + " of image " + k / width + ", class "
                    + k % width / OUTCOMES + " is negative");
            sum[k % width] += more[k];
            require(sum[k % width] >= 0, "the counts exceed 2^63 - 1");
        }
        for (long count : sum) {
            total += count;
            require(total >= 0, "the counts exceed 2^63 - 1");
        }
        int used = images * width;
        // A few images at a time, so that the cost of copying stays in proportion.
        if (used + (long) more.length > counts.length) {
            counts = Arrays.copyOf(counts, Math.toIntExact(Math.max(used + (long) more.length,
                    Math.min(Integer.MAX_VALUE - 8L, used + used / 2L))));
        }
        System.arraycopy(more, 0, counts, used, more.length);
        images += more.length / width;
        pooled = sum;
    }

    void clear() {
        images = 0;
        counts = new long[0];
        pooled = new long[classes * OUTCOMES];
    }

    long count(int image, int c, int outcome) {
        require(image >= 0 && image < images, "image " + image + " is outside 0.." + (images - 1));
        return counts[(image * classes + checked(c)) * OUTCOMES + outcome];
    }

    long pooled(int c, int outcome) {
        return pooled[checked(c) * OUTCOMES + outcome];
    }

    /** A score of an image and class. */
    double score(OutcomeMetric metric, int image, int c) {
        return metric.defined(outcomes(outcome -> count(image, c, outcome)));
    }

    /** A score of a class over all images. */
    double pooledScore(OutcomeMetric metric, int c) {
        return metric.defined(outcomes(outcome -> pooled(c, outcome)));
    }

    private static Outcomes outcomes(IntToLongFunction count) {
        return Outcomes.of(IntStream.range(0, OUTCOMES).mapToLong(count).toArray());
    }

    private int checked(int c) {
        return Checks.knownClass(c, classes);
    }
}
