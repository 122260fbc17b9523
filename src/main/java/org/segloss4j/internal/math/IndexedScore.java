package org.segloss4j.internal.math;

/**
 * A score of {@code D = Σ m·|p − g|} for index labels. There g is 0 or 1, so that D is {@code P + G − 2·I} of
 * probabilities, and no sweep has to sum it. {@link Sums#distance} and {@link Coefficients#addDistance} do the rest.
 *
 * @param score the score
 */
record IndexedScore(ScoreFunction score) implements ScoreFunction {

    @Override
    public double value(Sums sums, int row, int c) {
        return score.value(sums, row, c);
    }

    @Override
    public void addSlopes(Sums sums, int row, int c, double factor, Coefficients to, int toRow) {
        score.addSlopes(sums, row, c, factor, to, toRow);
    }

    @Override
    public Statistics statistics() {
        return score.statistics().withoutDistances();
    }

    @Override
    public boolean joinsClasses() {
        return score.joinsClasses();
    }
}
