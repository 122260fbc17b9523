package org.segloss4j;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.segloss4j.LossKind.Setting;
import org.segloss4j.math.LossSpec;
import org.segloss4j.math.PixelTerm;
import org.segloss4j.math.RegionTerm;

/**
 * A segmentation loss: an immutable value that is an ND4J {@link org.nd4j.linalg.lossfunctions.ILossFunction}, made by {@link Losses}. Each method
 * that changes a setting returns a new loss; one for a setting that the loss does not have throws.
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
public final class SegmentationLoss extends LossFunction implements Serializable {

    private static final long serialVersionUID = 1L;

    /** Name of the loss. */
    private final String name;
    /** The terms of the sum; a list whose every implementation here is serialisable. */
    @SuppressWarnings("serial")
    private final List<LossTerm> terms;
    /** Label of void pixels, or null. */
    private final Integer ignoreIndex;
    /** Consecutive rows of an array of rank 2 that are one example. */
    private final long pixelsPerExample;

    @JsonCreator
    SegmentationLoss(@JsonProperty("name") String name, @JsonProperty("terms") List<LossTerm> terms,
                     @JsonProperty("ignoreIndex") Integer ignoreIndex,
                     @JsonProperty("pixelsPerExample") long pixelsPerExample) {
        if (name == null || name.isBlank()) {
            throw new IllegalArgumentException("a loss needs a name");
        }
        if (terms == null || terms.isEmpty()) {
            throw new IllegalArgumentException("the loss " + name + " has no terms");
        }
        if (pixelsPerExample < 1) {
            throw new IllegalArgumentException("pixelsPerExample is " + pixelsPerExample + ", but must be at least 1");
        }
        this.name = name;
        this.terms = List.copyOf(terms);
        this.ignoreIndex = ignoreIndex;
        this.pixelsPerExample = pixelsPerExample;
    }

    SegmentationLoss(LossKind kind) {
        this(kind.lossName(), List.of(new LossTerm(kind)), null, 1);
    }

    /**
     * Weighs the classes: the score (for cross-entropy, the loss) of class k is multiplied by weight k before the mean
     * over the classes. Weights are not normalised.
     *
     * @param weights one weight per gathered class, in the order of {@link #classIndexes}, or a single one for all
     * @return the new loss
     * @throws IllegalArgumentException for a weight that is negative or not finite, weights that sum to 0, or a number
     *                                  of weights that does not fit the class indexes
     * @throws UnsupportedOperationException if the loss has no class weights
     */
    public SegmentationLoss classWeights(double... weights) {
        List<Double> list = Arrays.stream(weights).boxed().toList();
        SegmentationLoss weighted = with(Setting.CLASS_WEIGHTS, t -> t.withClassWeights(list));
        WeightAdvice.check(terms.get(0).kind(), list);
        return weighted;
    }

    /**
     * Gathers classes; the others play no part. An index may repeat and then counts each time.
     *
     * @param indexes channels, from 0
     * @return the new loss
     * @throws IllegalArgumentException if there is none or one is negative
     * @throws UnsupportedOperationException if the loss has no class indexes
     */
    public SegmentationLoss classIndexes(int... indexes) {
        List<Integer> list = Arrays.stream(indexes).boxed().toList();
        return with(Setting.CLASS_INDEXES, t -> t.withClassIndexes(list));
    }

    /**
     * Scores each image and averages over the images, instead of pooling the batch. Images that are void altogether
     * drop out of the mean.
     *
     * @param perImage true for the mean over images
     * @return the new loss
     * @throws UnsupportedOperationException if the loss is a pixel loss
     */
    public SegmentationLoss perImage(boolean perImage) {
        return with(Setting.PER_IMAGE, t -> t.withPerImage(perImage));
    }

    /**
     * Sets the constant that is added above and below the score's fraction; 1e-5 by default.
     *
     * @param smooth at least 0; with 0 an empty class scores 1
     * @return the new loss
     * @throws IllegalArgumentException if it is negative or not finite
     * @throws UnsupportedOperationException if the loss is a pixel loss
     */
    public SegmentationLoss smooth(double smooth) {
        return with(Setting.SMOOTH, t -> t.withSmooth(smooth));
    }

    /**
     * Sets β of the F-score, the weight of recall against precision; 1 by default.
     *
     * @param beta above 0
     * @return the new loss
     * @throws IllegalArgumentException if it is not above 0
     * @throws UnsupportedOperationException if the loss is not Dice
     */
    public SegmentationLoss beta(double beta) {
        return with(Setting.BETA, t -> t.withBeta(beta));
    }

    /**
     * Sets α of a focal loss, the weight of the true class; 0.25 by default.
     *
     * @param alpha at least 0, for the binary focal loss at most 1
     * @return the new loss
     * @throws IllegalArgumentException if it lies outside
     * @throws UnsupportedOperationException if the loss is not a focal loss
     */
    public SegmentationLoss alpha(double alpha) {
        return with(Setting.ALPHA, t -> t.withAlpha(alpha));
    }

    /**
     * Sets γ of a focal loss, how strongly easy pixels are discounted; 2 by default.
     *
     * @param gamma at least 0
     * @return the new loss
     * @throws IllegalArgumentException if it is negative or not finite
     * @throws UnsupportedOperationException if the loss is not a focal loss
     */
    public SegmentationLoss gamma(double gamma) {
        return with(Setting.GAMMA, t -> t.withGamma(gamma));
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
        return new SegmentationLoss(name, terms, ignoreIndex, pixelsPerExample);
    }

    /**
     * Tells how many consecutive rows of an array of rank 2 are one example: H·W below a {@code CnnLossLayer}, D·H·W
     * below a {@code Cnn3DLossLayer}, the number of time steps below an {@code RnnOutputLayer}; 1 by default. DL4J
     * divides by the number of examples, which nothing else in such an array reveals.
     *
     * @param pixelsPerExample at least 1
     * @return the new loss
     * @throws IllegalArgumentException if it is below 1
     */
    public SegmentationLoss pixelsPerExample(long pixelsPerExample) {
        return new SegmentationLoss(name, terms, ignoreIndex, pixelsPerExample);
    }

    /**
     * Renames the loss.
     *
     * @param name the new name
     * @return the new loss
     * @throws IllegalArgumentException if it is blank
     */
    public SegmentationLoss named(String name) {
        return new SegmentationLoss(name, terms, ignoreIndex, pixelsPerExample);
    }

    /**
     * Adds a loss; the sum still costs one sweep for the value and one for the gradient.
     *
     * @param other another loss
     * @return the sum, named {@code a_plus_b}
     * @throws IllegalArgumentException if both set the ignored label or the pixels per example and differ in it
     */
    public SegmentationLoss plus(SegmentationLoss other) {
        if (ignoreIndex != null && other.ignoreIndex != null && !ignoreIndex.equals(other.ignoreIndex)) {
            throw contradiction("ignoreIndex", ignoreIndex, other.ignoreIndex, other);
        }
        if (pixelsPerExample != 1 && other.pixelsPerExample != 1 && pixelsPerExample != other.pixelsPerExample) {
            throw contradiction("pixelsPerExample", pixelsPerExample, other.pixelsPerExample, other);
        }
        List<LossTerm> all = new ArrayList<>(terms);
        all.addAll(other.terms);
        return new SegmentationLoss(name + "_plus_" + other.name, all,
                ignoreIndex == null ? other.ignoreIndex : ignoreIndex,
                Math.max(pixelsPerExample, other.pixelsPerExample));
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
                pixelsPerExample);
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

    @Override
    @JsonProperty("pixelsPerExample")
    public long pixelsPerExample() {
        return pixelsPerExample;
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
                && Objects.equals(ignoreIndex, other.ignoreIndex) && pixelsPerExample == other.pixelsPerExample;
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, terms, ignoreIndex, pixelsPerExample);
    }

    @Override
    public String toString() {
        return name + terms + (ignoreIndex == null ? "" : " ignoreIndex=" + ignoreIndex)
                + (pixelsPerExample == 1 ? "" : " pixelsPerExample=" + pixelsPerExample);
    }

    private SegmentationLoss with(Setting setting, UnaryOperator<LossTerm> change) {
        if (terms.size() != 1 || !terms.get(0).kind().has(setting)) {
            throw new UnsupportedOperationException(name + " has no " + setting.method()
                    + (terms.size() > 1 ? "; set it on the losses before adding them" : ""));
        }
        return new SegmentationLoss(name, List.of(change.apply(terms.get(0))), ignoreIndex, pixelsPerExample);
    }

    private IllegalArgumentException contradiction(String what, Object mine, Object others, SegmentationLoss other) {
        return new IllegalArgumentException(name + " has " + what + " " + mine + ", but " + other.name + " has "
                + others);
    }
}
