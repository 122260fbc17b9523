package org.segloss4j.internal.backend;

import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

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
     * What was counted, as {@link LossBackend#confusion} counts it. Only of a job {@linkplain Job#counting(Counting)
     * that counts}.
     *
     * @return [K·K] counts, row = truth, column = prediction; K = C, or 2 for one channel
     * @throws IllegalArgumentException if a prediction that counts is NaN, or a label is bad by the rules of the counts
     *                                  although the loss ignores it
     */
    default long[] counts() {
        throw new IllegalStateException("nothing was counted when the loss was computed");
    }

    /**
     * The same value, and what was counted.
     *
     * @param counts gives the counts, or throws, each time; not copied
     * @return both
     */
    default Summands counted(Supplier<long[]> counts) {
        Summands value = this;
        return new Summands() {

            @Override
            public double[] terms() {
                return value.terms();
            }

            @Override
            public double getAsDouble() {
                return value.getAsDouble();
            }

            @Override
            public long[] counts() {
                return counts.get();
            }
        };
    }

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
