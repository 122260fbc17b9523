package org.segloss4j.evaluation;

import static org.segloss4j.evaluation.Checks.require;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import org.nd4j.evaluation.BaseEvaluation;
import org.nd4j.evaluation.IEvaluation;
import org.nd4j.evaluation.IMetric;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonValue;

/**
 * Surface metrics of a whole data set: surface Dice, Hausdorff distances, average surface distance and boundary IoU of
 * each class, as means over images; for {@code net.doEvaluation(iterator, …)}, or on its own. {@link MaskSurfaces} has
 * the definitions and the same metrics of a single pair of masks.
 *
 * <pre>{@code
 * SurfaceEvaluation surfaces = net.doEvaluation(validation,
 *         new SurfaceEvaluation(4).includeBackground(false).spacing(0.8, 0.8).tolerance(2))[0];
 * System.out.println(surfaces.stats());
 * double hd95 = surfaces.mean(Metric.HAUSDORFF_PERCENTILE, 1);
 * }</pre>
 *
 * <p>Predictions are images [N, C, H, W] or volumes [N, C, D, H, W], or with channels last; labels and masks are those
 * of {@link SegmentationEvaluation}. A void pixel is in no mask, neither a true nor a predicted one: what is wrong
 * there does not count, and where an object goes on in the void, both masks end at the same place.
 *
 * <p><b>Absent classes.</b> An image without a class in truth and prediction has no score of that class and drops out
 * of its mean. If only one of them holds the class, its surface Dice and boundary IoU are 0 and its distances
 * infinite, and so is the {@linkplain #mean mean} of the class; {@link #missing} counts such images, and
 * {@link #finiteMean} leaves them out. This is what MONAI does, but for the last one.
 *
 * <p>Evaluations of parts {@linkplain #merge merge} into that of the whole, to the rounding of a sum in double.
 * Settings change this object and return it; set them before the first image. Not safe for use by several threads:
 * evaluate apart, then merge.
 *
 * <p>Cost: time in proportion to the pixels of the smallest boxes around each class; memory is a few numbers for each
 * class, however many images were seen.
 *
 * @since 0.1.0
 * @serial exclude
 */
@DefaultSerializer(JavaSerializer.class)
public final class SurfaceEvaluation extends BaseEvaluation<SurfaceEvaluation> {

    private static final long serialVersionUID = 1L;
    private static final int METRICS = Metric.values().length;

    private transient SurfaceSettings settings;
    private transient SurfaceTally tally;

    /**
     * An empty evaluation of all classes: spacing and tolerance 1, percentile 95, boundary ratio 0.02.
     *
     * @param classes number of classes, at least 2; a single channel is 2 classes
     * @throws IllegalArgumentException if it is below 2
     */
    public SurfaceEvaluation(int classes) {
        this(SurfaceSettings.of(classes), new SurfaceTally(METRICS, classes));
    }

    private SurfaceEvaluation(SurfaceSettings settings, SurfaceTally tally) {
        this.settings = settings;
        this.tally = tally;
    }

    SurfaceEvaluation(StoredSurfaces stored) {
        this(stored.settings(), stored.tally(METRICS));
    }

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    private static SurfaceEvaluation of(StoredSurfaces stored) {
        return new SurfaceEvaluation(stored);
    }

    private SurfaceEvaluation with(SurfaceSettings changed) {
        require(tally.images() == 0 || changed.equals(settings), tally.images()
                + " images have been measured by other settings; set them before the first image");
        settings = changed;
        return this;
    }

    /**
     * Sets the label of void pixels. If it is a class, that class has no scores.
     *
     * @param ignoreIndex the label, which need not be a class
     * @return this
     * @throws IllegalArgumentException if images have been measured otherwise
     */
    public SurfaceEvaluation ignoreIndex(int ignoreIndex) {
        return with(settings.ignoreIndex(ignoreIndex));
    }

    /**
     * Says whether class 0 has scores; it has by default. (MONAI leaves it out by default.)
     *
     * @param included false to leave it out
     * @return this
     * @throws IllegalArgumentException if images have been measured otherwise
     */
    public SurfaceEvaluation includeBackground(boolean included) {
        return with(settings.includeBackground(included));
    }

    /**
     * Measures groups of classes in the place of classes, as if each of them were one class: the overlapping regions of
     * brain tumours, such as {@code classGroups(new int[] {1, 2, 3}, new int[] {1, 3})}. What takes the number of a
     * class takes that of a group then, from 0.
     *
     * @param groups the classes of each group, from 0; a class may be in several groups
     * @return this
     * @throws IllegalArgumentException if there is none, or one is empty or holds what is no class, a class twice or
     *                                  the ignored label, or the background is left out, or images have been measured
     *                                  otherwise
     */
    public SurfaceEvaluation classGroups(int[]... groups) {
        with(settings.groups(ClassGroups.of(classes(), groups)));
        tally = new SurfaceTally(METRICS, settings.measured());
        return this;
    }

    /**
     * Sets the distance between neighbouring pixels along each axis, such as in millimetres; 1 by default. All
     * distances and tolerances are in this unit. Boundary IoU does not depend on it.
     *
     * @param spacing along [H, W] or [D, H, W]
     * @return this
     * @throws IllegalArgumentException if one is not positive and finite, there are not two or three, or images have
     *                                  been measured otherwise
     */
    public SurfaceEvaluation spacing(double... spacing) {
        return with(settings.spacing(spacing));
    }

    /**
     * Sets how far surfaces may lie apart for surface Dice; 1 by default.
     *
     * @param tolerances one for all classes, or one for each; at least 0
     * @return this
     * @throws IllegalArgumentException if one is negative or not finite, there is another number of them, or images
     *                                  have been measured otherwise
     */
    public SurfaceEvaluation tolerance(double... tolerances) {
        return with(settings.tolerances(tolerances));
    }

    /**
     * Sets the percentile of {@link Metric#HAUSDORFF_PERCENTILE}; 95 by default.
     *
     * @param percentile above 0 and up to 100
     * @return this
     * @throws IllegalArgumentException if it lies outside, or images have been measured otherwise
     */
    public SurfaceEvaluation percentile(double percentile) {
        return with(settings.percentile(percentile));
    }

    /**
     * Sets the width of boundaries for boundary IoU, as a share of the image's diagonal; 0.02 by default.
     *
     * @param ratio above 0 and up to 1
     * @return this
     * @throws IllegalArgumentException if it lies outside, or images have been measured otherwise
     */
    public SurfaceEvaluation boundaryRatio(double ratio) {
        return with(settings.boundaryRatio(ratio));
    }

    /**
     * Sets the probability above which a pixel of a single channel is class 1; 0.5 by default.
     *
     * @param threshold from 0 to 1
     * @return this
     * @throws IllegalArgumentException if it lies outside, or images have been measured otherwise
     */
    public SurfaceEvaluation threshold(double threshold) {
        return with(settings.threshold(threshold));
    }

    /**
     * Says that surfaces are made of elements between the pixels, each of which counts by its length or area, as in
     * google-deepmind/surface-distance; by default each edge pixel counts once, as in MONAI. Boundary IoU does not
     * depend on it.
     *
     * @return this
     * @throws IllegalArgumentException if images have been measured otherwise
     */
    public SurfaceEvaluation byArea() {
        return with(settings.byArea(true));
    }

    /**
     * Says that the channels are the last axis of the predictions.
     *
     * @return this
     * @throws IllegalArgumentException if images have been measured otherwise
     */
    public SurfaceEvaluation channelsLast() {
        return with(settings.channelsLast(true));
    }

    /**
     * Measures a batch; as DL4J calls it. The arrays are not kept.
     *
     * @param labels         one-hot or soft like the predictions, or class indices [N, *] or [N, 1, *] of an integer
     *                       type
     * @param predictions    [N, C, H, W] or [N, C, D, H, W], or with channels last; probabilities, or for several
     *                       channels anything of the same order
     * @param mask           pixel weights, 0 for void, or null
     * @param recordMetaData not used
     * @throws IllegalArgumentException if shapes, spacing or classes do not fit, or a label is no class; nothing is
     *                                  added then
     */
    @Override
    public void eval(INDArray labels, INDArray predictions, INDArray mask,
                     List<? extends Serializable> recordMetaData) {
        add(ClassImages.ofPredictions(labels, predictions, mask, settings));
    }

    /**
     * Measures images whose predicted classes are given as class indices, such as masks from files.
     *
     * @param truth     the true classes, of an integer type: [N, H, W], [N, 1, H, W], [N, D, H, W] or [N, 1, D, H, W]
     * @param predicted the predicted classes, of the same shape but for the axis of size 1
     * @throws IllegalArgumentException if shapes or spacing do not fit, or a label is no class; nothing is added then
     */
    public void evalIndices(INDArray truth, INDArray predicted) {
        add(ClassImages.ofIndices(truth, predicted, settings));
    }

    private void add(List<ClassImage> images) {
        images.stream().map(image -> image.scores(settings)).toList().forEach(tally::add);
    }

    /**
     * Adds what another evaluation has measured.
     *
     * @param other of the same number of classes and settings
     * @throws IllegalArgumentException with both sides if they differ; nothing is added then
     */
    @Override
    public void merge(SurfaceEvaluation other) {
        require(other.classes() == classes(), "an evaluation of " + other.classes()
                + " classes cannot be merged into one of " + classes());
        Checks.mergeable(other.settings, settings);
        tally.merge(other.tally);
    }

    @Override
    public void reset() {
        tally.reset();
    }

    /** An empty evaluation of the same settings. */
    @Override
    public SurfaceEvaluation newInstance() {
        return new SurfaceEvaluation(settings, new SurfaceTally(METRICS, settings.measured()));
    }

    /**
     * The number of classes.
     *
     * @return at least 2
     */
    public int classes() {
        return settings.classes();
    }

    /** How many classes or, in their place, groups have scores. */
    int measured() {
        return settings.measured();
    }

    /**
     * The number of images that were measured.
     *
     * @return at least 0
     */
    public long images() {
        return tally.images();
    }

    /**
     * The mean of a metric over the images in which truth or prediction holds a class.
     *
     * @param metric the metric
     * @param c      the class
     * @return infinite for distances if an image misses the class in one of them; NaN if no image has it, or it has no
     *         scores
     * @throws IllegalArgumentException if c is no class
     */
    public double mean(Metric metric, int c) {
        return tally.mean(metric.ordinal(), checked(c));
    }

    /**
     * The mean over the images in which truth and prediction hold a class, for distances; for shares the same as
     * {@link #mean(Metric, int)}.
     *
     * @param metric the metric
     * @param c      the class
     * @return finite, or NaN if there is no such image; look at {@link #missing} beside it
     * @throws IllegalArgumentException if c is no class
     */
    public double finiteMean(Metric metric, int c) {
        return tally.finiteMean(metric.ordinal(), checked(c));
    }

    /**
     * The mean over classes of their {@linkplain #mean(Metric, int) means}: MONAI's reduction {@code mean_batch}, and
     * then the mean.
     *
     * @param metric the metric
     * @return infinite if one of them is; classes that no image has drop out; NaN if all do
     */
    public double mean(Metric metric) {
        double sum = 0;
        int defined = 0;
        for (int c = 0; c < measured(); c++) {
            double mean = mean(metric, c);
            if (!Double.isNaN(mean)) {
                sum += mean;
                defined++;
            }
        }
        return sum / defined;
    }

    /**
     * The mean over images of the mean over the classes of each: MONAI's reduction {@code mean}.
     *
     * @param metric the metric
     * @return infinite if one of them is; images without any scored class drop out; NaN if all do
     */
    public double meanOfImages(Metric metric) {
        return tally.meanOfImages(metric.ordinal());
    }

    /**
     * How many images hold a class in truth or prediction.
     *
     * @param c the class
     * @return the images that its means are made of
     * @throws IllegalArgumentException if c is no class
     */
    public long images(int c) {
        return tally.finite(Metric.SURFACE_DICE.ordinal(), checked(c));
    }

    /**
     * How many images hold a class in the truth or in the prediction, but not in both.
     *
     * @param c the class
     * @return those whose distances are infinite
     * @throws IllegalArgumentException if c is no class
     */
    public long missing(int c) {
        return tally.infinite(Metric.HAUSDORFF.ordinal(), checked(c));
    }

    private int checked(int c) {
        require(settings.groups().isNone() || c >= 0 && c < measured(), "group " + c + " is outside 0.."
                + (measured() - 1));
        return Checks.knownClass(c, measured());
    }

    /**
     * The {@linkplain #mean(Metric) mean over classes}, such as for early stopping.
     *
     * @param metric one of {@link Metric}
     * @return its value
     * @throws IllegalArgumentException if it is a metric of another evaluation
     */
    @Override
    public double getValue(IMetric metric) {
        require(metric instanceof Metric, metric + " is no metric of SurfaceEvaluation");
        return mean((Metric) metric);
    }

    /** An aligned table: the means of each class, in how many images it is, and in how many on one side only. */
    @Override
    public String stats() {
        return SurfaceTable.text(this, settings);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof SurfaceEvaluation other && settings.equals(other.settings) && tally.equals(other.tally);
    }

    @Override
    public int hashCode() {
        return Objects.hash(settings, tally);
    }

    @JsonValue
    private Object writeReplace() {
        return StoredSurfaces.of(settings, tally);
    }

    private void readObject(ObjectInputStream in) throws InvalidObjectException {
        throw new InvalidObjectException("evaluations are read through their stored form");
    }

    /**
     * What is measured, and what {@link #getValue} can be asked for.
     *
     * @since 0.1.0
     */
    public enum Metric implements IMetric {
        /** Normalised surface Dice at the {@linkplain SurfaceEvaluation#tolerance tolerance}; from 0 to 1. */
        SURFACE_DICE(false, (surfaces, settings, c) -> surfaces.surfaceDice(settings.tolerance(c))),
        /** Hausdorff distance. */
        HAUSDORFF(true, (surfaces, settings, c) -> surfaces.hausdorff()),
        /** The {@linkplain SurfaceEvaluation#percentile percentile} of the Hausdorff distance, by default HD95. */
        HAUSDORFF_PERCENTILE(true, (surfaces, settings, c) -> surfaces.hausdorff(settings.percentile())),
        /** Average symmetric surface distance. */
        AVERAGE_SYMMETRIC_DISTANCE(true, (surfaces, settings, c) -> surfaces.averageSymmetricDistance()),
        /** Boundary IoU; from 0 to 1. */
        BOUNDARY_IOU(false, (surfaces, settings, c) -> surfaces.boundaryIou(settings.boundaryRatio()));

        private final boolean isDistance;
        private final Measure measure;

        Metric(boolean isDistance, Measure measure) {
            this.isDistance = isDistance;
            this.measure = measure;
        }

        double of(MaskSurfaces surfaces, SurfaceSettings settings, int c) {
            return measure.of(surfaces, settings, c);
        }

        @Override
        @SuppressWarnings("rawtypes") // IMetric declares the raw type.
        public Class<? extends IEvaluation> getEvaluationClass() {
            return SurfaceEvaluation.class;
        }

        @Override
        public boolean minimize() {
            return isDistance;
        }

        private interface Measure {

            double of(MaskSurfaces surfaces, SurfaceSettings settings, int c);
        }
    }
}
