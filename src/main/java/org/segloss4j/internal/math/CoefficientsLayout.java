package org.segloss4j.internal.math;

/**
 * Where each number of {@link Coefficients} stands in one array: the derivatives by the intersections of all rows,
 * those by their predicted masses, then those by the sums of the pixel terms. The kernels use the same names
 * (kernels/seg).
 *
 * @param rows    number of rows of sums
 * @param classes C
 */
public record CoefficientsLayout(long rows, long classes) {

    /**
     * The derivative by an intersection.
     *
     * @param row row of sums
     * @param c   class
     * @return its index
     */
    public long a(long row, long c) {
        return row * classes + c;
    }

    /**
     * The derivative by a predicted mass.
     *
     * @param row row of sums
     * @param c   class
     * @return its index
     */
    public long b(long row, long c) {
        return (rows + row) * classes + c;
    }

    /**
     * The derivative by the sum of a pixel term.
     *
     * @param t number of the pixel term
     * @return its index
     */
    public long term(long t) {
        return 2 * rows * classes + t;
    }

    /**
     * Numbers in the array.
     *
     * @param terms T
     * @return 2 · rows · C + T
     */
    public long width(long terms) {
        return term(terms);
    }
}
