package org.segloss4j.evaluation;

/**
 * How the counts of N images and C classes become one number: what is added before the score is taken, and what is
 * averaged after it. Names and numbers are those of {@code segmentation_models.pytorch}. For one class, the first three
 * are equal, and so are the last three but for the weights.
 *
 * @since 0.1.0
 */
public enum Reduction {
    /** {@code micro}: the score of the counts of all images and classes together. */
    MICRO("micro"),
    /** {@code macro}: the mean over the classes of the score of all images. */
    MACRO("macro"),
    /** {@code weighted}: {@link #MACRO} with the weights of the classes, which are normalised to a sum of 1. */
    WEIGHTED("weighted"),
    /** {@code micro-imagewise}: the mean over the images of the score of all classes together. */
    MICRO_IMAGEWISE("micro-imagewise"),
    /** {@code macro-imagewise}: the mean over images and classes of the score of each. */
    MACRO_IMAGEWISE("macro-imagewise"),
    /**
     * {@code weighted-imagewise}: {@link #MACRO_IMAGEWISE} with the weights of the classes. As in the original, the
     * normalised weights are averaged and not added, so that a perfect prediction scores 1/C.
     */
    WEIGHTED_IMAGEWISE("weighted-imagewise");

    private final String title;

    Reduction(String title) {
        this.title = title;
    }

    /** Whether it needs the weights of the classes. */
    boolean needsWeights() {
        return this == WEIGHTED || this == WEIGHTED_IMAGEWISE;
    }

    /**
     * The name.
     *
     * @return as {@code segmentation_models.pytorch} has it
     */
    @Override
    public String toString() {
        return title;
    }
}
