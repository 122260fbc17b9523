package org.segloss4j.internal.cpu.separate;

import java.util.Arrays;

/** Sorts the indices of keys without a sign by these, from the least to the largest; equal keys keep their order. */
final class RadixSort {

    /** Bits of a digit: six passes are enough for 64, and the counters of one fit into the first-level cache. */
    private static final int BITS = 11;
    private static final int DIGITS = 1 << BITS;
    /** Keys below which the counters of long digits take longer than further passes over the keys. */
    private static final int FEW = 1 << 17;

    private RadixSort() {
    }

    /** Sorts the first {@code count} of both arrays together. Their content is lost; returns the sorted indices. */
    static int[] sort(long[] keys, int[] indices, int count) {
        long[] from = keys;
        int[] fromIndices = indices;
        long[] to = new long[count];
        int[] toIndices = new int[count];
        int[] starts = new int[DIGITS];
        for (int shift = 0; shift < Long.SIZE; shift += BITS) {
            Arrays.fill(starts, 0);
            for (int k = 0; k < count; k++) {
                starts[digit(from[k], shift)]++;
            }
            if (count == 0 || starts[digit(from[0], shift)] == count) {
                continue;
            }
            int next = 0;
            for (int d = 0; d < DIGITS; d++) {
                int here = starts[d];
                starts[d] = next;
                next += here;
            }
            for (int k = 0; k < count; k++) {
                int at = starts[digit(from[k], shift)]++;
                to[at] = from[k];
                toIndices[at] = fromIndices[k];
            }
            long[] keysBefore = from;
            int[] indicesBefore = fromIndices;
            from = to;
            fromIndices = toIndices;
            to = keysBefore;
            toIndices = indicesBefore;
        }
        return fromIndices;
    }

    private static int digit(long key, int shift) {
        return (int) (key >>> shift) & DIGITS - 1;
    }

    /** The key that stands at an index of the first {@code count} keys if they are sorted, without sorting them. */
    static long select(long[] keys, int count, int index) {
        // Counters cost time, too: fewer where there are few keys, and fewer passes where there are many.
        int bits = count < FEW ? BITS : 16;
        int[] counts = new int[1 << bits];
        long prefix = 0;
        int left = index;
        for (int shift = (Long.SIZE - 1) / bits * bits; shift >= 0; shift -= bits) {
            boolean isFirst = shift + bits >= Long.SIZE;
            Arrays.fill(counts, 0);
            for (int k = 0; k < count; k++) {
                if (isFirst || keys[k] >>> shift + bits == prefix) {
                    counts[(int) (keys[k] >>> shift) & counts.length - 1]++;
                }
            }
            int digit = 0;
            for (; left >= counts[digit]; digit++) {
                left -= counts[digit];
            }
            prefix = prefix << bits | digit;
        }
        return prefix;
    }
}
