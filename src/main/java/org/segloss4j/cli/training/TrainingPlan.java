package org.segloss4j.cli.training;

import org.segloss4j.cli.input.TrainingData;
import org.segloss4j.data.Augmentation;
import org.segloss4j.data.PixelMaps;
import org.segloss4j.data.SegmentationIterator;

/**
 * How a network is trained.
 *
 * @param epochs       how often all training samples are seen, at least 1
 * @param batch        samples of a step, at least 1
 * @param parts        into how many parts each batch is divided, at least 1
 * @param patience     epochs without a better mean IoU after which training stops, or 0 to see all epochs
 * @param augmentation random changes of the training samples
 * @param maps         what the loss reads beside the labels, or null
 * @param seed         of the order of the samples and of their changes
 */
public record TrainingPlan(int epochs, int batch, int parts, int patience, Augmentation augmentation, PixelMaps maps,
                           long seed) {

    /** The steps of an epoch. */
    public int steps(int samples) {
        return (samples + batch - 1) / batch;
    }

    /** The training samples, in an order and with changes that depend on seed and epoch alone. */
    SegmentationIterator training(TrainingData data, int epoch) {
        return SegmentationIterator.of(data.training()).batch(batch).shuffle(seed).augment(augmentation, seed)
                .fromEpoch(epoch).channelsLast().appendMaps(maps);
    }

    /** The validation samples in their order. */
    SegmentationIterator validation(TrainingData data) {
        return SegmentationIterator.of(data.validation()).batch(batch).channelsLast().appendMaps(maps);
    }
}
