package org.segloss4j.cli.options;

import org.segloss4j.cli.input.UsageException;
import org.segloss4j.weights.AbsentClasses;
import org.segloss4j.weights.ClassWeights;
import org.segloss4j.weights.Normalisation;
import picocli.CommandLine.Option;

/** The settings of the estimators of class weights. */
public final class WeightOptions {

    @Option(names = "--absent", defaultValue = "zero", paramLabel = "RULE",
            description = "What a class without pixels weighs: zero, max, error, or a number, which then caps all"
                    + " weights (default: ${DEFAULT-VALUE}).")
    private String absent;

    @Option(names = {"--normalise", "--normalize"}, defaultValue = "none", paramLabel = "RULE",
            description = "Scale the weights: none, sum-one, sum-classes (their mean is 1) or max-one"
                    + " (default: ${DEFAULT-VALUE}).")
    private String normalise;

    @Option(names = "--beta", paramLabel = "B", description = "Beta of effective, below 1 (default: 0.999999).")
    private Double beta;

    @Option(names = "--mu", paramLabel = "M", description = "Mu of log, above 0 (default: 0.15).")
    private Double mu;

    /** The estimator of a name with these settings. */
    public ClassWeights estimator(String name) {
        try {
            ClassWeights plain = name.equals("effective") && beta != null ? ClassWeights.effectiveNumber(beta)
                    : name.equals("log") && mu != null ? ClassWeights.log(mu) : ClassWeights.forName(name);
            return absent(plain).normalised(normalisation());
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage(), e);
        }
    }

    /** Complains of settings that the only method asked for does not have. */
    public void checkUsedBy(String method) {
        checkUsed("--beta", beta, "effective", method);
        checkUsed("--mu", mu, "log", method);
    }

    private static void checkUsed(String option, Double value, String owner, String method) {
        if (value != null && !method.equals(owner)) {
            throw new UsageException(option + " " + value + " is for the method " + owner + ", not " + method);
        }
    }

    private ClassWeights absent(ClassWeights weights) {
        return switch (absent) {
            case "zero" -> weights.absent(AbsentClasses.ZERO);
            case "max" -> weights.absent(AbsentClasses.MAX);
            case "error" -> weights.absent(AbsentClasses.ERROR);
            default -> weights.capped(cap());
        };
    }

    private double cap() {
        try {
            return Double.parseDouble(absent);
        } catch (NumberFormatException e) {
            throw new UsageException("--absent is " + absent + ", but must be zero, max, error or a number", e);
        }
    }

    private Normalisation normalisation() {
        return switch (normalise) {
            case "none" -> Normalisation.NONE;
            case "sum-one" -> Normalisation.SUM_ONE;
            case "sum-classes" -> Normalisation.SUM_CLASSES;
            case "max-one" -> Normalisation.MAX_ONE;
            default -> throw new UsageException("--normalise is " + normalise
                    + ", but must be none, sum-one, sum-classes or max-one");
        };
    }
}
