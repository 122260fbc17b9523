package org.segloss4j.internal.math;

import java.util.Arrays;

/**
 * What a second sweep needs to know of a loss: {@code dL/dp = m·(A·g + B + 2C·p + S·sign(p − g) + Σ_k R_k·W_k[g])} for
 * its region terms, with numbers of their own for each row of sums, and per pixel term the factor of its slope. Without
 * further statistics there is no C, S and R.
 *
 * @param layout where each number stands in {@code values}
 * @param terms  T, the number of pixel terms
 * @param values the numbers, as the kernels read them; belong to this object, which is written while it is made
 */
public record Coefficients(CoefficientsLayout layout, int terms, double[] values) {

    /** With weights of up to 1e20 below float's limit of 3e38. */
    private static final double LARGE = 1e15;

    /**
     * All zeros.
     *
     * @param rows   number of rows: 1 for the whole batch, or one per image
     * @param of     the columns of the sums
     */
    public Coefficients(int rows, SumsLayout of) {
        this(new CoefficientsLayout(rows, of.classes(), of.statistics()), of.terms());
    }

    private Coefficients(CoefficientsLayout layout, int terms) {
        this(layout, terms, new double[Math.toIntExact(layout.width(terms))]);
    }

    /**
     * The number of rows.
     *
     * @return 1 for the whole batch, or one per image
     */
    public int rows() {
        return (int) layout.rows();
    }

    /**
     * C.
     *
     * @return the number of classes
     */
    public int classes() {
        return (int) layout.classes();
    }

    /**
     * The derivative by an intersection.
     *
     * @param row image, or 0
     * @param c   class
     * @return A
     */
    public double a(int row, int c) {
        return values[(int) layout.a(row, c)];
    }

    /**
     * The derivative by a predicted mass.
     *
     * @param row image, or 0
     * @param c   class
     * @return B
     */
    public double b(int row, int c) {
        return values[(int) layout.b(row, c)];
    }

    /**
     * The derivative by Σ m·(p² + g²).
     *
     * @param row image, or 0
     * @param c   class
     * @return C, or 0 if there is no such sum
     */
    public double squares(int row, int c) {
        return layout.statistics().squares() ? values[(int) layout.squares(row, c)] : 0;
    }

    /**
     * The derivative by Σ m·|p − g|.
     *
     * @param row image, or 0
     * @param c   class
     * @return S, or 0 if there is no such sum
     */
    public double distance(int row, int c) {
        return layout.statistics().distances() ? values[(int) layout.distance(row, c)] : 0;
    }

    /**
     * The derivative by a sum over pairs of classes.
     *
     * @param row image, or 0
     * @param k   number of the pair sum in the statistics
     * @return R
     */
    public double pair(int row, int k) {
        return values[(int) layout.pair(row, k)];
    }

    /**
     * The derivative by the sum of a pixel term.
     *
     * @param t number of the pixel term
     * @return the factor of its slope
     */
    public double term(int t) {
        return values[(int) layout.term(t)];
    }

    /**
     * Adds to the derivative by an intersection.
     *
     * @param row   image, or 0
     * @param c     class
     * @param slope what is added
     */
    public void addA(int row, int c, double slope) {
        values[(int) layout.a(row, c)] += slope;
    }

    /**
     * Adds to the derivative by a predicted mass.
     *
     * @param row   image, or 0
     * @param c     class
     * @param slope what is added
     */
    public void addB(int row, int c, double slope) {
        values[(int) layout.b(row, c)] += slope;
    }

    /**
     * Adds to the derivative by Σ m·(p² + g²).
     *
     * @param row   image, or 0
     * @param c     class
     * @param slope what is added
     */
    public void addSquares(int row, int c, double slope) {
        values[(int) layout.squares(row, c)] += slope;
    }

    /**
     * Adds to the derivative by Σ m·|p − g|; where the statistics do not have it, to those that it has for index
     * labels.
     *
     * @param row   image, or 0
     * @param c     class
     * @param slope what is added
     */
    public void addDistance(int row, int c, double slope) {
        if (layout.statistics().distances()) {
            values[(int) layout.distance(row, c)] += slope;
        } else {
            addA(row, c, -2 * slope);
            addB(row, c, slope);
        }
    }

    /**
     * The same for index labels, whose D is {@code P + G − 2·I}.
     *
     * @return these, if there is no D
     */
    public Coefficients withoutDistances() {
        Statistics all = layout.statistics();
        if (!all.distances()) {
            return this;
        }
        Coefficients to = new Coefficients(
                new CoefficientsLayout(layout.rows(), layout.classes(), all.withoutDistances()), terms);
        for (int row = 0; row < rows(); row++) {
            for (int c = 0; c < classes(); c++) {
                to.addA(row, c, a(row, c));
                to.addB(row, c, b(row, c));
                to.addDistance(row, c, distance(row, c));
                if (all.squares()) {
                    to.addSquares(row, c, squares(row, c));
                }
            }
            for (PairSum pair : all.pairs()) {
                to.addPair(row, pair, pair(row, all.pairs().indexOf(pair)));
            }
        }
        for (int t = 0; t < terms; t++) {
            to.addTerm(t, term(t));
        }
        return to;
    }

    /**
     * Adds to the derivative by a sum over pairs of classes.
     *
     * @param row   image, or 0
     * @param pair  one of the statistics
     * @param slope what is added
     */
    public void addPair(int row, PairSum pair, double slope) {
        values[(int) layout.pair(row, layout.statistics().pairs().indexOf(pair))] += slope;
    }

    /**
     * Adds to the derivative by the sum of a pixel term.
     *
     * @param t     number of the pixel term
     * @param slope what is added
     */
    public void addTerm(int t, double slope) {
        values[(int) layout.term(t)] += slope;
    }

    /**
     * Whether float may not hold what is multiplied with these numbers.
     *
     * @param row   image, or 0
     * @param scale factor of the gradient
     * @return true if one of the row or of the terms is NaN, infinite or far from what losses have
     */
    public boolean isLarge(int row, double scale) {
        for (int c = 0; c < classes(); c++) {
            if (!(Math.abs(scale * a(row, c)) < LARGE && Math.abs(scale * b(row, c)) < LARGE
                    && Math.abs(scale * squares(row, c)) < LARGE && Math.abs(scale * distance(row, c)) < LARGE)) {
                return true;
            }
        }
        for (int k = 0; k < layout.statistics().pairs().size(); k++) {
            if (!(Math.abs(scale * pair(row, k)) < LARGE)) {
                return true;
            }
        }
        for (int t = 0; t < terms; t++) {
            if (!(Math.abs(scale * term(t)) < LARGE)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Coefficients other && layout.equals(other.layout) && Arrays.equals(values, other.values);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(values);
    }

    @Override
    public String toString() {
        return layout + " " + Arrays.toString(values);
    }
}
