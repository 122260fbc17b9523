package org.segloss4j.weights;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.internal.backend.Elements;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.loss.BackendChoice;
import org.segloss4j.internal.nd4j.ArrayAccess;
import org.segloss4j.internal.nd4j.Nd4jMemory;
import org.segloss4j.internal.nd4j.NdTensors;
import org.segloss4j.internal.nd4j.RowOrder;

/**
 * Counts the labels of ND4J arrays: of each example those of each class and, last, of void pixels. They are read
 * where they lie.
 */
final class ArrayLabels {

    private final int classes;
    private final Integer ignoreIndex;

    ArrayLabels(int classes, Integer ignoreIndex) {
        this.classes = classes;
        this.ignoreIndex = ignoreIndex;
    }

    /** Tells indices from one-hot by type and shape, and refuses to guess. */
    List<long[]> count(INDArray labels) {
        needsExamples(labels);
        boolean channels = labels.size(1) == classes;
        if (!labels.dataType().isIntType()) {
            return oneHot(labels);
        }
        if (channels && classes > 1) {
            throw new IllegalArgumentException("labels " + describe(labels) + " can be read as class indices and as"
                    + " one-hot of " + classes + " classes: use addIndices or addOneHot");
        }
        return indices(labels, backend());
    }

    /** The backend that counts labels, wherever they lie: those of the host are not worth a copy. */
    static LossBackend backend() {
        return BackendChoice.of(Nd4jMemory.here().onDevices(), 0).backend();
    }

    /** Class indices [N, *] of an integer type. */
    List<long[]> indices(INDArray labels, LossBackend backend) {
        needsExamples(labels);
        needsPixels(labels);
        if (!labels.dataType().isIntType()) {
            throw new IllegalArgumentException("labels " + describe(labels)
                    + " cannot be class indices: these must be of an integer type such as INT32, INT64 or UINT8");
        }
        ArrayAccess access = Nd4jMemory.here().access(backend.takesDeviceMemory());
        Tensor tensor = NdTensors.withoutChannels(labels, RowOrder.EXAMPLES, access::reading);
        return List.of(backend.labelCounts(tensor, classes, ignoreIndex));
    }

    /** One-hot labels [N, C, *] of any type. */
    List<long[]> oneHot(INDArray labels) {
        needsExamples(labels);
        if (labels.size(1) != classes) {
            throw new IllegalArgumentException("labels " + describe(labels) + " are neither one-hot [N, " + classes
                    + ", *] nor class indices [N, *] of an integer type");
        }
        Tensor tensor = NdTensors.tensor(labels, 1, RowOrder.EXAMPLES, Nd4jMemory.here().access(false)::reading);
        List<long[]> counts = new ArrayList<>();
        for (long n = 0; n < tensor.examples(); n++) {
            ImageTally tally = new ImageTally(classes, ignoreIndex);
            for (long s = 0; s < tensor.pixels(); s++) {
                addOneHot(tensor, n, s, tally);
            }
            long image = n;
            counts.add(tally.counts(at -> "example " + image + ", pixel " + at));
        }
        return counts;
    }

    private void addOneHot(Tensor labels, long n, long s, ImageTally tally) {
        int found = -1;
        for (int c = 0; c < classes; c++) {
            double value = Elements.get(labels, n, c, s);
            if (value == 0) {
                continue;
            }
            if (ignoreIndex != null && (ignoreIndex < 0 || ignoreIndex >= classes) && value == ignoreIndex) {
                tally.addVoid();
                return;
            }
            if (value != 1 || found >= 0) {
                tally.addBad(value == 1 ? "a second 1 (channels " + found + " and " + c + ")"
                        : value + " in channel " + c + ", which is not one-hot,", s);
                return;
            }
            found = c;
        }
        if (found < 0) {
            tally.addVoid();
        } else {
            tally.add(found, s);
        }
    }

    /** Class indices of rank 2 may be one image or a row for each example, and a wrong guess counts images wrongly. */
    private static void needsPixels(INDArray labels) {
        if (labels.rank() == 2 && labels.dataType().isIntType()) {
            throw new IllegalArgumentException("labels " + describe(labels) + " may be one image or "
                    + labels.size(0) + " rows of pixels: reshape one image to [1, " + labels.size(0) + ", "
                    + labels.size(1) + "], or one row for each example to [" + labels.size(0) + ", 1, "
                    + labels.size(1) + "]");
        }
    }

    private static void needsExamples(INDArray labels) {
        if (labels.rank() < 2 || labels.isEmpty()) {
            throw new IllegalArgumentException("labels " + describe(labels)
                    + " need an axis of examples and one of pixels or classes");
        }
        NdTensors.inside("labels", labels);
    }

    private static String describe(INDArray labels) {
        return labels.dataType() + " " + Arrays.toString(labels.shape());
    }
}
