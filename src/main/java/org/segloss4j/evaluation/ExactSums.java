package org.segloss4j.evaluation;

import static org.segloss4j.evaluation.Checks.require;

import java.util.Arrays;

/**
 * Sums of numbers from 0 to 1 in fixed point: each is rounded to a multiple of 2^-52 and added without any further
 * rounding, so that sums are the same to the bit in whatever order and parts they are made.
 */
final class ExactSums {

    private static final int BITS = 52;
    private static final double UNITS = 0x1p52;
    private static final long FRACTION = (1L << BITS) - 1;

    private final long[] whole;
    /** In units of 2^-52, below 1. */
    private final long[] fraction;

    ExactSums(int sums) {
        whole = new long[sums];
        fraction = new long[sums];
    }

    private ExactSums(long[] whole, long[] fraction) {
        this.whole = whole;
        this.fraction = fraction;
    }

    /** Sums that were stored; refuses what no numbers from 0 to 1, as many as there are counts, can add up to. */
    static ExactSums of(String name, long[] whole, long[] fraction, long... counts) {
        require(whole != null && fraction != null && whole.length == counts.length
                && fraction.length == counts.length, "there must be " + counts.length + " sums of " + name);
        for (int k = 0; k < counts.length; k++) {
            require(whole[k] >= 0 && fraction[k] >= 0 && fraction[k] <= FRACTION
                    && (whole[k] < counts[k] || whole[k] == counts[k] && fraction[k] == 0), "sum " + k + " of " + name
                    + " is " + whole[k] + " and " + fraction[k] + " / 2^" + BITS + ", which is none of " + counts[k]
                    + " numbers from 0 to 1");
        }
        return new ExactSums(whole.clone(), fraction.clone());
    }

    /** Adds a number from 0 to 1 to a sum. */
    void add(int k, double number) {
        add(k, 0, (long) Math.rint(number * UNITS));
    }

    private void add(int k, long more, long units) {
        long sum = fraction[k] + units;
        whole[k] += more + (sum >>> BITS);
        fraction[k] = sum & FRACTION;
    }

    /** Adds sums one by one. */
    void add(ExactSums other) {
        for (int k = 0; k < whole.length; k++) {
            add(k, other.whole[k], other.fraction[k]);
        }
    }

    double value(int k) {
        return whole[k] + fraction[k] / UNITS;
    }

    /** A sum less one of others, without a loss where they nearly cancel. */
    double difference(int k, ExactSums other) {
        return whole[k] - other.whole[k] + (fraction[k] - other.fraction[k]) / UNITS;
    }


    long[] whole() {
        return whole.clone();
    }

    long[] fraction() {
        return fraction.clone();
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof ExactSums other && Arrays.equals(whole, other.whole)
                && Arrays.equals(fraction, other.fraction);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(whole) + Arrays.hashCode(fraction);
    }
}
