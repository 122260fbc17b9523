package org.segloss4j;

/**
 * The formulas that versions of Keras have for binary cross-entropy; they differ where a prediction is wrong and nearly
 * certain. Each is the mean over outputs.
 *
 * @since 0.1.0
 */
public enum KerasForm {
    /** Probabilities are clipped to [1e-7, 1 − 1e-7]: Keras 2.2 and 3, which segmentation_models was made for. */
    CLIP,
    /** After the clip 1e-7 is also added inside both logarithms: tf.keras 2 on probabilities. */
    CLIP_PLUS_EPSILON,
    /** No clip: Keras where the last operation of the model is a sigmoid, whose logits it then takes. */
    LOGITS
}
