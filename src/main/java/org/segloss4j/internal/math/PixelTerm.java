package org.segloss4j.internal.math;

import java.util.Locale;
import java.util.Objects;

/**
 * One pixel loss inside a sum: over all pixels and gathered classes, {@code t·w·positive(u)} and for a binary loss
 * {@code + (1−t)·w₋·negative(1−u)}, divided by a normaliser; t is the label, perhaps smoothed, and u a probability.
 *
 * @param coefficient factor of the term in the sum
 * @param positive    the curve for the true class
 * @param negative    the curve for the other side of a binary loss, null for a categorical one
 * @param input       which probability
 * @param classes     the gathered classes and the weights of their true side
 * @param others      the same classes with the weights of their other side, null where they are the same
 * @param smoothing   how labels are seen
 * @param normaliser  what the sum is divided by
 */
public record PixelTerm(double coefficient, PixelCurve positive, PixelCurve negative, Input input,
                        ClassSelection classes, ClassSelection others, LabelSmoothing smoothing,
                        Normaliser normaliser) {

    /** The probability that a pixel loss looks at. */
    public enum Input {
        /** What the activation of the batch makes of the predictions. */
        PROBABILITY,
        /** The same, divided by its sum over the gathered classes; under a softmax, the softmax over these alone. */
        RENORMALISED,
        /** The sigmoid of each prediction, whatever the activation of the batch is: one class against the rest. */
        SIGMOID,
        /** The softmax of the predictions over the gathered classes, whatever the activation of the batch is. */
        SOFTMAX,
        /** {@code exp(−ℓ)} with the cross-entropy ℓ of label and sigmoid, for both sides of a binary loss alike. */
        ENTROPY,
        /** The sigmoid of z·(2t−1) for a logit z, whose curve takes −ℓ for its logarithm; both sides alike. */
        MARGIN
    }

    /**
     * The mean over outputs, of labels as they are, with the same weights on both sides.
     *
     * @param coefficient  factor of the term in the sum
     * @param positive     the curve for the true class
     * @param negative     the curve for the other side of a binary loss, null for a categorical one
     * @param renormalised whether the gathered probabilities are divided by their sum first, as the categorical
     *                     cross-entropy of segmentation_models does
     * @param classes      the gathered classes and their weights
     */
    public PixelTerm(double coefficient, LogCurve positive, LogCurve negative, boolean renormalised,
                     ClassSelection classes) {
        this(coefficient, positive, negative, renormalised ? Input.RENORMALISED : Input.PROBABILITY, classes, null,
                LabelSmoothing.NONE, Normaliser.OUTPUTS);
    }

    /**
     * Whether the term also charges the probability of classes that are not the truth.
     *
     * @return true for binary cross-entropy and binary focal loss
     */
    public boolean binary() {
        return negative != null;
    }

    /**
     * Whether probabilities are divided by their sum over the gathered classes.
     *
     * @return true if so
     */
    public boolean renormalised() {
        return input == Input.RENORMALISED;
    }

    /**
     * Whether the probabilities of the gathered classes depend on one another, beside what the activation does.
     *
     * @return true if they are renormalised or have a softmax of their own
     */
    public boolean dividesByTotal() {
        return input == Input.RENORMALISED || input == Input.SOFTMAX;
    }

    /**
     * Whether the predictions are taken as logits, whatever the activation of the batch is.
     *
     * @return false if it looks at the probabilities of the batch
     */
    public boolean ofLogits() {
        return input != Input.PROBABILITY && input != Input.RENORMALISED;
    }

    /**
     * Whether both sides of an output look at one number that the label is part of, so that a label between 0 and 1 is
     * no mixture of the losses of 0 and of 1.
     *
     * @return true for the inputs ENTROPY and MARGIN
     */
    public boolean joinsSides() {
        return input == Input.ENTROPY || input == Input.MARGIN;
    }

    /**
     * The same where labels are 0 or 1: then either side looks at the sigmoid.
     *
     * @return this, if it does not join its sides or sees labels smoothed
     */
    PixelTerm ofHardLabels() {
        return !joinsSides() || smoothing.epsilon() != 0 ? this : new PixelTerm(coefficient, positive, negative,
                Input.SIGMOID, classes, others, smoothing, normaliser);
    }

    /**
     * Whether the term is one of Keras' clipped curves with labels, weights and mean as they always were, which the
     * fast sweeps compute.
     *
     * @return true if {@link #log} and {@link #otherLog} say all about it
     */
    public boolean isPlain() {
        return positive instanceof LogCurve && (negative == null || negative instanceof LogCurve)
                && !ofLogits() && others == null && smoothing.epsilon() == 0
                && normaliser == Normaliser.OUTPUTS;
    }

    /**
     * Whether the term looks at nothing but the probability of the true class, where labels are class indices and the
     * gathered probabilities sum to 1.
     *
     * @return true for categorical losses of labels as they are
     */
    public boolean isOfTrueClass() {
        return negative == null && (input == Input.PROBABILITY || input == Input.RENORMALISED)
                && smoothing.epsilon() == 0;
    }

    /**
     * The curve for the true class, of a plain term.
     *
     * @return the clipped curve
     */
    public LogCurve log() {
        return (LogCurve) positive;
    }

    /**
     * The curve for the other side, of a plain term.
     *
     * @return the clipped curve, or null
     */
    public LogCurve otherLog() {
        return (LogCurve) negative;
    }

    /** What its sum over the pixels is made of: everything but coefficient and normaliser, which come later. */
    String signature() {
        return positive + (binary() ? " and " + negative : "") + (renormalised() ? ", renormalised" : "")
                + (ofLogits() ? ", of the " + input.name().toLowerCase(Locale.ROOT) : "") + ", " + classes
                + (others == null ? "" : ", others " + others) + (smoothing.epsilon() == 0 ? "" : ", " + smoothing);
    }

    /**
     * The weights of the other side.
     *
     * @return classes, or others if they differ
     */
    public ClassSelection otherClasses() {
        return Objects.requireNonNullElse(others, classes);
    }
}
