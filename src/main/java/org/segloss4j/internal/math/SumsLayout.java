package org.segloss4j.internal.math;

/**
 * Where each sum stands in a row of sums: the intersections of all classes, their predicted masses, their true masses,
 * their weights, then the sums of the pixel terms. The kernels use the same names (kernels/seg).
 *
 * @param classes C
 * @param terms   number of pixel terms
 */
public record SumsLayout(int classes, int terms) {

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
     * The sum of a pixel term's losses.
     *
     * @param t number of the pixel term
     * @return its column
     */
    public int term(int t) {
        return 4 * classes + t;
    }

    /**
     * Numbers in a row.
     *
     * @return 4·C + terms
     */
    public int width() {
        return term(terms);
    }
}
