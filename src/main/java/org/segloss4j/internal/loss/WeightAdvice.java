package org.segloss4j.internal.loss;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells once of class weights that make a region loss surprising: they multiply the score, not the loss. */
public final class WeightAdvice {

    private static final Logger LOG = LoggerFactory.getLogger("org.segloss4j.SegmentationLoss");
    private static final AtomicBoolean TOLD = new AtomicBoolean();

    private WeightAdvice() {
    }

    /**
     * Warns if there is something to say and nothing has been said yet.
     *
     * @param term a term, with class weights or without
     */
    public static void check(LossTerm term) {
        List<Double> weights = term.selection().weights();
        String advice = weights == null ? null : advice(term.kind(), weights);
        if (advice != null && TOLD.compareAndSet(false, true)) {
            LOG.warn(advice);
        }
    }

    /** What there is to say about weights of a loss, or null. */
    public static String advice(LossKind kind, List<Double> weights) {
        if (!kind.isScore()) {
            return null;
        }
        double sum = weights.stream().mapToDouble(Double::doubleValue).sum();
        double mean = sum / weights.size();
        if (mean > 1 + 1e-9) {
            return kind.lossName() + " with class weights of mean " + mean
                    + " can go down to " + (1 - mean) + ": weights multiply the score (make their mean 1 to avoid it)";
        }
        if (weights.size() > 1 && Math.abs(sum - 1) < 1e-9) {
            return kind.lossName() + " with class weights of sum 1 cannot go below " + (1 - mean)
                    + ": weights multiply the score (make their mean 1 to avoid it)";
        }
        return null;
    }
}
