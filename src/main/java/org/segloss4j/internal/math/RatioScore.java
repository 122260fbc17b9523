package org.segloss4j.internal.math;

/**
 * A ratio of six numbers whose true positives and masses are taken in another form, or whose denominator or true
 * positives have a least value. With soft labels the true positives are {@code (P + G − D)/2} instead of I, so that the
 * score of p = g is the highest whatever g is. Squared, the masses are those of V-Net: Σ m·p² and Σ m·g², which is the
 * highest there, too. Where true positives are raised to their least value, false positives P − TP and false negatives
 * G − TP stay as they are, so that the denominator grows as well.
 *
 * <p>Source: Wang et al., Jaccard Metric Losses, 2023, and Dice Semimetric Losses, 2023; Milletari et al., V-Net, 2016.
 * The least true positives are {@code clip_tp} of nnU-Net's SoftDiceLoss.
 *
 * @param ratio      the six numbers
 * @param softLabels whether the true positives are (P + G − D)/2
 * @param squared    whether the masses are squared; then softLabels is false and P and G have the same factor
 * @param floor      the denominator is at least this; 0 for no such bound
 * @param leastHits  the true positives are at least this; 0 for no such bound
 */
public record RatioScore(RegionScore ratio, boolean softLabels, boolean squared, double floor, double leastHits)
        implements ScoreFunction {

    /**
     * Checks that squares are not told apart.
     *
     * @param ratio      the six numbers
     * @param softLabels whether the true positives are (P + G − D)/2; squared masses need no other ones
     * @param squared    whether the masses are squared
     * @param floor      the denominator is at least this
     * @param leastHits  the true positives are at least this
     * @throws IllegalArgumentException if squared masses have different factors
     */
    public RatioScore {
        softLabels &= !squared;
        if (squared && ratio.bP() != ratio.bG()) {
            throw new IllegalArgumentException("squared masses of predictions and labels are summed together, so false"
                    + " positives and false negatives must have the same weight");
        }
    }

    /**
     * The simplest score that computes the same.
     *
     * @return the six numbers themselves where they say all
     */
    public ScoreFunction simplest() {
        return softLabels || squared || floor > 0 || leastHits > 0 ? this : ratio;
    }

    /** With index labels the true positives are the intersection. */
    @Override
    public ScoreFunction ofIndexLabels() {
        return new RatioScore(ratio, false, squared, floor, leastHits).simplest();
    }

    @Override
    public RatioScore asRatio() {
        return this;
    }

    @Override
    public Statistics statistics() {
        if (squared) {
            return Statistics.SQUARES;
        }
        return softLabels ? Statistics.DISTANCES : Statistics.NONE;
    }

    private double truePositives(Sums sums, int row, int c) {
        return softLabels ? (sums.predicted(row, c) + sums.truth(row, c) - sums.distance(row, c)) / 2
                : sums.intersection(row, c);
    }

    /** Before the bound. */
    private double denominator(Sums sums, int row, int c, double hits) {
        double masses = squared ? ratio.bP() * sums.squares(row, c)
                : ratio.bP() * sums.predicted(row, c) + ratio.bG() * sums.truth(row, c);
        double raised = Math.max(0, leastHits - hits);
        return RegionScore.finite(ratio.bI() * hits + masses + (ratio.bI() + ratio.bP() + ratio.bG()) * raised
                + ratio.denominatorSmooth());
    }

    private double numerator(double hits) {
        return ratio.k() * Math.max(leastHits, hits) + ratio.numeratorSmooth();
    }

    /** An empty class without smoothing and bound (0/0) scores 1. */
    @Override
    public double value(Sums sums, int row, int c) {
        double hits = truePositives(sums, row, c);
        double den = denominator(sums, row, c, hits);
        if (den < floor) {
            den = floor;
        }
        return den == 0 ? 1 : numerator(hits) / den;
    }

    /** An empty class without smoothing and bound has slope 0. */
    @Override
    public void addSlopes(Sums sums, int row, int c, double factor, Coefficients to, int toRow) {
        double hits = truePositives(sums, row, c);
        double den = denominator(sums, row, c, hits);
        // Raised true positives are constant; hits still lower the false positives and negatives below them.
        boolean isRaised = hits < leastHits;
        double numeratorByHits = isRaised ? 0 : ratio.k();
        double byHits;
        double byMass = 0;
        if (den < floor) {
            byHits = factor * numeratorByHits / floor;
        } else if (den == 0) {
            byHits = 0;
        } else {
            double score = numerator(hits) / den;
            double denominatorByHits = isRaised ? -ratio.bP() - ratio.bG() : ratio.bI();
            byHits = factor * (numeratorByHits - score * denominatorByHits) / den;
            byMass = -factor * score * ratio.bP() / den;
        }
        if (softLabels) {
            to.addB(toRow, c, byHits / 2);
            to.addDistance(toRow, c, -byHits / 2);
        } else {
            // Without truth there is nothing that A could multiply.
            to.addA(toRow, c, sums.truth(row, c) == 0 ? 0 : byHits);
        }
        if (squared) {
            to.addSquares(toRow, c, byMass);
        } else {
            to.addB(toRow, c, byMass);
        }
    }
}
