package org.segloss4j;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.segloss4j.internal.nd4j.ArrayBatch;

/** Labels and masks at the pixels of a coarser head of a network: those nearest to the centres of its own. */
final class CoarserHead {

    private CoarserHead() {
    }

    /** The batch of predictions of fewer pixels, with labels and mask of the finest head. */
    static SegmentationBatch batch(ArrayBatch from, INDArray predictions) {
        if (predictions.rank() != from.predictions().rank() || predictions.rank() < 3) {
            throw new IllegalArgumentException("a coarser head has predictions " + Arrays.toString(predictions.shape())
                    + ", but the finest " + Arrays.toString(from.predictions().shape()));
        }
        if (from.distances() != null || from.skeleton() != null) {
            throw new IllegalArgumentException("distances and skeletons of a finer head do not fit a coarser one:"
                    + " use their losses on the finest head alone");
        }
        ArrayBatch bare = new ArrayBatch(from.labels(), predictions, null, from.activation(), from.channelsLast(),
                from.rows());
        long[] fine = from.spatial();
        long[] coarse = bare.spatial();
        SegmentationBatch batch = SegmentationBatch.predictions(predictions)
                .labels(nearest("labels", from.labels(), from, fine, coarse)).activation(from.activation());
        if (from.mask() != null) {
            batch = batch.mask(from.mask().length() == from.mask().size(0) && fine.length > 0
                    && from.mask().length() != from.labels().length() ? from.mask()
                            : nearest("mask", from.mask(), from, fine, coarse));
        }
        return from.channelsLast() ? batch.channelsLast() : batch;
    }

    private static INDArray nearest(String name, INDArray array, ArrayBatch of, long[] fine, long[] coarse) {
        // [N, *], [N, 1, *], [N, C, *] or, with the channels last, [N, *, 1] and [N, *, C].
        int first = array.rank() == 1 + fine.length ? 1 : 2;
        if (array.rank() > 1 + fine.length && of.channelsLast()
                && Arrays.equals(sizes(array, 1, fine.length), fine)) {
            first = 1;
        }
        if (array.rank() < first + fine.length || !Arrays.equals(sizes(array, first, fine.length), fine)) {
            throw new IllegalArgumentException(name + " " + Arrays.toString(array.shape())
                    + " do not match predictions " + Arrays.toString(of.predictions().shape()));
        }
        INDArray result = array;
        for (int k = 0; k < fine.length; k++) {
            result = nearest(result, first + k, coarse[k]);
        }
        return result;
    }

    private static long[] sizes(INDArray array, int from, int count) {
        return Arrays.copyOfRange(array.shape(), from, from + count);
    }

    private static INDArray nearest(INDArray array, int axis, long size) {
        long all = array.size(axis);
        if (size < 1 || size > all) {
            throw new IllegalArgumentException("a head has " + size + " pixels along axis " + axis
                    + ", but the finest has " + all);
        }
        if (size == all) {
            return array;
        }
        if (all % size == 0) {
            return strided(array, axis, all / size);
        }
        INDArray[] slices = new INDArray[Math.toIntExact(size)];
        for (int k = 0; k < slices.length; k++) {
            long at = (2L * k + 1) * all / (2 * size);
            slices[k] = array.get(index(array, axis, NDArrayIndex.interval(at, at + 1)));
        }
        return Nd4j.concat(axis, slices);
    }

    private static INDArray strided(INDArray array, int axis, long stride) {
        return stride == 1 ? array : array.get(index(array, axis, NDArrayIndex.interval(stride / 2, stride,
                array.size(axis))));
    }

    private static INDArrayIndex[] index(INDArray array, int axis, INDArrayIndex of) {
        INDArrayIndex[] index = new INDArrayIndex[array.rank()];
        Arrays.fill(index, NDArrayIndex.all());
        index[axis] = of;
        return index;
    }

    /** Every k-th pixel along the last axes, from the middle one of each k on. */
    static INDArray labelStride(INDArray labels, int... strides) {
        INDArray view = labels;
        for (int k = 0; k < strides.length; k++) {
            int axis = labels.rank() - strides.length + k;
            if (axis < 1 || strides[k] < 1 || labels.size(axis) % strides[k] != 0) {
                throw new IllegalArgumentException("labels " + Arrays.toString(labels.shape())
                        + " cannot be taken at strides " + Arrays.toString(strides)
                        + ": there must be one for each spatial axis, which it divides");
            }
            view = strided(view, axis, strides[k]);
        }
        return view;
    }
}
