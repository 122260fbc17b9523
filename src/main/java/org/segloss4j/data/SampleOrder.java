package org.segloss4j.data;

import java.util.Random;

/** Random numbers and orders that depend on nothing but their seeds: not on threads, machine or version of Java. */
final class SampleOrder {

    /** SplitMix64's step, an odd number near 2^64 divided by the golden ratio. */
    private static final long STEP = 0x9E3779B97F4A7C15L;

    private SampleOrder() {
    }

    /** A random order of the numbers below a size, another for each epoch. */
    static int[] shuffled(int size, long seed, int epoch) {
        int[] order = new int[size];
        Random random = random(seed, epoch, -1);
        // Each number takes the place of an earlier one, which moves to the end.
        for (int k = 0; k < size; k++) {
            int other = random.nextInt(k + 1);
            order[k] = order[other];
            order[other] = k;
        }
        return order;
    }

    /** Random numbers for one sample in one epoch. */
    static Random random(long seed, int epoch, int index) {
        return new Random(mixed(mixed(mixed(seed) + epoch) + index));
    }

    /** SplitMix64's output: neighbouring seeds give numbers that have nothing in common. */
    private static long mixed(long seed) {
        long z = seed + STEP;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
