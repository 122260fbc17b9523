package org.segloss4j.evaluation;

import static org.segloss4j.evaluation.Checks.require;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.SegmentationBatch;

/**
 * The classes of an evaluation: how many there are, where predictions have their channels, and what they are called.
 * Immutable.
 *
 * @param count        number of classes
 * @param channelsLast whether the channels are the last axis of the predictions
 * @param names        what they are called
 */
record EvaluatedClasses(int count, boolean channelsLast, ClassNames names) {

    /** Classes with {@linkplain ClassNames#stored() stored} names, or null for their numbers. */
    static EvaluatedClasses of(int count, boolean channelsLast, String... names) {
        return new EvaluatedClasses(count, channelsLast, ClassNames.of(names, count));
    }

    EvaluatedClasses withChannelsLast() {
        return new EvaluatedClasses(count, true, names);
    }

    EvaluatedClasses named(List<String> classNames) {
        return new EvaluatedClasses(count, channelsLast, ClassNames.of(classNames, count));
    }

    /** A batch as DL4J gives it. */
    SegmentationBatch batch(INDArray labels, INDArray predictions, INDArray mask) {
        SegmentationBatch batch = SegmentationBatch.predictions(predictions).labels(labels).mask(mask);
        return channelsLast ? batch.channelsLast() : batch;
    }

    /** Refuses predictions that do not have a channel for each. */
    void requireChannels(SegmentationBatch batch) {
        require(batch.channels() == count, "predictions have " + batch.channels() + " channels, but " + count
                + (count == 1 ? " is" : " are") + " evaluated");
    }

    /** Refuses predictions that have neither a channel for each nor a single one for two. */
    static void requireChannelsOrOne(long channels, int classes) {
        require(channels == classes || channels == 1 && classes == 2, "predictions have " + channels
                + " channels, but " + classes + " classes are evaluated");
    }

    /** A class; returns it. */
    int checked(int c) {
        return Checks.knownClass(c, count);
    }
}
