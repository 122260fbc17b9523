package org.segloss4j;

/**
 * How the losses of classes and images become one number.
 *
 * @since 0.1.0
 */
public enum LossReduction {
    /** Their mean. */
    MEAN,
    /** Their sum. */
    SUM
}
