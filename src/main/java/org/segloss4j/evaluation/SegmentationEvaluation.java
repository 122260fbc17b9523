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
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.nd4j.evaluation.BaseEvaluation;
import org.nd4j.evaluation.IEvaluation;
import org.nd4j.evaluation.IMetric;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonValue;
import org.segloss4j.SegmentationBatch;

/**
 * Scores of a whole data set from one confusion matrix in 64-bit counts; for {@code net.doEvaluation(iterator, …)},
 * or on its own. Counts of parts {@linkplain #merge merge} into exactly those of the whole.
 *
 * <p>The predicted class is the channel of the largest value; a single channel makes two classes, 0 and 1, by
 * {@link #threshold}. Labels and masks come in every shape of {@link SegmentationBatch}. A pixel counts once unless its
 * mask is 0 (in all channels, if the mask has one per output), its label is the {@linkplain #ignoreIndex ignored} one,
 * or its one-hot label is all 0. Class scores that are 0/0 are NaN and drop out of the means: IoU and Dice of a class
 * that neither truth nor prediction holds, precision of one that is never predicted, recall of one that never occurs.
 * An ignored label that is one of the classes has no scores and is in no mean.
 *
 * <p>Settings change this object and return it. Not safe for use by several threads: evaluate apart, then merge.
 *
 * <pre>{@code
 * SegmentationEvaluation scores = net.doEvaluation(validation,
 *         new SegmentationEvaluation(12).ignoreIndex(11))[0];
 * System.out.println(scores.stats());
 * double meanIou = scores.meanIou();
 * }</pre>
 *
 * <p>Cost: each batch is read once; memory is C·C numbers, however many pixels were counted.
 *
 * <p>Source of the names: the PASCAL VOC (mean IoU) and FCN (pixel accuracy, frequency-weighted IoU) benchmarks.
 *
 * @since 0.1.0
 * @serial exclude
 */
@DefaultSerializer(JavaSerializer.class)
public final class SegmentationEvaluation extends BaseEvaluation<SegmentationEvaluation> {

    private static final long serialVersionUID = 2L;

    private final transient ConfusionMatrix matrix;

    private transient EvaluatedClasses classes;
    /** For one channel: probabilities above it are class 1. */
    private transient double threshold;
    private transient ClassGroups groups;
    /** What the groups are called, or null for the names of their classes. */
    private transient List<String> groupNames;

    /**
     * An empty evaluation.
     *
     * @param classes number of classes, at least 2; a single channel is 2 classes
     * @throws IllegalArgumentException if it is below 2
     */
    public SegmentationEvaluation(int classes) {
        this(new StoredConfusion(classes, null, null, null, 0.5, false, null, null));
    }

    SegmentationEvaluation(StoredConfusion stored) {
        matrix = new ConfusionMatrix(stored.classes(), stored.ignoreIndex());
        classes = EvaluatedClasses.of(stored.classes(), stored.channelsLast(), stored.classNames());
        threshold = Checks.threshold(stored.threshold());
        groups = ClassGroups.of(stored.classes(), stored.classGroups());
        groups.requireWithout(stored.ignoreIndex());
        if (stored.groupNames() != null) {
            groupNames(Arrays.asList(stored.groupNames()));
        }
        if (stored.counts() != null) {
            add(stored.counts());
        }
    }

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    private static SegmentationEvaluation of(StoredConfusion stored) {
        return new SegmentationEvaluation(stored);
    }

    /**
     * Sets the label of void pixels, for what is counted from now on. If it is a class, that class has no scores.
     *
     * @param ignoreIndex the label, which need not be a class
     * @return this
     * @throws IllegalArgumentException if a group of classes holds it
     */
    public SegmentationEvaluation ignoreIndex(int ignoreIndex) {
        groups.requireWithout(ignoreIndex);
        matrix.ignoreIndex(ignoreIndex);
        return this;
    }

    /**
     * The label of void pixels.
     *
     * @return the label, or null if none is ignored
     */
    public Integer ignoreIndex() {
        return matrix.ignoreIndex();
    }

    /**
     * Names the classes in the table.
     *
     * @param classNames one name per class
     * @return this
     * @throws IllegalArgumentException if their number is not that of the classes
     */
    public SegmentationEvaluation classNames(List<String> classNames) {
        classes = classes.named(classNames);
        return this;
    }

    /**
     * Sets groups of classes that have scores beside those of the classes, as if each of them were one class: the
     * overlapping regions of brain tumours, such as {@code classGroups(new int[] {1, 2, 3}, new int[] {1, 3})}. A pixel
     * of one class of a group that is taken for another one of it is right. They follow from the confusion matrix, so
     * they may be set at any time, and play no part in merging. {@link #group} has their scores.
     *
     * @param groups the classes of each group, from 0; a class may be in several groups
     * @return this
     * @throws IllegalArgumentException if there is none, or one is empty or holds what is no class, a class twice or
     *                                  the ignored label
     */
    public SegmentationEvaluation classGroups(int[]... groups) {
        ClassGroups checked = ClassGroups.of(classes(), groups);
        checked.requireWithout(matrix.ignoreIndex());
        this.groups = checked;
        groupNames = null;
        return this;
    }

    /**
     * Names the groups in the table.
     *
     * @param names one name per group
     * @return this
     * @throws IllegalArgumentException if their number is not that of the groups
     */
    public SegmentationEvaluation groupNames(List<String> names) {
        require(names.size() == groups.count(), names.size() + " group names for " + groups.count() + " groups");
        groupNames = List.copyOf(names);
        return this;
    }

    /**
     * The number of groups of classes.
     *
     * @return 0 if none were set
     */
    public int groups() {
        return groups.count();
    }

    /**
     * What the groups are called.
     *
     * @return one name per group: by default those of its classes with + between them
     */
    public List<String> groupNames() {
        return groupNames == null ? groups.names(classes.names()::of) : groupNames;
    }

    /**
     * The scores of a group: an evaluation of two classes, of which 1 is the group and 0 everything else, with the
     * pixels that this one has counted up to now.
     *
     * @param group its number, from 0
     * @return a new evaluation, such as for {@code group(0).dice(1)}
     * @throws IllegalArgumentException if there is no such group
     */
    public SegmentationEvaluation group(int group) {
        long[] counts = matrix.ofGroup(members(group));
        SegmentationEvaluation scores = new SegmentationEvaluation(2)
                .classNames(List.of("others", groupNames().get(group)));
        scores.add(counts);
        return scores;
    }

    /**
     * Mean of the groups' IoU.
     *
     * @return from 0 to 1; groups that neither truth nor prediction holds drop out; NaN if all do
     */
    public double meanGroupIou() {
        return meanOfGroups(group -> group.iou(1));
    }

    /**
     * Mean of the groups' Dice coefficients.
     *
     * @return from 0 to 1; groups that neither truth nor prediction holds drop out; NaN if all do
     */
    public double meanGroupDice() {
        return meanOfGroups(group -> group.dice(1));
    }

    /** Which classes a group holds. */
    boolean[] members(int group) {
        return groups.members(group, classes());
    }

    private double meanOfGroups(ToDoubleFunction<SegmentationEvaluation> score) {
        return IntStream.range(0, groups()).mapToDouble(k -> score.applyAsDouble(group(k)))
                .filter(value -> !Double.isNaN(value)).average().orElse(Double.NaN);
    }

    /**
     * Says that the channels are the last axis of the predictions.
     *
     * @return this
     */
    public SegmentationEvaluation channelsLast() {
        classes = classes.withChannelsLast();
        return this;
    }

    /**
     * Sets the probability above which a pixel of a single channel is class 1; 0.5 by default. They are compared in the
     * predictions' type: a FLOAT 0.3 does not lie above 0.3.
     *
     * @param threshold from 0 to 1
     * @return this
     * @throws IllegalArgumentException if it lies outside
     */
    public SegmentationEvaluation threshold(double threshold) {
        this.threshold = Checks.threshold(threshold);
        return this;
    }

    /**
     * The probability above which a pixel of a single channel is class 1.
     *
     * @return from 0 to 1
     */
    public double threshold() {
        return threshold;
    }

    /**
     * Counts a batch; as DL4J calls it. The arrays are not kept.
     *
     * @param labels      one-hot or soft like the predictions, or class indices [N, *] of an integer type
     * @param predictions [N, C, *], or [N, *, C] with channels last, or [rows, C]; probabilities, or for several
     *                    channels anything of the same order
     * @param mask        pixel weights, 0 for void, or null
     * @param recordMetaData not used
     * @throws IllegalArgumentException if shapes or classes do not fit, or a label is no class
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
     * @throws IllegalArgumentException if shapes or classes do not fit, or a label is no class
     */
    public void eval(SegmentationBatch batch) {
        EvaluatedClasses.requireChannelsOrOne(batch.channels(), classes());
        add(batch.confusion(matrix.ignoreIndex(), threshold));
    }

    /**
     * Adds the counts of another evaluation.
     *
     * @param other of the same number of classes, ignored label, threshold and layout; names may differ
     * @throws IllegalArgumentException with both sides if one differs; nothing is added then
     */
    @Override
    public void merge(SegmentationEvaluation other) {
        require(other.classes() == classes(), "an evaluation of " + other.classes()
                + " classes cannot be merged into one of " + classes());
        Checks.mergeable(other.settings(), settings());
        add(other.matrix.counts());
    }

    /** What pixels are counted by. */
    private String settings() {
        return "ignoreIndex " + matrix.ignoreIndex() + ", threshold " + threshold + ", channelsLast "
                + classes.channelsLast();
    }

    @Override
    public void reset() {
        matrix.reset();
    }

    /** An empty evaluation of the same settings. */
    @Override
    public SegmentationEvaluation newInstance() {
        return new SegmentationEvaluation(stored(null));
    }

    /** An aligned table: the scores and pixels of each class and group, means, and the scores of all pixels. */
    @Override
    public String stats() {
        return new EvaluationTable(this, matrix).text();
    }

    /**
     * The value of a metric; larger is better.
     *
     * @param metric one of {@link Metric}
     * @return the value; NaN if it is not defined for what was counted
     * @throws IllegalArgumentException if it is a metric of another evaluation
     */
    @Override
    public double getValue(IMetric metric) {
        require(metric instanceof Metric, metric + " is no metric of SegmentationEvaluation");
        return ((Metric) metric).value.applyAsDouble(this);
    }

    /** The name of a class, or its number, marked if it is ignored. */
    String className(int c) {
        return classes.names().of(c, matrix.isIgnored(c));
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof SegmentationEvaluation other && settings().equals(other.settings())
                && classes.equals(other.classes) && groups.equals(other.groups)
                && groupNames().equals(other.groupNames()) && Arrays.equals(matrix.counts(), other.matrix.counts());
    }

    @Override
    public int hashCode() {
        return Objects.hash(classes, Arrays.hashCode(matrix.counts()), matrix.ignoreIndex(), threshold);
    }

    /**
     * Adds counts made elsewhere; the row of the ignored class is left out.
     *
     * @param confusion [classes · classes] pixels, row = truth, column = prediction
     * @throws IllegalArgumentException if the length is another, a count is negative, or the sum exceeds 2^63 − 1;
     *                                  nothing is added then
     */
    public void add(long[] confusion) {
        matrix.add(confusion);
    }

    /**
     * The number of classes.
     *
     * @return at least 2
     */
    public int classes() {
        return matrix.classes();
    }

    /**
     * Pixels of a class that were predicted as a class.
     *
     * @param truth     the true class
     * @param predicted the predicted class
     * @return the count
     * @throws IllegalArgumentException if one is no class
     */
    public long count(int truth, int predicted) {
        return matrix.count(truth, predicted);
    }

    /**
     * The confusion matrix.
     *
     * @return [classes · classes] pixels, row = truth, column = prediction; a copy
     */
    public long[] confusion() {
        return matrix.counts().clone();
    }

    /**
     * The number of counted pixels.
     *
     * @return all pixels that are not void
     */
    public long total() {
        return matrix.total();
    }

    /**
     * Intersection over union of a class, TP/(TP+FP+FN).
     *
     * @param c the class
     * @return from 0 to 1; NaN if neither truth nor prediction holds the class, or it is ignored
     * @throws IllegalArgumentException if c is no class
     */
    public double iou(int c) {
        return matrix.score(ClassScore.IOU, c);
    }

    /**
     * Dice coefficient (F1-score) of a class, 2·TP/(2·TP+FP+FN).
     *
     * @param c the class
     * @return from 0 to 1; NaN if neither truth nor prediction holds the class, or it is ignored
     * @throws IllegalArgumentException if c is no class
     */
    public double dice(int c) {
        return matrix.score(ClassScore.DICE, c);
    }

    /**
     * Precision of a class, TP/(TP+FP).
     *
     * @param c the class
     * @return from 0 to 1; NaN if the class was never predicted, or is ignored
     * @throws IllegalArgumentException if c is no class
     */
    public double precision(int c) {
        return matrix.score(ClassScore.PRECISION, c);
    }

    /**
     * Recall (class accuracy) of a class, TP/(TP+FN).
     *
     * @param c the class
     * @return from 0 to 1; NaN if the class never occurs, or is ignored
     * @throws IllegalArgumentException if c is no class
     */
    public double recall(int c) {
        return matrix.score(ClassScore.RECALL, c);
    }

    /**
     * Specificity (true negative rate) of a class, TN/(TN+FP).
     *
     * @param c the class
     * @return from 0 to 1; NaN if all pixels are of the class, or it is ignored
     * @throws IllegalArgumentException if c is no class
     */
    public double specificity(int c) {
        return matrix.score(OutcomeFormula.SPECIFICITY, c);
    }

    /**
     * Balanced accuracy of a class, the mean of its recall and specificity.
     *
     * @param c the class
     * @return from 0 to 1; NaN if no pixel or all pixels are of the class, or it is ignored
     * @throws IllegalArgumentException if c is no class
     */
    public double balancedAccuracy(int c) {
        return matrix.score(OutcomeFormula.BALANCED_ACCURACY, c);
    }

    /**
     * Matthews correlation coefficient of a class against all others,
     * (TP·TN−FP·FN)/√((TP+FP)·(TP+FN)·(TN+FP)·(TN+FN)).
     *
     * @param c the class
     * @return from −1 to 1; NaN if all pixels or none are of the class or predicted as it, or it is ignored
     * @throws IllegalArgumentException if c is no class
     */
    public double mcc(int c) {
        return matrix.score(OutcomeFormula.MCC, c);
    }

    /**
     * Matthews correlation coefficient of all classes together (Gorodkin's R_K): with s pixels, r of them right, and
     * t and p of each class in truth and prediction, (r·s − Σ t·p) / √((s² − Σ t²)·(s² − Σ p²)). Of two classes, that
     * of either.
     *
     * <p>Source: torchmetrics' and scikit-learn's {@code matthews_corrcoef}, which are 0 where this is NaN.
     *
     * @return from −1 to 1; NaN if truth or prediction is of one class only
     */
    public double mcc() {
        return matrix.mcc();
    }

    /**
     * Cohen's kappa, the agreement beyond chance: with the symbols of {@link #mcc()},
     * (r·s − Σ t·p) / (s² − Σ t·p).
     *
     * <p>Source: torchmetrics' {@code cohen_kappa} without weights.
     *
     * @return at most 1; NaN if truth and prediction are of one and the same class only
     */
    public double cohenKappa() {
        return matrix.cohenKappa();
    }

    /**
     * Cohen's kappa of classes that have an order, such as grades of damage: an error counts by the distance |t − p| of
     * its classes, 1 − Σ |t − p|·n(t, p) / Σ |t − p|·n(t)·n(p)/s.
     *
     * <p>Source: scikit-learn's {@code cohen_kappa_score(weights="linear")}.
     *
     * @return at most 1; NaN if truth and prediction are of one and the same class only
     */
    public double linearKappa() {
        return matrix.weightedKappa(1);
    }

    /**
     * The same with (t − p)² for |t − p|, so that far errors count more.
     *
     * <p>Source: scikit-learn's {@code cohen_kappa_score(weights="quadratic")}.
     *
     * @return at most 1; NaN if truth and prediction are of one and the same class only
     */
    public double quadraticKappa() {
        return matrix.weightedKappa(2);
    }

    /**
     * Mean of the classes' IoU.
     *
     * @return from 0 to 1; classes that neither truth nor prediction holds drop out; NaN if all do
     */
    public double meanIou() {
        return matrix.mean(ClassScore.IOU);
    }

    /**
     * Mean of the classes' Dice coefficients.
     *
     * @return from 0 to 1; classes that neither truth nor prediction holds drop out; NaN if all do
     */
    public double meanDice() {
        return matrix.mean(ClassScore.DICE);
    }

    /**
     * Mean of the classes' precisions.
     *
     * @return from 0 to 1; classes that are never predicted drop out; NaN if all do
     */
    public double meanPrecision() {
        return matrix.mean(ClassScore.PRECISION);
    }

    /**
     * Mean of the classes' recalls, also known as mean class accuracy.
     *
     * @return from 0 to 1; classes that never occur drop out; NaN if all do
     */
    public double meanRecall() {
        return matrix.mean(ClassScore.RECALL);
    }

    /**
     * Share of the pixels that are right.
     *
     * @return from 0 to 1; NaN if nothing was counted
     */
    public double pixelAccuracy() {
        return matrix.pixelAccuracy();
    }

    /**
     * IoU of the classes, weighted by their share of the true pixels.
     *
     * @return from 0 to 1; NaN if nothing was counted
     */
    public double frequencyWeightedIou() {
        return matrix.frequencyWeightedIou();
    }

    @JsonValue
    private Object writeReplace() {
        return stored(matrix.counts());
    }

    private StoredConfusion stored(long[] counts) {
        return new StoredConfusion(classes(), counts, classes.names().stored(), matrix.ignoreIndex(), threshold,
                classes.channelsLast(), groups.stored(),
                groupNames == null ? null : groupNames.toArray(String[]::new));
    }

    private void readObject(ObjectInputStream in) throws InvalidObjectException {
        throw new InvalidObjectException("evaluations are read through their stored form");
    }

    /**
     * What {@link #getValue} can be asked for, such as by early stopping.
     *
     * @since 0.1.0
     */
    public enum Metric implements IMetric {
        /** {@link SegmentationEvaluation#meanIou()}. */
        MEAN_IOU(SegmentationEvaluation::meanIou),
        /** {@link SegmentationEvaluation#meanDice()}. */
        MEAN_DICE(SegmentationEvaluation::meanDice),
        /** {@link SegmentationEvaluation#meanPrecision()}. */
        MEAN_PRECISION(SegmentationEvaluation::meanPrecision),
        /** {@link SegmentationEvaluation#meanRecall()}. */
        MEAN_RECALL(SegmentationEvaluation::meanRecall),
        /** {@link SegmentationEvaluation#pixelAccuracy()}. */
        PIXEL_ACCURACY(SegmentationEvaluation::pixelAccuracy),
        /** {@link SegmentationEvaluation#frequencyWeightedIou()}. */
        FREQUENCY_WEIGHTED_IOU(SegmentationEvaluation::frequencyWeightedIou),
        /** {@link SegmentationEvaluation#mcc()}. */
        MCC(SegmentationEvaluation::mcc),
        /** {@link SegmentationEvaluation#cohenKappa()}. */
        COHEN_KAPPA(SegmentationEvaluation::cohenKappa),
        /** {@link SegmentationEvaluation#linearKappa()}. */
        LINEAR_KAPPA(SegmentationEvaluation::linearKappa),
        /** {@link SegmentationEvaluation#quadraticKappa()}. */
        QUADRATIC_KAPPA(SegmentationEvaluation::quadraticKappa),
        /** {@link SegmentationEvaluation#meanGroupIou()}. */
        MEAN_GROUP_IOU(SegmentationEvaluation::meanGroupIou),
        /** {@link SegmentationEvaluation#meanGroupDice()}. */
        MEAN_GROUP_DICE(SegmentationEvaluation::meanGroupDice);

        private final ToDoubleFunction<SegmentationEvaluation> value;

        Metric(ToDoubleFunction<SegmentationEvaluation> value) {
            this.value = value;
        }

        @Override
        @SuppressWarnings("rawtypes") // IMetric declares the raw type.
        public Class<? extends IEvaluation> getEvaluationClass() {
            return SegmentationEvaluation.class;
        }

        @Override
        public boolean minimize() {
            return false;
        }
    }
}
