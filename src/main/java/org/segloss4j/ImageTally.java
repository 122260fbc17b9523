package org.segloss4j;

import java.util.function.LongFunction;

/** The labels of one image while they are counted. Used by one thread. */
final class ImageTally {

    private final long[] pixels;
    private final Integer ignoreIndex;
    private long voidPixels;
    private long bad;
    private long firstBadAt;
    private String firstBad;

    ImageTally(int classes, Integer ignoreIndex) {
        pixels = new long[classes];
        this.ignoreIndex = ignoreIndex;
    }

    /** Counts a class index at a place. */
    void add(long label, long at) {
        if (ignoreIndex != null && label == ignoreIndex) {
            voidPixels++;
        } else if (label >= 0 && label < pixels.length) {
            pixels[(int) label]++;
        } else {
            addBad(Long.toString(label), at);
        }
    }

    /** Counts a void pixel. */
    void addVoid() {
        voidPixels++;
    }

    /** Remembers what is no label. */
    void addBad(String found, long at) {
        if (bad++ == 0) {
            firstBad = found;
            firstBadAt = at;
        }
    }

    /** Throws if anything was neither a class nor ignored. */
    ImageTally checked(LongFunction<String> place) {
        if (bad > 0) {
            throw new IllegalArgumentException(bad + (bad == 1 ? " label is" : " labels are") + " outside 0.."
                    + (pixels.length - 1) + (ignoreIndex == null ? "" : " and not the ignored " + ignoreIndex)
                    + "; the first is " + firstBad + " at " + place.apply(firstBadAt));
        }
        return this;
    }

    /** Pixels of a class. */
    long pixels(int c) {
        return pixels[c];
    }

    /** Pixels of any class. */
    long labelled() {
        long sum = 0;
        for (long count : pixels) {
            sum += count;
        }
        return sum;
    }

    /** Pixels of no class. */
    long voidPixels() {
        return voidPixels;
    }
}
