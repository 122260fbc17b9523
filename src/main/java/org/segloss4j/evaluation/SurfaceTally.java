package org.segloss4j.evaluation;

import static org.segloss4j.evaluation.Checks.require;

import java.util.Arrays;

/**
 * Sums of the scores of images: of each metric those of each class and, last, those of the means over an image's
 * classes. Scores that are infinite are counted apart, those that are NaN not at all.
 */
final class SurfaceTally {

    private final int metrics;
    private final int columns;
    private double[] sums;
    private long[] finite;
    private long[] infinite;
    private long images;

    SurfaceTally(int metrics, int classes) {
        this(metrics, classes, new double[metrics * (classes + 1)], new long[metrics * (classes + 1)],
                new long[metrics * (classes + 1)], 0);
    }

    /** Sums that were made elsewhere. */
    SurfaceTally(int metrics, int classes, double[] sums, long[] finite, long[] infinite, long images) {
        this.metrics = metrics;
        columns = classes + 1;
        int cells = metrics * columns;
        require(sums.length == cells && finite.length == cells && infinite.length == cells,
                sums.length + " sums, " + finite.length + " finite and " + infinite.length + " infinite counts for "
                        + metrics + " metrics of " + classes + " classes, but " + cells + " are needed");
        require(images >= 0, images + " images were counted");
        for (int k = 0; k < cells; k++) {
            require(finite[k] >= 0 && infinite[k] >= 0 && finite[k] <= images
                    && infinite[k] <= images - finite[k], finite[k] + " finite and " + infinite[k]
                    + " infinite scores are not those of " + images + " images");
            require(sums[k] >= 0 && sums[k] < Double.POSITIVE_INFINITY, "a sum of scores is "
                    + sums[k] + ", but must be finite and at least 0");
        }
        this.sums = sums.clone();
        this.finite = finite.clone();
        this.infinite = infinite.clone();
        this.images = images;
    }

    /** Adds the scores [metrics][classes] of an image. */
    void add(double[][] scores) {
        images++;
        for (int m = 0; m < metrics; m++) {
            double sum = 0;
            int defined = 0;
            for (int c = 0; c < columns - 1; c++) {
                add(m, c, scores[m][c]);
                if (!Double.isNaN(scores[m][c])) {
                    sum += scores[m][c];
                    defined++;
                }
            }
            add(m, columns - 1, sum / defined);
        }
    }

    private void add(int metric, int column, double score) {
        int at = metric * columns + column;
        if (Double.isInfinite(score)) {
            infinite[at]++;
        } else if (!Double.isNaN(score)) {
            finite[at]++;
            sums[at] += score;
        }
    }

    void merge(SurfaceTally other) {
        for (int k = 0; k < sums.length; k++) {
            sums[k] += other.sums[k];
            finite[k] += other.finite[k];
            infinite[k] += other.infinite[k];
        }
        images += other.images;
    }

    void reset() {
        sums = new double[sums.length];
        finite = new long[finite.length];
        infinite = new long[infinite.length];
        images = 0;
    }

    /** The mean over images of a class, or in the last column of the images' means; infinite if one of them is. */
    double mean(int metric, int column) {
        return infinite[metric * columns + column] > 0 ? Double.POSITIVE_INFINITY : finiteMean(metric, column);
    }

    double meanOfImages(int metric) {
        return mean(metric, columns - 1);
    }

    double finiteMean(int metric, int column) {
        return sums[metric * columns + column] / finite[metric * columns + column];
    }

    long finite(int metric, int column) {
        return finite[metric * columns + column];
    }

    long infinite(int metric, int column) {
        return infinite[metric * columns + column];
    }

    long images() {
        return images;
    }

    double[] sums() {
        return sums.clone();
    }

    long[] finite() {
        return finite.clone();
    }

    long[] infinite() {
        return infinite.clone();
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof SurfaceTally other && Arrays.equals(sums, other.sums)
                && Arrays.equals(finite, other.finite) && Arrays.equals(infinite, other.infinite)
                && images == other.images;
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(new int[] {Arrays.hashCode(sums), Arrays.hashCode(finite), Arrays.hashCode(infinite),
            Long.hashCode(images)});
    }
}
