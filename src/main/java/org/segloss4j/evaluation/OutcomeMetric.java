package org.segloss4j.evaluation;

import static org.segloss4j.evaluation.Checks.require;

import java.util.Arrays;
import java.util.Locale;
import org.nd4j.evaluation.IEvaluation;
import org.nd4j.evaluation.IMetric;

/**
 * A score of true and false positives and negatives, and how it is reduced over images and classes: an immutable value,
 * which {@link OutcomeEvaluation#value} computes. Names, defaults and numbers are those of
 * {@code segmentation_models.pytorch}, for what it has: no weights, and 1 where the score is 0/0. The reduction is
 * {@link Reduction#MICRO} unless {@link #reduction} sets another.
 *
 * <pre>{@code
 * double f1 = outcomes.value(OutcomeMetric.f1().reduction(Reduction.MACRO_IMAGEWISE).zeroDivision(0));
 * }</pre>
 *
 * @since 0.1.0
 */
public final class OutcomeMetric implements IMetric {

    private final OutcomeFormula formula;
    private final double beta;
    private final Reduction reduction;
    /** As they were given, or null. */
    private final double[] classWeights;
    private final double zeroDivision;
    /** Whether nothing is measured where no pixel is true. */
    private final boolean ignoresEmpty;

    private OutcomeMetric(OutcomeFormula formula, double beta, Reduction reduction, double[] classWeights,
                          double zeroDivision, boolean ignoresEmpty) {
        this.formula = formula;
        this.beta = beta;
        this.reduction = reduction;
        this.classWeights = classWeights;
        this.zeroDivision = zeroDivision;
        this.ignoresEmpty = ignoresEmpty;
    }

    private static OutcomeMetric of(OutcomeFormula formula) {
        return new OutcomeMetric(formula, 1, Reduction.MICRO, null, 1, false);
    }

    /**
     * {@code fbeta_score}: (1+β²)·TP / ((1+β²)·TP + β²·FN + FP).
     *
     * @param beta weight of recall against precision, above 0
     * @return the metric
     * @throws IllegalArgumentException if β is not a finite number above 0
     */
    public static OutcomeMetric fBeta(double beta) {
        require(beta > 0 && beta < Double.POSITIVE_INFINITY, "beta is " + beta + ", but must be finite and above 0");
        return new OutcomeMetric(OutcomeFormula.F_BETA, beta, Reduction.MICRO, null, 1, false);
    }

    /**
     * {@code f1_score}, the Dice coefficient: 2·TP / (2·TP + FN + FP).
     *
     * @return the metric
     */
    public static OutcomeMetric f1() {
        return fBeta(1);
    }

    /**
     * {@code iou_score}, the Jaccard index or threat score: TP / (TP + FP + FN).
     *
     * @return the metric
     */
    public static OutcomeMetric iou() {
        return of(OutcomeFormula.IOU);
    }

    /**
     * {@code accuracy}: (TP + TN) / (TP + FP + FN + TN).
     *
     * @return the metric
     */
    public static OutcomeMetric accuracy() {
        return of(OutcomeFormula.ACCURACY);
    }

    /**
     * {@code recall} or {@code sensitivity}, the true positive rate: TP / (TP + FN).
     *
     * @return the metric
     */
    public static OutcomeMetric recall() {
        return of(OutcomeFormula.RECALL);
    }

    /**
     * {@code specificity}, the true negative rate: TN / (TN + FP).
     *
     * @return the metric
     */
    public static OutcomeMetric specificity() {
        return of(OutcomeFormula.SPECIFICITY);
    }

    /**
     * {@code balanced_accuracy}: the mean of recall and specificity.
     *
     * @return the metric
     */
    public static OutcomeMetric balancedAccuracy() {
        return of(OutcomeFormula.BALANCED_ACCURACY);
    }

    /**
     * {@code precision} or {@code positive_predictive_value}: TP / (TP + FP).
     *
     * @return the metric
     */
    public static OutcomeMetric precision() {
        return of(OutcomeFormula.PRECISION);
    }

    /**
     * {@code negative_predictive_value}: TN / (TN + FN).
     *
     * @return the metric
     */
    public static OutcomeMetric negativePredictiveValue() {
        return of(OutcomeFormula.NEGATIVE_PREDICTIVE_VALUE);
    }

    /**
     * {@code false_negative_rate}, the miss rate: FN / (TP + FN).
     *
     * @return the metric
     */
    public static OutcomeMetric falseNegativeRate() {
        return of(OutcomeFormula.FALSE_NEGATIVE_RATE);
    }

    /**
     * {@code false_positive_rate}, the fall-out: FP / (TN + FP).
     *
     * @return the metric
     */
    public static OutcomeMetric falsePositiveRate() {
        return of(OutcomeFormula.FALSE_POSITIVE_RATE);
    }

    /**
     * {@code false_discovery_rate}: FP / (TP + FP).
     *
     * @return the metric
     */
    public static OutcomeMetric falseDiscoveryRate() {
        return of(OutcomeFormula.FALSE_DISCOVERY_RATE);
    }

    /**
     * {@code false_omission_rate}: FN / (TN + FN).
     *
     * @return the metric
     */
    public static OutcomeMetric falseOmissionRate() {
        return of(OutcomeFormula.FALSE_OMISSION_RATE);
    }

    /**
     * {@code positive_likelihood_ratio}: recall / false positive rate. Infinite if no negative was taken for a
     * positive.
     *
     * @return the metric
     */
    public static OutcomeMetric positiveLikelihoodRatio() {
        return of(OutcomeFormula.POSITIVE_LIKELIHOOD_RATIO);
    }

    /**
     * {@code negative_likelihood_ratio}: false negative rate / specificity. Infinite if all negatives were taken for
     * positives.
     *
     * @return the metric
     */
    public static OutcomeMetric negativeLikelihoodRatio() {
        return of(OutcomeFormula.NEGATIVE_LIKELIHOOD_RATIO);
    }

    /**
     * Matthews correlation coefficient, from −1 to 1:
     * (TP·TN − FP·FN) / √((TP+FP)·(TP+FN)·(TN+FP)·(TN+FN)).
     *
     * <p>Source: MONAI's {@code matthews correlation coefficient}.
     *
     * @return the metric
     */
    public static OutcomeMetric mcc() {
        return of(OutcomeFormula.MCC);
    }

    /**
     * Prevalence threshold: (√(TPR·FPR) − FPR) / (TPR − FPR).
     *
     * <p>Source: MONAI's {@code prevalence threshold}.
     *
     * @return the metric
     */
    public static OutcomeMetric prevalenceThreshold() {
        return of(OutcomeFormula.PREVALENCE_THRESHOLD);
    }

    /**
     * Fowlkes–Mallows index: the geometric mean of precision and recall.
     *
     * <p>Source: MONAI's {@code fowlkes mallows index}.
     *
     * @return the metric
     */
    public static OutcomeMetric fowlkesMallows() {
        return of(OutcomeFormula.FOWLKES_MALLOWS);
    }

    /**
     * Informedness or Youden's index, from −1 to 1: recall + specificity − 1.
     *
     * <p>Source: MONAI's {@code informedness}.
     *
     * @return the metric
     */
    public static OutcomeMetric informedness() {
        return of(OutcomeFormula.INFORMEDNESS);
    }

    /**
     * Markedness, from −1 to 1: precision + negative predictive value − 1.
     *
     * <p>Source: MONAI's {@code markedness}.
     *
     * @return the metric
     */
    public static OutcomeMetric markedness() {
        return of(OutcomeFormula.MARKEDNESS);
    }

    /**
     * Sets how images and classes are reduced.
     *
     * @param reduction the reduction
     * @return the new metric
     * @throws IllegalArgumentException if it is null
     */
    public OutcomeMetric reduction(Reduction reduction) {
        require(reduction != null, "the reduction is null");
        return new OutcomeMetric(formula, beta, reduction, classWeights, zeroDivision, ignoresEmpty);
    }

    /**
     * Weighs the classes, after the weights were divided by their sum. {@link Reduction#MICRO} and
     * {@link Reduction#MICRO_IMAGEWISE} do not use them. With {@link Reduction#MACRO} and the two imagewise means of
     * classes, the weighted scores are averaged and not added, as in the original, so that a perfect prediction scores
     * 1/C; {@link Reduction#WEIGHTED} adds them.
     *
     * @param weights one per class
     * @return the new metric
     * @throws IllegalArgumentException if there is none, one is negative or not finite, or all are 0
     */
    public OutcomeMetric classWeights(double... weights) {
        require(weights.length > 0, "there are no class weights");
        double sum = 0;
        for (double weight : weights) {
            require(weight >= 0 && weight < Double.POSITIVE_INFINITY, "class weight " + weight
                    + " must be finite and at least 0");
            sum += weight;
        }
        require(sum > 0 && sum < Double.POSITIVE_INFINITY, "the class weights " + Arrays.toString(weights)
                + " have the sum " + sum);
        return new OutcomeMetric(formula, beta, reduction, weights.clone(), zeroDivision, ignoresEmpty);
    }

    /**
     * Sets what stands for 0/0, where nothing was measured; 1 by default. {@link Reduction#MICRO} stays NaN, as in the
     * original.
     *
     * @param value any number; NaN lets such scores drop out of the means, as {@link SegmentationEvaluation} does: of
     *              an image the mean is over the classes that are left, and then over the images that have one
     * @return the new metric
     * @throws IllegalArgumentException if it is a number, and {@link #ignoreEmpty} lets such scores drop out
     */
    public OutcomeMetric zeroDivision(double value) {
        require(!ignoresEmpty || Double.isNaN(value), "zeroDivision is " + value
                + ", but ignoreEmpty lets such scores drop out; leave one of them out");
        return new OutcomeMetric(formula, beta, reduction, classWeights, value, ignoresEmpty);
    }

    /**
     * Lets scores drop out of the means where no pixel is true, whatever was predicted, as they do where they are 0/0
     * with {@code zeroDivision(Double.NaN)}, which this sets, too: MONAI's {@code ignore_empty}, which its Dice and IoU
     * have by default.
     *
     * @return the new metric
     */
    public OutcomeMetric ignoreEmpty() {
        return new OutcomeMetric(formula, beta, reduction, classWeights, Double.NaN, true);
    }

    /** This metric without class weights. */
    OutcomeMetric unweighted() {
        return new OutcomeMetric(formula, beta, reduction, null, zeroDivision, ignoresEmpty);
    }

    /** The score; NaN for 0/0. */
    double of(Outcomes outcomes) {
        return ignoresEmpty && outcomes.tp() + outcomes.fn() == 0 ? Double.NaN : formula.of(outcomes, beta);
    }

    /** The score, where something stands for 0/0. */
    double defined(Outcomes outcomes) {
        double score = of(outcomes);
        return Double.isNaN(score) ? zeroDivision : score;
    }

    boolean skipsUndefined() {
        return Double.isNaN(zeroDivision);
    }

    Reduction reduction() {
        return reduction;
    }

    /**
     * The factor of each class, 0 for one that is not scored, or null if there are no weights.
     *
     * @throws IllegalArgumentException if the weights do not fit the classes, or are missing
     */
    double[] factors(boolean... scored) {
        if (classWeights == null) {
            require(!reduction.needsWeights(), "the reduction " + reduction + " needs class weights");
            return null;
        }
        require(classWeights.length == scored.length, classWeights.length + " class weights for " + scored.length
                + " classes");
        require(!skipsUndefined() || reduction == Reduction.WEIGHTED, "class weights and undefined scores that drop out"
                + " (zeroDivision NaN) go together in the reduction weighted only, not in " + reduction);
        double sum = 0;
        for (int c = 0; c < scored.length; c++) {
            sum += scored[c] ? classWeights[c] : 0;
        }
        require(sum > 0, "the class weights " + Arrays.toString(classWeights) + " are 0 for all classes but the"
                + " ignored one");
        double[] factors = new double[scored.length];
        for (int c = 0; c < scored.length; c++) {
            factors[c] = scored[c] ? classWeights[c] / sum : 0;
        }
        return factors;
    }

    @Override
    @SuppressWarnings("rawtypes") // IMetric declares the raw type.
    public Class<? extends IEvaluation> getEvaluationClass() {
        return OutcomeEvaluation.class;
    }

    /** Whether a smaller value is better, as it is for rates of errors. */
    @Override
    public boolean minimize() {
        return formula.minimised();
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof OutcomeMetric other && formula == other.formula && beta == other.beta
                && reduction == other.reduction && Arrays.equals(classWeights, other.classWeights)
                && Double.compare(zeroDivision, other.zeroDivision) == 0 && ignoresEmpty == other.ignoresEmpty;
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(new Object[] {formula, beta, reduction, Arrays.hashCode(classWeights), zeroDivision,
            ignoresEmpty});
    }

    @Override
    public String toString() {
        return formula.name().toLowerCase(Locale.ROOT) + (formula == OutcomeFormula.F_BETA ? "(" + beta + ")" : "")
                + ", " + reduction + (classWeights == null ? "" : ", class weights " + Arrays.toString(classWeights))
                + ", " + zeroDivision + " for 0/0" + (ignoresEmpty ? " and without true pixels" : "");
    }

}
