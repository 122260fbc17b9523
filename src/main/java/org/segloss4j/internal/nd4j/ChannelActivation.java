package org.segloss4j.internal.nd4j;

import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Runs any ND4J activation on rows [pixels, C], as DL4J's own output layers do: activations over channels work on the
 * last axis. The 16-bit types go through FLOAT, since ND4J has no gradients of BFLOAT16.
 */
public final class ChannelActivation {

    private ChannelActivation() {
    }

    /**
     * Applies an activation.
     *
     * @param activation  the activation
     * @param in          [N, C, *] or [N, *, C]; left alone
     * @param channelAxis the axis of the channels
     * @param training    whether the network is being trained
     * @return a new array of the input's shape, FLOAT for a 16-bit input
     */
    public static INDArray activate(IActivation activation, INDArray in, int channelAxis, boolean training) {
        return likeInput(activation.getActivation(rows(in, channelAxis), training), in, channelAxis);
    }

    /**
     * The gradient with respect to an activation's input. Where the gradient of the output is 0, it is 0,
     * though the input may not be finite.
     *
     * @param activation  the activation
     * @param in          [N, C, *] or [N, *, C]; left alone
     * @param gradient    gradient with respect to the output, of the input's shape; left alone
     * @param channelAxis the axis of the channels
     * @return a new array of the input's shape, FLOAT for a 16-bit input
     */
    public static INDArray backprop(IActivation activation, INDArray in, INDArray gradient, int channelAxis) {
        INDArray rows = rows(in, channelAxis);
        INDArray asked = rows(gradient, channelAxis).castTo(rows.dataType());
        DataBuffer inputs = rows.data();
        DataBuffer slopes = asked.data();
        for (long k = 0; k < rows.length(); k++) {
            if (!Double.isFinite(inputs.getDouble(k)) && slopes.getDouble(k) == 0) {
                inputs.put(k, 0.0);
            }
        }
        return likeInput(activation.backprop(rows, asked).getFirst(), in, channelAxis);
    }

    /** A copy [pixels, C], since activations overwrite what they are given. */
    private static INDArray rows(INDArray array, int channelAxis) {
        INDArray last = array.permute(channelToEnd(array.rank(), channelAxis)).dup('c');
        DataType type = last.dataType();
        boolean short16 = type == DataType.BFLOAT16 || type == DataType.FLOAT16;
        return (short16 ? last.castTo(DataType.FLOAT) : last).reshape('c', -1, array.size(channelAxis));
    }

    private static INDArray likeInput(INDArray rows, INDArray in, int channelAxis) {
        int rank = in.rank();
        int[] toEnd = channelToEnd(rank, channelAxis);
        long[] shape = new long[rank];
        int[] back = new int[rank];
        for (int k = 0; k < rank; k++) {
            shape[k] = in.size(toEnd[k]);
            back[toEnd[k]] = k;
        }
        return rows.reshape('c', shape).permute(back);
    }

    private static int[] channelToEnd(int rank, int channelAxis) {
        int[] order = new int[rank];
        for (int axis = 0, k = 0; axis < rank; axis++) {
            if (axis != channelAxis) {
                order[k++] = axis;
            }
        }
        order[rank - 1] = channelAxis;
        return order;
    }
}
