package org.segloss4j.internal.math;

/**
 * One pixel loss inside a sum: the mean over all pixels and gathered classes of {@code g·w·positive(p)}, and for a
 * binary loss {@code + (1−g)·w·negative(1−p)}.
 *
 * @param coefficient  factor of the term in the sum
 * @param positive     the curve for the true class
 * @param negative     the curve for the other side of a binary loss, null for a categorical one
 * @param renormalised whether the gathered probabilities are divided by their sum first (K-SM's categorical
 *                     cross-entropy)
 * @param classes      the gathered classes and their weights
 */
public record PixelTerm(double coefficient, PixelCurve positive, PixelCurve negative, boolean renormalised,
                        ClassSelection classes) {

    /**
     * Whether the term also charges the probability of classes that are not the truth.
     *
     * @return true for binary cross-entropy and binary focal loss
     */
    public boolean binary() {
        return negative != null;
    }

    /** What its sum over the pixels is made of: everything but the coefficient, which multiplies that sum later. */
    String signature() {
        return positive + (binary() ? " and " + negative : "") + (renormalised ? ", renormalised" : "") + ", "
                + classes;
    }
}
