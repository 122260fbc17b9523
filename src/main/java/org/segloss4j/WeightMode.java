package org.segloss4j;

/**
 * What class weights multiply in a region loss, and what the sum over classes is divided by.
 *
 * @since 0.1.0
 */
public enum WeightMode {
    /**
     * The loss of the mean of weight times score, divided by the number of classes: as {@code segmentation_models}.
     * Such a loss can become negative, or not reach 0, unless the mean of the weights is 1.
     */
    SCORE_MEAN,
    /** The mean of weight times loss, divided by the number of classes: as MONAI. */
    LOSS_MEAN,
    /** The sum of weight times loss, divided by the sum of the weights. */
    NORMALISED
}
