package org.segloss4j.bench;

import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;

/** What is computed: value and gradient of a loss from logits, softmax or, for one channel, sigmoid included. */
public enum Problem {
    /** The Jaccard loss. */
    JACCARD(Losses.jaccard(), Losses.jaccard()),
    /** A sum of three, as people train with. */
    DICE_CE_FOCAL(Losses.dice().plus(Losses.categoricalCrossEntropy()).plus(Losses.categoricalFocal()),
            Losses.dice().plus(Losses.binaryCrossEntropy()).plus(Losses.binaryFocal())),
    /** Cross-entropy alone: the least that a loss can cost. */
    CROSS_ENTROPY(Losses.categoricalCrossEntropy(), Losses.binaryCrossEntropy());

    private final SegmentationLoss manyClasses;
    private final SegmentationLoss oneChannel;

    Problem(SegmentationLoss manyClasses, SegmentationLoss oneChannel) {
        this.manyClasses = manyClasses;
        this.oneChannel = oneChannel;
    }

    SegmentationLoss loss(int channels) {
        return channels == 1 ? oneChannel : manyClasses;
    }
}
