package org.segloss4j.bench;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.segment.UnsortedSegmentSum;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.segloss4j.LossResult;

/** Losses that sort pixels or put them into bins, by ND4J operations under a softmax. */
final class Nd4jRanks {

    private Nd4jRanks() {
    }

    /** Lovász softmax over the classes that are there. */
    static LossResult lovasz(Nd4jParts parts) {
        INDArray g = parts.g;
        INDArray p = parts.blocks.softmax(parts.z);
        INDArray dp = Nd4j.zeros(DataType.FLOAT, p.shape());
        double value = 0;
        int present = 0;
        for (int c = 0; c < parts.channels; c++) {
            INDArray truth = g.get(all(), point(c), all()).dup().reshape(-1);
            double mass = truth.sumNumber().doubleValue();
            if (mass == 0) {
                continue;
            }
            present++;
            INDArray apart = p.get(all(), point(c), all()).dup().reshape(-1).subi(truth);
            INDArray[] sorted = Nd4j.sortWithIndices(Transforms.abs(apart, true), 0, false);
            int[] order = sorted[0].toIntVector();
            INDArray right = Nd4j.pullRows(truth.reshape(-1, 1), 1, order).reshape(-1);
            INDArray hits = right.cumsum(0);
            INDArray union = right.rsub(1).cumsum(0).addi(mass);
            INDArray jaccard = hits.rsubi(mass).divi(union).rsubi(1);
            float[] losses = jaccard.toFloatVector();
            float[] errors = sorted[1].toFloatVector();
            float[] slopes = new float[losses.length];
            for (int k = 0; k < losses.length; k++) {
                float step = losses[k] - (k == 0 ? 0 : losses[k - 1]);
                value += (double) errors[k] * step;
                slopes[order[k]] = step;
            }
            INDArray slope = Transforms.sign(apart, false).muli(Nd4j.createFromArray(slopes));
            dp.get(all(), point(c), all()).assign(slope.reshape(p.size(0), p.size(2)));
        }
        return new LossResult(value / present, parts.blocks.backward(parts.z, p, dp.divi(present)));
    }

    /** Cross-entropy over the share of the pixels that lose most. */
    static LossResult hardest(Nd4jParts parts, double share) {
        INDArray p = parts.blocks.softmax(parts.z);
        INDArray loss = Transforms.log(parts.g.mul(p).sum(true, 1), false).negi();
        double least = Nd4j.sort(loss.dup().reshape(-1), false).getDouble((int) (parts.pixels * share) - 1);
        return overChosen(parts, p, loss, loss.gte(least));
    }

    /** Cross-entropy over the pixels whose true class has a probability below a threshold, or the one at a place. */
    static LossResult hardExamples(Nd4jParts parts, double threshold, int minKept) {
        INDArray p = parts.blocks.softmax(parts.z);
        INDArray truth = parts.g.mul(p).sum(true, 1);
        long place = Math.min(minKept * parts.z.size(0), truth.length() - 1);
        double atPlace = Nd4j.sort(truth.dup().reshape(-1), true).getDouble(place);
        INDArray chosen = truth.lt(Math.max(threshold, atPlace));
        return overChosen(parts, p, Transforms.log(truth, false).negi(), chosen);
    }

    /** The mean cross-entropy of the chosen pixels, [N, 1, S]. */
    private static LossResult overChosen(Nd4jParts parts, INDArray p, INDArray loss, INDArray which) {
        INDArray chosen = which.castTo(DataType.FLOAT);
        double count = chosen.sumNumber().doubleValue();
        double value = loss.muli(chosen).sumNumber().doubleValue() / count;
        return new LossResult(value, p.subi(parts.g).muli(chosen.divi(count)));
    }

    /** The calibration error of each image and class that it has, by bins of equal width; the mean over all. */
    static LossResult calibrationError(Nd4jParts parts, int bins) {
        INDArray p = parts.blocks.softmax(parts.z);
        int rows = (int) p.size(0) * parts.channels;
        // Rows of bins: pixels of the same image, class and bin have the same number.
        INDArray first = Nd4j.arange(rows).castTo(DataType.INT32).muli(bins).reshape(p.size(0), parts.channels, 1);
        INDArray bin = Transforms.max(Transforms.ceil(p.mul(bins / (1 + 0x1p-23)), false).subi(1), 0, false)
                .castTo(DataType.INT32).addi(first).reshape(-1);
        INDArray pixels = sums(Nd4j.onesLike(p), bin, rows, bins);
        INDArray truths = sums(parts.g, bin, rows, bins);
        INDArray gap = sums(p, bin, rows, bins).subi(truths).divi(Transforms.max(pixels, 1, true));
        INDArray occupied = pixels.gt(0).castTo(DataType.FLOAT).sum(true, 1);
        INDArray present = truths.sum(true, 1).gt(0).castTo(DataType.FLOAT).divi(occupied).divi(rows);
        double value = Transforms.abs(gap, true).muliColumnVector(present).sumNumber().doubleValue();
        INDArray slopes = Transforms.sign(gap, false).divi(Transforms.max(pixels, 1, false)).muliColumnVector(present);
        INDArray dp = Nd4j.pullRows(slopes.reshape(-1, 1), 1, bin.toIntVector()).reshape(p.shape());
        return new LossResult(value, parts.blocks.backward(parts.z, p, dp));
    }

    /** What lies in each bin, added up: [rows, bins]. */
    private static INDArray sums(INDArray what, INDArray bin, int rows, int bins) {
        return Nd4j.exec(new UnsortedSegmentSum(what.reshape(-1), bin, rows * bins))[0].reshape(rows, bins);
    }

    private static INDArrayIndex all() {
        return NDArrayIndex.all();
    }

    private static INDArrayIndex point(int c) {
        return NDArrayIndex.point(c);
    }
}
