package org.segloss4j.cli.options;

import org.nd4j.linalg.activations.Activation;
import org.segloss4j.cli.demo.UNet;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.data.ImageSize;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The network and what makes probabilities of its outputs. */
public final class NetworkOptions {

    @Mixin
    private ActivationOption activation;

    @Option(names = "--levels", defaultValue = "3", paramLabel = "N",
            description = "Levels of the U-Net (default: ${DEFAULT-VALUE}).")
    private int levels;

    @Option(names = "--filters", defaultValue = "8", paramLabel = "N",
            description = "Filters of its first level; each further one has twice as many (default: ${DEFAULT-VALUE}).")
    private int filters;

    /**
     * The network.
     *
     * @param option which option gives the size
     * @param size   of its images
     * @throws UsageException if they do not go together
     */
    public UNet network(String option, ImageSize size) {
        UNet network = new UNet(levels, filters);
        int factor = network.factor();
        if (size.width() % factor != 0 || size.height() % factor != 0) {
            throw new UsageException(option + " is " + size + ", but both sides must be multiples of " + factor
                    + " for " + levels + " levels");
        }
        return network;
    }

    /** Whether there is a single channel. */
    public boolean sigmoid() {
        return activation.sigmoid();
    }

    /**
     * What makes probabilities.
     *
     * @throws UsageException if it is neither softmax nor sigmoid
     */
    public Activation activation() {
        return activation.activation();
    }

    /**
     * The channels of the probabilities.
     *
     * @param classes that are told apart
     * @throws UsageException if a single channel cannot do it
     */
    public int channels(int classes) {
        return activation.channels(classes);
    }
}
