package org.segloss4j.internal.math;

/**
 * Where each number of {@link Coefficients} stands in one array: the derivatives by the intersections of all rows,
 * those by their predicted masses, those by the further statistics that there are, then those by the sums of the pixel
 * terms. The kernels use the same names (kernels/seg).
 *
 * @param rows       number of rows of sums
 * @param classes    C
 * @param statistics what else is summed
 */
public record CoefficientsLayout(long rows, long classes, Statistics statistics) {

    /**
     * The places of a loss that needs no further statistics.
     *
     * @param rows    number of rows of sums
     * @param classes C
     */
    public CoefficientsLayout(long rows, long classes) {
        this(rows, classes, Statistics.NONE);
    }

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
     * The derivative by Σ m·(p² + g²), if the statistics have it.
     *
     * @param row row of sums
     * @param c   class
     * @return its index
     */
    public long squares(long row, long c) {
        return (2 * rows + row) * classes + c;
    }

    /**
     * The derivative by Σ m·|p − g|, if the statistics have it.
     *
     * @param row row of sums
     * @param c   class
     * @return its index
     */
    public long distance(long row, long c) {
        return squares(statistics.squares() ? rows : 0, 0) + row * classes + c;
    }

    /**
     * The derivative by a sum over pairs of classes.
     *
     * @param row row of sums
     * @param k   number of the pair sum in the statistics
     * @return its index
     */
    public long pair(long row, long k) {
        return distance(statistics.distances() ? rows : 0, 0) + row * statistics.pairs().size() + k;
    }

    /**
     * The derivative by the sum of a pixel term.
     *
     * @param t number of the pixel term
     * @return its index
     */
    public long term(long t) {
        return pair(rows, 0) + t;
    }

    /**
     * Numbers in the array.
     *
     * @param terms T
     * @return 2 · rows · C + T, and more if there are further statistics
     */
    public long width(long terms) {
        return term(terms);
    }
}
