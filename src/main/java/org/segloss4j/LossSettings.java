package org.segloss4j;

import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.segloss4j.internal.loss.LossKind.Setting;
import org.segloss4j.internal.loss.LossTerm;
import org.segloss4j.internal.loss.WeightAdvice;

/** The settings that single losses have. A sum has none of them: they are set on its terms before adding. */
abstract class LossSettings extends LossFunction {

    private static final long serialVersionUID = 1L;

    /** The loss with its only term changed; throws if it is a sum or does not have the setting. */
    abstract SegmentationLoss with(Setting setting, UnaryOperator<LossTerm> change);

    /**
     * Weighs the classes: the score (for cross-entropy, the loss) of class k is multiplied by weight k before the mean
     * over the classes. Weights are not normalised.
     *
     * @param weights one weight per gathered class, in the order of {@link #classIndexes}, or a single one for all
     * @return the new loss
     * @throws IllegalArgumentException for a weight that is negative or not finite, weights that sum to 0 or infinity,
     *                                  or a number of weights that does not fit the class indexes
     * @throws UnsupportedOperationException if the loss has no class weights
     */
    public SegmentationLoss classWeights(double... weights) {
        List<Double> list = Arrays.stream(weights).boxed().toList();
        SegmentationLoss weighted = with(Setting.CLASS_WEIGHTS, t -> t.withClassWeights(list));
        WeightAdvice.check(weighted.terms().get(0).kind(), list);
        return weighted;
    }

    /**
     * Gathers classes; the others play no part. An index may repeat and then counts each time.
     *
     * @param indexes channels, from 0
     * @return the new loss
     * @throws IllegalArgumentException if there is none or one is negative
     * @throws UnsupportedOperationException if the loss has no class indexes
     */
    public SegmentationLoss classIndexes(int... indexes) {
        List<Integer> list = Arrays.stream(indexes).boxed().toList();
        return with(Setting.CLASS_INDEXES, t -> t.withClassIndexes(list));
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
    public SegmentationLoss perImage(boolean perImage) {
        return with(Setting.PER_IMAGE, t -> t.withPerImage(perImage));
    }

    /**
     * Sets the constant that is added above and below the score's fraction; 1e-5 by default.
     *
     * @param smooth at least 0; with 0 an empty class scores 1
     * @return the new loss
     * @throws IllegalArgumentException if it is negative or not finite
     * @throws UnsupportedOperationException if the loss is a pixel loss
     */
    public SegmentationLoss smooth(double smooth) {
        return with(Setting.SMOOTH, t -> t.withSmooth(smooth));
    }

    /**
     * Sets β of the F-score, the weight of recall against precision; 1 by default.
     *
     * @param beta above 0
     * @return the new loss
     * @throws IllegalArgumentException if it is not above 0 or its square is not finite
     * @throws UnsupportedOperationException if the loss is not Dice
     */
    public SegmentationLoss beta(double beta) {
        return with(Setting.BETA, t -> t.withBeta(beta));
    }

    /**
     * Sets α of a focal loss, the weight of the true class; 0.25 by default.
     *
     * @param alpha at least 0, for the binary focal loss at most 1
     * @return the new loss
     * @throws IllegalArgumentException if it lies outside
     * @throws UnsupportedOperationException if the loss is not a focal loss
     */
    public SegmentationLoss alpha(double alpha) {
        return with(Setting.ALPHA, t -> t.withAlpha(alpha));
    }

    /**
     * Sets γ of a focal loss, how strongly easy pixels are discounted; 2 by default.
     *
     * @param gamma at least 0
     * @return the new loss
     * @throws IllegalArgumentException if it is negative or not finite
     * @throws UnsupportedOperationException if the loss is not a focal loss
     */
    public SegmentationLoss gamma(double gamma) {
        return with(Setting.GAMMA, t -> t.withGamma(gamma));
    }
}
