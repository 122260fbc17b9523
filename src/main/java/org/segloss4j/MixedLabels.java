package org.segloss4j;

/**
 * What a sigmoid focal loss makes of a label t between 0 and 1, as mixtures of images and smoothed masks have them.
 * With the logit z, the cross-entropy is {@code ℓ = −t·log σ(z) − (1−t)·log σ(−z)}. Of labels of 0 and 1 all are the
 * same.
 *
 * @since 0.1.0
 */
public enum MixedLabels {
    /** The mixture of the losses of 1 and of 0, {@code t·f(σ(z)) + (1−t)·f(σ(−z))}. */
    SIDES,
    /** {@code (1 − exp(−ℓ))^γ·ℓ}, weighted by {@code α·t + (1−α)·(1−t)}: segmentation_models.pytorch. */
    ENTROPY,
    /** {@code σ(−z·(2t−1))^γ·ℓ}, weighted in the same way: MONAI. */
    MARGIN
}
