package org.segloss4j.internal.math;

/**
 * One Dice score of all classes together, {@code (2·Σ_c w_c·TP_c + s_n)/(Σ_c w_c·(P_c + G_c) + s_d)}, with weights from
 * the true masses. A class without true pixels would weigh infinitely much; it has the largest weight of the others of
 * its image or batch.
 *
 * <p>Source: Sudre et al., Generalised Dice Overlap as a Deep Learning Loss Function, 2017; MONAI's rule for absent
 * classes.
 *
 * @param classes           the gathered classes
 * @param weighting         w
 * @param softLabels        whether TP is (P + G − D)/2 instead of I
 * @param numeratorSmooth   s_n
 * @param denominatorSmooth s_d
 */
public record GeneralisedDiceScore(ClassSelection classes, ClassWeighting weighting, boolean softLabels,
                                   double numeratorSmooth, double denominatorSmooth) implements ScoreFunction {

    @Override
    public boolean joinsClasses() {
        return true;
    }

    @Override
    public Statistics statistics() {
        return softLabels ? Statistics.DISTANCES : Statistics.NONE;
    }

    /** The weight of each class, 0 for those that are not gathered. */
    private double[] weights(Sums sums, int row) {
        int[] multiplicity = classes.resolve(sums.classes()).multiplicity();
        double[] weights = new double[multiplicity.length];
        double largest = 0;
        for (int c = 0; c < weights.length; c++) {
            double g = sums.truth(row, c);
            weights[c] = switch (weighting) {
                case INVERSE_SQUARE -> 1 / (g * g);
                case INVERSE -> 1 / g;
                case UNIFORM -> 1;
            };
            if (multiplicity[c] > 0 && weights[c] < Double.POSITIVE_INFINITY) {
                largest = Math.max(largest, weights[c]);
            }
        }
        for (int c = 0; c < weights.length; c++) {
            weights[c] = multiplicity[c] * (weights[c] == Double.POSITIVE_INFINITY ? largest : weights[c]);
        }
        return weights;
    }

    private double truePositives(Sums sums, int row, int c) {
        return softLabels ? (sums.predicted(row, c) + sums.truth(row, c) - sums.distance(row, c)) / 2
                : sums.intersection(row, c);
    }

    /** Without smoothing 0/0 is 1. */
    @Override
    public double value(Sums sums, int row, int c) {
        double[] weights = weights(sums, row);
        double den = denominator(sums, row, weights);
        return den == 0 ? 1 : numerator(sums, row, weights) / den;
    }

    private double numerator(Sums sums, int row, double... weights) {
        double sum = numeratorSmooth;
        for (int c = 0; c < weights.length; c++) {
            sum += weights[c] == 0 ? 0 : 2 * weights[c] * truePositives(sums, row, c);
        }
        return sum;
    }

    private double denominator(Sums sums, int row, double... weights) {
        double sum = denominatorSmooth;
        for (int c = 0; c < weights.length; c++) {
            sum += weights[c] == 0 ? 0 : weights[c] * (sums.predicted(row, c) + sums.truth(row, c));
        }
        return RegionScore.finite(sum);
    }

    @Override
    public void addSlopes(Sums sums, int row, int c, double factor, Coefficients to, int toRow) {
        double[] weights = weights(sums, row);
        double den = denominator(sums, row, weights);
        if (den == 0) {
            return;
        }
        double score = numerator(sums, row, weights) / den;
        for (int k = 0; k < weights.length; k++) {
            double slope = factor * weights[k] / den;
            if (slope == 0) {
                continue;
            }
            if (softLabels) {
                to.addB(toRow, k, slope);
                to.addDistance(toRow, k, -slope);
            } else {
                to.addA(toRow, k, sums.truth(row, k) == 0 ? 0 : 2 * slope);
            }
            to.addB(toRow, k, -score * slope);
        }
    }
}
