package org.segloss4j.cli.options;

import java.util.List;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.cli.input.UserException;

/**
 * A sum of losses that a user wrote, such as {@code jaccard(smooth=1) + 2*categorical_focal}.
 *
 * @param text  as it was written
 * @param terms at least one
 */
public record LossExpression(String text, List<Term> terms) {

    /**
     * One loss with its factor.
     *
     * @param factor a finite number
     * @param loss   one of the catalogue, with its settings
     */
    record Term(double factor, SegmentationLoss loss) {
    }

    /**
     * Reads an expression.
     *
     * @throws UserException if it is none; names the place, and the losses or settings that there are
     */
    public static LossExpression of(String text) {
        return new LossExpression(text, new LossParser(text).parse());
    }

    /**
     * The loss.
     *
     * @param weights one per class for every term that has class weights, or null for none
     * @param ignore  the label of void pixels, or null
     */
    public SegmentationLoss loss(double[] weights, Integer ignore) {
        SegmentationLoss sum = null;
        for (Term term : terms) {
            SegmentationLoss loss = weights == null ? term.loss : weighted(term.loss, weights);
            loss = term.factor == 1 ? loss : loss.times(term.factor);
            sum = sum == null ? loss : sum.plus(loss);
        }
        return ignore == null ? sum : sum.ignoreIndex(ignore);
    }

    private static SegmentationLoss weighted(SegmentationLoss loss, double... weights) {
        try {
            return loss.classWeights(weights);
        } catch (UnsupportedOperationException e) {
            // Binary and focal losses have none.
            return loss;
        }
    }

    @Override
    public String toString() {
        return text;
    }
}
