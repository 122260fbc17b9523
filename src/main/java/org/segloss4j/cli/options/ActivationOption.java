package org.segloss4j.cli.options;

import java.util.Locale;
import org.nd4j.linalg.activations.Activation;
import org.segloss4j.cli.input.UsageException;
import picocli.CommandLine.Option;

/** What makes probabilities of a network's outputs. */
public final class ActivationOption {

    @Option(names = "--activation", defaultValue = "softmax", paramLabel = "NAME",
            description = "softmax, one channel per class, or sigmoid, for two classes: a single channel, the"
                    + " probability of class 1 (default: ${DEFAULT-VALUE}).")
    private String activation;

    /** Whether there is a single channel. */
    public boolean sigmoid() {
        return activation() == Activation.SIGMOID;
    }

    /**
     * What makes probabilities.
     *
     * @throws UsageException if it is neither softmax nor sigmoid
     */
    public Activation activation() {
        return switch (activation.toLowerCase(Locale.ROOT)) {
            case "softmax" -> Activation.SOFTMAX;
            case "sigmoid" -> Activation.SIGMOID;
            default -> throw new UsageException("--activation is " + activation + ", but must be softmax or sigmoid");
        };
    }

    /**
     * The channels of the probabilities.
     *
     * @param classes that are told apart
     * @throws UsageException if a single channel cannot do it
     */
    public int channels(int classes) {
        if (sigmoid() && classes != 2) {
            throw new UsageException("--activation sigmoid has one channel, which tells 2 classes apart, but there are "
                    + classes + "; use softmax");
        }
        return sigmoid() ? 1 : classes;
    }
}
