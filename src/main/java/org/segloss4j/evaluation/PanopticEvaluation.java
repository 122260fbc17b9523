package org.segloss4j.evaluation;

import static org.segloss4j.evaluation.Checks.require;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;
import org.segloss4j.internal.stored.Restored;

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

    private transient PanopticClasses classes;
    private final transient PanopticTally tally;

    private PanopticEvaluation(PanopticClasses classes, PanopticTally tally) {
        this.classes = classes;
        this.tally = tally;
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
            PanopticClasses classes = new PanopticClasses(IntStream.concat(Arrays.stream(things).sorted(),
                    Arrays.stream(stuff).sorted()).toArray(), things.length, false);
            return new PanopticEvaluation(classes, new PanopticTally(classes.count()));
        }
    }

    /**
     * Sets the labels of void pixels, in truth and prediction.
     *
     * @param labels none of the classes
     * @return this
     * @throws IllegalArgumentException if one is a class
     */
    public PanopticEvaluation ignoreIndex(int... labels) {
        classes = classes.ignoring(labels);
        return this;
    }

    /**
     * Sets whether stuff is measured by the modified quality, which asks for no match: the sum of the IoU of the true
     * and the predicted segments over the number of true ones. A stuff class that is predicted where there is none
     * costs nothing then, and one of an IoU below one half is not lost. Things are measured as ever.
     *
     * <p>Source: Porzi et al., Seamless Scene Segmentation, CVPR 2019; the values are those of
     * {@code modified_panoptic_quality} of torchmetrics.
     *
     * @param modified false by default. Of stuff TP is the number of true segments then, and FP and FN are 0
     * @return this
     */
    public PanopticEvaluation modified(boolean modified) {
        classes = classes.modified(modified);
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
        require(truth.examples() == predicted.examples() && truth.pixels() == predicted.pixels(),
                "true segments of [N, S] = " + truth + " do not match predicted ones of " + predicted);
        PanopticTally batch = new PanopticTally(classes.count());
        for (long n = 0; n < truth.examples(); n++) {
            new PanopticImage(classes.checked("true", n, truth.classes(n)), truth.instances(n),
                    classes.checked("predicted", n, predicted.classes(n)), predicted.instances(n), classes)
                    .addTo(batch);
        }
        tally.add(batch);
    }

    /**
     * Adds what another evaluation has found.
     *
     * @param other of the same classes and ignored labels
     * @throws IllegalArgumentException with both sides if they differ; nothing is added then
     */
    public void merge(PanopticEvaluation other) {
        Checks.mergeable(other.classes, classes);
        tally.add(other.tally);
    }

    /**
     * An empty evaluation of the same classes.
     *
     * @return a new one
     */
    public PanopticEvaluation newInstance() {
        return new PanopticEvaluation(classes, new PanopticTally(classes.count()));
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
        return tally.of(quality, classes.place(c));
    }

    /**
     * The mean over all classes.
     *
     * @param quality which
     * @return from 0 to 1; classes without a segment drop out; NaN if all do
     */
    public double mean(Quality quality) {
        return tally.mean(quality, 0, classes.count());
    }

    /**
     * The mean over the classes of things.
     *
     * @param quality which
     * @return from 0 to 1; classes without a segment drop out; NaN if all do
     */
    public double meanOfThings(Quality quality) {
        return tally.mean(quality, 0, classes.things());
    }

    /**
     * The mean over the classes of stuff.
     *
     * @param quality which
     * @return from 0 to 1; classes without a segment drop out; NaN if all do
     */
    public double meanOfStuff(Quality quality) {
        return tally.mean(quality, classes.things(), classes.count());
    }

    /**
     * True segments of a class that match a predicted one.
     *
     * @param c the label of the class
     * @return TP
     * @throws IllegalArgumentException if it is no class
     */
    public long truePositives(int c) {
        return tally.matched()[classes.place(c)];
    }

    /**
     * Predicted segments of a class without a match.
     *
     * @param c the label of the class
     * @return FP
     * @throws IllegalArgumentException if it is no class
     */
    public long falsePositives(int c) {
        return tally.invented()[classes.place(c)];
    }

    /**
     * True segments of a class without a match.
     *
     * @param c the label of the class
     * @return FN
     * @throws IllegalArgumentException if it is no class
     */
    public long falseNegatives(int c) {
        return tally.missed()[classes.place(c)];
    }

    /** An aligned table: qualities and segments of each class, and the means. */
    @Override
    public String toString() {
        return PanopticTable.text(classes, tally);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof PanopticEvaluation other && classes.equals(other.classes) && tally.equals(other.tally);
    }

    @Override
    public int hashCode() {
        return Objects.hash(classes, tally);
    }

    private Object writeReplace() {
        return new Stored(classes.labels(), classes.things(), classes.isModified(), classes.ignored(), tally.ious(),
                tally.matched(), tally.invented(), tally.missed());
    }

    private void readObject(ObjectInputStream in) throws InvalidObjectException {
        throw new InvalidObjectException("evaluations are read through their stored form");
    }

    /**
     * What a stream holds; reading it makes the evaluation anew, with all its checks.
     *
     * @param classes  things, then stuff
     * @param things   how many of them are things
     * @param modified whether stuff is measured by the modified quality
     * @param ignored  void labels
     * @param ious     sums of the IoU of matches
     * @param matched  true positives
     * @param invented false positives
     * @param missed   false negatives
     */
    private record Stored(int[] classes, int things, boolean modified, int[] ignored, double[] ious, long[] matched,
                          long[] invented, long[] missed) implements Serializable {

        private Object readResolve() throws InvalidObjectException {
            return Restored.by(() -> {
                require(classes != null && ignored != null && things >= 0 && things <= classes.length,
                        "there are " + things + " things");
                PanopticClasses known = new PanopticClasses(classes, things, modified, ignored);
                return new PanopticEvaluation(known, new PanopticTally(ious, matched, invented, missed)
                        .checkedCopy(known.count()));
            });
        }
    }
}
