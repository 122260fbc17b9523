package org.segloss4j.weights;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.segloss4j.SegmentationLoss;

/**
 * An estimator of class weights from {@linkplain ClassCounts counts}: an immutable value, of which each setting
 * returns a new one.
 *
 * <pre>{@code
 * ClassCounts counts = LabelCounting.classes(12).ignoreIndex(11).ofFiles(files);
 * double[] weights = ClassWeights.medianFrequency().normalised(Normalisation.SUM_CLASSES).of(counts);
 * SegmentationLoss loss = Losses.jaccard().classWeights(weights);
 * }</pre>
 *
 * <p>In the formulas n_c are the pixels of class c, N those of all classes without void, f_c = n_c / N, and C the
 * number of classes. A class without a pixel weighs 0 unless {@link #absent} or {@link #capped} says otherwise; an
 * ignored label that is a class always weighs 0 and does not count in C. Weights are as the formula gives them unless
 * {@link #normalised} says otherwise; what a loss does with them is told at {@link SegmentationLoss#classWeights}.
 *
 * @since 0.1.0
 */
public final class ClassWeights {

    private static final double UNCAPPED = Double.POSITIVE_INFINITY;

    private final WeightFormula formula;
    private final double parameter;
    private final AbsentClasses absent;
    private final double cap;
    private final Normalisation normalisation;

    private ClassWeights(WeightFormula formula, double parameter, AbsentClasses absent, double cap,
                         Normalisation normalisation) {
        this.formula = formula;
        this.parameter = parameter;
        this.absent = absent;
        this.cap = cap;
        this.normalisation = normalisation;
    }

    private static ClassWeights by(WeightFormula formula) {
        return by(formula, formula.defaultParameter());
    }

    private static ClassWeights by(WeightFormula formula, double parameter) {
        return new ClassWeights(formula, parameter, AbsentClasses.ZERO, UNCAPPED, Normalisation.NONE);
    }

    /**
     * Inverse frequency: 1 / f_c.
     *
     * @return the estimator
     */
    public static ClassWeights inverse() {
        return by(WeightFormula.INVERSE);
    }

    /**
     * scikit-learn's "balanced": N / (C · n_c), which gives every class the same share.
     *
     * @return the estimator
     */
    public static ClassWeights balanced() {
        return by(WeightFormula.BALANCED);
    }

    /**
     * Square root of the inverse frequency: 1 / √f_c.
     *
     * @return the estimator
     */
    public static ClassWeights sqrtInverse() {
        return by(WeightFormula.SQRT_INVERSE);
    }

    /**
     * Median frequency balancing (Eigen and Fergus 2015): median(φ) / φ_c, where φ_c = n_c / the pixels, without void,
     * of the images that show class c. The median is over the classes that have pixels.
     *
     * @return the estimator
     */
    public static ClassWeights medianFrequency() {
        return by(WeightFormula.MEDIAN);
    }

    /**
     * Median frequency balancing as SegNet published it: like {@link #medianFrequency}, but void pixels of the images
     * count in φ_c.
     *
     * @return the estimator
     */
    public static ClassWeights medianFrequencyWithVoid() {
        return by(WeightFormula.MEDIAN_VOID);
    }

    /**
     * ENet's weights (Paszke 2016): 1 / ln(1.02 + f_c), between 1.42 and 50.5.
     *
     * @return the estimator
     */
    public static ClassWeights enet() {
        return by(WeightFormula.ENET);
    }

    /**
     * Effective number with β = 0.999999: pixels are many, and the β of image classification (0.9 to 0.9999) would
     * weigh all classes alike.
     *
     * @return the estimator
     */
    public static ClassWeights effectiveNumber() {
        return by(WeightFormula.EFFECTIVE);
    }

    /**
     * Effective number of samples (Cui 2019): (1 − β) / (1 − β^n_c).
     *
     * @param beta at least 0 (no weighting) and below 1 (towards inverse frequency)
     * @return the estimator
     * @throws IllegalArgumentException if β lies outside
     */
    public static ClassWeights effectiveNumber(double beta) {
        if (!(beta >= 0 && beta < 1)) {
            throw new IllegalArgumentException("beta is " + beta + ", but must be at least 0 and below 1");
        }
        return by(WeightFormula.EFFECTIVE, beta);
    }

    /**
     * Logarithm with μ = 0.15.
     *
     * @return the estimator
     */
    public static ClassWeights log() {
        return by(WeightFormula.LOG);
    }

    /**
     * Logarithm of the inverse frequency, at least 1: max(1, ln(μ / f_c)).
     *
     * @param mu above 0
     * @return the estimator
     * @throws IllegalArgumentException if μ is not above 0 or not finite
     */
    public static ClassWeights log(double mu) {
        if (!(mu > 0 && mu < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("mu is " + mu + ", but must be above 0 and finite");
        }
        return by(WeightFormula.LOG, mu);
    }

    /**
     * The estimator of a name.
     *
     * @param name one of {@link #names}
     * @return the estimator with its defaults
     * @throws IllegalArgumentException if there is none; the message lists all names
     */
    public static ClassWeights forName(String name) {
        for (WeightFormula formula : WeightFormula.values()) {
            if (formula.title().equals(name)) {
                return by(formula);
            }
        }
        throw new IllegalArgumentException("there are no weights named " + name + ", only "
                + String.join(", ", names()));
    }

    /**
     * The names of all estimators.
     *
     * @return inverse, balanced, sqrt_inverse, median, median_void, enet, effective, log
     */
    public static List<String> names() {
        return Arrays.stream(WeightFormula.values()).map(WeightFormula::title).toList();
    }

    /**
     * Sets what a class without pixels weighs, before normalisation.
     *
     * @param policy any but {@link AbsentClasses#CAP}, which needs a value: see {@link #capped}
     * @return the new estimator
     * @throws IllegalArgumentException for a cap without a value
     */
    public ClassWeights absent(AbsentClasses policy) {
        if (policy == AbsentClasses.CAP) {
            throw new IllegalArgumentException("a cap needs a value: call capped(double)");
        }
        return new ClassWeights(formula, parameter, Objects.requireNonNull(policy), UNCAPPED, normalisation);
    }

    /**
     * Caps the weights, before normalisation: classes without pixels weigh the cap, others at most the cap.
     *
     * @param cap above 0
     * @return the new estimator
     * @throws IllegalArgumentException if the cap is not above 0 or not finite
     */
    public ClassWeights capped(double cap) {
        if (!(cap > 0 && cap < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("the cap is " + cap + ", but must be above 0 and finite");
        }
        return new ClassWeights(formula, parameter, AbsentClasses.CAP, cap, normalisation);
    }

    /**
     * Sets how the weights are scaled together.
     *
     * @param scale the rule; an ignored class, which weighs 0, counts in the number that
     *              {@link Normalisation#SUM_CLASSES} makes them add up to
     * @return the new estimator
     */
    public ClassWeights normalised(Normalisation scale) {
        return new ClassWeights(formula, parameter, absent, cap, Objects.requireNonNull(scale));
    }

    /**
     * Estimates the weights.
     *
     * @param counts of the training masks
     * @return C weights, each finite and at least 0
     * @throws IllegalArgumentException if no pixel of any class was counted, or for {@link AbsentClasses#ERROR} if
     *                                  a class has none
     */
    public double[] of(ClassCounts counts) {
        List<ClassCount> perClass = counts.perClass();
        List<ClassCount> present = perClass.stream().filter(c -> c.pixels() > 0).toList();
        if (present.isEmpty()) {
            throw new IllegalArgumentException("there is no pixel of any of the " + counts.classes()
                    + " classes in " + counts.images() + " images");
        }
        Integer ignored = counts.ignoreIndex();
        boolean ignoresClass = ignored != null && ignored >= 0 && ignored < counts.classes();
        var facts = new WeightFormula.Facts(present, counts.classes() - (ignoresClass ? 1 : 0));
        double max = present.stream().mapToDouble(c -> formula.weight(c, facts, parameter)).max().orElseThrow();
        return normalisation.apply(IntStream.range(0, counts.classes()).mapToDouble(c ->
                ignoresClass && c == ignored ? 0
                        : perClass.get(c).pixels() == 0 ? absent.weight(c, max, cap)
                        : Math.min(cap, formula.weight(perClass.get(c), facts, parameter))).toArray());
    }

    @Override
    public String toString() {
        return formula.title() + (parameter == 0 ? "" : "(" + parameter + ")") + ", absent classes " + absent
                + (absent == AbsentClasses.CAP ? " " + cap : "") + ", normalisation " + normalisation;
    }
}
