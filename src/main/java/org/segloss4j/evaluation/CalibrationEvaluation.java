package org.segloss4j.evaluation;

import static org.segloss4j.evaluation.Checks.require;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntToDoubleFunction;
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
 * How well probabilities are calibrated: whether of the pixels that are given a probability of 0.8 for a class, 80 %
 * are of it. Counts of bins of equal width with the sums of probabilities and truths, per class and, for classes that
 * exclude one another, of the most probable class (top label) of each pixel. For {@code net.doEvaluation(iterator, …)},
 * or on its own. Parts {@linkplain #merge merge} into the whole to the bit, since the sums are in fixed point.
 *
 * <p>Bin b of B holds the probabilities from b/B up to but without (b+1)/B, and the last one also 1. The gap of a bin
 * is the difference of its mean probability and the share of its pixels that are true:
 * <ul>
 *   <li>ECE, expected calibration error (Guo et al. 2017): the mean gap, each bin by its pixels;</li>
 *   <li>ACE, average calibration error (Neumann et al. 2018; MONAI's {@code average}): the mean gap of the bins that
 *       are not empty. Not to be taken for the adaptive one, {@link #adaptiveEce};</li>
 *   <li>MCE, maximum calibration error: the largest gap;</li>
 *   <li>RMSCE, root mean square calibration error: √ of the mean squared gap, each bin by its pixels;</li>
 *   <li>Brier score: the mean squared difference of probability and truth, which needs no bins.</li>
 * </ul>
 * Scores without a class are those of the top label, or the mean over the labels where these do not exclude one
 * another; those called class-wise are means over the classes.
 *
 * <p>Predictions must be probabilities, or come in a {@link SegmentationBatch} with their activation. Labels and masks
 * come in every shape of {@link SegmentationBatch}; labels may be soft. A pixel counts once whatever its weight, unless
 * it is void: its mask is 0, its label is the {@linkplain #ignoreIndex ignored} one, or no class is labelled. A mask
 * per output voids the classes that it is 0 for.
 *
 * <p>Settings change this object and return it. Not safe for use by several threads: evaluate apart, then merge.
 *
 * <pre>{@code
 * CalibrationEvaluation calibration = net.doEvaluation(validation, CalibrationEvaluation.multiClass(12))[0];
 * double ece = calibration.ece();
 * Files.writeString(Path.of("reliability.svg"), calibration.reliabilityChart());
 * }</pre>
 *
 * <p>Cost: each batch is read once, on the host; memory is 40 bytes per class and bin, however many pixels were
 * counted.
 *
 * @since 0.1.0
 * @serial exclude
 */
@DefaultSerializer(JavaSerializer.class)
public final class CalibrationEvaluation extends BaseEvaluation<CalibrationEvaluation> {

    private static final long serialVersionUID = 1L;

    /** Whether the classes exclude one another. */
    private final transient boolean exclusive;
    private transient int number;
    private transient Integer ignoreIndex;
    private transient EvaluatedClasses classes;
    private transient ReliabilityBins bins;

    CalibrationEvaluation(StoredCalibration stored) {
        exclusive = stored.exclusive();
        int fewest = exclusive ? 2 : 1;
        require(stored.classes() >= fewest && stored.classes() <= ConfusionMatrix.MOST_CLASSES, "classes is "
                + stored.classes() + ", but must be from " + fewest + " to " + ConfusionMatrix.MOST_CLASSES);
        classes = EvaluatedClasses.of(stored.classes(), stored.channelsLast(), stored.classNames());
        ignoreIndex = stored.ignoreIndex();
        bins(stored.bins());
        if (stored.sums() != null) {
            bins = ReliabilityBins.of(rows(), number, stored.sums());
        }
    }

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    private static CalibrationEvaluation of(StoredCalibration stored) {
        return new CalibrationEvaluation(stored);
    }

    /**
     * An empty evaluation of classes that exclude one another.
     *
     * @param classes number of classes, at least 2
     * @return the evaluation
     * @throws IllegalArgumentException if it is below 2
     */
    public static CalibrationEvaluation multiClass(int classes) {
        return new CalibrationEvaluation(StoredCalibration.empty(classes, true));
    }

    /**
     * An empty evaluation of labels that may occur together, each of which has a channel.
     *
     * @param labels number of labels, at least 1
     * @return the evaluation
     * @throws IllegalArgumentException if it is below 1
     */
    public static CalibrationEvaluation multiLabel(int labels) {
        return new CalibrationEvaluation(StoredCalibration.empty(labels, false));
    }

    /**
     * An empty evaluation of a single channel.
     *
     * @return the evaluation
     */
    public static CalibrationEvaluation binary() {
        return multiLabel(1);
    }

    /**
     * Sets the number of bins; 15 by default, as in torchmetrics.
     *
     * @param number at least 1
     * @return this
     * @throws IllegalArgumentException if it is below 1, there would be more than 2^20 bins of all classes, or
     *                                  something was counted already
     */
    public CalibrationEvaluation bins(int number) {
        long cells = (long) rows() * number;
        require(number >= 1 && cells <= ReliabilityBins.MOST_CELLS, "bins is " + number + ", but must be from 1 to "
                + ReliabilityBins.MOST_CELLS / rows());
        require(bins == null || bins.equals(new ReliabilityBins(rows(), this.number)),
                "something was counted before bins " + number + " was set");
        this.number = number;
        bins = new ReliabilityBins(rows(), number);
        return this;
    }

    /**
     * Sets the label of void pixels, for what is counted from now on.
     *
     * @param ignoreIndex the label, which need not be a class
     * @return this
     */
    public CalibrationEvaluation ignoreIndex(int ignoreIndex) {
        this.ignoreIndex = ignoreIndex;
        return this;
    }

    /**
     * Says that the channels are the last axis of the predictions.
     *
     * @return this
     */
    public CalibrationEvaluation channelsLast() {
        classes = classes.withChannelsLast();
        return this;
    }

    /**
     * Names the classes in the table and the charts.
     *
     * @param classNames one name per class
     * @return this
     * @throws IllegalArgumentException if their number is not that of the classes
     */
    public CalibrationEvaluation classNames(List<String> classNames) {
        classes = classes.named(classNames);
        return this;
    }

    /**
     * Counts a batch; as DL4J calls it. The arrays are not kept.
     *
     * @param labels      one-hot, multi-hot or soft like the predictions, or class indices [N, *] or [N, 1, *] of an
     *                    integer type
     * @param predictions probabilities [N, C, *], or [N, *, C] with channels last, or [rows, C]
     * @param mask        pixel weights, 0 for void, or null
     * @param recordMetaData not used
     * @throws IllegalArgumentException if shapes or classes do not fit, a label is no class, or a prediction is no
     *                                  probability; nothing is counted then
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
     * @throws IllegalArgumentException if shapes or classes do not fit, a label is no class, or a prediction is no
     *                                  probability; nothing is counted then
     */
    public void eval(SegmentationBatch batch) {
        classes.requireChannels(batch);
        ReliabilityBins all = new ReliabilityBins(rows(), number);
        batch.forEachPixel(ignoreIndex, () -> new ProbabilityBins(batch, classes(), exclusive, number))
                .forEach(some -> all.add(some.bins()));
        bins.add(all);
    }

    /**
     * Adds the counts of another evaluation.
     *
     * @param other of the same classes, bins, ignored label and layout; names may differ
     * @throws IllegalArgumentException with both sides if one differs; nothing is added then
     */
    @Override
    public void merge(CalibrationEvaluation other) {
        Checks.mergeable(other.settings(), settings());
        bins.add(other.bins);
    }

    /** What pixels are counted by. */
    private String settings() {
        return classes() + (exclusive ? " classes" : classes() == 1 ? " label" : " labels") + ", " + number
                + " bins, ignoreIndex " + ignoreIndex + ", channelsLast " + classes.channelsLast();
    }

    @Override
    public void reset() {
        bins = new ReliabilityBins(rows(), number);
    }

    /** An empty evaluation of the same settings. */
    @Override
    public CalibrationEvaluation newInstance() {
        return new CalibrationEvaluation(stored(null));
    }

    /**
     * The number of classes or labels.
     *
     * @return C; 1 for a single channel
     */
    public int classes() {
        return classes.count();
    }

    /**
     * The number of bins.
     *
     * @return B
     */
    public int bins() {
        return number;
    }

    /**
     * The pixels that were counted for a class.
     *
     * @param c the class
     * @return the count
     * @throws IllegalArgumentException if c is no class
     */
    public long total(int c) {
        return bins.total(classes.checked(c));
    }

    /**
     * Expected calibration error: of the top label, or the mean over labels that do not exclude one another.
     *
     * <p>Source: torchmetrics' {@code multiclass_calibration_error} and {@code binary_calibration_error}, norm
     * {@code l1}; these put a probability of exactly 1 into a bin of its own.
     *
     * @return from 0 to 1; NaN if nothing was counted
     */
    public double ece() {
        return headline(bins::expected);
    }

    /**
     * Expected calibration error of a class.
     *
     * @param c the class
     * @return from 0 to 1; NaN if nothing was counted
     * @throws IllegalArgumentException if c is no class
     */
    public double ece(int c) {
        return bins.expected(classes.checked(c));
    }

    /**
     * Mean over the classes of the expected calibration error, also called static calibration error (Nixon et al.
     * 2019).
     *
     * <p>Source: MONAI's {@code CalibrationErrorMetric}, {@code expected}, for one image; it takes a probability on the
     * border of two bins into the lower one.
     *
     * @return from 0 to 1; NaN if nothing was counted
     */
    public double classwiseEce() {
        return classwise(bins::expected);
    }

    /**
     * Average calibration error: of the top label, or the mean over labels that do not exclude one another.
     *
     * @return from 0 to 1; NaN if nothing was counted
     */
    public double ace() {
        return headline(bins::average);
    }

    /**
     * Average calibration error of a class.
     *
     * @param c the class
     * @return from 0 to 1; NaN if nothing was counted
     * @throws IllegalArgumentException if c is no class
     */
    public double ace(int c) {
        return bins.average(classes.checked(c));
    }

    /**
     * Mean over the classes of the average calibration error.
     *
     * <p>Source: MONAI's {@code CalibrationErrorMetric}, {@code average}, for one image; the L1-ACE loss of Barfoot et
     * al. 2024 lowers it.
     *
     * @return from 0 to 1; NaN if nothing was counted
     */
    public double classwiseAce() {
        return classwise(bins::average);
    }

    /**
     * Maximum calibration error: of the top label, or the mean over labels that do not exclude one another.
     *
     * <p>Source: torchmetrics' {@code calibration_error}, norm {@code max}.
     *
     * @return from 0 to 1; NaN if nothing was counted
     */
    public double mce() {
        return headline(bins::maximum);
    }

    /**
     * Maximum calibration error of a class.
     *
     * @param c the class
     * @return from 0 to 1; NaN if nothing was counted
     * @throws IllegalArgumentException if c is no class
     */
    public double mce(int c) {
        return bins.maximum(classes.checked(c));
    }

    /**
     * Mean over the classes of the maximum calibration error.
     *
     * <p>Source: MONAI's {@code CalibrationErrorMetric}, {@code maximum}, for one image.
     *
     * @return from 0 to 1; NaN if nothing was counted
     */
    public double classwiseMce() {
        return classwise(bins::maximum);
    }

    /**
     * Root mean square calibration error: of the top label, or the mean over labels that do not exclude one another.
     *
     * <p>Source: torchmetrics' {@code calibration_error}, norm {@code l2}.
     *
     * @return from 0 to 1; NaN if nothing was counted
     */
    public double rmsce() {
        return headline(bins::rootMeanSquare);
    }

    /**
     * Root mean square calibration error of a class.
     *
     * @param c the class
     * @return from 0 to 1; NaN if nothing was counted
     * @throws IllegalArgumentException if c is no class
     */
    public double rmsce(int c) {
        return bins.rootMeanSquare(classes.checked(c));
    }

    /**
     * Adaptive calibration error (Nixon et al. 2019), the mean over the classes: as {@link #classwiseEce}, but of
     * ranges that hold equally many pixels. Exact ranges need all probabilities sorted, which cannot be merged; these
     * are made of whole bins, so there should be many more {@linkplain #bins(int) bins} than ranges.
     *
     * @param ranges number of ranges, from 1 to the number of bins
     * @return from 0 to 1; NaN if nothing was counted
     * @throws IllegalArgumentException if there cannot be so many ranges
     */
    public double adaptiveEce(int ranges) {
        require(ranges >= 1 && ranges <= number, "ranges is " + ranges + ", but must be from 1 to the " + number
                + " bins");
        return classwise(row -> bins.adaptive(row, ranges));
    }

    /**
     * Brier score: of classes that exclude one another the sum over them, as Brier defined it (1950), which for two
     * classes is twice that of a single channel; of labels that do not, the mean over them.
     *
     * @return from 0 to 2, or from 0 to 1 for labels; NaN if nothing was counted
     */
    public double brier() {
        double mean = classwise(bins::brier);
        return exclusive ? mean * IntStream.range(0, classes()).filter(c -> total(c) > 0).count() : mean;
    }

    /**
     * Brier score of a class: the mean squared difference of probability and truth.
     *
     * @param c the class
     * @return from 0 to 1; NaN if nothing was counted
     * @throws IllegalArgumentException if c is no class
     */
    public double brier(int c) {
        return bins.brier(classes.checked(c));
    }

    /**
     * A bin of a reliability chart.
     *
     * @param from            lower end of its probabilities
     * @param to              upper end
     * @param count           its pixels
     * @param meanProbability of its pixels; NaN if it is empty
     * @param frequency       the share of its pixels that are true; NaN if it is empty
     * @since 0.1.0
     */
    public record Bin(double from, double to, long count, double meanProbability, double frequency) {
    }

    /**
     * The bins of a class.
     *
     * @param c the class
     * @return B bins in the order of their probabilities
     * @throws IllegalArgumentException if c is no class
     */
    public List<Bin> reliability(int c) {
        return row(classes.checked(c));
    }

    /**
     * The bins of the most probable class of each pixel: how often it is right.
     *
     * @return B bins in the order of their probabilities
     * @throws IllegalArgumentException for labels that do not exclude one another
     */
    public List<Bin> topLabelReliability() {
        return row(topLabel());
    }

    /**
     * A reliability chart of a class: the share of true pixels over the probability, where a calibrated network lies on
     * the diagonal, and below how many pixels there are.
     *
     * @param c the class
     * @return a picture, SVG without anything from outside
     * @throws IllegalArgumentException if c is no class
     */
    public String reliabilityChart(int c) {
        return new ReliabilityChart("Reliability of " + (classes.names().title(c)),
                reliability(c), ece(c), mce(c)).svg();
    }

    /**
     * The reliability chart of the most probable class of each pixel, or of the label if there is but one.
     *
     * @return a picture, SVG without anything from outside
     * @throws IllegalArgumentException for several labels that do not exclude one another
     */
    public String reliabilityChart() {
        return !exclusive && classes() == 1 ? reliabilityChart(0)
                : new ReliabilityChart("Reliability of the most probable class", topLabelReliability(), ece(), mce())
                        .svg();
    }

    /** An aligned table: the calibration of each class, and of the top label or the mean. */
    @Override
    public String stats() {
        CalibrationTable table = new CalibrationTable(bins);
        for (int c = 0; c < classes(); c++) {
            table.row(classes.names().of(c), c);
        }
        if (exclusive) {
            table.row("top label", topLabel());
        }
        if (classes() > 1) {
            table.mean(exclusive ? "mean of classes" : "mean", this);
        }
        return table + "in " + number + " bins of equal width" + (exclusive ? "; Brier score of all classes "
                + AlignedText.number(brier()) : "") + "\n";
    }

    /**
     * The value of a metric; smaller is better.
     *
     * @param metric one of {@link Metric}
     * @return the value; NaN if nothing was counted
     * @throws IllegalArgumentException if it is a metric of another evaluation
     */
    @Override
    public double getValue(IMetric metric) {
        require(metric instanceof Metric, metric + " is no metric of CalibrationEvaluation");
        return ((Metric) metric).value.applyAsDouble(this);
    }

    private int rows() {
        return exclusive ? classes() + 1 : classes();
    }

    private int topLabel() {
        require(exclusive, "labels that do not exclude one another have no most probable class");
        return classes();
    }

    private double headline(IntToDoubleFunction ofRow) {
        return exclusive ? ofRow.applyAsDouble(topLabel()) : classwise(ofRow);
    }

    /** Over the classes of which a pixel was counted. */
    double classwise(IntToDoubleFunction ofRow) {
        return IntStream.range(0, classes()).mapToDouble(ofRow).filter(value -> !Double.isNaN(value)).average()
                .orElse(Double.NaN);
    }

    private List<Bin> row(int row) {
        List<Bin> all = new ArrayList<>();
        for (int bin = 0; bin < number; bin++) {
            all.add(new Bin((double) bin / number, (bin + 1.0) / number, bins.count(row, bin),
                    bins.meanProbability(row, bin), bins.frequency(row, bin)));
        }
        return all;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof CalibrationEvaluation other && settings().equals(other.settings())
                && bins.equals(other.bins) && classes.equals(other.classes);
    }

    @Override
    public int hashCode() {
        return Objects.hash(settings(), bins, classes);
    }

    @JsonValue
    private Object writeReplace() {
        return stored(bins.stored());
    }

    private StoredCalibration stored(ReliabilityBins.Stored sums) {
        return new StoredCalibration(classes(), exclusive, number, ignoreIndex, classes.channelsLast(),
                classes.names().stored(), sums);
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
        /** {@link CalibrationEvaluation#ece()}. */
        ECE(CalibrationEvaluation::ece),
        /** {@link CalibrationEvaluation#ace()}. */
        ACE(CalibrationEvaluation::ace),
        /** {@link CalibrationEvaluation#mce()}. */
        MCE(CalibrationEvaluation::mce),
        /** {@link CalibrationEvaluation#rmsce()}. */
        RMSCE(CalibrationEvaluation::rmsce),
        /** {@link CalibrationEvaluation#classwiseEce()}. */
        CLASSWISE_ECE(CalibrationEvaluation::classwiseEce),
        /** {@link CalibrationEvaluation#classwiseAce()}. */
        CLASSWISE_ACE(CalibrationEvaluation::classwiseAce),
        /** {@link CalibrationEvaluation#classwiseMce()}. */
        CLASSWISE_MCE(CalibrationEvaluation::classwiseMce),
        /** {@link CalibrationEvaluation#brier()}. */
        BRIER(CalibrationEvaluation::brier);

        private final ToDoubleFunction<CalibrationEvaluation> value;

        Metric(ToDoubleFunction<CalibrationEvaluation> value) {
            this.value = value;
        }

        @Override
        @SuppressWarnings("rawtypes") // IMetric declares the raw type.
        public Class<? extends IEvaluation> getEvaluationClass() {
            return CalibrationEvaluation.class;
        }

        @Override
        public boolean minimize() {
            return true;
        }
    }
}
