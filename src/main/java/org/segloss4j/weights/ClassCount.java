package org.segloss4j.weights;

import java.io.Serializable;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * How often one class occurs. All counts are of a set of images.
 *
 * @param pixels          n_c, the pixels of the class
 * @param images          the images with at least one such pixel
 * @param imagePixels     the pixels of any class in those images
 * @param imageVoidPixels the void pixels in those images
 * @since 0.1.0
 * @serial exclude
 */
public record ClassCount(@JsonProperty("pixels") long pixels, @JsonProperty("images") long images,
                         @JsonProperty("imagePixels") long imagePixels,
                         @JsonProperty("imageVoidPixels") long imageVoidPixels) implements Serializable {

    static final ClassCount NONE = new ClassCount(0, 0, 0, 0);

    /**
     * Checks the counts.
     *
     * @param pixels          n_c, the pixels of the class
     * @param images          the images with at least one such pixel
     * @param imagePixels     the pixels of any class in those images
     * @param imageVoidPixels the void pixels in those images
     * @throws IllegalArgumentException if they contradict each other
     */
    public ClassCount {
        if (pixels < images || imagePixels < pixels || imageVoidPixels < 0 || images < 0
                || images == 0 && (pixels > 0 || imagePixels > 0 || imageVoidPixels > 0)) {
            throw new IllegalArgumentException(pixels + " pixels of a class in " + images + " images of "
                    + imagePixels + " labelled and " + imageVoidPixels + " void pixels contradict each other");
        }
    }

    /** The class in one image. */
    static ClassCount ofImage(long pixels, long imagePixels, long imageVoidPixels) {
        return pixels == 0 ? NONE : new ClassCount(pixels, 1, imagePixels, imageVoidPixels);
    }

    /** The class in two sets of images. */
    ClassCount merge(ClassCount other) {
        return new ClassCount(pixels + other.pixels, images + other.images, imagePixels + other.imagePixels,
                imageVoidPixels + other.imageVoidPixels);
    }
}
