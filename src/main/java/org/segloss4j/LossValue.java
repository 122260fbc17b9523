package org.segloss4j;

import java.util.Map;
import java.util.function.DoubleSupplier;

/**
 * The value of a loss, and what each of its terms has added to it. A device may still be computing it, so the first
 * question may have to wait. Both give the same each time, and any thread may ask.
 *
 * @since 0.1.0
 */
public interface LossValue extends DoubleSupplier {

    /**
     * The value of the loss.
     *
     * @return L
     * @throws IllegalArgumentException for labels or weights that a device has found to be wrong
     */
    @Override
    double getAsDouble();

    /**
     * The value of each term, factors included, by the name of its loss: a sum of Dice and cross-entropy seen apart. Of
     * a second term of one name the name has a number behind it, such as {@code dice_loss_2}.
     *
     * @return in the order of the terms; they add up to the value of the loss, up to rounding
     * @throws IllegalArgumentException for labels or weights that a device has found to be wrong
     */
    Map<String, Double> terms();

    /**
     * What was counted beside the gradient, where {@link SegmentationLoss#enqueueValueAndGradient(SegmentationBatch,
     * double, org.nd4j.linalg.api.ndarray.INDArray, org.segloss4j.evaluation.SegmentationEvaluation)} was asked to.
     *
     * @return K·K counts, as {@link SegmentationBatch#confusion} gives them: that of truth t and prediction p at
     *         t·K + p; for {@link org.segloss4j.evaluation.SegmentationEvaluation#add}
     * @throws IllegalStateException    if nothing was to be counted
     * @throws IllegalArgumentException if a prediction that counts is NaN, and for bad labels or weights; value and
     *                                  terms can still be asked for in the former case
     */
    default long[] confusion() {
        throw new IllegalStateException("nothing was to be counted when this loss was computed");
    }
}
