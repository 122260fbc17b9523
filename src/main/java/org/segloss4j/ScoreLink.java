package org.segloss4j;

/**
 * How a region loss is made of a score x.
 *
 * @since 0.1.0
 */
public enum ScoreLink {
    /** {@code 1 − x}. */
    COMPLEMENT,
    /** {@code −x}: the same gradient, but a value that is lowest at −1. */
    NEGATIVE,
    /**
     * {@code −log x}, of each class. A score below 1e-7, or below {@link SegmentationLoss#floor} if that is set,
     * counts as this and has no gradient.
     */
    LOG,
    /** {@code log cosh(1 − x)}, of each class. */
    LOG_COSH
}
