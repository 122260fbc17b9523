package org.segloss4j.internal.backend;

import java.util.function.DoubleSupplier;

/**
 * The value of a loss and the summands of which it consists. A device may still be computing it: both questions wait,
 * and throw what was found wrong with the batch.
 */
public interface Summands extends DoubleSupplier {

    /**
     * The summands, coefficients included. They may only be asked for if the job was one {@linkplain Job#ofTerms of
     * terms}, or the loss has a single term.
     *
     * @return those of the region terms, then those of the pixel terms, then those of terms with passes of their own
     */
    double[] terms();

    /**
     * Summands that are known.
     *
     * @param terms the summands; not copied
     * @return their sum, in order
     */
    static Summands of(double... terms) {
        return new Summands() {

            @Override
            public double[] terms() {
                return terms.clone();
            }

            @Override
            public double getAsDouble() {
                double value = 0;
                for (double term : terms) {
                    value += term;
                }
                return value;
            }
        };
    }
}
