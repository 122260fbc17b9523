package org.segloss4j.internal.math;

/** How the scores of classes become the loss of a region term. */
public enum Aggregation {
    /** φ of the mean of weight · score: as segmentation_models, where weights multiply the score. */
    SCORE_MEAN,
    /** The mean of weight · φ(score): each class and image has a loss of its own. */
    LOSS_MEAN,
    /** The sum of weight · φ(score), divided by the sum of the weights. */
    NORMALISED
}
