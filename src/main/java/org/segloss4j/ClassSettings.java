package org.segloss4j;

/**
 * Which classes and images count in a loss, how much, and how their losses become one number. Each method returns a new
 * loss.
 *
 * @since 0.1.0
 */
public sealed interface ClassSettings extends LossSettings permits SegmentationLoss {

    /**
     * Weighs the classes: the loss of class k is multiplied by weight k before the mean over the classes. In Jaccard,
     * Dice, Tversky, MCC and skeleton recall it is the score that is multiplied, unless {@link #weightMode} says
     * otherwise; weights of mean 1 then keep the loss from going below 0. Weights are not normalised.
     *
     * @param weights one weight per gathered class, in the order of {@link #classIndexes}, or a single one for all
     * @return the new loss
     * @throws IllegalArgumentException for a weight that is negative or not finite, weights that sum to 0 or infinity,
     *                                  or a number of weights that does not fit the class indexes
     * @throws UnsupportedOperationException if the loss has no class weights
     */
    default SegmentationLoss classWeights(double... weights) {
        return set("classWeights", weights);
    }

    /**
     * Gathers classes; the others play no part. An index may repeat and then counts each time.
     *
     * @param indexes channels, from 0
     * @return the new loss
     * @throws IllegalArgumentException if there is none or one is negative
     * @throws UnsupportedOperationException if the loss has no class indexes
     */
    default SegmentationLoss classIndexes(int... indexes) {
        return set("classIndexes", indexes);
    }

    /**
     * Leaves class 0 out, as MONAI's {@code include_background=False} does; a single channel stays. One weight per
     * class that is left is then expected, so class weights are set afterwards.
     *
     * @param includeBackground false to leave it out
     * @return the new loss
     * @throws IllegalArgumentException      if class weights or groups do not fit
     * @throws UnsupportedOperationException if the loss does not have it
     */
    default SegmentationLoss includeBackground(boolean includeBackground) {
        return set("includeBackground", includeBackground);
    }

    /**
     * Scores groups of classes instead of classes: p of a group is the sum of the p of its classes, as the overlapping
     * regions of brain tumours need it. Groups take the place of classes in weights and indexes. The classes of a group
     * should exclude one another, as under a softmax.
     *
     * @param groups the channels of each group, from 0; a channel may be in several groups
     * @return the new loss
     * @throws IllegalArgumentException      if a group is empty, holds a negative index or one twice, or the loss is
     *                                       one of squared masses or for soft labels
     * @throws UnsupportedOperationException if the loss does not have them
     */
    default SegmentationLoss classGroups(int[]... groups) {
        return set("classGroups", groups);
    }

    /**
     * Sets what class weights multiply. Losses of the form 1 − mean of the scores have SCORE_MEAN by default; others,
     * and all with the reduction SUM, have LOSS_MEAN.
     *
     * @param mode the mode
     * @return the new loss
     * @throws UnsupportedOperationException if the loss does not have it
     */
    default SegmentationLoss weightMode(WeightMode mode) {
        return set("weightMode", mode);
    }

    /**
     * Sets what a class counts that has no true pixel.
     *
     * @param policy SMOOTH by default
     * @return the new loss
     * @throws UnsupportedOperationException if the loss does not have it
     */
    default SegmentationLoss absentClasses(AbsentClassPolicy policy) {
        return set("absentClasses", policy);
    }

    /**
     * Sets whether classes that the labels do not have are left out: of the mean of Lovász softmax, where they would be
     * a loss of the largest wrong probability, or of the average calibration error, where they count as 0. True by
     * default.
     *
     * @param onlyPresent false for all selected classes
     * @return the new loss
     * @throws UnsupportedOperationException if the loss is neither of both
     */
    default SegmentationLoss onlyPresent(boolean onlyPresent) {
        return set("onlyPresent", onlyPresent);
    }

    /**
     * Scores each image and averages over the images, instead of pooling the batch. An image drops out
     * of the mean only if all its outputs are void; a class that alone is void, by a mask per output, scores as an
     * empty class does.
     *
     * @param perImage true for the mean over images
     * @return the new loss
     * @throws UnsupportedOperationException if the loss is a pixel loss
     */
    default SegmentationLoss perImage(boolean perImage) {
        return set("perImage", perImage);
    }

    /**
     * Sets how the losses of classes and images become one number.
     *
     * @param reduction MEAN by default
     * @return the new loss
     * @throws IllegalArgumentException      for the sum of losses whose weights are to multiply a mean of scores
     * @throws UnsupportedOperationException if the loss does not have it
     */
    default SegmentationLoss reduction(LossReduction reduction) {
        return set("reduction", reduction);
    }
}
