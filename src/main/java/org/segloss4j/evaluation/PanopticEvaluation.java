package org.segloss4j.evaluation;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Panoptic quality of a whole data set: how well instances of things and the regions of stuff are recognised (RQ) and
 * segmented (SQ); PQ = SQ · RQ.
 *
 * <pre>{@code
 * PanopticEvaluation panoptic = PanopticEvaluation.ofThings(11, 12, 13).andStuff(0, 1, 2).ignoreIndex(255);
 * panoptic.eval(PanopticSegmentation.of(classes, instances),
 *         PanopticSegmentation.of(predictedClasses, predictedInstances));
 * double pq = panoptic.mean(Quality.PQ);
 * }</pre>
 *
 * <p>In each image, a true and a predicted segment of one class match if their IoU is above one half; there cannot be
 * two such for a segment. A class has TP matches, FN true and FP predicted segments without a match;
 * SQ = ΣIoU / TP, RQ = TP / (TP + FP/2 + FN/2). All pixels of a stuff class of an image are one segment. Pixels that
 * are void in the truth belong to no predicted segment where IoU is computed, and the other way round; a segment
 * without a match that is void by more than one half on the other side counts as no error.
 *
 * <p>A class without any segment has NaN and drops out of the means; SQ of a class without a match is 0. Regions of
 * crowds are not told from others: give them a void label.
 *
 * <p>Evaluations of parts {@linkplain #merge merge} into that of the whole, to the rounding of a sum in double.
 * Settings change this object and return it. Not safe for use by several threads: evaluate apart, then merge.
 *
 * <p>Source: Kirillov et al., Panoptic Segmentation, CVPR 2019; the values are those of {@code panoptic_quality} of
 * torchmetrics, but for NaN of classes without a segment, where that has 0.
 *
 * @since 0.1.0
 * @serial exclude
 */
@DefaultSerializer(JavaSerializer.class)
public final class PanopticEvaluation implements Serializable {

    private static final long serialVersionUID = 1L;

    /**
     * What is measured of a class.
     *
     * @since 0.1.0
     */
    public enum Quality {
        /** Panoptic quality, SQ · RQ = ΣIoU / (TP + FP/2 + FN/2). */
        PQ,
        /** Segmentation quality, the mean IoU of what matches. */
        SQ,
        /** Recognition quality, the F1-score of segments. */
        RQ
    }

    /** The classes: things, then stuff. */
    private final transient int[] classes;
    /** How many of them are things. */
    private final transient int things;
    private transient int[] ignored;
    private transient Map<Long, Integer> kinds;
    private final transient double[] ious;
    private final transient long[] matched;
    private final transient long[] invented;
    private final transient long[] missed;

    private PanopticEvaluation(int[] classes, int things, int[] ignored) {
        this.classes = classes;
        this.things = things;
        ious = new double[classes.length];
        matched = new long[classes.length];
        invented = new long[classes.length];
        missed = new long[classes.length];
        ignore(ignored);
    }

    /**
     * Begins with the classes whose instances count.
     *
     * @param things the labels of the classes; none, if all are stuff
     * @return what lacks the stuff
     */
    public static Things ofThings(int... things) {
        return new Things(things.clone());
    }

    /**
     * Classes of things, on the way to an evaluation.
     *
     * @since 0.1.0
     */
    public static final class Things {

        private final int[] things;

        private Things(int[] things) {
            this.things = things;
        }

        /**
         * Adds the classes that have no instances.
         *
         * @param stuff the labels of the classes; none, if all are things
         * @return an empty evaluation
         * @throws IllegalArgumentException if there is no class, or one occurs twice
         */
        public PanopticEvaluation andStuff(int... stuff) {
            return new PanopticEvaluation(IntStream.concat(Arrays.stream(things).sorted(),
                    Arrays.stream(stuff).sorted()).toArray(), things.length, new int[0]);
        }
    }

    private void ignore(int[] labels) {
        Map<Long, Integer> known = new HashMap<>();
        for (int k = 0; k < classes.length; k++) {
            ConfusionMatrix.require(known.put((long) classes[k], k) == null, "class " + classes[k]
                    + " occurs twice among things " + things() + " and stuff " + stuff());
        }
        ConfusionMatrix.require(classes.length > 0, "there is neither a class of things nor one of stuff");
        for (int label : labels) {
            ConfusionMatrix.require(known.get((long) label) == null, "the ignored label " + label
                    + " is one of things " + things() + " or stuff " + stuff());
        }
        for (int label : labels) {
            known.put((long) label, null);
        }
        ignored = labels.clone();
        kinds = known;
    }

    private String things() {
        return Arrays.toString(Arrays.copyOf(classes, things));
    }

    private String stuff() {
        return Arrays.toString(Arrays.copyOfRange(classes, things, classes.length));
    }

    /**
     * Sets the labels of void pixels, in truth and prediction.
     *
     * @param labels none of the classes
     * @return this
     * @throws IllegalArgumentException if one is a class
     */
    public PanopticEvaluation ignoreIndex(int... labels) {
        ignore(labels);
        return this;
    }

    /**
     * Evaluates images, each on its own.
     *
     * @param truth     the true segments
     * @param predicted the predicted segments, of as many images and pixels
     * @throws IllegalArgumentException if sizes do not fit, or a label is neither a class nor ignored; nothing is added
     *                                  then
     */
    public void eval(PanopticSegmentation truth, PanopticSegmentation predicted) {
        ConfusionMatrix.require(truth.examples() == predicted.examples() && truth.pixels() == predicted.pixels(),
                "true segments of [N, S] = " + truth + " do not match predicted ones of " + predicted);
        PanopticEvaluation batch = newInstance();
        for (long n = 0; n < truth.examples(); n++) {
            new PanopticImage(checked("true", n, truth.classes(n)), truth.instances(n),
                    checked("predicted", n, predicted.classes(n)), predicted.instances(n), kinds::get, things)
                    .addTo(batch.sums());
        }
        merge(batch);
    }

    private long[] checked(String what, long n, long[] labels) {
        for (int s = 0; s < labels.length; s++) {
            boolean isKnown = s > 0 && labels[s] == labels[s - 1] || kinds.containsKey(labels[s]);
            ConfusionMatrix.require(isKnown, "the " + what + " class " + labels[s] + " at example " + n + ", pixel "
                    + s + " is neither one of things " + things() + " nor of stuff " + stuff() + " nor ignored "
                    + Arrays.toString(ignored));
        }
        return labels;
    }

    private PanopticImage.Sums sums() {
        return new PanopticImage.Sums() {
            @Override
            public void matched(int kind, double iou) {
                matched[kind]++;
                ious[kind] += iou;
            }

            @Override
            public void missed(int kind) {
                missed[kind]++;
            }

            @Override
            public void invented(int kind) {
                invented[kind]++;
            }
        };
    }

    /**
     * Adds what another evaluation has found.
     *
     * @param other of the same classes and ignored labels
     * @throws IllegalArgumentException with both sides if they differ; nothing is added then
     */
    public void merge(PanopticEvaluation other) {
        ConfusionMatrix.require(other.settings().equals(settings()), "an evaluation of " + other.settings()
                + " cannot be merged into one of " + settings());
        for (int k = 0; k < classes.length; k++) {
            ious[k] += other.ious[k];
            matched[k] += other.matched[k];
            missed[k] += other.missed[k];
            invented[k] += other.invented[k];
        }
    }

    private String settings() {
        return "things " + things() + ", stuff " + stuff() + ", ignored " + Arrays.toString(ignored);
    }

    /**
     * An empty evaluation of the same classes.
     *
     * @return a new one
     */
    public PanopticEvaluation newInstance() {
        return new PanopticEvaluation(classes, things, ignored);
    }

    /**
     * The quality of a class.
     *
     * @param quality which
     * @param c       the label of the class
     * @return from 0 to 1; NaN if neither truth nor prediction has a segment of it that counts
     * @throws IllegalArgumentException if it is no class
     */
    public double value(Quality quality, int c) {
        return ofKind(quality, kind(c));
    }

    private int kind(int c) {
        Integer kind = kinds.get((long) c);
        ConfusionMatrix.require(kind != null, "class " + c + " is neither one of things " + things()
                + " nor of stuff " + stuff());
        return kind;
    }

    private double ofKind(Quality quality, int k) {
        double segments = matched[k] + 0.5 * invented[k] + 0.5 * missed[k];
        if (segments == 0) {
            return Double.NaN;
        }
        return switch (quality) {
            case PQ -> ious[k] / segments;
            case SQ -> matched[k] == 0 ? 0 : ious[k] / matched[k];
            case RQ -> matched[k] / segments;
        };
    }

    /**
     * The mean over all classes.
     *
     * @param quality which
     * @return from 0 to 1; classes without a segment drop out; NaN if all do
     */
    public double mean(Quality quality) {
        return mean(quality, 0, classes.length);
    }

    /**
     * The mean over the classes of things.
     *
     * @param quality which
     * @return from 0 to 1; classes without a segment drop out; NaN if all do
     */
    public double meanOfThings(Quality quality) {
        return mean(quality, 0, things);
    }

    /**
     * The mean over the classes of stuff.
     *
     * @param quality which
     * @return from 0 to 1; classes without a segment drop out; NaN if all do
     */
    public double meanOfStuff(Quality quality) {
        return mean(quality, things, classes.length);
    }

    private double mean(Quality quality, int from, int to) {
        return IntStream.range(from, to).mapToDouble(k -> ofKind(quality, k)).filter(value -> !Double.isNaN(value))
                .average().orElse(Double.NaN);
    }

    /**
     * True segments of a class that match a predicted one.
     *
     * @param c the label of the class
     * @return TP
     * @throws IllegalArgumentException if it is no class
     */
    public long truePositives(int c) {
        return matched[kind(c)];
    }

    /**
     * Predicted segments of a class without a match.
     *
     * @param c the label of the class
     * @return FP
     * @throws IllegalArgumentException if it is no class
     */
    public long falsePositives(int c) {
        return invented[kind(c)];
    }

    /**
     * True segments of a class without a match.
     *
     * @param c the label of the class
     * @return FN
     * @throws IllegalArgumentException if it is no class
     */
    public long falseNegatives(int c) {
        return missed[kind(c)];
    }

    /** An aligned table: qualities and segments of each class, and the means. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(String.format(Locale.ROOT, "%-14s  %6s  %6s  %6s  %8s  %8s  %8s\n",
                "class", "PQ", "SQ", "RQ", "TP", "FP", "FN"));
        for (int k = 0; k < classes.length; k++) {
            int own = k;
            text.append(row(classes[k] + (k < things ? "" : " (stuff)"), quality -> ofKind(quality, own)))
                    .append(String.format(Locale.ROOT, "  %8d  %8d  %8d\n", matched[k], invented[k], missed[k]));
        }
        return text.append(row("mean", this::mean)).append('\n').toString();
    }

    private static String row(String name, ToDoubleFunction<Quality> value) {
        StringBuilder row = new StringBuilder(String.format(Locale.ROOT, "%-14s", name));
        for (Quality quality : Quality.values()) {
            double number = value.applyAsDouble(quality);
            row.append(String.format(Locale.ROOT, "  %6s", Double.isNaN(number) ? "-"
                    : String.format(Locale.ROOT, "%.4f", number)));
        }
        return row.toString();
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof PanopticEvaluation other && settings().equals(other.settings())
                && Arrays.equals(ious, other.ious) && Arrays.equals(matched, other.matched)
                && Arrays.equals(invented, other.invented) && Arrays.equals(missed, other.missed);
    }

    @Override
    public int hashCode() {
        return Objects.hash(settings(), Arrays.hashCode(ious), Arrays.hashCode(matched));
    }

    private Object writeReplace() {
        return new Stored(classes, things, ignored, ious, matched, invented, missed);
    }

    private void readObject(ObjectInputStream in) throws InvalidObjectException {
        throw new InvalidObjectException("evaluations are read through their stored form");
    }

    /**
     * What a stream holds; reading it makes the evaluation anew, with all its checks.
     *
     * @param classes  things, then stuff
     * @param things   how many of them are things
     * @param ignored  void labels
     * @param ious     sums of the IoU of matches
     * @param matched  true positives
     * @param invented false positives
     * @param missed   false negatives
     */
    private record Stored(int[] classes, int things, int[] ignored, double[] ious, long[] matched, long[] invented,
                          long[] missed) implements Serializable {

        private Object readResolve() throws InvalidObjectException {
            try {
                ConfusionMatrix.require(classes != null && ignored != null && things >= 0
                        && things <= classes.length, "there are " + things + " things");
                PanopticEvaluation read = new PanopticEvaluation(classes, things, ignored);
                for (long[] counts : new long[][] {matched, invented, missed}) {
                    ConfusionMatrix.require(counts != null && counts.length == classes.length
                            && Arrays.stream(counts).allMatch(count -> count >= 0), "counts of segments are "
                            + Arrays.toString(counts));
                }
                ConfusionMatrix.require(ious != null && ious.length == classes.length
                        && Arrays.stream(ious).allMatch(sum -> sum >= 0), "sums of IoU are " + Arrays.toString(ious));
                System.arraycopy(ious, 0, read.ious, 0, ious.length);
                System.arraycopy(matched, 0, read.matched, 0, ious.length);
                System.arraycopy(invented, 0, read.invented, 0, ious.length);
                System.arraycopy(missed, 0, read.missed, 0, ious.length);
                return read;
            } catch (IllegalArgumentException e) {
                throw (InvalidObjectException) new InvalidObjectException(e.getMessage()).initCause(e);
            }
        }
    }
}
