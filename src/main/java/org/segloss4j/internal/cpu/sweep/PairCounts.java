package org.segloss4j.internal.cpu.sweep;

import java.util.Arrays;
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
 * Counts (truth, prediction) pairs of the pixels that a sweep has at hand, to the same numbers as
 * {@link ConfusionSweep}.
 */
final class PairCounts extends HardCounts {

    private final Batch batch;
    private final Integer ignore;
    private final PixelClasses pixels;
    private final int classes;
    /** Whether rows of the sweep hold the predictions of all pixels that count. */
    private final boolean isOfRows;
    /** For one channel: the least prediction that is class 1. */
    private final double cut;
    private int[] truth = {};
    private int[] index = {};
    private float[] largest = {};
    private float[] label = {};

    PairCounts(Job job, Batch batch) {
        super(job);
        this.batch = batch;
        Counting counting = job.counting();
        ignore = counting.ignoreIndex();
        pixels = new PixelClasses(batch, ignore, counting.threshold());
        classes = pixels.classes();
        isOfRows = job.countsItsPixels() && batch.predictions().type() != ElementType.DOUBLE;
        cut = batch.predictions().channels() == 1 ? counting.cut(batch) : 0;
    }

    @Override
    void count(long n, long s) {
        int y = pixels.truth(n, s, bad);
        if (y >= 0) {
            counts[y * classes + pixels.prediction(n, s, bad)]++;
        }
    }

    @Override
    void count(float[][] z, long n, long s, int lanes) {
        if (!isOfRows) {
            for (int t = 0; t < lanes; t++) {
                count(n, s + t);
            }
            return;
        }
        if (truth.length < lanes) {
            truth = new int[lanes];
            index = new int[lanes];
            largest = new float[lanes];
            label = new float[lanes];
        }
        readTruth(n, s, lanes);
        if (z.length == 1) {
            compare(z[0], lanes);
        } else {
            findLargest(z, lanes);
        }
        for (int t = 0; t < lanes; t++) {
            if (truth[t] < 0) {
                continue;
            }
            if (Float.isNaN(largest[t])) {
                bad.add(BadInput.Kind.PREDICTION, n, s + t, Double.NaN);
            } else {
                counts[truth[t] * classes + index[t]]++;
            }
        }
    }

    private void readTruth(long n, long s, int lanes) {
        Tensor mask = batch.mask();
        Tensor labels = batch.labels().tensor();
        if (batch.labels().kind() != Labels.Kind.INDEX) {
            // Of labels of single outputs that are void, and of digits that float does not hold.
            if (labels.type() == ElementType.DOUBLE || mask != null && mask.channels() > 1) {
                for (int t = 0; t < lanes; t++) {
                    truth[t] = pixels.truth(n, s + t, bad);
                }
                return;
            }
            findLargestLabels(labels, n, s, lanes);
            voidMasked(mask, n, s, lanes);
            return;
        }
        io.readIndices(labels, n, s, lanes, classes, ignore, truth, bad);
        voidMasked(mask, n, s, lanes);
    }

    private void voidMasked(Tensor mask, long n, long s, int lanes) {
        for (int t = 0; t < lanes && mask != null; t++) {
            boolean isMasked = true;
            for (int c = 0; isMasked && c < mask.channels(); c++) {
                isMasked = Elements.get(mask, n, c, s + t) == 0;
            }
            truth[t] = isMasked ? TileIo.IGNORED : truth[t];
        }
    }

    /** The classes of dense labels; the loss itself reports those that are bad. */
    private void findLargestLabels(Tensor labels, long n, long s, int lanes) {
        int channels = labels.channels();
        boolean isClassIgnored = ignore != null && channels > 1 && ignore >= 0 && ignore < channels;
        Arrays.fill(truth, 0, lanes, channels == 1 ? 0 : TileIo.IGNORED);
        Arrays.fill(largest, 0, lanes, channels == 1 ? 0.5f : 0);
        for (int c = 0; c < channels; c++) {
            TileIo.readChannel(labels, n, c, s, lanes, label);
            for (int t = 0; t < lanes; t++) {
                if (ignore != null && !isClassIgnored && label[t] == ignore) {
                    truth[t] = TileIo.IGNORED;
                    largest[t] = Float.POSITIVE_INFINITY;
                } else if (label[t] > largest[t]) {
                    largest[t] = label[t];
                    truth[t] = channels == 1 ? 1 : c;
                }
            }
        }
        for (int t = 0; t < lanes && isClassIgnored; t++) {
            truth[t] = truth[t] == ignore ? TileIo.IGNORED : truth[t];
        }
    }

    /** The classes of a single channel. */
    private void compare(float[] z, int lanes) {
        for (int t = 0; t < lanes; t++) {
            index[t] = z[t] >= cut ? 1 : 0;
            largest[t] = z[t];
        }
    }

    /** The first channel of those whose value is the largest; the largest value is NaN if any is. */
    private void findLargest(float[][] z, int lanes) {
        System.arraycopy(z[0], 0, largest, 0, lanes);
        for (int c = 1; c < z.length; c++) {
            raise(largest, z[c], lanes);
        }
        for (int c = z.length - 1; c >= 0; c--) {
            findEqual(z[c], c, lanes);
        }
    }

    private static void raise(float[] largest, float[] row, int lanes) {
        for (int t = 0; t < lanes; t++) {
            largest[t] = Math.max(largest[t], row[t]);
        }
    }

    private void findEqual(float[] row, int c, int lanes) {
        for (int t = 0; t < lanes; t++) {
            index[t] = row[t] == largest[t] ? c : index[t];
        }
    }
}
