package org.segloss4j.evaluation;

import org.segloss4j.PixelVisitor;
import org.segloss4j.SegmentationBatch;

/** Puts the probabilities of pixels into bins. */
final class ProbabilityBins implements PixelVisitor {

    /** How far beyond 0 and 1 a probability may be by rounding, as labels may. */
    private static final double ROUNDING = 1e-5;

    private final SegmentationBatch batch;
    private final int classes;
    /** Whether the classes exclude one another, so that the most probable one has a row. */
    private final boolean exclusive;
    /** Lower ends of the bins, in the predictions' type. */
    private final double[] edges;
    private final ReliabilityBins bins;

    ProbabilityBins(SegmentationBatch batch, int classes, boolean exclusive, int number) {
        this.batch = batch;
        this.classes = classes;
        this.exclusive = exclusive;
        edges = new double[number];
        for (int bin = 0; bin < number; bin++) {
            edges[bin] = batch.rounded((double) bin / number);
        }
        bins = new ReliabilityBins(exclusive ? classes + 1 : classes, number);
    }

    ReliabilityBins bins() {
        return bins;
    }

    @Override
    public void visit(long example, long pixel, double[] probabilities, double[] truth, double[] weights) {
        int top = -1;
        double labelled = 0;
        for (int c = 0; c < classes; c++) {
            labelled += truth[c];
            if (weights[c] == 0) {
                continue;
            }
            if (!(probabilities[c] >= -ROUNDING && probabilities[c] <= 1 + ROUNDING)) {
                throw new IllegalArgumentException("the prediction of channel " + c + " at example " + example
                        + ", pixel " + pixel + " is " + probabilities[c] + ", which is no probability: give the batch"
                        + " its activation");
            }
            top = top < 0 || probabilities[c] > probabilities[top] ? c : top;
        }
        // A pixel of no class, whose one-hot label is all 0, is void.
        if (exclusive && labelled == 0) {
            return;
        }
        for (int c = 0; c < classes; c++) {
            if (weights[c] != 0) {
                add(c, probabilities[c], truth[c]);
            }
        }
        if (exclusive) {
            add(classes, probabilities[top], truth[top]);
        }
    }

    private void add(int row, double probability, double truth) {
        double p = Math.max(0, Math.min(1, probability));
        bins.add(row, bin(p), p, Math.max(0, Math.min(1, truth)));
    }

    private int bin(double p) {
        double rounded = batch.rounded(p);
        int bin = Math.min(edges.length - 1, (int) (p * edges.length));
        // The product is rounded, and so is the edge.
        while (rounded < edges[bin]) {
            bin--;
        }
        while (bin + 1 < edges.length && rounded >= edges[bin + 1]) {
            bin++;
        }
        return bin;
    }
}
