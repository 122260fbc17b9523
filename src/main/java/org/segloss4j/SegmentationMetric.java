package org.segloss4j;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.Arrays;
import org.segloss4j.internal.loss.LossCall;
import org.segloss4j.internal.loss.MetricKind;
import org.segloss4j.internal.loss.MetricSettings;
import org.segloss4j.internal.math.Finalisation;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.stored.Restored;

/**
 * A score of one batch: an immutable value made by {@link Metrics}. Each method that changes a setting returns a new
 * metric. The score of each gathered class is multiplied by its weight, and the mean over the classes is the result;
 * without a threshold it is 1 minus the loss of the same name.
 *
 * <p>A class that neither labels nor predictions hold scores 1 through the smoothing. A batch that is void altogether
 * has the value NaN, since any number would pull an average towards itself although nothing was measured.
 *
 * <p>Shapes and types are those of {@link SegmentationBatch}; arguments are never written to, and instances may be
 * shared by threads. Computing throws {@link IllegalArgumentException} if shapes, types or labels do not fit one
 * another or the settings, and {@link IllegalStateException} if a forced backend is missing.
 *
 * <p>Cost: the predictions, labels and mask are read once; memory does not grow with the number of pixels but by 8
 * bytes per some thousand pixels, class and sum.
 *
 * <pre>{@code
 * SegmentationMetric metric = Metrics.fScore(2).threshold(0.5).classIndexes(1, 2);
 * double score = metric.value(
 *         SegmentationBatch.predictions(logits).labels(labels).activation(Activation.SOFTMAX));
 * }</pre>
 *
 * <p>Source: {@code segmentation_models}' metrics, number for number.
 *
 * @since 0.1.0
 * @serial exclude
 */
@DefaultSerializer(JavaSerializer.class)
public final class SegmentationMetric implements Serializable {

    private static final long serialVersionUID = 1L;

    /** The name, by default that of the metric itself. */
    private final transient String name;
    /** What is computed. */
    private final transient MetricSettings settings;

    private SegmentationMetric(String name, MetricSettings settings) {
        if (name == null || name.isBlank()) {
            throw new IllegalArgumentException("a metric needs a name");
        }
        if (settings == null) {
            throw new IllegalArgumentException("the metric " + name + " has no settings");
        }
        this.name = name;
        this.settings = settings;
    }

    SegmentationMetric(MetricKind kind, double beta) {
        this(kind.metricName(beta), new MetricSettings(kind, beta));
    }

    /**
     * Weighs the classes: the score of class k is multiplied by weight k before the mean over the classes. Weights are
     * not normalised.
     *
     * @param weights one weight per gathered class, in the order of {@link #classIndexes}, or a single one for all
     * @return the new metric
     * @throws IllegalArgumentException for a weight that is negative or not finite, weights that sum to 0 or infinity,
     *                                  or a number of weights that does not fit the class indexes
     */
    public SegmentationMetric classWeights(double... weights) {
        return with(settings.withClassWeights(Arrays.stream(weights).boxed().toList()));
    }

    /**
     * Gathers classes; the others play no part. An index may repeat and then counts each time.
     *
     * @param indexes channels, from 0
     * @return the new metric
     * @throws IllegalArgumentException if there is none or one is negative
     */
    public SegmentationMetric classIndexes(int... indexes) {
        return with(settings.withClassIndexes(Arrays.stream(indexes).boxed().toList()));
    }

    /**
     * Leaves class 0 out; a single channel stays. One weight per class that is left is then expected.
     *
     * @param includeBackground false to leave it out
     * @return the new metric
     * @throws IllegalArgumentException if class weights do not fit, or no class index is left
     */
    public SegmentationMetric includeBackground(boolean includeBackground) {
        return with(settings.withBackground(includeBackground));
    }

    /**
     * Scores groups of classes instead of classes, as {@link SegmentationLoss#classGroups(int[]...)} does: p of a group
     * is the sum of the p of its classes, and groups take the place of classes in weights and indexes. The classes of a
     * group should exclude one another, as under a softmax.
     *
     * @param groups the channels of each group, from 0; a channel may be in several groups
     * @return the new metric
     * @throws IllegalArgumentException if a group is empty, holds a negative index or one twice, the background is left
     *                                  out, or there is a threshold
     */
    public SegmentationMetric classGroups(int[]... groups) {
        return with(settings.withClassGroups(Arrays.stream(groups).map(group -> Arrays.stream(group).boxed().toList())
                .toList()));
    }

    /**
     * Makes probabilities hard: those above the threshold count as 1 and all others, the threshold itself included, as
     * 0. Compared in the predictions' type, as Keras does: a FLOAT 0.3, which is 0.30000001, does not lie above 0.3.
     * Labels stay as they are.
     *
     * @param threshold from 0 to 1
     * @return the new metric
     * @throws IllegalArgumentException if it lies outside, or there are class groups
     */
    public SegmentationMetric threshold(double threshold) {
        return with(settings.withThreshold(threshold));
    }

    /**
     * Scores each image and averages over the images, instead of pooling the batch. An image drops out
     * of the mean only if all its outputs are void; a class that alone is void, by a mask per output, scores as an
     * empty class does.
     *
     * @param perImage true for the mean over images
     * @return the new metric
     */
    public SegmentationMetric perImage(boolean perImage) {
        return with(settings.withPerImage(perImage));
    }

    /**
     * Sets the constant that is added above and below the score's fraction; 1e-5 by default.
     *
     * @param smooth at least 0; with 0 an empty class scores 1
     * @return the new metric
     * @throws IllegalArgumentException if it is negative or not finite
     */
    public SegmentationMetric smooth(double smooth) {
        return with(settings.withSmooth(smooth));
    }

    /**
     * Sets what a class counts that has no true pixel.
     *
     * @param policy SMOOTH by default
     * @return the new metric
     */
    public SegmentationMetric absentClasses(AbsentClassPolicy policy) {
        return with(settings.withAbsentClasses(policy.name()));
    }

    /**
     * Sets what the weighted scores of classes are divided by.
     *
     * @param mode NORMALISED for the sum of the weights; SCORE_MEAN, the default, and LOSS_MEAN for the number of
     *             classes
     * @return the new metric
     */
    public SegmentationMetric weightMode(WeightMode mode) {
        return with(settings.withNormalisedWeights(mode == WeightMode.NORMALISED));
    }

    /**
     * Sets the label of void pixels, which count nowhere; as {@link SegmentationLoss#ignoreIndex(int)} does.
     *
     * @param ignoreIndex the label, which need not be a class
     * @return the new metric
     */
    public SegmentationMetric ignoreIndex(int ignoreIndex) {
        return with(settings.withIgnoreIndex(ignoreIndex));
    }

    /**
     * Renames the metric.
     *
     * @param name the new name
     * @return the new metric
     * @throws IllegalArgumentException if it is blank
     */
    public SegmentationMetric named(String name) {
        return new SegmentationMetric(name, settings);
    }

    /**
     * The score of a batch.
     *
     * @param batch predictions, labels and mask
     * @return the score; NaN if every pixel is void
     */
    public double value(SegmentationBatch batch) {
        return value(sums(batch));
    }

    /**
     * The score from class sums.
     *
     * @param sums sums of this metric, {@linkplain ClassSums#merge merged} from as many batches as there are; or those
     *             of another metric or loss of the same threshold and ignored label
     * @return the score of all those batches as one; NaN if every pixel is void
     * @throws IllegalArgumentException if they lack something or were summed otherwise; names both sides
     */
    public double value(ClassSums sums) {
        return Finalisation.score(settings.term(), sums.of(settings.spec()).own());
    }

    /**
     * The scores that the mean is taken of, before weights.
     *
     * @param batch predictions, labels and mask
     * @return [1][K] or, per image, [N][K] scores of the gathered classes in their order; NaN where one takes no part:
     *         in void images, and with {@link AbsentClassPolicy#SKIP} where a class has no true pixel
     */
    public double[][] scores(SegmentationBatch batch) {
        return Finalisation.scores(settings.term(), sums(batch).of(settings.spec()).own());
    }

    /**
     * The class sums of one batch. Merged, they give exactly the score of the large batch, which the mean of the
     * batches' scores is not.
     *
     * @param batch predictions, labels and mask
     * @return its sums
     */
    public ClassSums sums(SegmentationBatch batch) {
        LossSpec spec = settings.spec();
        return new ClassSums(spec, new LossCall(spec, batch.arrays()).allSums(settings.perImage()));
    }

    MetricSettings settings() {
        return settings;
    }

    /**
     * The name, by default that of {@code segmentation_models}.
     *
     * @return {@code iou_score}, {@code f1-score}, {@code precision}, {@code recall}, …
     */
    public String name() {
        return name;
    }

    private SegmentationMetric with(MetricSettings changed) {
        return new SegmentationMetric(name, changed);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof SegmentationMetric other && name.equals(other.name) && settings.equals(other.settings);
    }

    @Override
    public int hashCode() {
        return 31 * name.hashCode() + settings.hashCode();
    }

    @Override
    public String toString() {
        return name + settings;
    }

    private Object writeReplace() {
        return new Stored(name, settings);
    }

    private void readObject(ObjectInputStream in) throws InvalidObjectException {
        throw new InvalidObjectException("metrics are read through their stored form");
    }

    /**
     * What a stream holds; reading it makes the metric anew, with all its checks.
     *
     * @param name     the kind
     * @param settings its settings
     */
    private record Stored(String name, MetricSettings settings) implements Serializable {

        private Object readResolve() throws InvalidObjectException {
            return Restored.by(() -> new SegmentationMetric(name, settings));
        }
    }
}
