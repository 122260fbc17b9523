package org.segloss4j;

/**
 * How a loss that has one score of all classes together weighs each of them by its true mass G.
 *
 * @since 0.1.0
 */
public enum ClassWeighting {
    /** {@code 1/G²}; for the generalised Dice loss alone. */
    INVERSE_SQUARE,
    /** {@code 1/G}, for the Wasserstein loss {@code 1/(G + 1)}. */
    INVERSE,
    /** 1, for the Wasserstein loss 0 of the background. */
    UNIFORM
}
