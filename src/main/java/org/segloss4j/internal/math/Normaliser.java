package org.segloss4j.internal.math;

/** What the sum of a pixel term's losses is divided by. Where that is 0, the term is 0 and has no gradient. */
public enum Normaliser {
    /** The weight of the outputs of all gathered classes, occurrences counted: the mean over outputs that count. */
    OUTPUTS,
    /** The mean weight of the gathered classes: the mean over pixels that count, of the sum over classes. */
    PIXELS,
    /** The class weights of the true classes, {@code Σ_c w_c·G_c}: the weighted mean of torch's cross-entropy. */
    TRUE_WEIGHTS,
    /** The number of outputs of the gathered classes, void ones included. */
    ALL_OUTPUTS,
    /** The number of pixels, void ones included. */
    ALL_PIXELS,
    /**
     * The weight of the pixels of an image, on average over the images that are not void: the sum over images of the
     * mean over their pixels, of the sum over classes. Needs the sums of each image.
     */
    IMAGES,
    /** 1: the sum. */
    ONE,
    /**
     * The sum of the next pixel term, which takes no part otherwise and is at least {@link #LEAST}, times what that
     * term is divided by.
     */
    NEXT_TERM;

    /** The least sum of {@link #NEXT_TERM}, as in segmentation_models.pytorch. */
    public static final double LEAST = 1e-6;
}
