package org.segloss4j.internal.math;

/**
 * What a second sweep needs to know of a loss: {@code dL/dp = m·(A·g + B)} for its region terms, with one A and B per
 * class and row of sums, and per pixel term the factor of its slope.
 *
 * @param rows    number of rows: 1 for the whole batch, or one per image
 * @param classes C
 * @param a       [rows, C], derivatives by the intersection; see {@link #at}
 * @param b       [rows, C], derivatives by the predicted mass
 * @param terms   [T], derivatives by the sums of the pixel terms
 */
public record Coefficients(int rows, int classes, double[] a, double[] b, double[] terms) {

    /** With weights of up to 1e20 below float's limit of 3e38. */
    private static final double LARGE = 1e15;

    /**
     * Where the coefficients of a class stand in {@link #a} and {@link #b}.
     *
     * @param row image, or 0
     * @param c   class
     * @return the index
     */
    public int at(int row, int c) {
        return row * classes + c;
    }

    /**
     * Whether float may not hold what is multiplied with these numbers.
     *
     * @param row   image, or 0
     * @param scale factor of the gradient
     * @return true if one of the row or of the terms is NaN, infinite or far from what losses have
     */
    public boolean isLarge(int row, double scale) {
        for (int k = at(row, 0); k < at(row, classes); k++) {
            if (!(Math.abs(scale * a[k]) < LARGE && Math.abs(scale * b[k]) < LARGE)) {
                return true;
            }
        }
        for (double term : terms) {
            if (!(Math.abs(scale * term) < LARGE)) {
                return true;
            }
        }
        return false;
    }

    /**
     * The table as the kernels read it.
     *
     * @return a, b and terms in one array, see {@link CoefficientsLayout}
     */
    public double[] flat() {
        CoefficientsLayout layout = new CoefficientsLayout(rows, classes);
        double[] all = new double[Math.toIntExact(layout.width(terms.length))];
        System.arraycopy(a, 0, all, (int) layout.a(0, 0), a.length);
        System.arraycopy(b, 0, all, (int) layout.b(0, 0), b.length);
        System.arraycopy(terms, 0, all, (int) layout.term(0), terms.length);
        return all;
    }
}
