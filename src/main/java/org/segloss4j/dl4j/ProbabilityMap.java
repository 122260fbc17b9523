package org.segloss4j.dl4j;

import org.segloss4j.data.ImageSize;

/**
 * Probabilities that a network gave, seen at the size of an image: each row is interpolated between pixel centres when
 * it is asked for, so that no array of the image's size is needed.
 */
final class ProbabilityMap {

    private final float[] values;
    private final ImageSize from;
    private final int channels;
    private final ImageSize to;
    /** The left one of the two columns that each new column lies between, and how near it is to the right one. */
    private final int[] lefts;
    private final float[] shares;

    /**
     * A map at another size.
     *
     * @param values   [H, W, channels], row by row, not copied
     * @param from     their size
     * @param channels per pixel
     * @param to       the size to show them at
     */
    ProbabilityMap(float[] values, ImageSize from, int channels, ImageSize to) {
        this.values = values;
        this.from = from;
        this.channels = channels;
        this.to = to;
        lefts = new int[to.width()];
        shares = new float[to.width()];
        for (int x = 0; x < to.width(); x++) {
            double at = place(x, to.width(), from.width());
            lefts[x] = (int) at;
            shares[x] = (float) (at - lefts[x]);
        }
    }

    /** Where the centre of a new pixel lies among the centres of the old ones; beyond the outer ones the edge. */
    private static double place(int at, int newSize, int oldSize) {
        return Math.max(0, Math.min(oldSize - 1, (at + 0.5) * oldSize / newSize - 0.5));
    }

    /**
     * One row.
     *
     * @param y   from 0 at the top
     * @param row receives [W, channels]
     */
    void row(int y, float... row) {
        double at = place(y, to.height(), from.height());
        int top = (int) at;
        int bottom = Math.min(top + 1, from.height() - 1);
        float share = (float) (at - top);
        for (int x = 0; x < to.width(); x++) {
            int right = Math.min(lefts[x] + 1, from.width() - 1);
            for (int c = 0; c < channels; c++) {
                float upper = mixed(value(lefts[x], top, c), value(right, top, c), shares[x]);
                float lower = mixed(value(lefts[x], bottom, c), value(right, bottom, c), shares[x]);
                row[x * channels + c] = mixed(upper, lower, share);
            }
        }
    }

    private static float mixed(float first, float second, float share) {
        return first + share * (second - first);
    }

    private float value(int x, int y, int c) {
        return values[(y * from.width() + x) * channels + c];
    }
}
