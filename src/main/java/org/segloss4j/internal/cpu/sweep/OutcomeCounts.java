package org.segloss4j.internal.cpu.sweep;

import java.util.Arrays;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Counting;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Elements;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cpu.lanes.TileIo;

/**
 * Counts true and false positives and negatives of each image and label, where labels do not exclude one another. Rows
 * of the sweep are compared with the least prediction that is a positive one; what is rare is taken pixel by pixel in
 * double, as visitors of pixels see it.
 */
final class OutcomeCounts extends HardCounts {

    /** From which value on a label of a fraction is a positive one. */
    private static final double HALF = 0.5;

    private final Batch batch;
    private final Integer ignore;
    private final int labels;
    /** S of the images, which may be joined to longer ones here. */
    private final long pixelsOfImage;
    private final Pixel pixel;
    /** Of each label, in the predictions' type. */
    private final double[] thresholds;
    /** Of each label the least prediction that is positive; null where pixels are taken one by one. */
    private final double[] cuts;
    /** [N, labels, OUTCOMES]. */
    private int[] index = {};
    private float[] label = {};
    private float[] weight = {};

    OutcomeCounts(Job job, Batch batch) {
        super(job);
        this.batch = batch;
        Counting counting = job.counting();
        ignore = counting.ignoreIndex();
        labels = batch.predictions().channels();
        pixelsOfImage = job.batch().predictions().pixels();
        pixel = new Pixel(batch, ignore);
        thresholds = new double[labels];
        Arrays.setAll(thresholds, c -> Elements.round(batch.predictions().type(), counting.labelThreshold(c)));
        cuts = isOfRows(job, batch) ? new double[labels] : null;
        for (int c = 0; c < labels && cuts != null; c++) {
            cuts[c] = counting.labelCut(batch, c);
        }
    }

    /** Whether rows of the sweep hold the predictions of all outputs that count, and labels and mask are plain. */
    private static boolean isOfRows(Job job, Batch batch) {
        Integer ignore = job.spec().ignoreIndex();
        boolean isIndex = batch.labels().kind() == Labels.Kind.INDEX;
        int channels = batch.predictions().channels();
        boolean isClassIgnored = ignore != null && channels > 1 && ignore >= 0 && ignore < channels;
        return job.countsItsPixels() && batch.predictions().type() != ElementType.DOUBLE
                && batch.activation() != Activation.SOFTMAX && (batch.mask() == null || batch.mask().channels() == 1)
                && (isIndex || !isClassIgnored && batch.labels().tensor().type() != ElementType.DOUBLE);
    }

    @Override
    void count(long n, long s) {
        pixel.load(n, s, bad);
        if (pixel.isVoid()) {
            return;
        }
        if (pixel.hasNaN()) {
            bad.add(BadInput.Kind.PREDICTION, n, s, Double.NaN);
            return;
        }
        pixel.activate();
        int at = place(n, s);
        for (int c = 0; c < labels; c++) {
            if (pixel.m[c] != 0) {
                double p = Elements.round(batch.predictions().type(), pixel.p[c]);
                counts[at + Counting.OUTCOMES * c + outcome(p >= thresholds[c], pixel.g[c] >= HALF)]++;
            }
        }
    }

    /** Where the counts of the image of a pixel begin. */
    private int place(long n, long s) {
        long image = (n * batch.predictions().pixels() + s) / pixelsOfImage;
        return (int) image * labels * Counting.OUTCOMES;
    }

    private static int outcome(boolean predicted, boolean positive) {
        return positive ? predicted ? Counting.TRUE_POSITIVE : Counting.FALSE_NEGATIVE
                : predicted ? Counting.FALSE_POSITIVE : Counting.TRUE_NEGATIVE;
    }

    @Override
    void count(float[][] z, long n, long s, int lanes) {
        if (cuts == null) {
            for (int t = 0; t < lanes; t++) {
                count(n, s + t);
            }
            return;
        }
        if (index.length < lanes) {
            index = new int[lanes];
            label = new float[lanes];
            weight = new float[lanes];
        }
        boolean isIndex = batch.labels().kind() == Labels.Kind.INDEX;
        Tensor truth = batch.labels().tensor();
        if (isIndex) {
            io.readIndices(truth, n, s, lanes, Math.max(2, labels), ignore, index, bad);
        }
        if (batch.mask() != null) {
            // The loss itself reports weights that are bad.
            TileIo.readChannel(batch.mask(), n, 0, s, lanes, weight);
        }
        for (int c = 0; c < labels; c++) {
            if (isIndex) {
                spread(labels == 1 ? 1 : c, lanes);
            } else {
                TileIo.readChannel(truth, n, c, s, lanes, label);
            }
            count(z[c], c, n, s, lanes);
        }
    }

    /** Labels of one class from class indices; void pixels get one that no class has. */
    private void spread(int c, int lanes) {
        for (int t = 0; t < lanes; t++) {
            label[t] = index[t] == TileIo.IGNORED ? Float.NaN : index[t] == c ? 1 : 0;
        }
    }

    /** Counts a row of one label, whose truths and weights have been read. */
    private void count(float[] z, int c, long n, long s, int lanes) {
        boolean isMasked = batch.mask() != null;
        boolean isValueIgnored = ignore != null && batch.labels().kind() != Labels.Kind.INDEX;
        for (int t = 0; t < lanes; t++) {
            float g = label[t];
            if (isMasked && weight[t] == 0 || isValueIgnored && g == ignore || Float.isNaN(g)) {
                continue;
            }
            if (Float.isNaN(z[t])) {
                bad.add(BadInput.Kind.PREDICTION, n, s + t, Double.NaN);
            } else {
                counts[place(n, s + t) + Counting.OUTCOMES * c + outcome(z[t] >= cuts[c], g >= HALF)]++;
            }
        }
    }
}
