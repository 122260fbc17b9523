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
                          double denominatorSmooth) {

    /**
     * Intersection over union, {@code (I+s)/(G+P−I+s)}.
     *
     * @param smooth the constant s, at least 0
     * @return the Jaccard index
     */
    public static RegionScore iou(double smooth) {
        return new RegionScore(1, smooth, -1, 1, 1, smooth);
    }

    /**
     * F-score, {@code ((1+β²)I+s)/(β²G+P+s)}; β = 1 is Dice.
     *
     * @param beta   weight of recall against precision, above 0
     * @param smooth the constant s, at least 0
     * @return the F-score
     */
    public static RegionScore fScore(double beta, double smooth) {
        double b2 = beta * beta;
        return new RegionScore(1 + b2, smooth, 0, 1, b2, smooth);
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
     * The score of one class; an empty class without smoothing (0/0) scores 1.
     *
     * @param i intersection I
     * @param p predicted mass P
     * @param g true mass G
     * @return the score
     */
    public double value(double i, double p, double g) {
        double den = denominator(i, p, g);
        return den == 0 ? 1 : numerator(i) / den;
    }

    /**
     * Derivative of the score with respect to the intersection; 0 for an empty class without smoothing.
     *
     * @param i intersection I
     * @param p predicted mass P
     * @param g true mass G
     * @return ∂score/∂I
     */
    public double slopeOfIntersection(double i, double p, double g) {
        double den = denominator(i, p, g);
        return den == 0 ? 0 : (k - numerator(i) / den * bI) / den;
    }

    /**
     * Derivative of the score with respect to the predicted mass; 0 for an empty class without smoothing.
     *
     * @param i intersection I
     * @param p predicted mass P
     * @param g true mass G
     * @return ∂score/∂P
     */
    public double slopeOfPrediction(double i, double p, double g) {
        double den = denominator(i, p, g);
        return den == 0 ? 0 : -numerator(i) / den * bP / den;
    }

    private double numerator(double i) {
        return k * i + numeratorSmooth;
    }

    private double denominator(double i, double p, double g) {
        return bI * i + bP * p + bG * g + denominatorSmooth;
    }
}
