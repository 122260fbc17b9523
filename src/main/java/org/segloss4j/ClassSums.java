package org.segloss4j;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.stream.Collectors;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.LossSums;
import org.segloss4j.internal.math.OtherLabelsTerm;
import org.segloss4j.internal.math.OtherLabelsTerm.OtherLabels;
import org.segloss4j.internal.math.Sums;
import org.segloss4j.internal.stored.Restored;

/**
 * Everything that a loss needs to know of a batch: per class the intersection {@code I = Σ m·g·p}, the predicted mass
 * {@code P = Σ m·p}, the true mass {@code G = Σ m·g} and the weight {@code M = Σ m}, and per pixel term the sum of its
 * losses. Losses that need them also have per class {@code Q = Σ m·(p² + g²)} and {@code D = Σ m·|p − g|}, sums over
 * pairs of a true and a predicted class, and the number of pixels. Of a boundary loss or skeleton recall there are also
 * the sums over distances or skeletons in the place of the labels, which have no methods here.
 *
 * <p>Sums of shards and micro-batches {@linkplain #merge merge} into exactly the sums of the large batch, which the
 * mean of the losses of the shards is not. Made by {@link SegmentationLoss#sums} and {@link SegmentationMetric#sums};
 * immutable, serialisable, safe for use by several threads, 8 · (4·C + terms) bytes a row, 8 more for a further sum,
 * and 32·C more for distances or skeletons.
 *
 * <p>There is one row for the whole batch, or one row per image when a term is per image.
 *
 * <pre>{@code
 * ClassSums sums = loss.sums(a).merge(loss.sums(b));    // a and b are parts of one large batch
 * double value = loss.value(sums);
 * INDArray gradientOfA = loss.gradient(a, sums, 0);
 * }</pre>
 *
 * @since 0.1.0
 * @serial exclude
 */
@DefaultSerializer(JavaSerializer.class)
public final class ClassSums implements Serializable {

    private static final long serialVersionUID = 3L;

    /** All sums, and those of them that are over the labels. */
    private final transient LossSums all;
    private final transient Sums sums;
    /** What was summed, see {@link LossSpec#signature}. */
    private final transient String signature;

    ClassSums(LossSpec spec, LossSums all) {
        this(spec.signature(), all);
    }

    private ClassSums(String signature, LossSums all) {
        this.signature = signature;
        this.all = all;
        sums = all.own();
    }

    /** The sums, if a loss can be computed from them; an exception that names both sides if not. */
    LossSums of(LossSpec spec) {
        spec.check(sums.perImage(), signature, toString());
        if (!sums.layout().statistics().include(spec.statistics())) {
            throw new IllegalArgumentException("a loss that needs " + spec.statistics() + " cannot be computed from "
                    + this);
        }
        if (pixelTerms() < spec.pixels().size()) {
            throw new IllegalArgumentException("a loss of " + spec.pixels().size() + " pixel terms needs their sums,"
                    + " but there is only " + this);
        }
        for (OtherLabelsTerm term : spec.ofOtherLabels()) {
            if (!all.others().containsKey(term.labels())) {
                throw new IllegalArgumentException("a loss with " + term.title() + " needs sums over "
                        + term.labels().title() + ", but there is only " + this);
            }
        }
        return all;
    }

    /**
     * Joins these sums with those of another part of the batch: rows of images follow one another, pooled rows add.
     *
     * @param other sums of the same loss over other examples
     * @return the sums of both parts
     * @throws IllegalArgumentException if the two do not have the same classes, terms and kind of rows
     */
    public ClassSums merge(ClassSums other) {
        if (!all.hasFormOf(other.all) || !signature.equals(other.signature)) {
            throw new IllegalArgumentException("sums of " + this + " and of " + other + " cannot be merged");
        }
        return new ClassSums(signature, all.merge(other.all));
    }

    /**
     * The sums of the whole batch as one row.
     *
     * @return this, or the rows added in order
     */
    public ClassSums pooled() {
        return new ClassSums(signature, all.pooled());
    }

    /**
     * The sums of one image alone.
     *
     * @param row the image
     * @return its sums, as those of a batch of one image
     */
    public ClassSums row(int row) {
        return new ClassSums(signature, all.row(row));
    }

    /**
     * Whether each row is one image.
     *
     * @return false if one row holds the whole batch
     */
    public boolean perImage() {
        return sums.perImage();
    }

    /**
     * The number of rows.
     *
     * @return 1 unless per image
     */
    public int rows() {
        return sums.rows();
    }

    /**
     * The number of classes.
     *
     * @return C
     */
    public int classes() {
        return sums.classes();
    }

    /**
     * The number of pixel terms.
     *
     * @return how many sums {@link #pixelLoss} has
     */
    public int pixelTerms() {
        return sums.layout().terms();
    }

    /**
     * Σ m·g·p.
     *
     * @param row image, or 0
     * @param c   class
     * @return the intersection
     */
    public double intersection(int row, int c) {
        return sums.intersection(row, c);
    }

    /**
     * Σ m·p.
     *
     * @param row image, or 0
     * @param c   class
     * @return the predicted mass
     */
    public double predicted(int row, int c) {
        return sums.predicted(row, c);
    }

    /**
     * Σ m·g.
     *
     * @param row image, or 0
     * @param c   class
     * @return the true mass
     */
    public double truth(int row, int c) {
        return sums.truth(row, c);
    }

    /**
     * Σ m, the number of pixels that are not void when the mask is of zeros and ones.
     *
     * @param row image, or 0
     * @param c   class
     * @return the weight
     */
    public double weight(int row, int c) {
        return sums.weight(row, c);
    }

    /**
     * Σ m·(p² + g²), if the loss collects it, as those of a squared denominator do.
     *
     * @param row image, or 0
     * @param c   class
     * @return Q
     * @throws UnsupportedOperationException if these sums do not have it
     */
    public double squares(int row, int c) {
        require(sums.layout().statistics().squares(), "squares");
        return sums.squares(row, c);
    }

    /**
     * Σ m·|p − g|, if the loss collects it, as those for soft labels do.
     *
     * @param row image, or 0
     * @param c   class
     * @return D
     * @throws UnsupportedOperationException if these sums do not have it
     */
    public double distance(int row, int c) {
        require(sums.layout().statistics().distances(), "distances");
        return sums.distance(row, c);
    }

    /**
     * The number of pixels, void ones included, if the loss collects it, as those that are divided by it do.
     *
     * @param row image, or 0
     * @return the number
     * @throws UnsupportedOperationException if these sums do not have it
     */
    public long pixels(int row) {
        require(sums.layout().statistics().pixels(), "number of pixels");
        return (long) sums.pixels(row);
    }

    private void require(boolean has, String what) {
        if (!has) {
            throw new UnsupportedOperationException("there is no " + what + " in " + this
                    + ", since its loss does not need it");
        }
    }

    /**
     * Sum of a pixel term's losses, before its mean is taken.
     *
     * @param row  image, or 0
     * @param term number of the pixel term
     * @return the sum
     */
    public double pixelLoss(int row, int term) {
        return sums.term(row, term);
    }

    /**
     * Whether every pixel of a row is void.
     *
     * @param row image, or 0
     * @return true if the weights of all classes are 0
     */
    public boolean isVoid(int row) {
        return sums.isVoid(row);
    }

    /**
     * These sums as a message for another process.
     *
     * @return 22 bytes, the text of what was summed, what is summed over pairs of classes if anything is, and 8 bytes a
     *         sum; {@link #ofBytes} reads them
     */
    public byte[] toBytes() {
        return new SumsMessage(signature, all).bytes();
    }

    /**
     * Reads what {@link #toBytes} wrote, to the bit. Unlike a serialised object the message may come from anybody: it
     * holds nothing but numbers and a text, and all lengths are checked before memory is taken.
     *
     * @param message the bytes
     * @return the sums
     * @throws IllegalArgumentException if these are not the bytes of sums; says why
     */
    public static ClassSums ofBytes(byte[] message) {
        SumsMessage read = SumsMessage.read(message);
        return new ClassSums(read.signature(), read.all());
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof ClassSums other && signature.equals(other.signature) && all.equals(other.all);
    }

    @Override
    public int hashCode() {
        return all.hashCode();
    }

    @Override
    public String toString() {
        return "ClassSums[" + sums + ", " + signature
                + (sums.layout().statistics().isNone() ? "" : " " + sums.layout().statistics())
                + (all.others().isEmpty() ? "" : ", sums over " + all.others().keySet().stream()
                        .map(OtherLabels::title).collect(Collectors.joining(" and "))) + "]";
    }

    private Object writeReplace() {
        return new Stored(toBytes());
    }

    private void readObject(ObjectInputStream in) throws InvalidObjectException {
        throw new InvalidObjectException("ClassSums are read through their stored form");
    }

    /**
     * What a stream holds; reading it makes the sums anew, with all their checks.
     *
     * @param message as {@link ClassSums#toBytes} writes it
     */
    private record Stored(byte[] message) implements Serializable {

        private Object readResolve() throws InvalidObjectException {
            if (message == null) {
                throw new InvalidObjectException("class sums without their bytes");
            }
            return Restored.by(() -> ofBytes(message));
        }
    }
}
