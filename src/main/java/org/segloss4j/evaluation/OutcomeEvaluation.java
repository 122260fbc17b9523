package org.segloss4j.evaluation;

import static org.segloss4j.evaluation.Checks.require;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nd4j.evaluation.BaseEvaluation;
import org.nd4j.evaluation.IMetric;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonValue;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.evaluation.StoredOutcomes.Mode;

/**
 * True and false positives and negatives of each image and class, in 64-bit counts, and the scores that follow from
 * them by any {@link OutcomeMetric}: the {@code get_stats} and the metrics of {@code segmentation_models.pytorch}. For
 * classes that exclude one another ({@link #multiClass}), labels that do not ({@link #multiLabel}: a sigmoid for each
 * channel), and a single channel ({@link #binary}). For {@code net.doEvaluation(iterator, …)}, or on its own. Counts of
 * parts {@linkplain #merge merge} into those of the whole.
 *
 * <p>Of classes, the predicted one is the channel of the largest value. A label is predicted where its probability is
 * not below its {@link #threshold}, and true where its value is 0.5 or more. Labels and masks come in every shape of
 * {@link SegmentationBatch}. What is void counts nowhere, not even as a true negative: pixels whose mask is 0 and
 * pixels of the {@linkplain #ignoreIndex ignored} label. A mask per output, or an ignored value in dense labels, voids
 * a single label of a pixel.
 *
 * <p>Each example of a batch is an image. Predictions of rank 2 therefore come in a batch that says how many rows make
 * up one, see {@link SegmentationBatch#pixelsPerExample}.
 *
 * <p>Settings change this object and return it. Not safe for use by several threads: evaluate apart, then merge. The
 * images of a merged evaluation follow its own, so that means over images may differ in the last digit by the order.
 *
 * <pre>{@code
 * OutcomeEvaluation outcomes = net.doEvaluation(validation, OutcomeEvaluation.multiLabel(3))[0];
 * double iou = outcomes.value(OutcomeMetric.iou().reduction(Reduction.MACRO));
 * double dice = outcomes.value(OutcomeMetric.f1().reduction(Reduction.MICRO_IMAGEWISE));
 * }</pre>
 *
 * <p>Cost: each batch is read once; memory is 32 bytes per image and class.
 *
 * <p>Source: segmentation_models.pytorch 0.5, {@code metrics/functional.py}, number for number.
 *
 * @since 0.1.0
 * @serial exclude
 */
@DefaultSerializer(JavaSerializer.class)
public final class OutcomeEvaluation extends BaseEvaluation<OutcomeEvaluation> {

    private static final long serialVersionUID = 1L;
    private static final String NO_GROUPS = "labels that may occur together have no class groups: give each group a"
            + " label of its own";

    private final transient Mode mode;
    /** What predictions have a channel for each of. */
    private final transient int channels;
    private transient OutcomeTable table;
    /** What is counted: one for each channel or, where there are groups, one for each of these. */
    private transient EvaluatedClasses classes;
    private transient ClassGroups groups;
    private transient Integer ignoreIndex;
    /** One per class, or a single one for all; null for classes that exclude one another. */
    private transient double[] thresholds;

    OutcomeEvaluation(StoredOutcomes stored) {
        require(stored.mode() != null, "an evaluation needs its mode");
        mode = stored.mode();
        int fewest = mode == Mode.MULTI_CLASS ? 2 : 1;
        int most = mode == Mode.BINARY ? 1 : ConfusionMatrix.MOST_CLASSES;
        require(stored.classes() >= fewest && stored.classes() <= most, "classes is " + stored.classes()
                + ", but must be from " + fewest + " to " + most);
        channels = stored.classes();
        groups = ClassGroups.of(channels, stored.classGroups());
        require(groups.isNone() || mode == Mode.MULTI_CLASS, NO_GROUPS);
        groups.requireWithout(stored.ignoreIndex());
        int counted = groups.isNone() ? channels : groups.count();
        classes = EvaluatedClasses.of(counted, stored.channelsLast(), stored.classNames());
        table = new OutcomeTable(counted);
        if (stored.thresholds() != null) {
            threshold(stored.thresholds());
        } else if (mode != Mode.MULTI_CLASS) {
            threshold(0.5);
        }
        ignoreIndex = stored.ignoreIndex();
        if (stored.counts() != null) {
            add(stored.counts());
        }
    }

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    private static OutcomeEvaluation of(StoredOutcomes stored) {
        return new OutcomeEvaluation(stored);
    }

    /**
     * An empty evaluation of a single channel, which counts its positive class: mode {@code binary}.
     *
     * @return the evaluation
     */
    public static OutcomeEvaluation binary() {
        return new OutcomeEvaluation(StoredOutcomes.empty(Mode.BINARY, 1));
    }

    /**
     * An empty evaluation of labels that may occur together, each of which has a channel: mode {@code multilabel}.
     *
     * @param labels number of labels, at least 1
     * @return the evaluation
     * @throws IllegalArgumentException if it is below 1
     */
    public static OutcomeEvaluation multiLabel(int labels) {
        return new OutcomeEvaluation(StoredOutcomes.empty(Mode.MULTI_LABEL, labels));
    }

    /**
     * An empty evaluation of classes that exclude one another: mode {@code multiclass}.
     *
     * @param classes number of classes, at least 2
     * @return the evaluation
     * @throws IllegalArgumentException if it is below 2
     */
    public static OutcomeEvaluation multiClass(int classes) {
        return new OutcomeEvaluation(StoredOutcomes.empty(Mode.MULTI_CLASS, classes));
    }

    /**
     * Sets the label of void pixels. If it is a class that excludes others, that class takes part in no score, and
     * nothing may have been counted before.
     *
     * @param ignoreIndex the label, which need not be a class
     * @return this
     * @throws IllegalArgumentException if images were counted already, or a group of classes holds it
     */
    public OutcomeEvaluation ignoreIndex(int ignoreIndex) {
        require(table.images() == 0, table.images() + " images were counted before ignoreIndex " + ignoreIndex
                + " was set");
        groups.requireWithout(ignoreIndex);
        this.ignoreIndex = ignoreIndex;
        return this;
    }

    /**
     * Counts groups of classes in the place of classes, as if each of them were one class: the overlapping regions of
     * brain tumours, such as {@code classGroups(new int[] {1, 2, 3}, new int[] {1, 3})}. Names, weights and scores of
     * classes are those of groups then.
     *
     * @param groups the classes of each group, from 0; a class may be in several groups
     * @return this, with the numbers of the groups for names
     * @throws IllegalArgumentException if images were counted already, labels may occur together, there is no group, or
     *                                  one is empty or holds what is no class, a class twice or the ignored label
     */
    public OutcomeEvaluation classGroups(int[]... groups) {
        require(table.images() == 0, table.images() + " images were counted before classGroups was set");
        require(mode == Mode.MULTI_CLASS, NO_GROUPS);
        ClassGroups checked = ClassGroups.of(channels, groups);
        checked.requireWithout(ignoreIndex);
        this.groups = checked;
        classes = new EvaluatedClasses(checked.count(), classes.channelsLast(), ClassNames.NUMBERS);
        table = new OutcomeTable(checked.count());
        return this;
    }

    /**
     * The label of void pixels.
     *
     * @return the label, or null if none is ignored
     */
    public Integer ignoreIndex() {
        return ignoreIndex;
    }

    /**
     * Sets the probability from which on a label is predicted; 0.5 by default. Compared in the predictions' type, and
     * with ≥, unlike {@link SegmentationEvaluation#threshold}.
     *
     * @param thresholds one for all labels, or one per label, from 0 to 1
     * @return this
     * @throws IllegalArgumentException for classes that exclude one another, a threshold outside 0..1, or a wrong
     *                                  number of them
     */
    public OutcomeEvaluation threshold(double... thresholds) {
        require(mode != Mode.MULTI_CLASS, "classes that exclude one another have no threshold: the largest value is"
                + " predicted");
        require(thresholds.length == 1 || thresholds.length == classes(), thresholds.length + " thresholds for "
                + classes() + " labels");
        for (double threshold : thresholds) {
            Checks.threshold(threshold);
        }
        this.thresholds = thresholds.clone();
        return this;
    }

    /**
     * The probability from which on a label is predicted.
     *
     * @return one for all labels, or one per label; null for classes that exclude one another
     */
    public double[] thresholds() {
        return thresholds == null ? null : thresholds.clone();
    }

    /**
     * Says that the channels are the last axis of the predictions.
     *
     * @return this
     */
    public OutcomeEvaluation channelsLast() {
        classes = classes.withChannelsLast();
        return this;
    }

    /**
     * Names the classes in the table.
     *
     * @param classNames one name per class
     * @return this
     * @throws IllegalArgumentException if their number is not that of the classes
     */
    public OutcomeEvaluation classNames(List<String> classNames) {
        classes = classes.named(classNames);
        return this;
    }

    /**
     * Counts a batch; as DL4J calls it. The arrays are not kept.
     *
     * @param labels      one-hot, multi-hot or soft like the predictions, or class indices [N, *] or [N, 1, *] of an
     *                    integer type
     * @param predictions [N, C, *], or [N, *, C] with channels last, or [rows, C]; probabilities, or for classes that
     *                    exclude one another anything of the same order
     * @param mask        pixel weights, 0 for void, or null
     * @param recordMetaData not used
     * @throws IllegalArgumentException if shapes or classes do not fit, or a label is no class; nothing is counted then
     */
    @Override
    public void eval(INDArray labels, INDArray predictions, INDArray mask,
                     List<? extends Serializable> recordMetaData) {
        eval(classes.batch(labels, predictions, mask));
    }

    /**
     * Counts a batch, which itself says where its channels are and what makes probabilities of its predictions.
     *
     * @param batch predictions, labels and mask
     * @throws IllegalArgumentException if shapes or classes do not fit, or a label is no class; nothing is counted then
     */
    public void eval(SegmentationBatch batch) {
        require(batch.channels() == channels, "predictions have " + batch.channels() + " channels, but " + channels
                + (mode == Mode.MULTI_CLASS ? " classes are" : channels == 1 ? " label is" : " labels are")
                + " evaluated");
        long[] counts = new long[Math.toIntExact(batch.examples() * classes() * OutcomeTable.OUTCOMES)];
        if (mode == Mode.MULTI_CLASS) {
            int[] image = {0};
            batch.confusions(ignoreIndex, 0.5, confusion -> outcomes(confusion, counts, image[0]++));
        } else {
            batch.forEachPixel(ignoreIndex, () -> new LabelOutcomes(batch, classes(), thresholds))
                    .forEach(some -> some.addTo(counts));
        }
        table.add(counts);
    }

    /**
     * Adds an image whose pixels were counted elsewhere; for classes that exclude one another. The row of the ignored
     * class is left out.
     *
     * @param confusion [channels · channels] pixels, row = truth, column = prediction
     * @throws IllegalArgumentException if the length is another, a count is negative, or a sum exceeds 2^63 − 1;
     *                                  nothing is added then
     */
    public void addImage(long[] confusion) {
        require(mode == Mode.MULTI_CLASS, "labels that do not exclude one another have no confusion matrix: use add");
        long[] counts = new long[classes() * OutcomeTable.OUTCOMES];
        outcomes(confusion, counts, 0);
        table.add(counts);
    }

    private void outcomes(long[] confusion, long[] counts, int image) {
        ConfusionMatrix matrix = new ConfusionMatrix(channels, ignoreIndex);
        matrix.add(confusion);
        for (int c = 0; c < classes(); c++) {
            if (!isIgnored(c)) {
                long[] own = groups.isNone() ? matrix.outcomes(c)
                        : matrix.outcomesOfGroup(groups.members(c, channels));
                System.arraycopy(own, 0, counts, (image * classes() + c) * OutcomeTable.OUTCOMES,
                        OutcomeTable.OUTCOMES);
            }
        }
    }

    /**
     * Adds images whose pixels were counted elsewhere.
     *
     * @param counts [images · classes · 4]: of each image and class the true positives, false positives, false
     *               negatives and true negatives
     * @throws IllegalArgumentException if these are not whole images, a count is negative, or a sum exceeds 2^63 − 1;
     *                                  nothing is added then
     */
    public void add(long... counts) {
        table.add(counts);
    }

    /**
     * Adds the images of another evaluation after those of this one.
     *
     * @param other of the same mode, number of classes, ignored label, thresholds and layout; names may differ
     * @throws IllegalArgumentException with both sides if one differs; nothing is added then
     */
    @Override
    public void merge(OutcomeEvaluation other) {
        Checks.mergeable(other.settings(), settings());
        table.add(other.table.counts());
    }

    /** What pixels are counted by. */
    private String settings() {
        return mode + " " + channels + (groups.isNone() ? "" : ", classGroups " + groups) + ", ignoreIndex "
                + ignoreIndex + ", threshold " + Arrays.toString(thresholds)
                + ", channelsLast " + classes.channelsLast();
    }

    @Override
    public void reset() {
        table.clear();
    }

    /** An empty evaluation of the same settings. */
    @Override
    public OutcomeEvaluation newInstance() {
        return new OutcomeEvaluation(stored(null));
    }

    /**
     * The number of images.
     *
     * @return N
     */
    public int images() {
        return table.images();
    }

    /**
     * The number of channels that predictions have.
     *
     * @return 1 for a single channel
     */
    public int channels() {
        return channels;
    }

    /**
     * The number of classes or labels that have scores.
     *
     * @return C; 1 for a single channel, and the number of groups if there are {@linkplain #classGroups groups}
     */
    public int classes() {
        return classes.count();
    }

    /**
     * Pixels of a class that were predicted as such.
     *
     * @param image the image, from 0
     * @param c     the class
     * @return the count
     * @throws IllegalArgumentException if there is no such image or class
     */
    public long truePositives(int image, int c) {
        return table.count(image, c, OutcomeTable.TP);
    }

    /**
     * Pixels that were predicted as a class that they are not of.
     *
     * @param image the image, from 0
     * @param c     the class
     * @return the count
     * @throws IllegalArgumentException if there is no such image or class
     */
    public long falsePositives(int image, int c) {
        return table.count(image, c, OutcomeTable.FP);
    }

    /**
     * Pixels of a class that were not predicted as such.
     *
     * @param image the image, from 0
     * @param c     the class
     * @return the count
     * @throws IllegalArgumentException if there is no such image or class
     */
    public long falseNegatives(int image, int c) {
        return table.count(image, c, OutcomeTable.FN);
    }

    /**
     * Pixels that are not of a class and were not predicted as such.
     *
     * @param image the image, from 0
     * @param c     the class
     * @return the count
     * @throws IllegalArgumentException if there is no such image or class
     */
    public long trueNegatives(int image, int c) {
        return table.count(image, c, OutcomeTable.TN);
    }

    /**
     * The score of all images, as one number.
     *
     * @param metric the score and its reduction
     * @return the number; NaN without an image, and where the metric leaves 0/0 undefined
     * @throws IllegalArgumentException if the metric's class weights do not fit or are missing
     */
    public double value(OutcomeMetric metric) {
        return new OutcomeReduction(table, metric, scored()).value();
    }

    /**
     * The value of a metric.
     *
     * @param metric an {@link OutcomeMetric}
     * @return as {@link #value}
     * @throws IllegalArgumentException if it is a metric of another evaluation
     */
    @Override
    public double getValue(IMetric metric) {
        require(metric instanceof OutcomeMetric, metric + " is no metric of OutcomeEvaluation");
        return value((OutcomeMetric) metric);
    }

    /**
     * The score of each class over all images together, before {@link Reduction#MACRO} averages them.
     *
     * @param metric the score; its reduction and class weights play no part
     * @return [C]; NaN for an ignored class
     */
    public double[] perClass(OutcomeMetric metric) {
        double[] scores = new double[classes()];
        for (int c = 0; c < classes(); c++) {
            scores[c] = isIgnored(c) ? Double.NaN : table.pooledScore(metric, c);
        }
        return scores;
    }

    /**
     * The score of each image over all classes together, before {@link Reduction#MICRO_IMAGEWISE} averages them.
     *
     * @param metric the score; its reduction and class weights play no part
     * @return [N]
     */
    public double[] perImage(OutcomeMetric metric) {
        double[] scores = new double[images()];
        OutcomeReduction images = new OutcomeReduction(table, metric.reduction(Reduction.MICRO_IMAGEWISE).unweighted(),
                scored());
        for (int image = 0; image < scores.length; image++) {
            scores[image] = images.ofImage(image);
        }
        return scores;
    }

    /**
     * The score of each image and class: reduction {@code none}.
     *
     * @param metric the score; its reduction and class weights play no part
     * @return [N][C]; NaN for an ignored class
     */
    public double[][] scores(OutcomeMetric metric) {
        double[][] scores = new double[images()][classes()];
        for (int image = 0; image < scores.length; image++) {
            for (int c = 0; c < classes(); c++) {
                scores[image][c] = isIgnored(c) ? Double.NaN : table.score(metric, image, c);
            }
        }
        return scores;
    }

    /**
     * The generalised Dice score of each image: 2·Σ_c w_c·TP / Σ_c w_c·(G + P), with G = TP + FN and P = TP + FP. A
     * class that the truth of the image does not hold gets the largest weight of those that it holds; where the divisor
     * is 0 the score is 1 if nothing was predicted, and 0 otherwise.
     *
     * <p>Source: MONAI's {@code GeneralizedDiceScore} with a reduction over the channels, such as {@code mean_channel}.
     *
     * @param weights           how the classes are weighted by their size in the image
     * @param includeBackground whether class 0 takes part
     * @return [N], from 0 to 1
     * @throws IllegalArgumentException if no class is left
     */
    public double[] generalisedDicePerImage(DiceWeights weights, boolean includeBackground) {
        return generalisedDiceOfImages(weights, includeBackground).mapToDouble(GeneralisedDice::score).toArray();
    }

    /**
     * The generalised Dice score: the mean of that of the images.
     *
     * <p>Source: MONAI's {@code GeneralizedDiceScore} with its default reduction, {@code mean}.
     *
     * @param weights           how the classes are weighted by their size in the image
     * @param includeBackground whether class 0 takes part
     * @return from 0 to 1; NaN without an image
     * @throws IllegalArgumentException if no class is left
     */
    public double generalisedDice(DiceWeights weights, boolean includeBackground) {
        return Arrays.stream(generalisedDicePerImage(weights, includeBackground)).average().orElse(Double.NaN);
    }

    /**
     * The generalised Dice score of each image and class, which is the plain Dice coefficient but for classes that
     * neither truth nor prediction of the image holds (1), and images whose truth holds no class at all.
     *
     * <p>Source: MONAI's {@code compute_generalized_dice}, reduction {@code none}.
     *
     * @param weights           how the classes are weighted by their size in the image
     * @param includeBackground whether class 0 takes part
     * @return [N][C], from 0 to 1; NaN for a class that takes no part
     * @throws IllegalArgumentException if no class is left
     */
    public double[][] generalisedDiceScores(DiceWeights weights, boolean includeBackground) {
        return generalisedDiceOfImages(weights, includeBackground).map(GeneralisedDice::scores)
                .toArray(double[][]::new);
    }

    private Stream<GeneralisedDice> generalisedDiceOfImages(DiceWeights weights, boolean includeBackground) {
        groups.requireBackground(includeBackground);
        boolean[] scored = scored();
        scored[0] &= includeBackground;
        require(IntStream.range(0, classes()).anyMatch(c -> scored[c]), "no class is left without the background");
        return IntStream.range(0, images()).mapToObj(image -> GeneralisedDice.of(table, image, weights, scored));
    }

    private boolean isIgnored(int c) {
        return mode == Mode.MULTI_CLASS && groups.isNone() && ignoreIndex != null && ignoreIndex == c;
    }

    private boolean[] scored() {
        boolean[] scored = new boolean[classes()];
        for (int c = 0; c < classes(); c++) {
            scored[c] = !isIgnored(c);
        }
        return scored;
    }

    /** An aligned table: the scores of each class over all images, and its counts. */
    @Override
    public String stats() {
        return new OutcomeText(this, table).text();
    }

    /** The name of a class, or its number, marked if it is ignored. */
    String className(int c) {
        return classes.names().of(c, isIgnored(c));
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof OutcomeEvaluation other && settings().equals(other.settings())
                && Arrays.equals(table.counts(), other.table.counts()) && classes.equals(other.classes);
    }

    @Override
    public int hashCode() {
        return Objects.hash(settings(), Arrays.hashCode(table.counts()), classes);
    }

    @JsonValue
    private Object writeReplace() {
        return stored(table.counts());
    }

    private StoredOutcomes stored(long... counts) {
        return new StoredOutcomes(mode, channels, counts, ignoreIndex, thresholds, classes.channelsLast(),
                classes.names().stored(), groups.stored());
    }

    private void readObject(ObjectInputStream in) throws InvalidObjectException {
        throw new InvalidObjectException("evaluations are read through their stored form");
    }
}
