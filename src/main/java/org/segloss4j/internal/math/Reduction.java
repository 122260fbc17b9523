package org.segloss4j.internal.math;

/** How the losses of classes and images become one number. */
public enum Reduction {
    /** The mean over classes and images. */
    MEAN,
    /** The sum over classes and images. */
    SUM
}
