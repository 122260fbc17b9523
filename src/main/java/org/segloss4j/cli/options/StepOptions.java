package org.segloss4j.cli.options;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.dl4j.FallingRate;
import org.segloss4j.dl4j.FallingRate.Curve;
import picocli.CommandLine.Option;

/** How long and how fast a network learns. */
public final class StepOptions {

    @Option(names = "--epochs", defaultValue = "6", paramLabel = "N",
            description = "How often all training images are seen (default: ${DEFAULT-VALUE}).")
    private int epochs;

    @Option(names = "--patience", defaultValue = "0", paramLabel = "N",
            description = "End after so many epochs without a better mean IoU of the validation images; 0 sees all"
                    + " epochs (default: ${DEFAULT-VALUE}).")
    private int patience;

    @Option(names = "--batch", defaultValue = "8", paramLabel = "N",
            description = "Images per step (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Option(names = "--learning-rate", defaultValue = "0.05", paramLabel = "R",
            description = "Adam's largest step size (default: ${DEFAULT-VALUE}).")
    private double learningRate;

    @Option(names = "--schedule", defaultValue = "exponential", paramLabel = "NAME",
            description = "How the learning rate changes: constant; exponential, to a twentieth; cosine, to 0; or step,"
                    + " to a tenth after each third of the steps (default: ${DEFAULT-VALUE}).")
    private String schedule;

    @Option(names = "--warm-up", defaultValue = "0", paramLabel = "N",
            description = "Epochs in which the learning rate grows at first (default: ${DEFAULT-VALUE}).")
    private int warmUp;

    /**
     * Checks the numbers.
     *
     * @throws UsageException if one is out of range
     */
    public void check() {
        atLeast(1, "--epochs", epochs);
        atLeast(0, "--patience", patience);
        atLeast(1, "--batch", batch);
        atLeast(0, "--warm-up", warmUp);
        if (warmUp >= epochs) {
            throw new UsageException("--warm-up is " + warmUp + ", but must be below --epochs, " + epochs);
        }
        if (!(learningRate > 0 && learningRate < Double.POSITIVE_INFINITY)) {
            throw new UsageException("--learning-rate is " + learningRate + ", but must be above 0");
        }
        curve();
    }

    private void atLeast(int least, String option, int value) {
        if (value < least) {
            throw new UsageException(option + " is " + value + ", but must be at least " + least);
        }
    }

    /** How the learning rate changes. */
    private Curve curve() {
        for (Curve curve : Curve.values()) {
            if (curve.name().equalsIgnoreCase(schedule)) {
                return curve;
            }
        }
        throw new UsageException("--schedule is " + schedule + ", but must be one of " + Arrays.stream(Curve.values())
                .map(curve -> curve.name().toLowerCase(Locale.ROOT)).collect(Collectors.joining(", ")));
    }

    /**
     * The learning rate of each step.
     *
     * @param steps of an epoch
     * @throws UsageException if there are more steps than DL4J can count
     */
    public FallingRate rate(int steps) {
        long all = (long) steps * epochs;
        if (all > Integer.MAX_VALUE) {
            throw new UsageException("--epochs: " + epochs + " epochs of " + steps + " steps are more than 2^31");
        }
        return new FallingRate(curve(), learningRate, (int) all, warmUp * steps);
    }

    /** Whether more epochs leave the rate of all others as it is. */
    public boolean constantRate() {
        return curve() == Curve.CONSTANT;
    }

    public int epochs() {
        return epochs;
    }

    /** Epochs without a better score, or 0. */
    public int patience() {
        return patience;
    }

    public int batch() {
        return batch;
    }
}
