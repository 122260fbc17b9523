package org.segloss4j.internal.math;

/**
 * One summand of a loss that compares regions.
 *
 * @param coefficient factor in the sum
 * @param score       score of one class
 * @param link        from score to loss
 * @param aggregation what is averaged over classes and images
 * @param classes     classes and weights
 * @param perImage    whether images have scores of their own, instead of pooled sums
 * @param absent      what a class without true pixels counts
 * @param reduction   the mean or the sum over classes and images
 * @param power       exponent of the whole term, 1 for none: the power of a mean is not the mean of powers
 */
public record RegionTerm(double coefficient, ScoreFunction score, Link link, Aggregation aggregation,
                         ClassSelection classes, boolean perImage, AbsentPolicy absent, Reduction reduction,
                         double power) {

    /**
     * Checks what does not go together.
     *
     * @param coefficient factor in the sum
     * @param score       score of one class
     * @param link        from score to loss
     * @param aggregation what is averaged over classes and images
     * @param classes     classes and weights
     * @param perImage    whether images have scores of their own, instead of pooled sums
     * @param absent      what a class without true pixels counts
     * @param reduction   the mean or the sum over classes and images
     * @param power       exponent of the whole term, above 0
     * @throws IllegalArgumentException for the sum of a mean of scores
     */
    public RegionTerm {
        if (aggregation == Aggregation.SCORE_MEAN && reduction == Reduction.SUM) {
            throw new IllegalArgumentException("reduction is SUM, but the weights multiply a mean of scores; use the"
                    + " weight mode LOSS_MEAN");
        }
    }

    /**
     * A term whose absent classes have their score, reduced by the mean.
     *
     * @param coefficient factor in the sum
     * @param score       score of one class
     * @param link        from score to loss
     * @param aggregation what is averaged over classes and images
     * @param classes     classes and weights
     * @param perImage    whether images have scores of their own
     */
    public RegionTerm(double coefficient, ScoreFunction score, Link link, Aggregation aggregation,
                      ClassSelection classes, boolean perImage) {
        this(coefficient, score, link, aggregation, classes, perImage, AbsentPolicy.SMOOTH, Reduction.MEAN, 1);
    }

    /**
     * A term {@code coefficient · (1 − mean of weight · score)}.
     *
     * @param coefficient factor in the sum
     * @param score       score of one class
     * @param classes     classes and weights
     * @param perImage    whether images have scores of their own
     */
    public RegionTerm(double coefficient, ScoreFunction score, ClassSelection classes, boolean perImage) {
        this(coefficient, score, Link.COMPLEMENT, Aggregation.SCORE_MEAN, classes, perImage);
    }

    /**
     * Whether a device can finalise the term: the score is six numbers, and the loss is 1 minus the mean of weight
     * times score. The mean of weight times (1 - score) is something else unless the mean of the weights is 1.
     *
     * @return true if nothing of it has to be computed on the host
     */
    public boolean isRow() {
        return score instanceof RegionScore && link.equals(Link.COMPLEMENT) && reduction == Reduction.MEAN
                && (aggregation == Aggregation.SCORE_MEAN || classes.isUnweighted())
                && absent == AbsentPolicy.SMOOTH && power == 1;
    }

    /**
     * Whether a device can finalise the term with kernels that know more than six numbers: squared masses, soft labels,
     * means of losses and classes without true pixels. The loss is 1 minus the score, or minus it.
     *
     * @return true if nothing of it has to be computed on the host
     */
    public boolean isWideRow() {
        return score.asRatio() != null && power == 1
                && (link.kind() == Link.Kind.COMPLEMENT || link.kind() == Link.Kind.NEGATIVE);
    }
}
