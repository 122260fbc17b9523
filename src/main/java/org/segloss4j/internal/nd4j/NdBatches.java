package org.segloss4j.internal.nd4j;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Tensor;

/** Makes a validated {@link Batch} of ND4J arrays: the one door at which shapes are checked. */
public final class NdBatches {

    private NdBatches() {
    }

    /**
     * Makes tensors of arrays.
     *
     * @param arrays      labels, predictions and mask
     * @param predictions what is used in place of the arrays' predictions; of the same shape
     * @param activation  what makes probabilities of these predictions
     * @param access      gives the arrays' memory
     * @return the batch
     * @throws IllegalArgumentException with both shapes if something does not fit
     */
    public static Batch batch(ArrayBatch arrays, INDArray predictions, Activation activation, ArrayAccess access) {
        if (predictions.rank() < 2) {
            throw new IllegalArgumentException("predictions " + shape(predictions)
                    + " need an axis of examples and one of channels");
        }
        INDArray labels = arrays.labels();
        if (labels.isEmpty() || predictions.isEmpty()) {
            throw new IllegalArgumentException("labels " + shape(labels) + " and predictions " + shape(predictions)
                    + " must not be empty");
        }
        int channelAxis = arrays.channelAxis();
        Tensor tensor = NdTensors.tensor(predictions, channelAxis, arrays.rows(), access::reading);
        return new Batch(tensor, activation, labels(labels, predictions, channelAxis, arrays.rows(), access),
                arrays.mask() == null ? null
                        : mask(arrays.mask(), predictions, tensor, channelAxis, arrays.rows(), access));
    }

    private static Labels labels(INDArray labels, INDArray predictions, int channelAxis, RowOrder rows,
                                 ArrayAccess access) {
        long[] full = predictions.shape();
        boolean index = labels.dataType().isIntType();
        boolean oneChannel = full[channelAxis] == 1;
        if (Arrays.equals(labels.shape(), full)) {
            Tensor tensor = NdTensors.tensor(labels, channelAxis, rows, access::reading);
            return new Labels(index && oneChannel ? Labels.Kind.INDEX : Labels.Kind.DENSE, tensor);
        }
        boolean flat = Arrays.equals(labels.shape(), without(full, channelAxis));
        int axis = flat ? -1 : singleAxis(labels.shape(), full, channelAxis);
        if (!flat && axis < 0) {
            throw new IllegalArgumentException("labels " + shape(labels) + " do not match predictions "
                    + shape(predictions));
        }
        if (!index && !oneChannel) {
            throw new IllegalArgumentException("labels " + labels.dataType() + " " + shape(labels)
                    + " look like class indices for predictions " + shape(predictions)
                    + ", but these must be of an integer type such as INT32, INT64 or UINT8");
        }
        Tensor tensor = flat ? NdTensors.withoutChannels(labels, rows, access::reading)
                : NdTensors.tensor(labels, axis, rows, access::reading);
        return new Labels(index ? Labels.Kind.INDEX : Labels.Kind.DENSE, tensor);
    }

    private static Tensor mask(INDArray mask, INDArray predictions, Tensor tensor, int channelAxis,
                               RowOrder rows, ArrayAccess access) {
        long[] full = predictions.shape();
        long[] shape = mask.shape();
        if (Arrays.equals(shape, full)) {
            return NdTensors.tensor(mask, channelAxis, rows, access::reading);
        }
        if (Arrays.equals(shape, without(full, channelAxis))) {
            return NdTensors.withoutChannels(mask, rows, access::reading);
        }
        int axis = singleAxis(shape, full, channelAxis);
        if (axis >= 0) {
            return NdTensors.tensor(mask, axis, rows, access::reading);
        }
        if (shape.length > 0 && shape[0] == tensor.examples() && mask.length() == shape[0]) {
            return NdTensors.perExample(mask, tensor.pixels(), access::reading);
        }
        throw new IllegalArgumentException("mask " + shape(mask) + " does not match predictions "
                + shape(predictions));
    }

    /** The axis of size 1 that stands for the channels, where they are or right after the examples; -1 if none. */
    private static int singleAxis(long[] shape, long[] full, int channelAxis) {
        long[] spatial = without(full, channelAxis);
        for (int axis : new int[] {channelAxis, 1}) {
            if (shape.length == full.length && shape[axis] == 1 && Arrays.equals(without(shape, axis), spatial)) {
                return axis;
            }
        }
        return -1;
    }

    private static long[] without(long[] shape, int axis) {
        long[] rest = new long[shape.length - 1];
        for (int k = 0, at = 0; k < shape.length; k++) {
            if (k != axis) {
                rest[at++] = shape[k];
            }
        }
        return rest;
    }

    private static String shape(INDArray array) {
        return Arrays.toString(array.shape());
    }
}
