package org.segloss4j;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.segloss4j.LossKind.Setting;
import org.segloss4j.backend.LossBackend;
import org.segloss4j.math.ClassSums;
import org.segloss4j.math.LossSpec;
import org.segloss4j.math.PixelTerm;
import org.segloss4j.math.RegionTerm;

/**
 * A segmentation loss: an immutable value that is an ND4J {@link ILossFunction}, made by {@link Losses}. Each method
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
public final class SegmentationLoss implements ILossFunction, Serializable {

    private static final long serialVersionUID = 1L;

    private final String name;
    private final List<LossTerm> terms;
    private final Integer ignoreIndex;
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

    // ---- settings

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

    // ---- direct use

    /**
     * The value of the loss, by the selected backend.
     *
     * @param batch predictions, labels and mask
     * @return L
     */
    public double value(SegmentationBatch batch) {
        return value(batch, Backends.selected());
    }

    /**
     * The value of the loss.
     *
     * @param batch   predictions, labels and mask
     * @param backend what computes it
     * @return L
     */
    public double value(SegmentationBatch batch, LossBackend backend) {
        return new LossCall(spec(), batch, backend).value();
    }

    /**
     * Value and gradient of the loss, by the selected backend.
     *
     * @param batch predictions, labels and mask
     * @return L and dL/dpredictions
     */
    public LossResult valueAndGradient(SegmentationBatch batch) {
        return valueAndGradient(batch, Backends.selected());
    }

    /**
     * Value and gradient of the loss.
     *
     * @param batch   predictions, labels and mask
     * @param backend what computes them
     * @return L and dL/dpredictions
     */
    public LossResult valueAndGradient(SegmentationBatch batch, LossBackend backend) {
        LossCall call = new LossCall(spec(), batch, backend);
        ClassSums sums = call.sums(spec().needsSumsPerImage());
        return new LossResult(call.value(sums), call.gradient(sums, 0, 1, call.newGradient()));
    }

    /**
     * Value and gradient, with the gradient written into a given array.
     *
     * @param batch    predictions, labels and mask
     * @param scale    factor of the gradient
     * @param gradient receives scale·dL/dpredictions; of the predictions' shape, any strides, FLOAT, DOUBLE, HALF or
     *                 BFLOAT16
     * @return L
     * @throws IllegalArgumentException also if the gradient's shape is not that of the predictions
     */
    public double valueAndGradient(SegmentationBatch batch, double scale, INDArray gradient) {
        LossCall call = new LossCall(spec(), batch, Backends.selected());
        ClassSums sums = call.sums(spec().needsSumsPerImage());
        call.gradient(sums, 0, scale, gradient);
        return call.value(sums);
    }

    /**
     * The loss of each example by itself.
     *
     * @param batch predictions, labels and mask
     * @return N values
     */
    public double[] valuePerExample(SegmentationBatch batch) {
        return new LossCall(spec(), batch, Backends.selected()).valuePerExample();
    }

    /**
     * The class sums of one shard or micro-batch. Merged, they give exactly the value and gradient of the large batch.
     *
     * @param batch predictions, labels and mask of a part of the examples
     * @return its sums, to be {@linkplain ClassSums#merge merged}
     */
    public ClassSums sums(SegmentationBatch batch) {
        return new LossCall(spec(), batch, Backends.selected()).sums(spec().needsSumsPerImage());
    }

    /**
     * The value of the loss from class sums.
     *
     * @param sums of this loss
     * @return L
     */
    public double value(ClassSums sums) {
        return org.segloss4j.math.Finalisation.value(spec(), sums);
    }

    /**
     * The gradient of the large batch's loss with respect to the predictions of one part.
     *
     * @param batch        predictions, labels and mask of the part
     * @param sums         merged sums of all parts
     * @param firstExample index of the part's first example in the large batch; matters only per image
     * @return dL/dpredictions of the part
     */
    public INDArray gradient(SegmentationBatch batch, ClassSums sums, int firstExample) {
        LossCall call = new LossCall(spec(), batch, Backends.selected());
        return call.gradient(sums, firstExample, 1, call.newGradient());
    }

    // ---- ILossFunction

    @Override
    public double computeScore(INDArray labels, INDArray preOutput, IActivation activationFn, INDArray mask,
                               boolean average) {
        SegmentationBatch batch = batch(labels, preOutput, activationFn, mask);
        double value = value(batch);
        return average ? value : value * batch.examples();
    }

    /**
     * The loss of each example by itself, spread evenly over its rows.
     *
     * @return [rows, 1]; the rows of an example add up to its loss
     */
    @Override
    public INDArray computeScoreArray(INDArray labels, INDArray preOutput, IActivation activationFn, INDArray mask) {
        double[] values = valuePerExample(batch(labels, preOutput, activationFn, mask));
        long rowsPerExample = preOutput.rank() == 2 ? pixelsPerExample : 1;
        INDArray scores = org.nd4j.linalg.factory.Nd4j.createUninitialized(preOutput.dataType(),
                new long[] {values.length * rowsPerExample, 1}, 'c');
        for (long row = 0; row < scores.length(); row++) {
            scores.putScalar(row, 0, values[(int) (row / rowsPerExample)] / rowsPerExample);
        }
        return scores;
    }

    @Override
    public INDArray computeGradient(INDArray labels, INDArray preOutput, IActivation activationFn, INDArray mask) {
        return computeGradientAndScore(labels, preOutput, activationFn, mask, false).getSecond();
    }

    @Override
    public Pair<Double, INDArray> computeGradientAndScore(INDArray labels, INDArray preOutput,
                                                          IActivation activationFn, INDArray mask, boolean average) {
        SegmentationBatch batch = batch(labels, preOutput, activationFn, mask);
        LossCall call = new LossCall(spec(), batch, Backends.selected());
        ClassSums sums = call.sums(spec().needsSumsPerImage());
        INDArray gradient = call.gradient(sums, 0, batch.examples(), call.newGradient());
        double value = call.value(sums);
        return Pair.of(average ? value : value * batch.examples(), gradient);
    }

    private SegmentationBatch batch(INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
        return SegmentationBatch.of(labels, preOutput).activation(activation).mask(mask)
                .pixelsPerExample(pixelsPerExample);
    }

    // ---- value semantics

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
     * How many consecutive rows of an array of rank 2 are one example.
     *
     * @return at least 1
     */
    @JsonProperty("pixelsPerExample")
    public long pixelsPerExample() {
        return pixelsPerExample;
    }

    /**
     * The loss as data, for backends.
     *
     * @return its region and pixel terms
     */
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
