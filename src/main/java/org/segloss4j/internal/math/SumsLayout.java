package org.segloss4j.internal.math;

/**
 * Where each sum stands in a row of sums: the intersections of all classes, their predicted masses, their true masses,
 * their weights, then the further statistics that a loss asks for, then the sums of the pixel terms. The kernels use
 * the same names (kernels/seg).
 *
 * @param classes    C
 * @param statistics what else is summed
 * @param terms      number of pixel terms
 */
public record SumsLayout(int classes, Statistics statistics, int terms) {

    /**
     * The columns of a loss that needs no further statistics.
     *
     * @param classes C
     * @param terms   number of pixel terms
     */
    public SumsLayout(int classes, int terms) {
        this(classes, Statistics.NONE, terms);
    }

    /**
     * Σ m·g·p.
     *
     * @param c class
     * @return its column
     */
    public int intersection(int c) {
        return c;
    }

    /**
     * Σ m·p.
     *
     * @param c class
     * @return its column
     */
    public int predicted(int c) {
        return classes + c;
    }

    /**
     * Σ m·g.
     *
     * @param c class
     * @return its column
     */
    public int truth(int c) {
        return 2 * classes + c;
    }

    /**
     * Σ m.
     *
     * @param c class
     * @return its column
     */
    public int weight(int c) {
        return 3 * classes + c;
    }

    /**
     * Σ m·(p² + g²), if the statistics have it.
     *
     * @param c class
     * @return its column
     */
    public int squares(int c) {
        return 4 * classes + c;
    }

    /**
     * Σ m·|p − g|, if the statistics have it.
     *
     * @param c class
     * @return its column
     */
    public int distance(int c) {
        return 4 * classes + (statistics.squares() ? classes : 0) + c;
    }

    /**
     * The sum over pairs of classes.
     *
     * @param k number of the pair sum in the statistics
     * @return its column
     */
    public int pair(int k) {
        return distance(0) + (statistics.distances() ? classes : 0) + k;
    }

    /**
     * The number of pixels, void ones included, if the statistics have it.
     *
     * @return its column
     */
    public int pixels() {
        return pair(statistics.pairs().size());
    }

    /**
     * The sum of a pixel term's losses.
     *
     * @param t number of the pixel term
     * @return its column
     */
    public int term(int t) {
        return pixels() + (statistics.pixels() ? 1 : 0) + t;
    }

    /**
     * Numbers in a row.
     *
     * @return 4·C + terms, and more if there are further statistics
     */
    public int width() {
        return term(terms);
    }
}
