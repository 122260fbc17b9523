package org.segloss4j.internal.cpu.sweep;

import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.math.Coefficients;

/** Walks the pixels of one batch for one loss. Holds scratch memory, so each thread has its own. */
public interface Sweep {

    /**
     * Adds the sums of pixels [from, to) of example n to a row of
     * {@link org.segloss4j.internal.math.SumsLayout sums}, which starts at an index of {@code rows}.
     */
    void sums(long n, long from, long to, double[] rows, int at, BadInput bad);

    /** Writes scale · dL/dz of pixels [from, to) of example n, with the coefficients of a row of the table. */
    void gradient(long n, long from, long to, Coefficients table, int row, double scale, Tensor out, BadInput bad);
}
