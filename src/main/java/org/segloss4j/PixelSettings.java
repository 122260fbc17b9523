package org.segloss4j;

/**
 * What a pixel counts in a pixel loss, and which pixels count. Each method returns a new loss.
 *
 * @since 0.1.0
 */
public sealed interface PixelSettings extends LossSettings permits SegmentationLoss {

    /**
     * Gives each gathered class an α of its own, in a softmax or sigmoid focal loss.
     *
     * @param alphas one per gathered class, or a single one for all; at least 0, for sigmoid focal losses at most 1
     * @return the new loss
     * @throws IllegalArgumentException      if one lies outside
     * @throws UnsupportedOperationException if the loss has no α; names those that do
     */
    default SegmentationLoss alphas(double... alphas) {
        return set("alpha", alphas);
    }

    /**
     * Sets γ, the exponent of a focal loss: how strongly easy pixels (2 by default), or for focal Tversky easy classes,
     * are discounted.
     *
     * @param gamma at least 0, for focal Tversky above 0
     * @return the new loss
     * @throws IllegalArgumentException      if it lies outside
     * @throws UnsupportedOperationException if the loss is not a focal one; names those that have γ
     */
    default SegmentationLoss gamma(double gamma) {
        return set("gamma", gamma);
    }

    /**
     * Weighs the true side of binary cross-entropy, torch's {@code pos_weight}: above 1 favours recall.
     *
     * @param weights one per gathered channel, or a single one for all; at least 0
     * @return the new loss
     * @throws IllegalArgumentException      if one is negative or not finite, or all are 0
     * @throws UnsupportedOperationException if the loss does not have them; names those that do
     */
    default SegmentationLoss positiveWeights(double... weights) {
        return set("positiveWeights", weights);
    }

    /**
     * Sets how much of the weight of a label is spread evenly: over the C gathered classes in categorical losses,
     * {@code (1−ε)·g + ε/C} as in torch, over both sides in binary ones, {@code (1−ε)·g + ε/2} as in Keras.
     *
     * @param epsilon ε, from 0 to 1; 0 by default. segmentation_models.pytorch's factor is half of that of binary ones
     * @return the new loss
     * @throws IllegalArgumentException      if it lies outside
     * @throws UnsupportedOperationException if the loss does not have it; names those that do
     */
    default SegmentationLoss labelSmoothing(double epsilon) {
        return set("labelSmoothing", epsilon);
    }

    /**
     * Sets whether the loss takes the predictions as logits, whatever the activation of the batch is: through a softmax
     * or, in losses that are named after it, a sigmoid of its own. So a sum may have a Dice loss of the softmax and a
     * focal loss of the sigmoid.
     *
     * @param fromLogits false, the default, for the probabilities that the activation makes
     * @return the new loss
     * @throws UnsupportedOperationException if the loss does not have it; names those that do
     */
    default SegmentationLoss fromLogits(boolean fromLogits) {
        return set("fromLogits", fromLogits);
    }

    /**
     * Makes a focal loss a reduced one: its factor is 1 where the probability of the truth is below τ, and
     * {@code ((1−u)/τ)^γ} from there on (Sergievskiy and Ponamarev 2019, arXiv 1903.01347).
     *
     * @param threshold τ, above 0 and at most 1
     * @return the new loss
     * @throws IllegalArgumentException      if it lies outside
     * @throws UnsupportedOperationException if the loss does not have it; names those that do
     */
    default SegmentationLoss reducedThreshold(double threshold) {
        return set("reducedThreshold", threshold);
    }

    /**
     * Sets what a sigmoid focal loss makes of labels between 0 and 1. Of labels of 0 and 1 all forms are the same.
     *
     * @param form one of the forms; null for the default, {@link MixedLabels#SIDES}. The others take the predictions
     *             as logits, whatever {@link #fromLogits} says
     * @return the new loss
     * @throws UnsupportedOperationException if the loss is another one
     */
    default SegmentationLoss mixedLabels(MixedLabels form) {
        return set("mixedLabels", form);
    }

    /**
     * Sets whether a focal loss is also divided by the sum of its factors (1−u)^γ over all outputs. With the normaliser
     * {@link PixelNormaliser#ONE} that makes it a mean weighted by the factors (arXiv 1909.07829); with another one it
     * is divided twice, as in segmentation_models.pytorch.
     *
     * @param normalised false by default
     * @return the new loss
     * @throws UnsupportedOperationException if the loss does not have it; names those that do
     */
    default SegmentationLoss normalised(boolean normalised) {
        return set("normalised", normalised);
    }

    /**
     * Sets what the sum of a pixel loss is divided by.
     *
     * @param normaliser one of the choices; null for the default of the loss
     * @return the new loss
     * @throws UnsupportedOperationException if the loss does not have it; names those that do
     */
    default SegmentationLoss normaliser(PixelNormaliser normaliser) {
        return set("normaliser", normaliser);
    }

    /**
     * Sets which of Keras' formulas {@link Losses#binaryCrossEntropy()} is, or takes the logarithm of
     * {@link Losses#asymmetricFocal()} and {@link Losses#unifiedFocal()}, which do not clip probabilities unless it is
     * set.
     *
     * @param form one of the forms; null for the default, CLIP
     * @return the new loss
     * @throws UnsupportedOperationException if the loss is another one
     */
    default SegmentationLoss form(KerasForm form) {
        return set("form", form);
    }

    /**
     * Sets ε, the coefficient of the polynomial of Poly-1 losses.
     *
     * @param epsilon a finite number
     * @return the new loss
     * @throws IllegalArgumentException      if it is not finite
     * @throws UnsupportedOperationException if the loss is another one; names those that have it
     */
    default SegmentationLoss epsilon(double epsilon) {
        return set("epsilon", epsilon);
    }

    /**
     * Sets q, the exponent of generalised cross-entropy.
     *
     * @param q above 0 and at most 1
     * @return the new loss
     * @throws IllegalArgumentException      if it lies outside
     * @throws UnsupportedOperationException if the loss is another one; names those that have it
     */
    default SegmentationLoss q(double q) {
        return set("q", q);
    }

    /**
     * Sets δ of asymmetric and unified focal losses, the weight of the foreground and of its false negatives, against
     * 1 − δ of the background and of false positives.
     *
     * @param delta from 0 to 1
     * @return the new loss
     * @throws IllegalArgumentException      if it lies outside
     * @throws UnsupportedOperationException if the loss is another one; names those that have it
     */
    default SegmentationLoss delta(double delta) {
        return set("delta", delta);
    }

    /**
     * Sets λ, the share of the pixel loss in unified focal loss; the rest is the share of the region loss.
     *
     * @param share from 0 to 1
     * @return the new loss
     * @throws IllegalArgumentException      if it lies outside
     * @throws UnsupportedOperationException if the loss is another one; names those that have it
     */
    default SegmentationLoss share(double share) {
        return set("share", share);
    }

    /**
     * Sets whether asymmetric and unified focal losses treat the background as they do the other classes; the pixel
     * loss weighs it by 1 − δ still.
     *
     * @param symmetric false by default
     * @return the new loss
     * @throws UnsupportedOperationException if the loss is another one; names those that have it
     */
    default SegmentationLoss symmetric(boolean symmetric) {
        return set("symmetric", symmetric);
    }

    /**
     * Sets whether the errors of Lovász softmax are sorted, as by default, or counted in 65536 bins from 0 to 1. The
     * value is then off by at most half a bin, 7.6e-6, and the gradient is that of errors which are rounded so.
     *
     * @param exact false for bins
     * @return the new loss
     * @throws UnsupportedOperationException if the loss is another one
     */
    default SegmentationLoss exact(boolean exact) {
        return set("exact", exact);
    }

    /**
     * Sets the part of all pixels over which top-k cross-entropy is taken, those of the largest losses.
     *
     * @param fraction above 0 and at most 1; 0.1 by default
     * @return the new loss
     * @throws IllegalArgumentException      if it lies outside
     * @throws UnsupportedOperationException if the loss is another one
     */
    default SegmentationLoss fraction(double fraction) {
        return set("fraction", fraction);
    }

    /**
     * Sets whether void pixels are part of the number of pixels of which top-k cross-entropy keeps a part. They have a
     * loss of 0, so where fewer pixels are left than are to be kept, the mean is less.
     *
     * @param countsVoid false by default; true for nnU-Net's numbers
     * @return the new loss
     * @throws UnsupportedOperationException if the loss is another one
     */
    default SegmentationLoss countsVoid(boolean countsVoid) {
        return set("countsVoid", countsVoid);
    }

    /**
     * Sets the probability of the true class below which OHEM cross-entropy keeps a pixel.
     *
     * @param threshold from 0 to 1; 0.7 by default
     * @return the new loss
     * @throws IllegalArgumentException      if it lies outside
     * @throws UnsupportedOperationException if the loss is another one
     */
    default SegmentationLoss threshold(double threshold) {
        return set("threshold", threshold);
    }

    /**
     * Sets how many pixels of an image OHEM cross-entropy keeps at least, on the average of a batch.
     *
     * @param minKept at least 1; 100000 by default
     * @return the new loss
     * @throws IllegalArgumentException      if it is below 1
     * @throws UnsupportedOperationException if the loss is another one
     */
    default SegmentationLoss minKept(int minKept) {
        return set("minKept", minKept);
    }

    /**
     * Sets how many bins of equal width the average calibration error puts probabilities into.
     *
     * @param bins from 1 to 1000; 20 by default
     * @return the new loss
     * @throws IllegalArgumentException      if it lies outside
     * @throws UnsupportedOperationException if the loss is another one
     */
    default SegmentationLoss bins(int bins) {
        return set("bins", bins);
    }
}
