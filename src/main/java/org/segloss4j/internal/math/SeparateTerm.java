package org.segloss4j.internal.math;

/**
 * A term that is no function of the sums of the shared sweeps: it sorts, selects or has statistics of its own, makes
 * passes of its own, and adds its gradient to what the sweeps have written. It does not merge over parts of a batch.
 */
public sealed interface SeparateTerm permits LovaszTerm, HardestPixelsTerm, CalibrationTerm {

    /**
     * The factor of the term in the sum.
     *
     * @return a finite number
     */
    double coefficient();

    /**
     * What messages call the term.
     *
     * @return such as {@code Lovász hinge}
     */
    String title();
}
