package org.segloss4j.internal.math;

import java.util.Arrays;

/**
 * What a first sweep collects: one row of sums for the whole batch, or one row per image. Immutable; {@code values} is
 * not copied and belongs to this object.
 *
 * @param perImage whether each row is one image
 * @param rows     number of rows; 1 unless per image
 * @param layout   the columns
 * @param values   rows × {@link SumsLayout#width} numbers
 */
public record Sums(boolean perImage, int rows, SumsLayout layout, double[] values) {

    /**
     * Checks the number of values.
     *
     * @param perImage whether each row is one image
     * @param rows     number of rows; 1 unless per image
     * @param layout   the columns
     * @param values   rows × {@link SumsLayout#width} numbers
     * @throws IllegalArgumentException if there are more or fewer
     */
    public Sums {
        if (values.length != (long) rows * layout.width() || (!perImage && rows != 1)) {
            throw new IllegalArgumentException(values.length + " sums do not make " + rows + " rows of "
                    + layout.classes() + " classes and " + layout.terms() + " pixel terms");
        }
    }

    /**
     * C.
     *
     * @return the number of classes
     */
    public int classes() {
        return layout.classes();
    }

    /**
     * Joins these sums with those of another part of the batch: rows of images follow one another, pooled rows add.
     *
     * @param other sums of the same layout and kind of rows over other examples
     * @return the sums of both parts
     */
    public Sums merge(Sums other) {
        if (perImage) {
            double[] joined = Arrays.copyOf(values, values.length + other.values.length);
            System.arraycopy(other.values, 0, joined, values.length, other.values.length);
            return new Sums(true, rows + other.rows, layout, joined);
        }
        double[] added = values.clone();
        for (int k = 0; k < added.length; k++) {
            added[k] += other.values[k];
        }
        return new Sums(false, 1, layout, added);
    }

    /**
     * The sums of the whole batch as one row.
     *
     * @return this, or the rows added in order
     */
    public Sums pooled() {
        if (!perImage) {
            return this;
        }
        double[] added = new double[layout.width()];
        for (int k = 0; k < values.length; k++) {
            added[k % added.length] += values[k];
        }
        return new Sums(false, 1, layout, added);
    }

    /**
     * The sums of one image alone.
     *
     * @param row the image
     * @return its sums, as those of a batch of one image
     */
    public Sums row(int row) {
        int width = layout.width();
        return new Sums(perImage, 1, layout, Arrays.copyOfRange(values, row * width, (row + 1) * width));
    }

    /**
     * Σ m·g·p.
     *
     * @param row image, or 0
     * @param c   class
     * @return the intersection
     */
    public double intersection(int row, int c) {
        return at(row, layout.intersection(c));
    }

    /**
     * Σ m·p.
     *
     * @param row image, or 0
     * @param c   class
     * @return the predicted mass
     */
    public double predicted(int row, int c) {
        return at(row, layout.predicted(c));
    }

    /**
     * Σ m·g.
     *
     * @param row image, or 0
     * @param c   class
     * @return the true mass
     */
    public double truth(int row, int c) {
        return at(row, layout.truth(c));
    }

    /**
     * Σ m.
     *
     * @param row image, or 0
     * @param c   class
     * @return the weight
     */
    public double weight(int row, int c) {
        return at(row, layout.weight(c));
    }

    /**
     * Σ m·(p² + g²), if the statistics have it.
     *
     * @param row image, or 0
     * @param c   class
     * @return Q
     */
    public double squares(int row, int c) {
        return at(row, layout.squares(c));
    }

    /**
     * Σ m·|p − g|; what it is for index labels where the statistics do not have it.
     *
     * @param row image, or 0
     * @param c   class
     * @return D
     */
    public double distance(int row, int c) {
        return layout.statistics().distances() ? at(row, layout.distance(c))
                : predicted(row, c) + truth(row, c) - 2 * intersection(row, c);
    }

    /**
     * The same sums of index labels with D in its place.
     *
     * @param wanted their layout
     * @return these, if they have that layout
     */
    public Sums in(SumsLayout wanted) {
        if (wanted.equals(layout)) {
            return this;
        }
        double[] all = new double[rows * wanted.width()];
        int behind = wanted.distance(classes());
        for (int row = 0; row < rows; row++) {
            int to = row * wanted.width();
            int from = row * layout.width();
            System.arraycopy(values, from, all, to, wanted.distance(0));
            for (int c = 0; c < classes(); c++) {
                all[to + wanted.distance(c)] = distance(row, c);
            }
            System.arraycopy(values, from + wanted.distance(0), all, to + behind, wanted.width() - behind);
        }
        return new Sums(perImage, rows, wanted, all);
    }

    /**
     * A sum over pairs of classes.
     *
     * @param row  image, or 0
     * @param pair one of the statistics
     * @return the sum
     */
    public double pair(int row, PairSum pair) {
        return at(row, layout.pair(layout.statistics().pairs().indexOf(pair)));
    }

    /**
     * The number of pixels, void ones included, if the statistics have it.
     *
     * @param row image, or 0
     * @return their number
     */
    public double pixels(int row) {
        return at(row, layout.pixels());
    }

    /**
     * Sum of a pixel term's losses, before its mean is taken.
     *
     * @param row  image, or 0
     * @param term number of the pixel term
     * @return the sum
     */
    public double term(int row, int term) {
        return at(row, layout.term(term));
    }

    /**
     * Whether every pixel of a row is void.
     *
     * @param row image, or 0
     * @return true if the weights of all classes are 0
     */
    public boolean isVoid(int row) {
        for (int c = 0; c < classes(); c++) {
            if (weight(row, c) != 0) {
                return false;
            }
        }
        return true;
    }

    private double at(int row, int column) {
        return values[row * layout.width() + column];
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Sums other && perImage == other.perImage && rows == other.rows
                && layout.equals(other.layout) && Arrays.equals(values, other.values);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(values);
    }

    @Override
    public String toString() {
        return (perImage ? rows + " images" : "batch") + ", " + classes() + " classes";
    }
}
