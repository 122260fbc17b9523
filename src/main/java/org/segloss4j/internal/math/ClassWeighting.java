package org.segloss4j.internal.math;

/** How a score of all classes together weighs each class by its true mass G. */
public enum ClassWeighting {
    /** {@code 1/G²}. */
    INVERSE_SQUARE,
    /** {@code 1/G}. */
    INVERSE,
    /** 1, or for the Wasserstein score 1 for each class but the background. */
    UNIFORM
}
