package org.segloss4j.internal.loss;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.internal.nd4j.ArrayBatch;

/** Batches that have other labels in the place of their own. */
final class OtherLabelArrays {

    private OtherLabelArrays() {
    }

    /** The batch with its distances for labels; what the labels ignore is void by the mask. */
    static ArrayBatch distances(ArrayBatch source, Integer ignoreIndex) {
        INDArray distances = source.distances();
        if (distances == null) {
            throw new IllegalArgumentException("boundary_loss needs signed distance maps, but the batch has none: give"
                    + " them by SegmentationBatch.distances or, in a network, as further channels of the labels");
        }
        if (distances.dataType().isIntType() || distances.dataType() == DataType.BOOL) {
            throw new IllegalArgumentException("distances are " + distances.dataType()
                    + ", but must be FLOAT, DOUBLE, HALF or BFLOAT16");
        }
        if (distances.length() != source.predictions().length()) {
            throw new IllegalArgumentException("distances " + Arrays.toString(distances.shape())
                    + " do not match predictions " + Arrays.toString(source.predictions().shape())
                    + ": one map per channel is needed");
        }
        return with(source, distances, ignoreIndex == null ? source.mask() : mask(source, ignoreIndex));
    }

    /** The batch with its skeletons for labels. */
    static ArrayBatch skeleton(ArrayBatch source) {
        if (source.skeleton() == null) {
            throw new IllegalArgumentException("skeleton_recall_loss needs the skeletons of the labels, but the batch"
                    + " has none: give them by SegmentationBatch.skeleton or, in a network, as further channels of the"
                    + " labels");
        }
        return with(source, source.skeleton(), source.mask());
    }

    private static ArrayBatch with(ArrayBatch source, INDArray labels, INDArray mask) {
        return new ArrayBatch(labels, source.predictions(), mask, source.activation(), source.channelsLast(),
                source.rows());
    }

    private static INDArray mask(ArrayBatch source, int ignoreIndex) {
        INDArray labels = source.labels();
        if (!labels.dataType().isIntType() || Arrays.equals(labels.shape(), source.predictions().shape())
                && source.channels() > 1) {
            throw new IllegalArgumentException("boundary_loss with ignoreIndex " + ignoreIndex + " needs labels that"
                    + " are class indices, but they are " + labels.dataType() + " " + Arrays.toString(labels.shape())
                    + ": give void pixels by a mask instead");
        }
        long[] pixels = source.predictions().shape().clone();
        pixels[source.channelAxis()] = 1;
        if (labels.length() != Arrays.stream(pixels).reduce(1, (one, other) -> one * other)) {
            throw new IllegalArgumentException("labels " + Arrays.toString(labels.shape())
                    + " do not match predictions " + Arrays.toString(source.predictions().shape()));
        }
        INDArray counted = labels.neq(ignoreIndex).castTo(DataType.FLOAT).reshape('c', pixels);
        return source.mask() == null ? counted : masked(counted, source);
    }

    /** The weights of the mask where pixels count, 0 elsewhere: [N, 1, *], or one for each output as the mask has. */
    private static INDArray masked(INDArray counted, ArrayBatch source) {
        INDArray mask = source.mask().castTo(DataType.FLOAT);
        long[] outputs = source.predictions().shape();
        if (Arrays.equals(mask.shape(), outputs)) {
            return counted.broadcast(outputs).mul(mask);
        }
        if (mask.length() == counted.length()) {
            return counted.mul(mask.reshape('c', counted.shape()));
        }
        if (outputs.length > 2 && mask.length() == outputs[0]) {
            return counted.reshape('c', outputs[0], -1).mulColumnVector(mask.reshape('c', outputs[0], 1))
                    .reshape('c', counted.shape());
        }
        throw new IllegalArgumentException("boundary_loss has both a mask " + Arrays.toString(mask.shape())
                + " and ignoreIndex, which do not go together for predictions " + Arrays.toString(outputs)
                + ": put the void pixels into the mask");
    }
}
