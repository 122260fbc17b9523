package org.segloss4j.dl4j;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;

/**
 * Labels of a network that has one array for them, of a loss that reads maps as well: along the axis of the channels
 * the class index, then C signed distances if the loss needs them, then C skeletons if it needs these.
 */
final class PackedLabels {

    private PackedLabels() {
    }

    /** A batch of labels that are packed if the loss needs more than the classes. */
    static SegmentationBatch batch(SegmentationLoss loss, INDArray input, INDArray labels, int channelAxis) {
        SegmentationBatch.Unlabelled predictions = SegmentationBatch.predictions(input);
        boolean hasDistances = loss.needsDistances();
        boolean hasSkeleton = loss.needsSkeleton();
        if (!hasDistances && !hasSkeleton) {
            return predictions.labels(labels);
        }
        int classes = (int) input.size(channelAxis);
        int channels = 1 + (hasDistances ? classes : 0) + (hasSkeleton ? classes : 0);
        if (labels.rank() != input.rank() || labels.size(channelAxis) != channels || labels.dataType().isIntType()) {
            throw new IllegalArgumentException("labels " + labels.dataType() + " " + Arrays.toString(labels.shape())
                    + " do not fit " + loss.name() + " of predictions " + Arrays.toString(input.shape()) + ": it needs "
                    + channels + " channels of a floating-point type, the class index"
                    + (hasDistances ? ", a signed distance of each class" : "")
                    + (hasSkeleton ? ", the skeleton of each class" : "")
                    + "; SegmentationIterator.appendMaps(PixelMaps.of(loss, " + classes + ")) makes them");
        }
        SegmentationBatch batch = predictions.labels(indices(channels(labels, channelAxis, 0, 1)));
        int next = 1;
        if (hasDistances) {
            batch = batch.distances(channels(labels, channelAxis, next, next + classes));
            next += classes;
        }
        return hasSkeleton ? batch.skeleton(channels(labels, channelAxis, next, next + classes)) : batch;
    }

    private static INDArray channels(INDArray labels, int axis, int from, int to) {
        INDArrayIndex[] where = new INDArrayIndex[labels.rank()];
        Arrays.fill(where, NDArrayIndex.all());
        where[axis] = NDArrayIndex.interval(from, to);
        return labels.get(where);
    }

    private static INDArray indices(INDArray classes) {
        INDArray indices = classes.castTo(DataType.INT32);
        if (!indices.castTo(classes.dataType()).equalsWithEps(classes, 0)) {
            throw new IllegalArgumentException("the first channel of the labels must hold class indices, but has"
                    + " numbers that are not whole");
        }
        return indices;
    }
}
