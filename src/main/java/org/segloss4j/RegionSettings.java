package org.segloss4j;

/**
 * How a region loss makes the loss of a class from its sums over pixels. Each method returns a new loss.
 *
 * @since 0.1.0
 */
public sealed interface RegionSettings extends LossSettings permits SegmentationLoss {

    /**
     * Sets the constant that is added above and below the score's fraction; 1e-5 by default.
     *
     * @param smooth at least 0; with 0 an empty class scores 1
     * @return the new loss
     * @throws IllegalArgumentException if it is negative or not finite
     * @throws UnsupportedOperationException if the loss is a pixel loss
     */
    default SegmentationLoss smooth(double smooth) {
        return set("smooth", smooth);
    }

    /**
     * Sets the constant that is added above the score's fraction, where it is another than the one below, which
     * {@link #smooth} is.
     *
     * @param smooth at least 0
     * @return the new loss
     * @throws IllegalArgumentException      if it is negative or not finite
     * @throws UnsupportedOperationException if the loss does not have it
     */
    default SegmentationLoss numeratorSmooth(double smooth) {
        return set("numeratorSmooth", smooth);
    }

    /**
     * Sets α: for focal losses the weight of the true class (0.25 by default), for Tversky losses the weight of false
     * positives.
     *
     * @param alpha at least 0, for the binary focal loss at most 1
     * @return the new loss
     * @throws IllegalArgumentException      if it lies outside
     * @throws UnsupportedOperationException if the loss is neither focal nor a Tversky loss; names those that have α
     */
    default SegmentationLoss alpha(double alpha) {
        return set("alpha", alpha);
    }

    /**
     * Sets β: for Dice the weight of recall against precision (1 by default), for Tversky losses the weight of false
     * negatives.
     *
     * @param beta for Dice above 0 with a finite square; for Tversky losses at least 0
     * @return the new loss
     * @throws IllegalArgumentException      if it lies outside
     * @throws UnsupportedOperationException if the loss is neither Dice nor a Tversky loss; names those that have β
     */
    default SegmentationLoss beta(double beta) {
        return set("beta", beta);
    }

    /**
     * Sets the least value of the score's denominator; of a logarithm it is also the least score.
     *
     * @param floor at least 0, of a logarithm below 1; 0, the default, for none
     * @return the new loss
     * @throws IllegalArgumentException      if it lies outside
     * @throws UnsupportedOperationException if the loss does not have it
     */
    default SegmentationLoss floor(double floor) {
        return set("floor", floor);
    }

    /**
     * Sets how the loss is made of the score.
     *
     * @param link COMPLEMENT by default
     * @return the new loss
     * @throws IllegalArgumentException      if floor or power do not go with it
     * @throws UnsupportedOperationException if the loss does not have it
     */
    default SegmentationLoss link(ScoreLink link) {
        return set("link", link);
    }

    /**
     * Raises the whole loss to a power, after its mean was taken: the focal Tversky loss of
     * {@code segmentation_models.pytorch}, which is not the one of the paper, {@link Losses#focalTversky}.
     *
     * @param power exponent, 1 by default
     * @return the new loss
     * @throws IllegalArgumentException      if it is negative or not finite, or the loss is a negative score
     * @throws UnsupportedOperationException if the loss does not have it
     */
    default SegmentationLoss power(double power) {
        return set("power", power);
    }

    /**
     * Takes the true positives as {@code (Σp + Σg − Σ|p − g|)/2} instead of {@code Σp·g}. For labels of 0 and 1 this is
     * the same; for soft labels the loss is then the lowest where p = g (Wang et al. 2023, arXiv 2303.16296).
     *
     * @param softLabels true for soft labels
     * @return the new loss
     * @throws IllegalArgumentException      if there are class groups
     * @throws UnsupportedOperationException if the loss does not have it
     */
    default SegmentationLoss softLabels(boolean softLabels) {
        return set("softLabels", softLabels);
    }

    /**
     * Takes {@code Σp²} and {@code Σg²} for the masses, as V-Net does; the loss is then the lowest where p = g for soft
     * labels, too.
     *
     * @param squared true for squares
     * @return the new loss
     * @throws IllegalArgumentException      if there are class groups, or false positives and false negatives have
     *                                       different weights
     * @throws UnsupportedOperationException if the loss does not have it
     */
    default SegmentationLoss squared(boolean squared) {
        return set("squared", squared);
    }

    /**
     * Sets how one score of all classes together weighs them.
     *
     * @param weighting for the generalised Dice loss INVERSE_SQUARE by default, for the Wasserstein loss UNIFORM
     * @return the new loss
     * @throws IllegalArgumentException      for INVERSE_SQUARE in the Wasserstein loss
     * @throws UnsupportedOperationException if the loss does not have it
     */
    default SegmentationLoss weighting(ClassWeighting weighting) {
        return set("weighting", weighting);
    }
}
