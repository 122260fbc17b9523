package org.segloss4j.cli.report;

import org.segloss4j.data.ImageSize;
import org.segloss4j.data.MaskImage;
import org.segloss4j.data.RgbImage;

/**
 * An image to look at.
 *
 * @param image      the image, or null if only its masks are known
 * @param truth      classes and the label of void pixels
 * @param prediction classes
 */
public record Example(RgbImage image, MaskImage truth, MaskImage prediction) {

    /**
     * Checks the sizes.
     *
     * @throws IllegalArgumentException if they differ
     */
    public Example {
        if (!truth.size().equals(prediction.size()) || image != null && !image.size().equals(truth.size())) {
            throw new IllegalArgumentException("the truth is " + truth.size() + ", but the prediction is "
                    + prediction.size() + (image == null ? "" : " and the image is " + image.size()));
        }
    }

    ImageSize size() {
        return truth.size();
    }

    /** The same, so small that neither side is longer than a number of pixels. */
    Example within(int side) {
        int longest = Math.max(size().width(), size().height());
        if (longest <= side) {
            return this;
        }
        ImageSize small = new ImageSize(Math.max(1, (int) ((long) size().width() * side / longest)),
                Math.max(1, (int) ((long) size().height() * side / longest)));
        return new Example(image == null ? null : image.resized(small), truth.resized(small.width(), small.height()),
                prediction.resized(small.width(), small.height()));
    }
}
