package org.segloss4j.internal.math;

/** The scores of a region term over the classes and images of a batch, their mean, and the slopes of that. */
final class RegionMean {

    private final RegionTerm term;
    private final Sums all;
    /** The rows that have scores: images, or the pooled batch; of classes, or of groups of them. */
    private final Sums rows;
    private final ClassSelection.Resolved classes;
    /** How many scores, and the sum of their weights, over the rows that are not void. */
    private double count;
    private double weights;

    RegionMean(RegionTerm term, Sums sums) {
        this.term = term;
        all = sums;
        rows = term.score().scored(term.perImage() ? sums : sums.pooled());
        classes = term.score().joinsClasses() ? new ClassSelection.Resolved(new int[] {1}, new double[] {1}, 1)
                : term.classes().resolve(rows.classes());
        for (int n = 0; n < rows.rows(); n++) {
            for (int c = 0; !rows.isVoid(n) && c < classes.multiplicity().length; c++) {
                if (counts(n, c)) {
                    count += classes.multiplicity()[c];
                    weights += classes.weight()[c];
                }
            }
        }
    }

    /** Whether a class that is gathered takes part. */
    private boolean counts(int n, int c) {
        return classes.multiplicity()[c] > 0 && !(term.absent() == AbsentPolicy.SKIP && isAbsent(n, c));
    }

    private boolean isAbsent(int n, int c) {
        return term.absent() != AbsentPolicy.SMOOTH && !term.score().joinsClasses() && rows.truth(n, c) == 0;
    }

    /** What a sum over classes and images is divided by. */
    private double divisor() {
        if (term.reduction() == Reduction.SUM) {
            return 1;
        }
        return term.aggregation() == Aggregation.NORMALISED ? weights : count;
    }

    double score() {
        return mean(false);
    }

    /** The loss, without its coefficient; 0 if no class takes part. */
    double loss() {
        double loss = lossBeforePower();
        return term.power() == 1 ? loss : Math.pow(loss, term.power());
    }

    private double lossBeforePower() {
        if (divisor() == 0) {
            return 0;
        }
        return term.aggregation() == Aggregation.SCORE_MEAN ? term.link().value(mean(false)) : mean(true);
    }

    private double mean(boolean ofLosses) {
        double total = 0;
        for (int n = 0; n < rows.rows(); n++) {
            if (rows.isVoid(n)) {
                continue;
            }
            for (int c = 0; c < classes.multiplicity().length; c++) {
                if (counts(n, c)) {
                    double score = score(n, c);
                    total += classes.weight()[c] * (ofLosses ? loss(n, c, score) : score);
                }
            }
        }
        return total / divisor();
    }

    private double score(int n, int c) {
        if (isAbsent(n, c)) {
            return term.absent() == AbsentPolicy.ZERO ? 1 : 1 - predictedShare(n, c);
        }
        return term.score().value(rows, n, c);
    }

    private double loss(int n, int c, double score) {
        return isAbsent(n, c) ? 1 - score : term.link().value(score);
    }

    private double predictedShare(int n, int c) {
        double weight = rows.weight(n, c);
        return weight == 0 ? 0 : rows.predicted(n, c) / weight;
    }

    /** Adds the slopes of the term, coefficient included, to each row of a table. */
    void addSlopes(Coefficients table) {
        double outer = outerSlope();
        // A term of which no class takes part has no slope. NaN of its sums must pass, as in the kernels.
        if (outer == 0) {
            return;
        }
        for (int n = 0; n < all.rows(); n++) {
            int row = term.perImage() ? n : 0;
            if (rows.isVoid(row)) {
                continue;
            }
            for (int c = 0; c < classes.multiplicity().length; c++) {
                // The weight of a class that is not gathered is 0; NaN of its sums stays, as in the kernels.
                if (counts(row, c) || term.isRow()) {
                    addSlopes(row, c, outer * classes.weight()[c], table, n);
                }
            }
        }
    }

    /** dL/d(weight · score) or, where the mean is one of losses, dL/d(weight · loss). */
    private double outerSlope() {
        if (divisor() == 0) {
            return 0;
        }
        double slope = term.coefficient() / divisor();
        if (term.power() != 1) {
            double loss = lossBeforePower();
            slope *= loss == 0 && term.power() < 1 ? 0 : term.power() * Math.pow(loss, term.power() - 1);
        }
        return term.aggregation() == Aggregation.SCORE_MEAN ? slope * term.link().slope(mean(false)) : slope;
    }

    private void addSlopes(int row, int c, double factor, Coefficients table, int n) {
        boolean isOfLosses = term.aggregation() != Aggregation.SCORE_MEAN;
        if (isAbsent(row, c)) {
            double weight = rows.weight(row, c);
            if (term.absent() == AbsentPolicy.PENALISE && weight != 0) {
                term.score().addMassSlope(c, (isOfLosses ? factor : -factor) / weight, table, n);
            }
            return;
        }
        double slope = isOfLosses ? term.link().slope(term.score().value(rows, row, c)) : 1;
        term.score().addSlopes(rows, row, c, factor * slope, table, n);
    }
}
