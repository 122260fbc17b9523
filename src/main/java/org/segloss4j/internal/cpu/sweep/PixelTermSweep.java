package org.segloss4j.internal.cpu.sweep;

import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.math.Coefficients;

/** A walk that needs the predictions once where a loss has pixel terms only: its slopes depend on no sum of them. */
public interface PixelTermSweep extends Sweep {

    /** Adds the weights of pixels [from, to) alone to a row of sums; looks at nothing but labels and mask. */
    void weights(long n, long from, long to, double[] rows, int at, BadInput bad);

    /**
     * Writes what {@link #gradient} writes and adds the sums of the pixel terms, and nothing else, to a row of sums;
     * for a loss without region terms.
     */
    void pixelTerms(long n, long from, long to, double[] rows, int at, Coefficients table, double scale, Tensor out,
                    BadInput bad);
}
