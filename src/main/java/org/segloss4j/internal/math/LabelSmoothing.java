package org.segloss4j.internal.math;

/**
 * How a term sees a label g: as {@code (1 − k·ε)·g + s}, so that a network is not asked for certainty.
 *
 * @param kind    k and s
 * @param epsilon ε, from 0 to 1
 */
public record LabelSmoothing(Kind kind, double epsilon) {

    /** Labels as they are. */
    public static final LabelSmoothing NONE = new LabelSmoothing(Kind.UNIFORM, 0);

    /** Where the weight of the label goes. */
    public enum Kind {
        /** {@code (1 − ε)·g + ε/C}, C the number of gathered classes: torch's cross-entropy. */
        UNIFORM,
        /** {@code (1 − ε)·g + ε/2}: Keras' binary cross-entropy. */
        HALF,
        /** {@code (1 − 2ε)·g + ε}: segmentation_models.pytorch's binary cross-entropy. */
        FLIP
    }

    /**
     * The factor of g.
     *
     * @return 1 − ε or 1 − 2ε
     */
    public double scale() {
        return kind == Kind.FLIP ? 1 - 2 * epsilon : 1 - epsilon;
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
            case FLIP -> epsilon;
        };
    }
}
