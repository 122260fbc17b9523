package org.segloss4j.cli.training;

import org.segloss4j.data.Augmentation;

/**
 * How a network is trained.
 *
 * @param epochs       how often all training samples are seen, at least 1
 * @param batch        samples of a step, at least 1
 * @param patience     epochs without a better mean IoU after which training stops, or 0 to see all epochs
 * @param augmentation random changes of the training samples
 * @param seed         of the order of the samples and of their changes
 */
public record TrainingPlan(int epochs, int batch, int patience, Augmentation augmentation, long seed) {

    /** The steps of an epoch. */
    public int steps(int samples) {
        return (samples + batch - 1) / batch;
    }
}
