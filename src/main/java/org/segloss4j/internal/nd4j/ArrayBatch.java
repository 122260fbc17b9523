package org.segloss4j.internal.nd4j;

import java.util.stream.IntStream;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The arrays of one batch and how they are to be read.
 *
 * @param labels       one-hot or soft like the predictions, of any type, or class indices [N, *] or [N, 1, *] of an
 *                     integer type
 * @param predictions  [N, C, *] or [N, *, C]; [rows, C] if of rank 2
 * @param mask         null, [N], [N, 1], [N, *], [N, 1, *], [N, *, 1], or like the predictions
 * @param activation   what makes probabilities of the predictions
 * @param channelsLast whether the last axis of the predictions is that of the channels
 * @param rows         for rank 2, how rows make up examples
 * @param distances    signed distances like the predictions, or null
 * @param skeleton     other labels, in the forms that labels have, or null
 */
public record ArrayBatch(INDArray labels, INDArray predictions, INDArray mask, IActivation activation,
                         boolean channelsLast, RowOrder rows, INDArray distances, INDArray skeleton) {

    /**
     * A batch without other labels.
     *
     * @param labels       labels
     * @param predictions  predictions
     * @param mask         mask, or null
     * @param activation   activation
     * @param channelsLast whether the channels come last
     * @param rows         how rows make up examples
     */
    public ArrayBatch(INDArray labels, INDArray predictions, INDArray mask, IActivation activation,
                      boolean channelsLast, RowOrder rows) {
        this(labels, predictions, mask, activation, channelsLast, rows, null, null);
    }

    /**
     * Checks that nothing needed is missing and that the arrays lie in their memory.
     *
     * @param labels       labels
     * @param predictions  predictions
     * @param mask         mask, or null
     * @param activation   activation
     * @param channelsLast whether the channels come last
     * @param rows         how rows make up examples
     * @param distances    signed distances, or null
     * @param skeleton     other labels, or null
     */
    public ArrayBatch {
        if (labels == null || predictions == null || activation == null) {
            throw new IllegalArgumentException("labels, predictions and activation must not be null");
        }
        NdTensors.inside("labels", labels);
        NdTensors.inside("predictions", predictions);
        NdTensors.inside("mask", mask);
        NdTensors.inside("distances", distances);
        NdTensors.inside("skeleton", skeleton);
    }

    /**
     * The axis of the predictions' channels.
     *
     * @return 1 or the last
     */
    public int channelAxis() {
        return channelsLast || predictions.rank() == 2 ? predictions.rank() - 1 : 1;
    }

    /**
     * N.
     *
     * @return the number of examples
     * @throws IllegalArgumentException if the rows do not make up whole examples
     */
    public long examples() {
        long first = predictions.size(0);
        return predictions.rank() == 2 ? rows.examples(first) : first;
    }

    /**
     * The sizes of an example.
     *
     * @return those of the spatial axes or, for rank 2, the number of rows of an example
     */
    public long[] spatial() {
        if (predictions.rank() <= 2) {
            return new long[] {rows.perExample()};
        }
        return IntStream.range(1, predictions.rank()).filter(axis -> axis != channelAxis())
                .mapToLong(predictions::size).toArray();
    }

    /**
     * C.
     *
     * @return the number of channels
     */
    public long channels() {
        return predictions.rank() < 2 ? 1 : predictions.size(channelAxis());
    }
}
