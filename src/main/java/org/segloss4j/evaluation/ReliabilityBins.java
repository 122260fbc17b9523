package org.segloss4j.evaluation;

import static org.segloss4j.evaluation.Checks.require;

import java.io.Serializable;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/**
 * How many probabilities lie in each bin, what they add up to, and how much of it was true: rows of bins, one for each
 * class and perhaps one for the most probable class. And per row the squared errors.
 */
final class ReliabilityBins {

    /** Cells of all rows; more are a mistake. */
    static final int MOST_CELLS = 1 << 20;

    private final int bins;
    private long[] counts;
    private final ExactSums probability;
    private final ExactSums truth;
    /** One sum a row. */
    private final ExactSums error;

    ReliabilityBins(int rows, int bins) {
        this(bins, new long[rows * bins], new ExactSums(rows * bins), new ExactSums(rows * bins), new ExactSums(rows));
    }

    private ReliabilityBins(int bins, long[] counts, ExactSums probability, ExactSums truth, ExactSums error) {
        this.bins = bins;
        this.counts = counts;
        this.probability = probability;
        this.truth = truth;
        this.error = error;
    }

    /** Bins that were stored, with all checks. */
    static ReliabilityBins of(int rows, int bins, Stored stored) {
        long[] counts = stored.counts == null ? new long[0] : stored.counts.clone();
        require(counts.length == rows * bins, counts.length + " counts for " + rows + " rows of " + bins
                + " bins");
        long[] ofRows = new long[rows];
        for (int k = 0; k < counts.length; k++) {
            require(counts[k] >= 0, "count " + counts[k] + " of bin " + k % bins + " is negative");
            ofRows[k / bins] += counts[k];
            require(ofRows[k / bins] >= 0, "the counts exceed 2^63 - 1");
        }
        return new ReliabilityBins(bins, counts,
                ExactSums.of("probabilities", stored.probabilityWhole, stored.probabilityFraction, counts),
                ExactSums.of("truths", stored.truthWhole, stored.truthFraction, counts),
                ExactSums.of("squared errors", stored.errorWhole, stored.errorFraction, ofRows));
    }

    Stored stored() {
        return new Stored(counts.clone(), probability.whole(), probability.fraction(), truth.whole(), truth.fraction(),
                error.whole(), error.fraction());
    }

    /** Adds a probability and its truth, both from 0 to 1, to a bin of a row. */
    void add(int row, int bin, double p, double g) {
        int at = row * bins + bin;
        counts[at]++;
        probability.add(at, p);
        truth.add(at, g);
        error.add(row, (p - g) * (p - g));
    }

    /** Adds others of the same size, or throws and adds nothing if a count would overflow. */
    void add(ReliabilityBins other) {
        long[] sum = counts.clone();
        long total = 0;
        for (int k = 0; k < sum.length; k++) {
            sum[k] += other.counts[k];
            total = k % bins == 0 ? sum[k] : total + sum[k];
            require(sum[k] >= 0 && total >= 0, "the counts exceed 2^63 - 1");
        }
        counts = sum;
        probability.add(other.probability);
        truth.add(other.truth);
        error.add(other.error);
    }

    long count(int row, int bin) {
        return counts[row * bins + bin];
    }

    long total(int row) {
        long total = 0;
        for (int bin = 0; bin < bins; bin++) {
            total += count(row, bin);
        }
        return total;
    }

    /** NaN for an empty bin. */
    double meanProbability(int row, int bin) {
        return probability.value(row * bins + bin) / count(row, bin);
    }

    /** The share of a bin that is true; NaN for an empty one. */
    double frequency(int row, int bin) {
        return truth.value(row * bins + bin) / count(row, bin);
    }

    /** How much more was promised than came true, in all of a bin. */
    private double excess(int row, int bin) {
        return probability.difference(row * bins + bin, truth);
    }

    double brier(int row) {
        return error.value(row) / total(row);
    }

    /** Mean over the pixels of the gap of their bin. */
    double expected(int row) {
        return sum(row, bin -> Math.abs(excess(row, bin))) / total(row);
    }

    /** Mean over the bins that are not empty. */
    double average(int row) {
        return sum(row, bin -> gap(row, bin)) / sum(row, bin -> 1);
    }

    /** The largest gap of a bin. */
    double maximum(int row) {
        double largest = Double.NaN;
        for (int bin = 0; bin < bins; bin++) {
            double gap = gap(row, bin);
            largest = gap > largest || Double.isNaN(largest) ? gap : largest;
        }
        return largest;
    }

    double rootMeanSquare(int row) {
        return Math.sqrt(sum(row, bin -> gap(row, bin) * gap(row, bin) * count(row, bin)) / total(row));
    }

    /** As expected(), of so many ranges of as nearly equal counts as whole bins allow. */
    double adaptive(int row, int ranges) {
        double total = total(row);
        double gaps = 0;
        double excess = 0;
        long seen = 0;
        int range = 1;
        for (int bin = 0; bin < bins; bin++) {
            excess += excess(row, bin);
            seen += count(row, bin);
            if (seen >= total * range / ranges) {
                gaps += Math.abs(excess);
                excess = 0;
                while (range < ranges && seen >= total * range / ranges) {
                    range++;
                }
            }
        }
        return (gaps + Math.abs(excess)) / total;
    }

    private double gap(int row, int bin) {
        return Math.abs(excess(row, bin)) / count(row, bin);
    }

    /** Over the bins that are not empty. */
    private double sum(int row, IntToDoubleFunction value) {
        double sum = 0;
        for (int bin = 0; bin < bins; bin++) {
            sum += count(row, bin) > 0 ? value.applyAsDouble(bin) : 0;
        }
        return sum;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof ReliabilityBins other && bins == other.bins && Arrays.equals(counts, other.counts)
                && probability.equals(other.probability) && truth.equals(other.truth) && error.equals(other.error);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(counts) + probability.hashCode();
    }

    /**
     * As files and streams hold them.
     *
     * @param counts              [rows · bins]
     * @param probabilityWhole    [rows · bins] whole part of the sum of the probabilities
     * @param probabilityFraction and the rest, in units of 2^-52
     * @param truthWhole          [rows · bins] whole part of the sum of the truths
     * @param truthFraction       and the rest
     * @param errorWhole          [rows] whole part of the sum of the squared errors
     * @param errorFraction       and the rest
     */
    record Stored(long[] counts, long[] probabilityWhole, long[] probabilityFraction, long[] truthWhole,
                  long[] truthFraction, long[] errorWhole, long[] errorFraction) implements Serializable {
    }
}
