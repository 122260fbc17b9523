package org.segloss4j;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.shade.jackson.annotation.JsonAnySetter;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.nd4j.shade.jackson.annotation.JsonValue;
import org.segloss4j.evaluation.OutcomeEvaluation;
import org.segloss4j.evaluation.SegmentationEvaluation;
import org.segloss4j.internal.backend.Summands;
import org.segloss4j.internal.loss.LossCall;
import org.segloss4j.internal.loss.LossDefinition;
import org.segloss4j.internal.loss.LossKind;
import org.segloss4j.internal.loss.LossTerm;
import org.segloss4j.internal.loss.Setting;
import org.segloss4j.internal.loss.WeightAdvice;
import org.segloss4j.internal.math.Finalisation;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.LossSums;
import org.segloss4j.internal.math.OtherLabelsTerm.OtherLabels;
import org.segloss4j.internal.math.RegionTerm;
import org.segloss4j.internal.math.Sums;
import org.segloss4j.internal.nd4j.RowOrder;
import org.segloss4j.internal.stored.Restored;
import org.segloss4j.internal.stored.WholeNumber;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A segmentation loss: an immutable value that is an ND4J {@link org.nd4j.linalg.lossfunctions.ILossFunction}, made by
 * {@link Losses}. Its settings are the methods of {@link ClassSettings}, {@link RegionSettings} and
 * {@link PixelSettings}; each returns a new loss.
 *
 * <p>Unless a setting asks for a sum, the loss L is a mean, so it does not grow with the images. There are two ways to
 * use it:
 * <ul>
 *   <li>directly, with {@link #value}, {@link #valueAndGradient} and {@link #sums} on a {@link SegmentationBatch};</li>
 *   <li>in DL4J, as the loss function of an output layer. There the rows of a minibatch may be pixels, and DL4J
 *       divides score and gradient by the number of examples N. So {@code average = true} gives L,
 *       {@code average = false} gives N·L and the gradient is N·dL/dz, where N = rows / {@link #pixelsPerExample}
 *       for arrays of rank 2, which must be set there, and N = size(0) above. Where the batch is a part of a larger
 *       one, see {@link ExchangeScope}.</li>
 * </ul>
 *
 * <p>Arguments are never written to, unless the predictions are also given as the array for the gradient. A loss keeps
 * no arrays; only a {@link LossValue} that is still being computed does. Instances may be shared by threads. Arrays of
 * rank 2 are [rows, C], above that [N, C, *]. Predictions are FLOAT, DOUBLE, HALF or BFLOAT16 with any strides; see
 * {@link SegmentationBatch} for labels and masks. All methods throw {@link IllegalArgumentException} if shapes, types
 * or labels do not fit, and {@link IllegalStateException} if a forced backend is missing.
 *
 * <p>Cost: value and gradient read predictions, labels and mask twice (sums of pixel losses alone: the predictions
 * once) and write the gradient. Memory beside the gradient is 8 bytes per some thousand pixels, class and sum. Losses
 * that are no functions of sums over the labels, such as Lovász, need passes and memory of their own.
 *
 * <pre>{@code
 * SegmentationLoss loss = Losses.jaccard().classWeights(0.5, 1, 1.5).plus(Losses.categoricalFocal().times(2));
 * LossResult result = loss.valueAndGradient(
 *         SegmentationBatch.predictions(logits).labels(labels).activation(Activation.SOFTMAX));
 * }</pre>
 *
 * @since 0.1.0
 * @serial exclude
 */
@DefaultSerializer(JavaSerializer.class)
public final class SegmentationLoss implements ILossFunction, ClassSettings, RegionSettings, PixelSettings {

    private static final Logger LOG = LoggerFactory.getLogger(SegmentationLoss.class);
    private static final long serialVersionUID = 2L;

    private final transient LossDefinition definition;
    private final transient LossSpec spec;
    /** The terms whose class weights a warning is about. */
    private final transient List<LossTerm> surprising;

    SegmentationLoss(LossKind kind) {
        this(new LossDefinition(kind));
    }

    /** A loss of Tversky's kind; all at once, since α and β are valid only together. */
    SegmentationLoss(LossKind kind, double alpha, double beta, Double gamma) {
        this(new LossDefinition(kind.lossName(), List.of(LossTerm.of(kind, alpha, beta, gamma)), null, null));
    }

    SegmentationLoss(LossDefinition definition) {
        this.definition = definition;
        spec = definition.spec();
        surprising = WeightAdvice.surprising(definition.terms());
    }

    @JsonCreator
    private static SegmentationLoss of(@JsonProperty("name") String name, @JsonProperty("terms") List<LossTerm> terms,
                                       @JsonProperty("ignoreIndex") Object ignoreIndex,
                                       @JsonProperty("rows") RowOrder rows) {
        return new SegmentationLoss(new LossDefinition(name, terms, WholeNumber.orNull("ignoreIndex", ignoreIndex),
                rows));
    }

    /** A model of a newer version must load, as ND4J's own do, but what is left out may be mistyped. */
    @JsonAnySetter
    private void leaveOut(String property, Object value) {
        LOG.warn("a stored {} has {} {}, which is left out; known are name, terms, ignoreIndex and rows",
                definition.name(), property, value);
    }

    LossDefinition definition() {
        return definition;
    }

    LossSpec spec() {
        return spec;
    }

    @Override
    public SegmentationLoss set(String setting, Object value) {
        return new SegmentationLoss(definition.with(Setting.named(setting), value));
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
        return new SegmentationLoss(definition.ignoring(ignoreIndex));
    }

    /**
     * Tells how many consecutive rows of an array of rank 2 are one example: H·W below a {@code CnnLossLayer}, D·H·W
     * below a {@code Cnn3DLossLayer}, 1 below an {@code OutputLayer}. DL4J divides by the number of examples, which
     * nothing else in such an array reveals, so the methods of {@link ILossFunction} refuse arrays of rank 2 until this
     * or, below recurrent layers, {@link #timeSteps} is set. What takes a {@link SegmentationBatch} goes by the batch.
     *
     * @param pixelsPerExample at least 1
     * @return the new loss
     * @throws IllegalArgumentException if it is below 1
     */
    public SegmentationLoss pixelsPerExample(long pixelsPerExample) {
        return new SegmentationLoss(definition.rows(new RowOrder(pixelsPerExample, false)));
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
        return new SegmentationLoss(definition.rows(new RowOrder(timeSteps, true)));
    }

    /**
     * Renames the loss.
     *
     * @param name the new name
     * @return the new loss
     * @throws IllegalArgumentException if it is blank
     */
    public SegmentationLoss named(String name) {
        return new SegmentationLoss(definition.named(name));
    }

    /**
     * Adds a loss. Region and pixel losses of a sum share one sweep for the value and one for the gradient.
     *
     * @param other another loss
     * @return the sum, named {@code a_plus_b}
     * @throws IllegalArgumentException if both set the ignored label or what an example is and differ in it
     */
    public SegmentationLoss plus(SegmentationLoss other) {
        return new SegmentationLoss(definition.plus(other.definition));
    }

    /**
     * Multiplies the loss.
     *
     * @param factor a finite number
     * @return the product, named by the factor and the name
     * @throws IllegalArgumentException if the factor is not finite
     */
    public SegmentationLoss times(double factor) {
        return new SegmentationLoss(definition.times(factor));
    }

    @Override
    public String name() {
        return definition.name();
    }

    /**
     * The label of void pixels.
     *
     * @return the label, or null if there is none
     */
    public Integer ignoreIndex() {
        return definition.ignoreIndex();
    }

    /**
     * How many rows of an array of rank 2 are one example.
     *
     * @return at least 1; 1 also if it was never set
     */
    public long pixelsPerExample() {
        return definition.rows() == null ? 1 : definition.rows().perExample();
    }

    /**
     * The value of the loss, by the selected backend.
     *
     * @param batch predictions, labels and mask
     * @return L
     */
    public double value(SegmentationBatch batch) {
        return call(batch).value();
    }

    /**
     * The value of each term of a sum, at the cost of the value.
     *
     * @param batch predictions, labels and mask
     * @return the values, factors included, by the names of the losses; see {@link LossValue#terms}
     */
    public Map<String, Double> terms(SegmentationBatch batch) {
        return definition.byTerm(call(batch).summands().terms());
    }

    /**
     * The value of each term of a sum, from class sums.
     *
     * @param sums as for {@link #value(ClassSums)}
     * @return the values, factors included, by the names of the losses; see {@link LossValue#terms}
     * @throws IllegalArgumentException      if they lack something or were summed otherwise; names both sides
     * @throws UnsupportedOperationException if the loss is not {@linkplain #mergesExactly mergeable}
     */
    public Map<String, Double> terms(ClassSums sums) {
        return definition.byTerm(Finalisation.terms(spec, sums.of(spec)));
    }

    /**
     * The value of the loss together with its terms, by the selected backend.
     *
     * @param batch predictions, labels and mask
     * @return L and its terms
     */
    public LossValue lossValue(SegmentationBatch batch) {
        return withNames(call(batch).summands());
    }

    /** What a backend computes, with the names of the terms. */
    LossValue withNames(Summands summands) {
        return new LossValue() {

            @Override
            public double getAsDouble() {
                return summands.getAsDouble();
            }

            @Override
            public Map<String, Double> terms() {
                return definition.byTerm(summands.terms());
            }

            @Override
            public long[] confusion() {
                return summands.counts().clone();
            }
        };
    }

    /** The value from class sums that one has at hand, to be asked for like one that is being computed. */
    LossValue lossValue(ClassSums sums) {
        return withNames(Summands.of(Finalisation.terms(spec, sums.of(spec))));
    }

    /**
     * The names by which {@link #terms} gives values.
     *
     * @return in the order of the terms
     */
    public List<String> termNames() {
        return definition.termNames();
    }

    /**
     * Looks at a batch and tells what the loss makes of it, and what is wrong: values and gradient norms of all terms,
     * scores of each image and class, bad labels and weights, and predictions that are not finite, each with its first
     * place. It never throws for bad values. This is slow: several passes, most of them in double by one thread, over
     * copies on the host where arrays lie on a GPU, and if nothing is wrong one more for each class of each pixel loss.
     *
     * @param batch predictions, labels and mask
     * @return what was found; its text has a line for each kind
     * @throws IllegalArgumentException if shapes or types do not fit
     */
    public LossDiagnosis diagnose(SegmentationBatch batch) {
        return LossDiagnosis.of(definition, batch.arrays());
    }

    /**
     * Whether the loss reads {@linkplain SegmentationBatch#distances signed distances} beside the labels.
     *
     * @return true if a boundary loss is in it
     */
    public boolean needsDistances() {
        return needs(OtherLabels.DISTANCES);
    }

    /**
     * Whether the loss reads {@linkplain SegmentationBatch#skeleton skeletons} beside the labels.
     *
     * @return true if skeleton recall is in it
     */
    public boolean needsSkeleton() {
        return needs(OtherLabels.SKELETON);
    }

    private boolean needs(OtherLabels labels) {
        return definition.terms().stream().anyMatch(term -> term.kind().otherLabels() == labels);
    }

    /**
     * Whether class sums of parts of a batch give exactly its value and gradient, as they do for all losses but
     * Lovász, top-k and OHEM cross-entropy and L1-ACE. What sorts pixels or looks for a quantile of all of them is no
     * function of sums: methods that take or give class sums, exchanges and replicas refuse such a loss.
     *
     * @return false if a batch cannot be divided
     */
    public boolean mergesExactly() {
        return spec.isOfSums();
    }

    /**
     * Value and gradient of the loss, by the selected backend.
     *
     * @param batch predictions, labels and mask
     * @return L, dL/dpredictions and the value of each term
     */
    public LossResult valueAndGradient(SegmentationBatch batch) {
        LossCall call = call(batch);
        INDArray gradient = call.newGradient();
        LossValue value = withNames(call.enqueueValueAndGradient(1, gradient, true, null));
        return new LossResult(value.getAsDouble(), gradient, value.terms());
    }

    /**
     * Value and gradient, and counts of the predicted classes: what {@code evaluation.eval(batch)} would add, to
     * the unit, is added to an evaluation. Training scores so cost no pass of their own: the sweep that computes the
     * loss counts while it has the predictions at hand.
     *
     * <pre>{@code
     * SegmentationEvaluation scores = new SegmentationEvaluation(21).ignoreIndex(255);
     * LossResult result = loss.valueAndGradient(batch, scores);
     * double iouOfWhatWasTrainedOn = scores.meanIou();
     * }</pre>
     *
     * <p>Where the evaluation ignores another label than the loss, predictions are read once more. On a CUDA device
     * that is also so, by a kernel ahead of the loss, for 33 to 152 classes with class indices, and for dense labels of
     * several channels under a sigmoid or no activation.
     *
     * @param batch      predictions, labels and mask
     * @param evaluation whose ignored label and threshold say what is counted, and which the counts are added to
     * @return L, dL/dpredictions and the value of each term
     * @throws IllegalArgumentException also if the classes of the evaluation do not fit, or a prediction that counts is
     *                                  NaN; nothing is added then
     */
    public LossResult valueAndGradient(SegmentationBatch batch, SegmentationEvaluation evaluation) {
        return new CountingLoss(this, batch).valueAndGradient(evaluation);
    }

    /**
     * Value and gradient, and counts of the outcomes of each image: what {@code evaluation.eval(batch)} would
     * add, to the unit, is added to an evaluation of labels that may occur together. The sweep that computes the loss
     * counts while it has the predictions at hand, so that the scores cost no pass of their own. On a CUDA device it
     * does so for up to 32 dense channels, or for one, that are channels first and under a sigmoid or no activation; of
     * others, and where the evaluation ignores another label than the loss, predictions are read once more.
     *
     * <p>Classes that exclude one another ({@link OutcomeEvaluation#multiClass}), 16-bit predictions under another
     * activation than a sigmoid or a softmax and, on a CUDA device, those under a softmax are counted by the
     * evaluation, in a pass of its own before that of the loss.
     *
     * @param batch      predictions, labels and mask
     * @param evaluation whose ignored label and thresholds say what is counted, and which the counts are added to
     * @return L, dL/dpredictions and the value of each term
     * @throws IllegalArgumentException also if the labels of the evaluation do not fit, or a prediction that counts is
     *                                  NaN; nothing is added then
     */
    public LossResult valueAndGradient(SegmentationBatch batch, OutcomeEvaluation evaluation) {
        return new CountingLoss(this, batch).valueAndGradient(evaluation);
    }

    /**
     * Value and gradient, with the gradient written into a given array. That may be the predictions, which are
     * overwritten then, so that a call takes no memory for a gradient. On a failure their content is lost.
     *
     * @param batch    predictions, labels and mask
     * @param scale    factor of the gradient
     * @param gradient receives scale·dL/dpredictions; of the predictions' shape, any strides, FLOAT, DOUBLE, HALF or
     *                 BFLOAT16. It shares no memory with the batch, or it is the predictions: the same first element,
     *                 strides and type.
     * @return L
     * @throws IllegalArgumentException also if the gradient's shape is not that of the predictions, or it shares memory
     *                                  with them or with labels or mask in another way; names both and the reason
     */
    public double valueAndGradient(SegmentationBatch batch, double scale, INDArray gradient) {
        return call(batch).valueAndGradient(scale, gradient);
    }

    /**
     * The gradient, without waiting for the value: where the arrays lie on a CUDA device, this only enqueues work on
     * ND4J's stream, and operations of ND4J that follow may use the gradient. The value must be asked for, since bad
     * labels and weights are told only then. Where the gradient lies on the host, all is done at once.
     *
     * @param batch    predictions, labels and mask, which must not be closed before the value was asked for
     * @param scale    factor of the gradient
     * @param gradient receives scale·dL/dpredictions, as in {@link #valueAndGradient(SegmentationBatch, double,
     *                 INDArray)}
     * @return gives L and its terms, the same each time, and waits the first time; throws
     *         {@link IllegalArgumentException} for bad labels or weights. Any thread may ask.
     * @throws IllegalArgumentException for what is wrong with shapes and types, and on the host for all that is wrong
     */
    public LossValue enqueueValueAndGradient(SegmentationBatch batch, double scale, INDArray gradient) {
        return withNames(call(batch).enqueueValueAndGradient(scale, gradient, true, null));
    }

    /**
     * The same, and counts of the predicted classes, as
     * {@link #valueAndGradient(SegmentationBatch, SegmentationEvaluation)} does. Nothing is added to the evaluation:
     * the counts are in the value, for {@link SegmentationEvaluation#add} once they are wanted.
     *
     * @param batch      predictions, labels and mask, which must not be closed before the value was asked for
     * @param scale      factor of the gradient
     * @param gradient   receives scale·dL/dpredictions, as in {@link #valueAndGradient(SegmentationBatch, double,
     *                   INDArray)}
     * @param evaluation whose ignored label and threshold say what is counted
     * @return gives L, its terms and {@link LossValue#confusion}, the same each time, and waits the first time
     * @throws IllegalArgumentException also if the classes of the evaluation do not fit
     */
    public LossValue enqueueValueAndGradient(SegmentationBatch batch, double scale, INDArray gradient,
                                             SegmentationEvaluation evaluation) {
        return new CountingLoss(this, batch).enqueue(scale, gradient, evaluation);
    }

    /**
     * The loss of each example by itself: of each image, or where the predictions are [pixels, C] of each pixel.
     *
     * @param batch predictions, labels and mask
     * @return N values
     */
    public double[] valuePerExample(SegmentationBatch batch) {
        return call(batch).valuePerExample();
    }

    /**
     * The losses of the classes. Of a region loss they are those of which its value is the mean or, with that
     * reduction, the sum: other libraries' reduction {@code none}. Of a pixel loss, and of a sum of such, they are the
     * shares of the classes in the value, which add up to it: what the outputs of the channel of a class cost, divided
     * by what the whole loss is divided by. In a categorical loss of labels without smoothing, that is what the pixels
     * cost that are truly of the class. The loss of each pixel is {@link #valuePerExample} of predictions [pixels, C].
     *
     * <p>Cost: of a pixel loss that of a value for each class.
     *
     * @param batch predictions, labels and mask
     * @return [1][K] or, of a region loss per image, [N][K] losses of the gathered classes in their order, with their
     *         weights; of a region loss NaN where one takes no part, as in void images. K is 1 where all classes have
     *         one score.
     * @throws UnsupportedOperationException if this is a sum with a region loss, whose losses have to be asked one by
     *                                       one, or no sum or mean of losses of the classes; says what to do
     */
    public double[][] lossPerClass(SegmentationBatch batch) {
        if (spec.hasPixelTermsOnly()) {
            return new double[][] {call(batch).sharePerClass()};
        }
        return Finalisation.losses(onlyRegion("losses per class: only a region loss alone and pixel losses have them"),
                sums(batch).of(spec).own());
    }

    /**
     * The scores that a region loss is made of, before weights.
     *
     * @param batch predictions, labels and mask
     * @return [1][K] or, per image, [N][K] scores of the gathered classes in their order; NaN where one takes no part.
     *         K is 1 where all classes have one score.
     * @throws UnsupportedOperationException if this is a sum or no region loss; says what to ask instead
     */
    public double[][] scores(SegmentationBatch batch) {
        return Finalisation.scores(onlyRegion("scores of classes: only a region loss alone has them"),
                sums(batch).of(spec).own());
    }

    private RegionTerm onlyRegion(String missing) {
        if (spec.regions().size() != 1 || definition.terms().size() != 1) {
            throw new UnsupportedOperationException(name() + " has no " + missing + "; " + insteadOfClasses());
        }
        return spec.regions().get(0);
    }

    private String insteadOfClasses() {
        if (definition.terms().size() > 1) {
            return "ask the losses of the sum one by one";
        }
        if (spec.hasPixelTermsOnly()) {
            return "lossPerClass gives the share of each class in a pixel loss";
        }
        return definition.terms().get(0).kind().has(Setting.CLASS_INDEXES)
                ? "classIndexes(c) makes it the loss of class c" : "valuePerExample gives the loss of each image";
    }

    /**
     * The class sums of one shard or micro-batch. Merged, they give exactly the value and gradient of the large batch.
     *
     * @param batch predictions, labels and mask of a part of the examples
     * @return its sums, to be {@linkplain ClassSums#merge merged}
     * @throws UnsupportedOperationException if the loss is not {@linkplain #mergesExactly mergeable}
     */
    public ClassSums sums(SegmentationBatch batch) {
        return sums(call(batch));
    }

    ClassSums sums(LossCall call) {
        return new ClassSums(spec, call.allSums(spec.needsRowsPerImage()));
    }

    /**
     * The value of the loss from class sums.
     *
     * @param sums of this loss, or of another that holds all that this one needs: losses of the same ignored label
     *             share the sums of region losses
     * @return L
     * @throws IllegalArgumentException if they lack something or were summed otherwise; names both sides
     */
    public double value(ClassSums sums) {
        return lossValue(sums).getAsDouble();
    }

    /**
     * The gradient of the large batch's loss with respect to the predictions of one part.
     *
     * @param batch        predictions, labels and mask of the part
     * @param sums         merged sums of all parts
     * @param firstExample index of the part's first example in the large batch; matters only per image
     * @return dL/dpredictions of the part
     * @throws IllegalArgumentException also if the sums are not of this loss or its classes, or per image and without
     *                                  the examples of the part; names both sides
     */
    public INDArray gradient(SegmentationBatch batch, ClassSums sums, int firstExample) {
        LossCall call = call(batch);
        return gradient(batch, call, sums, firstExample, 1, call.newGradient());
    }

    /**
     * The gradient of the large batch's loss with respect to the predictions of one part, written into a given array.
     *
     * @param batch        predictions, labels and mask of the part
     * @param sums         merged sums of all parts
     * @param firstExample index of the part's first example in the large batch; matters only per image
     * @param scale        factor of the gradient
     * @param gradient     receives scale·dL/dpredictions, as in {@link #valueAndGradient(SegmentationBatch, double,
     *                     INDArray)}
     * @return the given array
     * @throws IllegalArgumentException as the method without it
     */
    public INDArray gradient(SegmentationBatch batch, ClassSums sums, int firstExample, double scale,
                             INDArray gradient) {
        return gradient(batch, call(batch), sums, firstExample, scale, gradient);
    }

    INDArray gradient(SegmentationBatch batch, LossCall call, ClassSums sums, int firstExample, double scale,
                      INDArray gradient) {
        LossSums whole = sums.of(spec);
        checkPart(batch, whole.own(), firstExample);
        return call.gradient(whole, firstExample, scale, gradient);
    }

    private static void checkPart(SegmentationBatch batch, Sums sums, int firstExample) {
        if (batch.channels() != sums.classes()) {
            throw new IllegalArgumentException("sums of " + sums.classes() + " classes do not match predictions "
                    + Arrays.toString(batch.arrays().predictions().shape()));
        }
        if (sums.perImage() && (firstExample < 0 || firstExample + batch.examples() > sums.rows())) {
            throw new IllegalArgumentException("firstExample " + firstExample + " and the " + batch.examples()
                    + " examples from there on are not among the " + sums.rows() + " images of the sums");
        }
    }

    LossCall call(SegmentationBatch batch) {
        WeightAdvice.check(surprising, Math.toIntExact(batch.channels()));
        return new LossCall(spec, batch.arrays());
    }

    @Override
    public double computeScore(INDArray labels, INDArray preOutput, IActivation activationFn, INDArray mask,
                               boolean average) {
        return new OutputLayerLoss(this).score(labels, preOutput, activationFn, mask, average);
    }

    /**
     * The loss of each example by itself, spread evenly over its rows.
     *
     * @return [rows, 1]; the rows of an example add up to its loss
     */
    @Override
    public INDArray computeScoreArray(INDArray labels, INDArray preOutput, IActivation activationFn, INDArray mask) {
        return new OutputLayerLoss(this).scores(labels, preOutput, activationFn, mask);
    }

    @Override
    public INDArray computeGradient(INDArray labels, INDArray preOutput, IActivation activationFn, INDArray mask) {
        return computeGradientAndScore(labels, preOutput, activationFn, mask, false).getSecond();
    }

    @Override
    public Pair<Double, INDArray> computeGradientAndScore(INDArray labels, INDArray preOutput,
                                                          IActivation activationFn, INDArray mask, boolean average) {
        return new OutputLayerLoss(this).gradientAndScore(labels, preOutput, activationFn, mask, average);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof SegmentationLoss other && definition.equals(other.definition);
    }

    @Override
    public int hashCode() {
        return definition.hashCode();
    }

    @Override
    public String toString() {
        return definition.toString();
    }

    @JsonValue
    private Object writeReplace() {
        return new Stored(name(), definition.terms().stream().map(LossTerm::stored).collect(Collectors.toList()),
                ignoreIndex(), definition.rows());
    }

    private void readObject(ObjectInputStream in) throws InvalidObjectException {
        throw new InvalidObjectException("losses are read through their stored form");
    }

    /**
     * What JSON and a stream hold; reading it makes the loss anew, with all its checks.
     *
     * @param name        for people
     * @param terms       name, factor and settings of each term
     * @param ignoreIndex the ignored label, or null
     * @param rows        how rows make up examples
     */
    private record Stored(@JsonProperty String name, @JsonProperty List<Map<String, Object>> terms,
                          @JsonProperty Integer ignoreIndex, @JsonProperty RowOrder rows) implements Serializable {

        private Object readResolve() throws InvalidObjectException {
            return Restored.by(() -> new SegmentationLoss(new LossDefinition(name,
                    terms == null ? null : terms.stream().map(LossTerm::of).toList(), ignoreIndex, rows)));
        }
    }
}
