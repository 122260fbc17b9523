package org.segloss4j.internal.loss;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.segloss4j.internal.math.Aggregation;
import org.segloss4j.internal.math.Link;
import org.segloss4j.internal.math.OtherLabelsTerm.OtherLabels;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells once of class weights that make a region loss surprising: they multiply the score, not the loss. */
public final class WeightAdvice {

    private static final Logger LOG = LoggerFactory.getLogger("org.segloss4j.SegmentationLoss");
    private static final AtomicBoolean TOLD = new AtomicBoolean();

    private WeightAdvice() {
    }

    /**
     * The summands whose weights there is something to say about, so that a loss need not look for them each time it
     * is computed.
     *
     * @param terms the summands of a loss
     * @return those, usually none
     */
    public static List<LossTerm> surprising(List<LossTerm> terms) {
        return terms.stream().filter(term -> of(term) != null).toList();
    }

    /**
     * Warns if nothing has been said yet. Weights of a wrong number are an error soon, and nothing is said of them.
     *
     * @param surprising the {@link #surprising} summands of a loss that is about to be computed
     * @param channels   C, the number of channels of the predictions
     */
    public static void check(List<LossTerm> surprising, int channels) {
        for (LossTerm term : surprising) {
            if (!TOLD.get() && term.fits(channels) && TOLD.compareAndSet(false, true)) {
                LOG.warn(of(term));
            }
        }
    }

    /** What there is to say about the weights of a term, or null. */
    static String of(LossTerm term) {
        List<Double> weights = term.numbers(Setting.CLASS_WEIGHTS);
        if (weights == null || !multiplyScore(term)) {
            return null;
        }
        double sum = weights.stream().mapToDouble(Double::doubleValue).sum();
        double mean = sum / weights.size();
        if (mean > 1 + 1e-9) {
            return term.kind().lossName() + " with class weights of mean " + mean
                    + " can go down to " + (1 - mean) + ": weights multiply the score (make their mean 1 to avoid it)";
        }
        if (weights.size() > 1 && Math.abs(sum - 1) < 1e-9) {
            return term.kind().lossName() + " with class weights of sum 1 cannot go below " + (1 - mean)
                    + ": weights multiply the score (make their mean 1 to avoid it)";
        }
        return null;
    }

    /** Whether the loss is 1 minus the mean of weight times score. */
    private static boolean multiplyScore(LossTerm term) {
        return term.kind().otherLabels() == OtherLabels.SKELETON
                || term.kind().regions(term).stream().anyMatch(region -> region.aggregation() == Aggregation.SCORE_MEAN
                && region.link().equals(Link.COMPLEMENT) && region.power() == 1);
    }
}
