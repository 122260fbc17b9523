package org.segloss4j.evaluation;

import org.segloss4j.PixelVisitor;
import org.segloss4j.SegmentationBatch;

/** Counts true and false positives and negatives of labels that do not exclude one another. */
final class LabelOutcomes implements PixelVisitor {

    /** From which value on a label of a fraction is a positive one. */
    private static final double HALF = 0.5;

    private final SegmentationBatch batch;
    private final int labels;
    /** One per label, in the predictions' type. */
    private final double[] thresholds;
    /** [N, labels, OUTCOMES]. */
    private final long[] counts;

    LabelOutcomes(SegmentationBatch batch, int labels, double... thresholds) {
        this.batch = batch;
        this.labels = labels;
        this.thresholds = new double[labels];
        for (int c = 0; c < labels; c++) {
            this.thresholds[c] = batch.rounded(thresholds[thresholds.length == 1 ? 0 : c]);
        }
        counts = new long[Math.toIntExact(batch.examples() * labels * OutcomeTable.OUTCOMES)];
    }

    @Override
    public void visit(long example, long pixel, double[] probabilities, double[] truth, double[] weights) {
        for (int c = 0; c < labels; c++) {
            if (weights[c] != 0) {
                boolean predicted = batch.rounded(probabilities[c]) >= thresholds[c];
                boolean positive = truth[c] >= HALF;
                int outcome = positive ? predicted ? OutcomeTable.TP : OutcomeTable.FN
                        : predicted ? OutcomeTable.FP : OutcomeTable.TN;
                counts[((int) example * labels + c) * OutcomeTable.OUTCOMES + outcome]++;
            }
        }
    }

    /** Adds what was counted to [N, labels, OUTCOMES] counts. */
    void addTo(long... sum) {
        for (int k = 0; k < sum.length; k++) {
            sum[k] += counts[k];
        }
    }
}
