package org.segloss4j.internal.math;

/**
 * How a term sees a label g: as {@code (1 − ε)·g + s}, so that a network is not asked for certainty.
 *
 * @param kind    s
 * @param epsilon ε, from 0 to 1
 */
public record LabelSmoothing(Kind kind, double epsilon) {

    /** Labels as they are. */
    public static final LabelSmoothing NONE = new LabelSmoothing(Kind.UNIFORM, 0);

    /** Where the weight of the label goes. */
    public enum Kind {
        /** {@code (1 − ε)·g + ε/C}, C the number of gathered classes: torch's cross-entropy. */
        UNIFORM,
        /**
         * {@code (1 − ε)·g + ε/2}: Keras' binary cross-entropy. The {@code smooth_factor} of
         * segmentation_models.pytorch is half of this ε.
         */
        HALF
    }

    /**
     * The factor of g.
     *
     * @return 1 − ε
     */
    public double scale() {
        return 1 - epsilon;
    }

    /**
     * What is added.
     *
     * @param classes number of gathered classes
     * @return s
     */
    public double offset(int classes) {
        return switch (kind) {
            case UNIFORM -> epsilon / classes;
            case HALF -> epsilon / 2;
        };
    }
}
