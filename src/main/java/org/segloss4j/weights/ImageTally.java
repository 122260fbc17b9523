package org.segloss4j.weights;

import java.io.IOException;
import java.util.function.LongFunction;
import org.segloss4j.data.MaskImage;
import org.segloss4j.data.MaskReader;

/** The labels of one image while they are counted one by one. Used by one thread. */
final class ImageTally {

    /** Of each class and, last, of void pixels. */
    private final long[] counts;
    private final int classes;
    private final Integer ignoreIndex;
    private long bad;
    private long firstBadAt;
    private String firstBad;

    ImageTally(int classes, Integer ignoreIndex) {
        this.classes = classes;
        counts = new long[classes + 1];
        this.ignoreIndex = ignoreIndex;
    }

    /** Counts a class index at a place. */
    void add(long label, long at) {
        if (ignoreIndex != null && label == ignoreIndex) {
            addVoid();
        } else if (label >= 0 && label < classes) {
            counts[(int) label]++;
        } else {
            addBad(Long.toString(label), at);
        }
    }

    /** Counts a void pixel. */
    void addVoid() {
        counts[classes]++;
    }

    /** Remembers what is no label. */
    void addBad(String found, long at) {
        if (bad++ == 0) {
            firstBad = found;
            firstBadAt = at;
        }
    }

    /** Counts of each class and, last, of void pixels. Throws if anything was neither a class nor ignored. */
    long[] counts(LongFunction<String> place) {
        if (bad > 0) {
            throw new IllegalArgumentException(bad + (bad == 1 ? " label is" : " labels are") + " outside 0.."
                    + (classes - 1) + (ignoreIndex == null ? "" : " and not the ignored " + ignoreIndex)
                    + "; the first is " + firstBad + " at " + place.apply(firstBadAt));
        }
        return counts;
    }

    /** Counts of one mask file, read row by row; every label is known to be a class or ignored. */
    static long[] of(MaskReader mask, int classes, Integer ignoreIndex) throws IOException {
        ImageTally tally = new ImageTally(classes, ignoreIndex);
        int[] row = new int[mask.size().width()];
        for (long at = 0; mask.next(row); at += row.length) {
            for (int x = 0; x < row.length; x++) {
                tally.add(row[x], at + x);
            }
        }
        int width = row.length;
        return tally.counts(at -> "(x " + at % width + ", y " + at / width + ")");
    }

    /** Counts of one mask. */
    static long[] of(MaskImage mask, int classes, Integer ignoreIndex) {
        ImageTally tally = new ImageTally(classes, ignoreIndex);
        for (int y = 0, at = 0; y < mask.height(); y++) {
            for (int x = 0; x < mask.width(); x++, at++) {
                tally.add(mask.at(x, y), at);
            }
        }
        int width = mask.width();
        return tally.counts(at -> "(x " + at % width + ", y " + at / width + ")");
    }
}
