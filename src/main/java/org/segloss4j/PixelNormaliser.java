package org.segloss4j;

/**
 * What the sum of a pixel loss over pixels and gathered classes is divided by, where m is the weight of the mask: 1
 * without one, 0 for void. Where it is 0, the loss is 0. On labels of one class a pixel, {@link #PIXELS} and
 * {@link #TRUE_WEIGHTS} without class weights are the same.
 *
 * @since 0.1.0
 */
public enum PixelNormaliser {
    /** Σm over the outputs of all gathered classes: the mean over outputs that are not void. */
    OUTPUTS,
    /** Σm over the pixels: the mean over pixels that are not void, of the sum over classes. */
    PIXELS,
    /** {@code Σ m·w_c·g_c}, the class weights of the true classes: torch's cross-entropy of class indices. */
    TRUE_WEIGHTS,
    /** The number of outputs of the gathered classes, void ones included. */
    ALL_OUTPUTS,
    /** The number of pixels, void ones included. */
    ALL_PIXELS,
    /** Σm over the pixels of an image, on average: the sum over images of the mean over pixels, as MONAI's focal loss
     * with the reduction {@code sum}. */
    IMAGES,
    /** 1: the sum over pixels and classes. */
    ONE
}
