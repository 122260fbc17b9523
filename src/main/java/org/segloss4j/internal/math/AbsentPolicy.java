package org.segloss4j.internal.math;

/** What a class counts that has no true pixel, in the batch or, per image, in the image. */
public enum AbsentPolicy {
    /** Its score: 1 if nothing is predicted, and otherwise what smoothing makes of it, as in segmentation_models. */
    SMOOTH,
    /** Its loss is 0, and it stays in the mean: as segmentation_models.pytorch. */
    ZERO,
    /** It is left out of the mean. */
    SKIP,
    /** Its loss is the mean of what is predicted of it, {@code P/M}. */
    PENALISE
}
