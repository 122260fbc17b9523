package org.segloss4j;

import org.segloss4j.internal.loss.LossKind;

/**
 * The losses of {@code segmentation_models}, under its names and with its defaults and numbers. Every loss is an ND4J
 * {@code ILossFunction}; see {@link SegmentationLoss} for shapes, types and errors.
 */
public final class Losses {

    /** {@code binary_crossentropy + dice_loss}. */
    public static final SegmentationLoss BCE_DICE_LOSS = binaryCrossEntropy().plus(dice());
    /** {@code binary_crossentropy + jaccard_loss}. */
    public static final SegmentationLoss BCE_JACCARD_LOSS = binaryCrossEntropy().plus(jaccard());
    /** {@code categorical_crossentropy + dice_loss}. */
    public static final SegmentationLoss CCE_DICE_LOSS = categoricalCrossEntropy().plus(dice());
    /** {@code categorical_crossentropy + jaccard_loss}. */
    public static final SegmentationLoss CCE_JACCARD_LOSS = categoricalCrossEntropy().plus(jaccard());
    /** {@code binary_focal_loss + dice_loss}. */
    public static final SegmentationLoss BINARY_FOCAL_DICE_LOSS = binaryFocal().plus(dice());
    /** {@code binary_focal_loss + jaccard_loss}. */
    public static final SegmentationLoss BINARY_FOCAL_JACCARD_LOSS = binaryFocal().plus(jaccard());
    /** {@code focal_loss + dice_loss}. */
    public static final SegmentationLoss CATEGORICAL_FOCAL_DICE_LOSS = categoricalFocal().plus(dice());
    /** {@code focal_loss + jaccard_loss}. */
    public static final SegmentationLoss CATEGORICAL_FOCAL_JACCARD_LOSS = categoricalFocal().plus(jaccard());

    private Losses() {
    }

    /**
     * Jaccard loss, {@code 1 − mean_c w_c·(I+s)/(G+P−I+s)}, with I = Σ g·p, G = Σ g, P = Σ p over the pixels.
     *
     * @return {@code jaccard_loss} with s = 1e-5, all classes, pooled over the batch
     */
    public static SegmentationLoss jaccard() {
        return new SegmentationLoss(LossKind.JACCARD);
    }

    /**
     * Dice loss, {@code 1 − mean_c w_c·((1+β²)I+s)/(β²G+P+s)}.
     *
     * @return {@code dice_loss} with β = 1, s = 1e-5, all classes, pooled over the batch
     */
    public static SegmentationLoss dice() {
        return new SegmentationLoss(LossKind.DICE);
    }

    /**
     * Binary cross-entropy, the mean over all outputs of {@code −g·log p − (1−g)·log(1−p)}, p clipped to
     * [1e-7, 1 − 1e-7].
     *
     * @return {@code binary_crossentropy}
     */
    public static SegmentationLoss binaryCrossEntropy() {
        return new SegmentationLoss(LossKind.BINARY_CROSS_ENTROPY);
    }

    /**
     * Categorical cross-entropy, the mean over all outputs of the gathered classes (so it is divided by their number,
     * too) of {@code −w_c·g·log p}; p is divided by its sum over the gathered classes, then clipped to
     * [1e-7, 1 − 1e-7].
     *
     * @return {@code categorical_crossentropy} over all classes
     */
    public static SegmentationLoss categoricalCrossEntropy() {
        return new SegmentationLoss(LossKind.CATEGORICAL_CROSS_ENTROPY);
    }

    /**
     * Categorical focal loss, the mean over all outputs of {@code −g·α·(1−p)^γ·log p}, p clipped to [1e-7, 1 − 1e-7].
     *
     * @return {@code focal_loss} with α = 0.25, γ = 2, all classes
     */
    public static SegmentationLoss categoricalFocal() {
        return new SegmentationLoss(LossKind.CATEGORICAL_FOCAL);
    }

    /**
     * Binary focal loss, the mean over all outputs of {@code −g·α(1−p)^γ·log p − (1−g)·(1−α)p^γ·log(1−p)}, p clipped to
     * [1e-7, 1 − 1e-7].
     *
     * @return {@code binary_focal_loss} with α = 0.25, γ = 2
     */
    public static SegmentationLoss binaryFocal() {
        return new SegmentationLoss(LossKind.BINARY_FOCAL);
    }
}
