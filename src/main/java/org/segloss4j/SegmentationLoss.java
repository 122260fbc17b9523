package org.segloss4j;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.segloss4j.internal.loss.LossKind;
import org.segloss4j.internal.loss.LossKind.Setting;
import org.segloss4j.internal.loss.LossTerm;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.RegionTerm;
import org.segloss4j.internal.nd4j.Rows;

/**
 * A segmentation loss: an immutable value that is an ND4J {@link org.nd4j.linalg.lossfunctions.ILossFunction}, made by
 * {@link Losses}. Each method that changes a setting returns a new loss; one for a setting that the loss does not have
 * throws.
 *
 * <p>The loss L is a mean, never a sum over pixels. There are two ways to use it:
 * <ul>
 *   <li>directly, with {@link #value}, {@link #valueAndGradient} and {@link #sums} on a {@link SegmentationBatch};</li>
 *   <li>in DL4J, as the loss function of an output layer. There the rows of a minibatch may be pixels, and DL4J
 *       divides score and gradient by the number of examples N. So {@code average = true} gives L,
 *       {@code average = false} gives N·L and the gradient is N·dL/dz, where N = rows / {@link #pixelsPerExample}
 *       for arrays of rank 2 and N = size(0) above.</li>
 * </ul>
 *
 * <p>Arguments are never written to, arrays are never kept, and instances may be shared by threads. Arrays of rank 2
 * are [rows, C], above that [N, C, *]. Predictions are FLOAT, DOUBLE, HALF or BFLOAT16 with any strides; see
 * {@link SegmentationBatch} for labels and masks. All methods throw {@link IllegalArgumentException} if shapes, types
 * or labels do not fit, and {@link IllegalStateException} if a forced backend is missing.
 *
 * <p>Source: {@code segmentation_models}' losses, number for number.
 */
public final class SegmentationLoss extends LossSettings implements Serializable {

    private static final long serialVersionUID = 1L;

    /** Name of the loss. */
    private final String name;
    /** The terms of the sum; a list whose every implementation here is serialisable. */
    @SuppressWarnings("serial")
    private final List<LossTerm> terms;
    /** Label of void pixels, or null. */
    private final Integer ignoreIndex;
    /** How the rows of an array of rank 2 make up examples. */
    private final Rows rows;

    @JsonCreator
    SegmentationLoss(@JsonProperty("name") String name, @JsonProperty("terms") List<LossTerm> terms,
                     @JsonProperty("ignoreIndex") Integer ignoreIndex, @JsonProperty("rows") Rows rows) {
        if (name == null || name.isBlank()) {
            throw new IllegalArgumentException("a loss needs a name");
        }
        if (terms == null || terms.isEmpty()) {
            throw new IllegalArgumentException("the loss " + name + " has no terms");
        }
        this.name = name;
        this.terms = List.copyOf(terms);
        this.ignoreIndex = ignoreIndex;
        this.rows = rows == null ? Rows.EXAMPLES : rows;
    }

    SegmentationLoss(LossKind kind) {
        this(kind.lossName(), List.of(new LossTerm(kind)), null, Rows.EXAMPLES);
    }

    /**
     * Sets the label of void pixels: they count in no sum and no mean, and their gradient is exactly 0. In one-hot
     * labels of several channels an index below C voids the pixels of that channel; any other value voids the outputs
     * whose label equals it.
     *
     * @param ignoreIndex the label, which need not be a class
     * @return the new loss
     */
    public SegmentationLoss ignoreIndex(int ignoreIndex) {
        return new SegmentationLoss(name, terms, ignoreIndex, rows);
    }

    /**
     * Tells how many consecutive rows of an array of rank 2 are one example: H·W below a {@code CnnLossLayer}, D·H·W
     * below a {@code Cnn3DLossLayer}; 1 by default. DL4J divides by the number of examples, which nothing else in such
     * an array reveals. Below recurrent layers see {@link #timeSteps}.
     *
     * @param pixelsPerExample at least 1
     * @return the new loss
     * @throws IllegalArgumentException if it is below 1
     */
    public SegmentationLoss pixelsPerExample(long pixelsPerExample) {
        return new SegmentationLoss(name, terms, ignoreIndex, new Rows(pixelsPerExample, false));
    }

    /**
     * Tells how many rows of an array of rank 2 are one example below an {@code RnnOutputLayer} or
     * {@code RnnLossLayer}. These alternate the examples: row t·N + n is time step t of example n, which matters to
     * losses per image and to scores of each example.
     *
     * @param timeSteps T, at least 1
     * @return the new loss
     * @throws IllegalArgumentException if it is below 1
     */
    public SegmentationLoss timeSteps(long timeSteps) {
        return new SegmentationLoss(name, terms, ignoreIndex, new Rows(timeSteps, true));
    }

    /**
     * Renames the loss.
     *
     * @param name the new name
     * @return the new loss
     * @throws IllegalArgumentException if it is blank
     */
    public SegmentationLoss named(String name) {
        return new SegmentationLoss(name, terms, ignoreIndex, rows);
    }

    /**
     * Adds a loss; the sum still costs one sweep for the value and one for the gradient.
     *
     * @param other another loss
     * @return the sum, named {@code a_plus_b}
     * @throws IllegalArgumentException if both set the ignored label or what an example is and differ in it
     */
    public SegmentationLoss plus(SegmentationLoss other) {
        if (ignoreIndex != null && other.ignoreIndex != null && !ignoreIndex.equals(other.ignoreIndex)) {
            throw new IllegalArgumentException(name + " has ignoreIndex " + ignoreIndex + ", but " + other.name
                    + " has " + other.ignoreIndex);
        }
        if (!rows.equals(Rows.EXAMPLES) && !other.rows.equals(Rows.EXAMPLES) && !rows.equals(other.rows)) {
            throw new IllegalArgumentException(name + " has " + rows + ", but " + other.name + " has " + other.rows);
        }
        List<LossTerm> all = new ArrayList<>(terms);
        all.addAll(other.terms);
        return new SegmentationLoss(name + "_plus_" + other.name, all,
                ignoreIndex == null ? other.ignoreIndex : ignoreIndex,
                rows.equals(Rows.EXAMPLES) ? other.rows : rows);
    }

    /**
     * Multiplies the loss.
     *
     * @param factor a finite number
     * @return the product, named by the factor and the name
     * @throws IllegalArgumentException if the factor is not finite
     */
    public SegmentationLoss times(double factor) {
        String prefix = factor == Math.rint(factor) && Math.abs(factor) < 1e9 ? Long.toString((long) factor)
                : Double.toString(factor);
        return new SegmentationLoss(prefix + name,
                terms.stream().map(t -> t.withCoefficient(t.coefficient() * factor)).toList(), ignoreIndex,
                rows);
    }

    @Override
    @JsonProperty("name")
    public String name() {
        return name;
    }

    @JsonProperty("terms")
    List<LossTerm> terms() {
        return terms;
    }

    /**
     * The label of void pixels.
     *
     * @return the label, or null if there is none
     */
    @JsonProperty("ignoreIndex")
    public Integer ignoreIndex() {
        return ignoreIndex;
    }

    /**
     * How many rows of an array of rank 2 are one example.
     *
     * @return at least 1
     */
    public long pixelsPerExample() {
        return rows.perExample();
    }

    @Override
    @JsonProperty("rows")
    Rows rows() {
        return rows;
    }

    @Override
    public LossSpec spec() {
        List<RegionTerm> regions = new ArrayList<>();
        List<PixelTerm> pixels = new ArrayList<>();
        for (LossTerm term : terms) {
            if (term.kind().score(term) != null) {
                regions.add(new RegionTerm(term.coefficient(), term.kind().score(term), term.selection(),
                        term.perImage()));
            } else {
                pixels.add(term.kind().pixel(term));
            }
        }
        return new LossSpec(regions, pixels, ignoreIndex, null);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof SegmentationLoss other && name.equals(other.name) && terms.equals(other.terms)
                && Objects.equals(ignoreIndex, other.ignoreIndex) && rows.equals(other.rows);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, terms, ignoreIndex, rows);
    }

    @Override
    public String toString() {
        return name + terms + (ignoreIndex == null ? "" : " ignoreIndex=" + ignoreIndex)
                + (rows.equals(Rows.EXAMPLES) ? "" : " " + rows);
    }

    @Override
    SegmentationLoss with(Setting setting, UnaryOperator<LossTerm> change) {
        if (terms.size() != 1 || !terms.get(0).kind().has(setting)) {
            throw new UnsupportedOperationException(name + " has no " + setting.method()
                    + (terms.size() > 1 ? "; set it on the losses before adding them" : ""));
        }
        return new SegmentationLoss(name, List.of(change.apply(terms.get(0))), ignoreIndex, rows);
    }
}
