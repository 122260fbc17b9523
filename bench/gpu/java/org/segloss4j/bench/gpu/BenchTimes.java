package org.segloss4j.bench.gpu;

import java.util.Arrays;
import java.util.function.DoubleSupplier;

/**
 * Many times of the same thing, in microseconds.
 *
 * @param median of all
 * @param spread how far the medians of the first and the second half are apart: differences below are noise
 * @param count  how often it was done
 */
record BenchTimes(double median, double spread, int count) {

    private static final int WARM_UP = 5;

    /**
     * Does it until enough time has passed, but at least seven times.
     *
     * @param once         does it once and gives the time
     * @param microseconds enough, with what is done between the times
     */
    static BenchTimes of(DoubleSupplier once, double microseconds, int most) {
        for (int k = 0; k < WARM_UP; k++) {
            once.getAsDouble();
        }
        double[] times = new double[most];
        int count = 0;
        long end = System.nanoTime() + (long) (1e3 * microseconds);
        while (count < most && (count < 7 || System.nanoTime() < end)) {
            times[count++] = once.getAsDouble();
        }
        return new BenchTimes(median(times, 0, count), Math.abs(median(times, 0, count / 2)
                - median(times, count / 2, count)), count);
    }

    private static double median(double[] times, int from, int to) {
        double[] sorted = Arrays.copyOfRange(times, from, to);
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
