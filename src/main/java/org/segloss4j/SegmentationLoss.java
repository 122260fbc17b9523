package org.segloss4j;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.shade.jackson.annotation.JsonAnySetter;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.segloss4j.evaluation.SegmentationEvaluation;
import org.segloss4j.internal.backend.Counting;
import org.segloss4j.internal.backend.Summands;
import org.segloss4j.internal.loss.Inspection;
import org.segloss4j.internal.loss.LossCall;
import org.segloss4j.internal.loss.LossDefinition;
import org.segloss4j.internal.loss.LossKind;
import org.segloss4j.internal.loss.LossTerm;
import org.segloss4j.internal.loss.Setting;
import org.segloss4j.internal.loss.WeightAdvice;
import org.segloss4j.internal.loss.WholeNumber;
import org.segloss4j.internal.math.Finalisation;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.OtherLabelsTerm.OtherLabels;
import org.segloss4j.internal.math.RegionScore;
import org.segloss4j.internal.math.RegionTerm;
import org.segloss4j.internal.math.Sums;
import org.segloss4j.internal.nd4j.RowOrder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
 *       for arrays of rank 2, which must be set there, and N = size(0) above. Where the batch is a part of a larger
 *       one, see {@link ExchangeScope}.</li>
 * </ul>
 *
 * <p>Arguments are never written to, unless the predictions are given for the gradient; arrays are kept only by a value
 * that was not asked for yet; instances may be shared by threads. Arrays of rank 2
 * are [rows, C], above that [N, C, *]. Predictions are FLOAT, DOUBLE, HALF or BFLOAT16 with any strides; see
 * {@link SegmentationBatch} for labels and masks. All methods throw {@link IllegalArgumentException} if shapes, types
 * or labels do not fit, and {@link IllegalStateException} if a forced backend is missing.
 *
 * <p>Cost: value and gradient read predictions, labels and mask twice (losses of pixel terms alone: the predictions
 * once) and write the gradient; beside it, memory does not grow with the number of pixels but by 8 bytes per some
 * thousand pixels, class and sum.
 *
 * <pre>{@code
 * SegmentationLoss loss = Losses.jaccard().classWeights(0.5, 1, 1.5).plus(Losses.categoricalFocal().times(2));
 * LossResult result = loss.valueAndGradient(
 *         SegmentationBatch.predictions(logits).labels(labels).activation(Activation.SOFTMAX));
 * }</pre>
 *
 * <p>Source: {@code segmentation_models}' losses, number for number.
 *
 * @since 0.1.0
 * @serial exclude
 */
@DefaultSerializer(JavaSerializer.class)
public final class SegmentationLoss implements ILossFunction {

    private static final Logger LOG = LoggerFactory.getLogger(SegmentationLoss.class);
    private static final long serialVersionUID = 2L;

    private final transient LossDefinition definition;
    private final transient LossSpec spec;

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

    /**
     * Weighs the classes: the score (for cross-entropy, the loss) of class k is multiplied by weight k before the mean
     * over the classes. Weights are not normalised.
     *
     * @param weights one weight per gathered class, in the order of {@link #classIndexes}, or a single one for all
     * @return the new loss
     * @throws IllegalArgumentException for a weight that is negative or not finite, weights that sum to 0 or infinity,
     *                                  or a number of weights that does not fit the class indexes
     * @throws UnsupportedOperationException if the loss has no class weights
     */
    public SegmentationLoss classWeights(double... weights) {
        List<Double> list = Arrays.stream(weights).boxed().toList();
        return with(Setting.CLASS_WEIGHTS, list);
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
        return with(Setting.CLASS_INDEXES, Arrays.stream(indexes).boxed().toList());
    }

    /**
     * Scores each image and averages over the images, instead of pooling the batch. An image drops out
     * of the mean only if all its outputs are void; a class that alone is void, by a mask per output, scores as an
     * empty class does.
     *
     * @param perImage true for the mean over images
     * @return the new loss
     * @throws UnsupportedOperationException if the loss is a pixel loss
     */
    public SegmentationLoss perImage(boolean perImage) {
        return with(Setting.PER_IMAGE, perImage);
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
        return with(Setting.SMOOTH, smooth);
    }

    /**
     * Sets β: for Dice the weight of recall against precision (1 by default), for Tversky losses the weight of false
     * negatives.
     *
     * @param beta for Dice above 0 with a finite square; for Tversky losses at least 0
     * @return the new loss
     * @throws IllegalArgumentException      if it lies outside
     * @throws UnsupportedOperationException if the loss is neither Dice nor a Tversky loss; names those that have β
     */
    public SegmentationLoss beta(double beta) {
        return with(Setting.BETA, beta);
    }

    /**
     * Sets α: for focal losses the weight of the true class (0.25 by default), for Tversky losses the weight of false
     * positives.
     *
     * @param alpha at least 0, for the binary focal loss at most 1
     * @return the new loss
     * @throws IllegalArgumentException      if it lies outside
     * @throws UnsupportedOperationException if the loss is neither focal nor a Tversky loss; names those that have α
     */
    public SegmentationLoss alpha(double alpha) {
        return with(Setting.ALPHA, alpha);
    }

    /**
     * Sets γ, the exponent of a focal loss: how strongly easy pixels (2 by default), or for focal Tversky easy classes,
     * are discounted.
     *
     * @param gamma at least 0, for focal Tversky above 0
     * @return the new loss
     * @throws IllegalArgumentException      if it lies outside
     * @throws UnsupportedOperationException if the loss is not a focal one; names those that have γ
     */
    public SegmentationLoss gamma(double gamma) {
        return with(Setting.GAMMA, gamma);
    }

    /**
     * Gives each gathered class an α of its own, in a softmax or sigmoid focal loss.
     *
     * @param alphas one per gathered class, or a single one for all; at least 0, for sigmoid focal losses at most 1
     * @return the new loss
     * @throws IllegalArgumentException      if one lies outside
     * @throws UnsupportedOperationException if the loss has no α; names those that do
     */
    public SegmentationLoss alphas(double... alphas) {
        return with(Setting.ALPHA, alphas);
    }

    /**
     * Weighs the true side of binary cross-entropy, torch's {@code pos_weight}: above 1 favours recall.
     *
     * @param weights one per gathered channel, or a single one for all; at least 0
     * @return the new loss
     * @throws IllegalArgumentException      if one is negative or not finite, or all are 0
     * @throws UnsupportedOperationException if the loss does not have them; names those that do
     */
    public SegmentationLoss positiveWeights(double... weights) {
        return with(Setting.POSITIVE_WEIGHTS, weights);
    }

    /**
     * Sets how much of the weight of a label is spread evenly: over the C gathered classes in categorical losses,
     * {@code (1−ε)·g + ε/C} as in torch, over both sides in binary ones, {@code (1−ε)·g + ε/2} as in Keras.
     *
     * @param epsilon ε, from 0 to 1; 0 by default. segmentation_models.pytorch's factor is half of that of binary ones
     * @return the new loss
     * @throws IllegalArgumentException      if it lies outside
     * @throws UnsupportedOperationException if the loss does not have it; names those that do
     */
    public SegmentationLoss labelSmoothing(double epsilon) {
        return with(Setting.LABEL_SMOOTHING, epsilon);
    }

    /**
     * Sets whether the loss takes the predictions as logits, whatever the activation of the batch is: through a softmax
     * or, in losses that are named after it, a sigmoid of its own. So a sum may have a Dice loss of the softmax and a
     * focal loss of the sigmoid.
     *
     * @param fromLogits false, the default, for the probabilities that the activation makes
     * @return the new loss
     * @throws UnsupportedOperationException if the loss does not have it; names those that do
     */
    public SegmentationLoss fromLogits(boolean fromLogits) {
        return with(Setting.FROM_LOGITS, fromLogits);
    }

    /**
     * Makes a focal loss a reduced one: its factor is 1 where the probability of the truth is below τ, and
     * {@code ((1−u)/τ)^γ} from there on (Sergievskiy and Ponamarev 2019, arXiv 1903.01347).
     *
     * @param threshold τ, above 0 and at most 1
     * @return the new loss
     * @throws IllegalArgumentException      if it lies outside
     * @throws UnsupportedOperationException if the loss does not have it; names those that do
     */
    public SegmentationLoss reducedThreshold(double threshold) {
        return with(Setting.REDUCED_THRESHOLD, threshold);
    }

    /**
     * Sets whether a focal loss is also divided by the sum of its factors (1−u)^γ over all outputs. With the normaliser
     * {@link PixelNormaliser#ONE} that makes it a mean weighted by the factors (arXiv 1909.07829); with another one it
     * is divided twice, as in segmentation_models.pytorch.
     *
     * @param normalised false by default
     * @return the new loss
     * @throws UnsupportedOperationException if the loss does not have it; names those that do
     */
    public SegmentationLoss normalised(boolean normalised) {
        return with(Setting.NORMALISED, normalised);
    }

    /**
     * Sets ε, the coefficient of the polynomial of Poly-1 losses.
     *
     * @param epsilon a finite number
     * @return the new loss
     * @throws IllegalArgumentException      if it is not finite
     * @throws UnsupportedOperationException if the loss is another one; names those that have it
     */
    public SegmentationLoss epsilon(double epsilon) {
        return with(Setting.EPSILON, epsilon);
    }

    /**
     * Sets q, the exponent of generalised cross-entropy.
     *
     * @param q above 0 and at most 1
     * @return the new loss
     * @throws IllegalArgumentException      if it lies outside
     * @throws UnsupportedOperationException if the loss is another one; names those that have it
     */
    public SegmentationLoss q(double q) {
        return with(Setting.Q, q);
    }

    /**
     * Sets δ of asymmetric and unified focal losses, the weight of the foreground and of its false negatives, against
     * 1 − δ of the background and of false positives.
     *
     * @param delta from 0 to 1
     * @return the new loss
     * @throws IllegalArgumentException      if it lies outside
     * @throws UnsupportedOperationException if the loss is another one; names those that have it
     */
    public SegmentationLoss delta(double delta) {
        return with(Setting.DELTA, delta);
    }

    /**
     * Sets λ, the share of the pixel loss in unified focal loss; the rest is the share of the region loss.
     *
     * @param share from 0 to 1
     * @return the new loss
     * @throws IllegalArgumentException      if it lies outside
     * @throws UnsupportedOperationException if the loss is another one; names those that have it
     */
    public SegmentationLoss share(double share) {
        return with(Setting.SHARE, share);
    }

    /**
     * Sets whether asymmetric and unified focal losses treat the background as they do the other classes; the pixel
     * loss weighs it by 1 − δ still.
     *
     * @param symmetric false by default
     * @return the new loss
     * @throws UnsupportedOperationException if the loss is another one; names those that have it
     */
    public SegmentationLoss symmetric(boolean symmetric) {
        return with(Setting.SYMMETRIC, symmetric);
    }

    /**
     * Sets what the sum of a pixel loss is divided by.
     *
     * @param normaliser one of the choices; null for the default of the loss
     * @return the new loss
     * @throws UnsupportedOperationException if the loss does not have it; names those that do
     */
    public SegmentationLoss normaliser(PixelNormaliser normaliser) {
        return with(Setting.NORMALISER, normaliser);
    }

    /**
     * Sets which of Keras' formulas {@link Losses#binaryCrossEntropy()} is, or takes the logarithm of
     * {@link Losses#asymmetricFocal()} and {@link Losses#unifiedFocal()}, which do not clip probabilities unless it is
     * set.
     *
     * @param form one of the forms; null for the default, CLIP
     * @return the new loss
     * @throws UnsupportedOperationException if the loss is another one
     */
    public SegmentationLoss form(KerasForm form) {
        return with(Setting.FORM, form);
    }

    /**
     * Sets whether classes that the labels do not have are left out: of the mean of Lovász softmax, where they would be
     * a loss of the largest wrong probability, or of the average calibration error, where they count as 0. True by
     * default.
     *
     * @param onlyPresent false for all selected classes
     * @return the new loss
     * @throws UnsupportedOperationException if the loss is neither of both
     */
    public SegmentationLoss onlyPresent(boolean onlyPresent) {
        return with(Setting.ONLY_PRESENT, onlyPresent);
    }

    /**
     * Sets whether the errors of Lovász softmax are sorted, as by default, or counted in 65536 bins from 0 to 1. The
     * value is then off by at most half a bin, 7.6e-6, and the gradient is that of errors which are rounded so.
     *
     * @param exact false for bins
     * @return the new loss
     * @throws UnsupportedOperationException if the loss is another one
     */
    public SegmentationLoss exact(boolean exact) {
        return with(Setting.EXACT, exact);
    }

    /**
     * Sets the part of all pixels over which top-k cross-entropy is taken, those of the largest losses.
     *
     * @param fraction above 0 and at most 1; 0.1 by default
     * @return the new loss
     * @throws IllegalArgumentException      if it lies outside
     * @throws UnsupportedOperationException if the loss is another one
     */
    public SegmentationLoss fraction(double fraction) {
        return with(Setting.FRACTION, fraction);
    }

    /**
     * Sets the probability of the true class below which OHEM cross-entropy keeps a pixel.
     *
     * @param threshold from 0 to 1; 0.7 by default
     * @return the new loss
     * @throws IllegalArgumentException      if it lies outside
     * @throws UnsupportedOperationException if the loss is another one
     */
    public SegmentationLoss threshold(double threshold) {
        return with(Setting.THRESHOLD, threshold);
    }

    /**
     * Sets how many pixels of an image OHEM cross-entropy keeps at least, on the average of a batch.
     *
     * @param minKept at least 1; 100000 by default
     * @return the new loss
     * @throws IllegalArgumentException      if it is below 1
     * @throws UnsupportedOperationException if the loss is another one
     */
    public SegmentationLoss minKept(int minKept) {
        return with(Setting.MIN_KEPT, minKept);
    }

    /**
     * Sets how many bins of equal width the average calibration error puts probabilities into.
     *
     * @param bins from 1 to 1000; 20 by default
     * @return the new loss
     * @throws IllegalArgumentException      if it lies outside
     * @throws UnsupportedOperationException if the loss is another one
     */
    public SegmentationLoss bins(int bins) {
        return with(Setting.BINS, bins);
    }

    /**
     * Leaves class 0 out, as MONAI's {@code include_background=False} does; a single channel stays. One weight per
     * class that is left is then expected, so class weights are set afterwards.
     *
     * @param includeBackground false to leave it out
     * @return the new loss
     * @throws IllegalArgumentException      if class weights or groups do not fit
     * @throws UnsupportedOperationException if the loss does not have it
     */
    public SegmentationLoss includeBackground(boolean includeBackground) {
        return with(Setting.INCLUDE_BACKGROUND, includeBackground);
    }

    /**
     * Scores groups of classes instead of classes: p of a group is the sum of the p of its classes, as the overlapping
     * regions of brain tumours need it. Groups take the place of classes in weights and indexes. The classes of a group
     * should exclude one another, as under a softmax.
     *
     * @param groups the channels of each group, from 0; a channel may be in several groups
     * @return the new loss
     * @throws IllegalArgumentException      if a group is empty, holds a negative index or one twice, or the loss is
     *                                       one of squared masses or for soft labels
     * @throws UnsupportedOperationException if the loss does not have them
     */
    public SegmentationLoss classGroups(int[]... groups) {
        return with(Setting.CLASS_GROUPS, Arrays.asList((Object[]) groups));
    }

    /**
     * Sets what class weights multiply. Losses that are linear in their score have SCORE_MEAN, the others and sums
     * LOSS_MEAN.
     *
     * @param mode the mode
     * @return the new loss
     * @throws UnsupportedOperationException if the loss does not have it
     */
    public SegmentationLoss weightMode(WeightMode mode) {
        return with(Setting.WEIGHT_MODE, mode);
    }

    /**
     * Sets what a class counts that has no true pixel.
     *
     * @param policy SMOOTH by default
     * @return the new loss
     * @throws UnsupportedOperationException if the loss does not have it
     */
    public SegmentationLoss absentClasses(AbsentClassPolicy policy) {
        return with(Setting.ABSENT_CLASSES, policy);
    }

    /**
     * Sets how the losses of classes and images become one number.
     *
     * @param reduction MEAN by default
     * @return the new loss
     * @throws IllegalArgumentException      for the sum of losses whose weights are to multiply a mean of scores
     * @throws UnsupportedOperationException if the loss does not have it
     */
    public SegmentationLoss reduction(LossReduction reduction) {
        return with(Setting.REDUCTION, reduction);
    }

    /**
     * Takes the true positives as {@code (Σp + Σg − Σ|p − g|)/2} instead of {@code Σp·g}. For labels of 0 and 1 this is
     * the same; for soft labels the loss is then the lowest where p = g (Wang et al. 2023, arXiv 2303.16296).
     *
     * @param softLabels true for soft labels
     * @return the new loss
     * @throws IllegalArgumentException      if there are class groups
     * @throws UnsupportedOperationException if the loss does not have it
     */
    public SegmentationLoss softLabels(boolean softLabels) {
        return with(Setting.SOFT_LABELS, softLabels);
    }

    /**
     * Takes {@code Σp²} and {@code Σg²} for the masses, as V-Net does; the loss is then the lowest where p = g for soft
     * labels, too.
     *
     * @param squared true for squares
     * @return the new loss
     * @throws IllegalArgumentException      if there are class groups, or false positives and false negatives have
     *                                       different weights
     * @throws UnsupportedOperationException if the loss does not have it
     */
    public SegmentationLoss squared(boolean squared) {
        return with(Setting.SQUARED, squared);
    }

    /**
     * Sets the constant that is added above the score's fraction, where it is another than the one below, which
     * {@link #smooth} is.
     *
     * @param smooth at least 0
     * @return the new loss
     * @throws IllegalArgumentException      if it is negative or not finite
     * @throws UnsupportedOperationException if the loss does not have it
     */
    public SegmentationLoss numeratorSmooth(double smooth) {
        return with(Setting.NUMERATOR_SMOOTH, smooth);
    }

    /**
     * Sets the least value of the score's denominator; of a logarithm it is also the least score.
     *
     * @param floor at least 0, of a logarithm below 1; 0, the default, for none
     * @return the new loss
     * @throws IllegalArgumentException      if it lies outside
     * @throws UnsupportedOperationException if the loss does not have it
     */
    public SegmentationLoss floor(double floor) {
        return with(Setting.FLOOR, floor);
    }

    /**
     * Sets how the loss is made of the score.
     *
     * @param link COMPLEMENT by default
     * @return the new loss
     * @throws IllegalArgumentException      if floor or power do not go with it
     * @throws UnsupportedOperationException if the loss does not have it
     */
    public SegmentationLoss link(ScoreLink link) {
        return with(Setting.LINK, link);
    }

    /**
     * Raises the whole loss to a power, after its mean was taken: the focal Tversky loss of
     * {@code segmentation_models.pytorch}, which is not the one of the paper, {@link Losses#focalTversky}.
     *
     * @param power exponent, 1 by default
     * @return the new loss
     * @throws IllegalArgumentException      if it is negative or not finite, or the loss is a negative score
     * @throws UnsupportedOperationException if the loss does not have it
     */
    public SegmentationLoss power(double power) {
        return with(Setting.POWER, power);
    }

    /**
     * Sets how one score of all classes together weighs them.
     *
     * @param weighting for the generalised Dice loss INVERSE_SQUARE by default, for the Wasserstein loss UNIFORM
     * @return the new loss
     * @throws IllegalArgumentException      for INVERSE_SQUARE in the Wasserstein loss
     * @throws UnsupportedOperationException if the loss does not have it
     */
    public SegmentationLoss weighting(ClassWeighting weighting) {
        return with(Setting.WEIGHTING, weighting);
    }

    /**
     * Sets what a name says, for settings that come from a file or a command line.
     *
     * @param setting name of one of the methods above, as in Java ({@code perImage}) or in Python ({@code per_image})
     * @param value   a number, a boolean, a word, or a list or array of numbers or of such lists, as the method takes
     *                it; null for the default
     * @return the new loss
     * @throws IllegalArgumentException      if there is no such setting, or the value does not fit it
     * @throws UnsupportedOperationException if the loss does not have it; names the losses that do
     */
    public SegmentationLoss set(String setting, Object value) {
        return with(Setting.named(setting), value);
    }

    private SegmentationLoss with(Setting setting, Object value) {
        LossDefinition changed = definition.with(setting, value);
        if (setting == Setting.CLASS_WEIGHTS) {
            WeightAdvice.check(changed.terms().get(0));
        }
        return new SegmentationLoss(changed);
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
     * Adds a loss; the sum still costs one sweep for the value and one for the gradient.
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
    @JsonProperty("name")
    public String name() {
        return definition.name();
    }

    @JsonProperty("terms")
    private List<LossTerm> terms() {
        return definition.terms();
    }

    /**
     * The label of void pixels.
     *
     * @return the label, or null if there is none
     */
    @JsonProperty("ignoreIndex")
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

    @JsonProperty("rows")
    private RowOrder rows() {
        return definition.rows();
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
    private LossValue withNames(Summands summands) {
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
     * copies on the host where arrays lie on a GPU.
     *
     * @param batch predictions, labels and mask
     * @return what was found; its text has a line for each kind
     * @throws IllegalArgumentException if shapes or types do not fit
     */
    public LossDiagnosis diagnose(SegmentationBatch batch) {
        Inspection inspection = new Inspection(spec, batch.arrays());
        Map<String, Double> norms = new LinkedHashMap<>();
        Map<String, double[][]> scores = new LinkedHashMap<>();
        definition.termSpecs().forEach((name, own) -> {
            if (!inspection.isBad()) {
                LossCall call = new LossCall(own, batch.arrays());
                INDArray gradient = call.newGradient();
                call.valueAndGradient(1, gradient);
                norms.put(name, gradient.castTo(DataType.DOUBLE).norm2Number().doubleValue());
            }
            if (!own.regions().isEmpty()) {
                scores.put(name, Finalisation.scores(own.regions().get(0).score(), inspection.sums()));
            }
        });
        if (scores.isEmpty()) {
            scores.put("dice", Finalisation.scores(RegionScore.fScore(1, 1e-5), inspection.sums()));
        }
        return new LossDiagnosis(name(), definition.byTerm(inspection.terms()), scores,
                Collections.unmodifiableMap(norms), inspection, batch.arrays().spatial());
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
        return terms().stream().anyMatch(term -> term.kind().otherLabels() == labels);
    }

    /**
     * Whether class sums of parts of a batch give exactly its value and gradient. What sorts pixels or looks for a
     * quantile of all of them is no function of sums: methods that take or give class sums, exchanges and replicas
     * refuse such a loss.
     *
     * @return false if a batch cannot be divided
     */
    public boolean mergesExactly() {
        return spec.separate().isEmpty();
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
        LossValue value = withNames(call.enqueueValueAndGradient(1, gradient, true));
        return new LossResult(value.getAsDouble(), gradient, value.terms());
    }

    /**
     * Value and gradient, and hard predictions counted by the way: what {@code evaluation.eval(batch)} would add, to
     * the unit, is added to an evaluation. Training scores so cost no pass of their own: the sweep that computes the
     * loss counts while it has the predictions at hand.
     *
     * <pre>{@code
     * SegmentationEvaluation scores = new SegmentationEvaluation(21).ignoreIndex(255);
     * LossResult result = loss.valueAndGradient(batch, scores);
     * double iouOfWhatWasTrainedOn = scores.meanIou();
     * }</pre>
     *
     * <p>On a CUDA device some forms are counted by a kernel of their own, which reads the predictions once more: an
     * evaluation that ignores another label than the loss, more than 32 classes that are told apart by indices, and
     * dense labels of several channels.
     *
     * @param batch      predictions, labels and mask
     * @param evaluation whose ignored label and threshold say what is counted, and which the counts are added to
     * @return L, dL/dpredictions and the value of each term
     * @throws IllegalArgumentException also if the classes of the evaluation do not fit, or a prediction that counts is
     *                                  NaN; nothing is added then
     */
    public LossResult valueAndGradient(SegmentationBatch batch, SegmentationEvaluation evaluation) {
        LossCall call = call(batch);
        INDArray gradient = call.newGradient();
        LossValue value = counting(call, batch, 1, gradient, evaluation);
        LossResult result = new LossResult(value.getAsDouble(), gradient, value.terms());
        evaluation.add(value.confusion());
        return result;
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
        return withNames(call(batch).enqueueValueAndGradient(scale, gradient, true));
    }

    /**
     * The same, and hard predictions counted by the way, as
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
        return counting(call(batch), batch, scale, gradient, evaluation);
    }

    private LossValue counting(LossCall call, SegmentationBatch batch, double scale, INDArray gradient,
                               SegmentationEvaluation evaluation) {
        if (Math.max(2, batch.channels()) != evaluation.classes()) {
            throw new IllegalArgumentException("predictions have " + batch.channels() + " channels, but "
                    + evaluation.classes() + " classes are evaluated");
        }
        return withNames(call.enqueueValueAndGradient(scale, gradient, true,
                new Counting(evaluation.ignoreIndex(), evaluation.threshold())));
    }

    /**
     * The loss of each example by itself.
     *
     * @param batch predictions, labels and mask
     * @return N values
     */
    public double[] valuePerExample(SegmentationBatch batch) {
        return call(batch).valuePerExample();
    }

    /**
     * The losses of classes and images of which the value of a region loss is the mean or, with that reduction, the
     * sum: other libraries' reduction {@code none}.
     *
     * @param batch predictions, labels and mask
     * @return [1][K] or, per image, [N][K] losses of the gathered classes in their order, with their weights; NaN where
     *         one takes no part, as in void images. K is 1 where all classes have one score.
     * @throws UnsupportedOperationException if this is a sum, a pixel loss, or no mean of losses of the classes
     */
    public double[][] lossPerClass(SegmentationBatch batch) {
        return Finalisation.losses(onlyRegion(), sums(batch).of(spec));
    }

    /**
     * The scores that a region loss is made of, before weights.
     *
     * @param batch predictions, labels and mask
     * @return [1][K] or, per image, [N][K] scores of the gathered classes in their order; NaN where one takes no part.
     *         K is 1 where all classes have one score.
     * @throws UnsupportedOperationException if this is a sum or a pixel loss
     */
    public double[][] scores(SegmentationBatch batch) {
        return Finalisation.scores(onlyRegion(), sums(batch).of(spec));
    }

    private RegionTerm onlyRegion() {
        if (spec.regions().size() != 1 || definition.terms().size() != 1) {
            throw new UnsupportedOperationException(name() + " has no scores of classes: only a region loss alone has"
                    + " them, no sum and no pixel loss");
        }
        return spec.regions().get(0);
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
        return new ClassSums(spec, call.sums(spec.needsSumsPerImage()));
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
        return Finalisation.value(spec, sums.of(spec));
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
        Sums whole = sums.of(spec);
        checkPart(batch, whole, firstExample);
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
        return new LossCall(spec, batch.arrays());
    }

    @Override
    public double computeScore(INDArray labels, INDArray preOutput, IActivation activationFn, INDArray mask,
                               boolean average) {
        SegmentationBatch batch = batch(labels, preOutput, activationFn, mask);
        ExchangeScope scope = ExchangeScope.current();
        double value = scope == null ? value(batch) : scope.value(this, batch);
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
        RowOrder rows = rows(preOutput);
        INDArray scores = Nd4j.createUninitialized(preOutput.dataType(),
                new long[] {values.length * rows.perExample(), 1}, 'c');
        for (long row = 0; row < scores.length(); row++) {
            scores.putScalar(row, 0, values[rows.example(row, values.length)] / rows.perExample());
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
        LossCall call = call(batch);
        INDArray gradient = call.newGradient();
        ExchangeScope scope = ExchangeScope.current();
        double value = scope == null ? call.valueAndGradient(batch.examples(), gradient)
                : scope.rememberedValueAndGradient(this, batch, call, gradient);
        return Pair.of(average ? value : value * batch.examples(), gradient);
    }

    private SegmentationBatch batch(INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
        return SegmentationBatch.predictions(preOutput).labels(labels).activation(activation).mask(mask)
                .rows(rows(preOutput));
    }

    /** How rows make up examples. Below a layer of pixels, silence would make score and step H·W times too large. */
    private RowOrder rows(INDArray preOutput) {
        if (preOutput.rank() != 2) {
            return RowOrder.EXAMPLES;
        }
        if (definition.rows() == null) {
            throw new IllegalArgumentException(name() + " of predictions " + Arrays.toString(preOutput.shape())
                    + " needs to know how many rows are one example: set pixelsPerExample, to H·W below a CnnLossLayer"
                    + " and to 1 below an OutputLayer, or timeSteps below a recurrent layer");
        }
        return definition.rows();
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

    private Object writeReplace() {
        return new Stored(name(), terms().stream().map(LossTerm::stored).collect(Collectors.toList()), ignoreIndex(),
                rows());
    }

    private void readObject(ObjectInputStream in) throws InvalidObjectException {
        throw new InvalidObjectException("losses are read through their stored form");
    }

    /**
     * What a stream holds; reading it makes the loss anew, with all its checks.
     *
     * @param name        for people
     * @param terms       name, factor and settings of each term
     * @param ignoreIndex the ignored label, or null
     * @param rows        how rows make up examples
     */
    private record Stored(String name, List<Map<String, Object>> terms, Integer ignoreIndex, RowOrder rows)
            implements Serializable {

        private Object readResolve() throws InvalidObjectException {
            try {
                return new SegmentationLoss(new LossDefinition(name,
                        terms == null ? null : terms.stream().map(LossTerm::of).toList(), ignoreIndex, rows));
            } catch (IllegalArgumentException e) {
                throw (InvalidObjectException) new InvalidObjectException(e.getMessage()).initCause(e);
            }
        }
    }
}
