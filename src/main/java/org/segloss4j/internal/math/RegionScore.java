package org.segloss4j.internal.math;

/**
 * A region score as six numbers, so that every backend evaluates the same row of data:
 * {@code score = (k·I + numeratorSmooth) / (bI·I + bP·P + bG·G + denominatorSmooth)}, where per class
 * {@code I = Σ m·g·p} is the intersection, {@code P = Σ m·p} the predicted and {@code G = Σ m·g} the true mass.
 *
 * <p>Source: {@code segmentation_models.base.functional} (iou_score, f_score, precision, recall).
 *
 * @param k                 weight of the intersection in the numerator
 * @param numeratorSmooth   constant added to the numerator
 * @param bI                weight of the intersection in the denominator
 * @param bP                weight of the predicted mass in the denominator
 * @param bG                weight of the true mass in the denominator
 * @param denominatorSmooth constant added to the denominator
 */
public record RegionScore(double k, double numeratorSmooth, double bI, double bP, double bG,
                          double denominatorSmooth) implements ScoreFunction {

    /** Settings above it are divided out; far from what anybody weighs by, and from what doubles cannot hold. */
    private static final double LARGE = 1e100;

    /**
     * Intersection over union, {@code (I+s)/(G+P−I+s)}.
     *
     * @param smooth the constant s, at least 0
     * @return the Jaccard index
     */
    public static RegionScore iou(double smooth) {
        return iou(smooth, smooth);
    }

    /**
     * Intersection over union with another constant above the fraction than below it.
     *
     * @param numeratorSmooth   added above, at least 0
     * @param denominatorSmooth added below, at least 0
     * @return the Jaccard index
     */
    public static RegionScore iou(double numeratorSmooth, double denominatorSmooth) {
        return new RegionScore(1, numeratorSmooth, -1, 1, 1, denominatorSmooth);
    }

    /**
     * F-score, {@code ((1+β²)I+s)/(β²G+P+s)}; β = 1 is Dice.
     *
     * @param beta   weight of recall against precision, above 0
     * @param smooth the constant s, at least 0
     * @return the F-score
     */
    public static RegionScore fScore(double beta, double smooth) {
        return fScore(beta, smooth, smooth);
    }

    /**
     * F-score with another constant above the fraction than below it.
     *
     * @param beta              weight of recall against precision, above 0
     * @param numeratorSmooth   added above, at least 0
     * @param denominatorSmooth added below, at least 0
     * @return the F-score
     */
    public static RegionScore fScore(double beta, double numeratorSmooth, double denominatorSmooth) {
        double b2 = beta * beta;
        // In the same ratio, where products with the square would overflow.
        return b2 > LARGE ? new RegionScore(1 / b2 + 1, numeratorSmooth / b2, 0, 1 / b2, 1, denominatorSmooth / b2)
                : new RegionScore(1 + b2, numeratorSmooth, 0, 1, b2, denominatorSmooth);
    }

    /**
     * Precision, {@code (I+s)/(P+s)}.
     *
     * @param smooth the constant s, at least 0
     * @return the precision
     */
    public static RegionScore precision(double smooth) {
        return new RegionScore(1, smooth, 0, 1, 0, smooth);
    }

    /**
     * Recall, {@code (I+s)/(G+s)}.
     *
     * @param smooth the constant s, at least 0
     * @return the recall
     */
    public static RegionScore recall(double smooth) {
        return new RegionScore(1, smooth, 0, 0, 1, smooth);
    }

    /**
     * Tversky index, {@code (I+s)/((1−α−β)·I+α·P+β·G+s)}; α = β = ½ is Dice with half the smoothing, α = β = 1 Jaccard.
     *
     * @param alpha  weight α of false positives, at least 0; large ones cancel
     * @param beta   weight β of false negatives, at least 0; large ones cancel
     * @param smooth the constant s, at least 0
     * @return the Tversky index
     */
    public static RegionScore tversky(double alpha, double beta, double smooth) {
        return tversky(alpha, beta, smooth, smooth);
    }

    /**
     * Tversky index with another constant above the fraction than below it.
     *
     * @param alpha             weight α of false positives, at least 0
     * @param beta              weight β of false negatives, at least 0
     * @param numeratorSmooth   added above, at least 0
     * @param denominatorSmooth added below, at least 0
     * @return the Tversky index
     */
    public static RegionScore tversky(double alpha, double beta, double numeratorSmooth, double denominatorSmooth) {
        return new RegionScore(1, numeratorSmooth, 1 - alpha - beta, alpha, beta, denominatorSmooth);
    }

    @Override
    public RatioScore asRatio() {
        return new RatioScore(this, false, false, 0, 0);
    }

    /** An empty class without smoothing (0/0) scores 1. */
    @Override
    public double value(Sums sums, int row, int c) {
        double i = sums.intersection(row, c);
        double den = denominator(i, sums.predicted(row, c), sums.truth(row, c));
        return den == 0 ? 1 : numerator(i) / den;
    }

    /** An empty class without smoothing has slope 0. */
    @Override
    public void addSlopes(Sums sums, int row, int c, double factor, Coefficients to, int toRow) {
        double i = sums.intersection(row, c);
        double g = sums.truth(row, c);
        double den = denominator(i, sums.predicted(row, c), g);
        double score = numerator(i) / den;
        // Without truth there is nothing that A could multiply, and without smoothing it may be infinite.
        to.addA(toRow, c, g == 0 ? 0 : factor * (den == 0 ? 0 : (this.k - score * bI) / den));
        to.addB(toRow, c, factor * (den == 0 ? 0 : -score * bP / den));
    }

    private double numerator(double i) {
        return k * i + numeratorSmooth;
    }

    private double denominator(double i, double p, double g) {
        return finite(bI * i + bP * p + bG * g + denominatorSmooth);
    }

    /** A denominator: NaN if it is infinite, as a probability that is infinite makes it. */
    static double finite(double denominator) {
        return denominator + (denominator - denominator);
    }
}
