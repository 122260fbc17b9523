package org.segloss4j;

/**
 * What a class counts that has no true pixel, in the batch or, per image, in the image.
 *
 * @since 0.1.0
 */
public enum AbsentClassPolicy {
    /** What its score says, which is 1 only if nothing of it is predicted, and which smoothing decides otherwise. */
    SMOOTH,
    /** Its loss is 0 and its score 1, and it stays in the mean: as {@code segmentation_models.pytorch}. */
    ZERO,
    /** It is left out of the mean. */
    SKIP,
    /** Its loss is the mean probability that is predicted of it, and its score 1 minus that. */
    PENALISE
}
