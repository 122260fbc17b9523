package org.segloss4j.internal.math;

import java.util.Arrays;

/**
 * Everything that a loss needs to know of a batch: per class the intersection {@code I = Σ m·g·p}, the predicted mass
 * {@code P = Σ m·p}, the true mass {@code G = Σ m·g} and the weight {@code M = Σ m}, and per pixel term the sum of its
 * losses. Sums of shards and micro-batches {@linkplain #merge merge} into exactly the sums of the large batch, which
 * the mean of the shards' losses is not. Immutable and serialisable.
 *
 * <p>There is one row for the whole batch, or one row per image when a term is per image.
 */
public final class ClassSums implements java.io.Serializable {

    private static final long serialVersionUID = 1L;

    /** Whether each row is one image. */
    private final boolean perImage;
    /** Number of rows. */
    private final int rows;
    /** C. */
    private final int classes;
    /** Number of pixel terms. */
    private final int pixelTerms;
    /** What the pixel terms are, see {@link LossSpec#signature}. */
    private final String signature;
    /** [rows, 4·C + pixelTerms], a row being I, P, G and M of all classes, then the pixel terms. */
    private final double[] values;

    /**
     * Takes the sums that a backend collected.
     *
     * @param perImage whether each row is one image
     * @param rows     number of rows; 1 unless per image
     * @param classes  C
     * @param spec     the loss; its pixel terms give the last columns
     * @param values   rows × (4·C + pixelTerms) numbers: I, P, G and M of all classes, then the pixel terms; copied
     * @throws IllegalArgumentException if their number is another
     */
    public ClassSums(boolean perImage, int rows, int classes, LossSpec spec, double[] values) {
        this(perImage, rows, classes, spec.pixels().size(), spec.signature(), values);
    }

    private ClassSums(boolean perImage, int rows, int classes, int pixelTerms, String signature, double[] values) {
        if (values.length != (long) rows * width(classes, pixelTerms) || (!perImage && rows != 1)) {
            throw new IllegalArgumentException(values.length + " sums do not make " + rows + " rows of "
                    + classes + " classes and " + pixelTerms + " pixel terms");
        }
        this.perImage = perImage;
        this.rows = rows;
        this.classes = classes;
        this.pixelTerms = pixelTerms;
        this.signature = signature;
        this.values = values.clone();
    }

    /**
     * Numbers in a row.
     *
     * @param classes    C
     * @param pixelTerms number of pixel terms
     * @return 4·C + pixelTerms
     */
    public static int width(int classes, int pixelTerms) {
        return 4 * classes + pixelTerms;
    }

    /**
     * Joins these sums with those of another part of the batch: rows of images follow one another, pooled rows add.
     *
     * @param other sums of the same loss over other examples
     * @return the sums of both parts
     * @throws IllegalArgumentException if the two do not have the same classes, terms and kind of rows
     */
    public ClassSums merge(ClassSums other) {
        if (perImage != other.perImage || classes != other.classes || !signature.equals(other.signature)) {
            throw new IllegalArgumentException("sums of " + this + " and of " + other + " cannot be merged");
        }
        if (perImage) {
            double[] joined = Arrays.copyOf(values, values.length + other.values.length);
            System.arraycopy(other.values, 0, joined, values.length, other.values.length);
            return new ClassSums(true, rows + other.rows, classes, pixelTerms, signature, joined);
        }
        double[] added = values.clone();
        for (int k = 0; k < added.length; k++) {
            added[k] += other.values[k];
        }
        return new ClassSums(false, 1, classes, pixelTerms, signature, added);
    }

    /**
     * The sums of the whole batch as one row.
     *
     * @return this, or the rows added in order
     */
    public ClassSums pooled() {
        if (!perImage) {
            return this;
        }
        int width = width(classes, pixelTerms);
        double[] added = new double[width];
        for (int k = 0; k < values.length; k++) {
            added[k % width] += values[k];
        }
        return new ClassSums(false, 1, classes, pixelTerms, signature, added);
    }

    /**
     * The sums of one image alone.
     *
     * @param row the image
     * @return its sums, as those of a batch of one image
     */
    public ClassSums row(int row) {
        int width = width(classes, pixelTerms);
        return new ClassSums(perImage, 1, classes, pixelTerms, signature,
                Arrays.copyOfRange(values, row * width, (row + 1) * width));
    }

    /**
     * Whether each row is one image.
     *
     * @return false if one row holds the whole batch
     */
    public boolean perImage() {
        return perImage;
    }

    /**
     * The number of rows.
     *
     * @return 1 unless per image
     */
    public int rows() {
        return rows;
    }

    /**
     * The number of classes.
     *
     * @return C
     */
    public int classes() {
        return classes;
    }

    /**
     * What was summed, so that sums of different losses are not mixed up.
     *
     * @return the {@link LossSpec#signature} of the loss
     */
    public String signature() {
        return signature;
    }

    /**
     * Σ m·g·p.
     *
     * @param row image, or 0
     * @param c   class
     * @return the intersection
     */
    public double intersection(int row, int c) {
        return at(row, c);
    }

    /**
     * Σ m·p.
     *
     * @param row image, or 0
     * @param c   class
     * @return the predicted mass
     */
    public double predicted(int row, int c) {
        return at(row, classes + c);
    }

    /**
     * Σ m·g.
     *
     * @param row image, or 0
     * @param c   class
     * @return the true mass
     */
    public double truth(int row, int c) {
        return at(row, 2 * classes + c);
    }

    /**
     * Σ m, the number of pixels that are not void when the mask is of zeros and ones.
     *
     * @param row image, or 0
     * @param c   class
     * @return the weight
     */
    public double weight(int row, int c) {
        return at(row, 3 * classes + c);
    }

    /**
     * Sum of a pixel term's losses, before its mean is taken.
     *
     * @param row  image, or 0
     * @param term number of the pixel term
     * @return the sum
     */
    public double pixelLoss(int row, int term) {
        return at(row, 4 * classes + term);
    }

    /**
     * Whether every pixel of a row is void.
     *
     * @param row image, or 0
     * @return true if the weights of all classes are 0
     */
    public boolean isVoid(int row) {
        for (int c = 0; c < classes; c++) {
            if (weight(row, c) != 0) {
                return false;
            }
        }
        return true;
    }

    private double at(int row, int column) {
        return values[row * width(classes, pixelTerms) + column];
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof ClassSums other && perImage == other.perImage && rows == other.rows
                && classes == other.classes && signature.equals(other.signature) && Arrays.equals(values, other.values);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(values);
    }

    @Override
    public String toString() {
        return "ClassSums[" + (perImage ? rows + " images" : "batch") + ", " + classes + " classes, " + signature + "]";
    }
}
