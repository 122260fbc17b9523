package org.segloss4j.internal.math;

/**
 * A summand of a loss that needs passes of its own, since it is no function of sums over the labels. Its gradient is
 * added to what the sweeps have written. Unless it is a function of sums over {@linkplain OtherLabelsTerm other
 * labels}, the sums of parts of a batch do not serve it, so a batch cannot be divided.
 */
public sealed interface SeparateTerm permits LovaszTerm, HardestPixelsTerm, CalibrationTerm,
        OtherLabelsTerm {

    /**
     * The factor in the sum.
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
