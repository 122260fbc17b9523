package org.segloss4j.cli.evaluation;

import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.MaskImage;

/** A small copy of a mask whose rows come one after the other, as {@link MaskImage#resized} would make it. */
final class SmallMask {

    private final ImageSize from;
    private final ImageSize to;
    /** What is shown where there is neither a class nor a void pixel: nothing was known there, so it is void, too. */
    private final int unknown;
    private final int[] labels;

    SmallMask(ImageSize from, ImageSize to, LabelMap map) {
        this.from = from;
        this.to = to;
        unknown = map.ignoreIndex() == null ? 0 : map.ignoreIndex();
        labels = new int[Math.toIntExact(to.pixels())];
    }

    /** The size of a copy of which no side is longer than a number of pixels. */
    static ImageSize within(int side, ImageSize size) {
        int longest = Math.max(side, Math.max(size.width(), size.height()));
        return new ImageSize(Math.max(1, (int) ((long) size.width() * side / longest)),
                Math.max(1, (int) ((long) size.height() * side / longest)));
    }

    /** Looks at a row. */
    void row(int y, int... row) {
        // The new rows whose centre lies in this one.
        for (int newY = (int) ((long) y * to.height() / from.height()); newY < to.height()
                && nearest(newY, to.height(), from.height()) <= y; newY++) {
            if (nearest(newY, to.height(), from.height()) == y) {
                for (int x = 0; x < to.width(); x++) {
                    int label = row[nearest(x, to.width(), from.width())];
                    labels[newY * to.width() + x] = label == LabelMap.UNKNOWN ? unknown : label;
                }
            }
        }
    }

    private static int nearest(int at, int newSize, int size) {
        return (int) ((2L * at + 1) * size / (2L * newSize));
    }

    MaskImage mask() {
        return MaskImage.of(to.width(), to.height(), labels);
    }
}
