package org.segloss4j.cli.demo;

import org.segloss4j.cli.input.UsageException;
import org.segloss4j.data.ImageSize;

/**
 * What all losses that are compared have in common.
 *
 * @param training   number of images to learn from, at least 1
 * @param validation number of images to judge by, at least 1
 * @param epochs     how often each image is seen, at least 1
 * @param seed       of images, first weights and order
 */
public record ComparisonPlan(int training, int validation, int epochs, long seed) {

    private static final ImageSize SIZE = new ImageSize(40, 40);
    private static final UNet UNET = new UNet(3, 8);
    private static final int BATCH = 4;
    /** Of 0.01, 0.02, 0.05 and 0.1 the one by which LossMCXENT without weights does best; see docs/demo.md. */
    private static final double LEARNING_RATE = 0.02;

    public ComparisonPlan {
        atLeastOne("--images", training);
        atLeastOne("--epochs", epochs);
    }

    private static void atLeastOne(String option, int value) {
        if (value < 1) {
            throw new UsageException(option + " is " + value + ", but must be at least 1");
        }
    }

    public ImageSize size() {
        return SIZE;
    }

    public UNet unet() {
        return UNET;
    }

    int classes() {
        return ShapeGenerator.labels().classes();
    }

    public int batch() {
        return BATCH;
    }

    public double learningRate() {
        return LEARNING_RATE;
    }

    /** The steps of all epochs. */
    public int steps() {
        return epochs * ((training + BATCH - 1) / BATCH);
    }
}
