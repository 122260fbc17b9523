package org.segloss4j.data;

/**
 * An image and its labels. Immutable.
 *
 * @param name  where it comes from, for messages
 * @param image the image
 * @param mask  the label of each pixel: a class, or the label of void pixels
 * @since 0.1.0
 */
public record SegmentationSample(String name, RgbImage image, MaskImage mask) {

    /**
     * Checks the sizes.
     *
     * @param name  where it comes from, for messages
     * @param image the image
     * @param mask  the label of each pixel
     * @throws IllegalArgumentException if image and mask differ in size
     */
    public SegmentationSample {
        if (!image.size().equals(mask.size())) {
            throw new IllegalArgumentException(name + ": the mask is " + mask.size() + ", but the image is "
                    + image.size());
        }
    }

    /**
     * The size of both.
     *
     * @return width and height
     */
    public ImageSize size() {
        return image.size();
    }
}
