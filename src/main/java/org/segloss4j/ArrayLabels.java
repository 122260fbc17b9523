package org.segloss4j;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongFunction;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.Shape;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Counts the labels of ND4J arrays, one tally per example. Copies one example at a time, never the array. */
final class ArrayLabels {

    private final int classes;
    private final Integer ignoreIndex;

    ArrayLabels(int classes, Integer ignoreIndex) {
        this.classes = classes;
        this.ignoreIndex = ignoreIndex;
    }

    /** Tells indices from one-hot by type and shape, and refuses to guess. */
    List<ImageTally> count(INDArray labels) {
        needsExamples(labels);
        boolean channels = labels.size(1) == classes;
        if (!labels.dataType().isIntType()) {
            return oneHot(labels);
        }
        if (channels && classes > 1) {
            throw new IllegalArgumentException("labels " + describe(labels) + " can be read as class indices and as"
                    + " one-hot of " + classes + " classes: use addIndices or addOneHot");
        }
        return indices(labels);
    }

    /** Class indices [N, *] of an integer type. */
    List<ImageTally> indices(INDArray labels) {
        needsExamples(labels);
        if (!labels.dataType().isIntType()) {
            throw new IllegalArgumentException("labels " + describe(labels)
                    + " cannot be class indices: these must be of an integer type such as UINT8, INT32 or INT64");
        }
        List<ImageTally> tallies = new ArrayList<>();
        for (long n = 0; n < labels.size(0); n++) {
            INDArray example = example(labels, n);
            long[] values = example.castTo(DataType.INT64).dup('c').data().asLong();
            ImageTally tally = new ImageTally(classes, ignoreIndex);
            for (int s = 0; s < values.length; s++) {
                tally.add(values[s], s);
            }
            tallies.add(tally.checked(place(n, example.shape())));
        }
        return tallies;
    }

    /** One-hot labels [N, C, *] of any type. */
    List<ImageTally> oneHot(INDArray labels) {
        needsExamples(labels);
        if (labels.size(1) != classes) {
            throw new IllegalArgumentException("labels " + describe(labels) + " are neither one-hot [N, " + classes
                    + ", *] nor class indices [N, *] of an integer type");
        }
        List<ImageTally> tallies = new ArrayList<>();
        for (long n = 0; n < labels.size(0); n++) {
            INDArray example = example(labels, n);
            double[] values = example.castTo(DataType.DOUBLE).dup('c').data().asDouble();
            ImageTally tally = new ImageTally(classes, ignoreIndex);
            int pixels = values.length / classes;
            for (int s = 0; s < pixels; s++) {
                addOneHot(values, pixels, s, tally);
            }
            long[] shape = example.shape();
            tallies.add(tally.checked(place(n, Arrays.copyOfRange(shape, 1, shape.length))));
        }
        return tallies;
    }

    private void addOneHot(double[] values, int pixels, int s, ImageTally tally) {
        int found = -1;
        for (int c = 0; c < classes; c++) {
            double value = values[c * pixels + s];
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

    private static INDArray example(INDArray labels, long n) {
        return labels.get(NDArrayIndex.point(n));
    }

    private static LongFunction<String> place(long n, long[] shape) {
        return at -> "example " + n + ", pixel "
                + (shape.length == 0 ? "0" : Arrays.toString(Shape.ind2subC(shape, at)));
    }

    private static void needsExamples(INDArray labels) {
        if (labels.rank() < 2 || labels.isEmpty()) {
            throw new IllegalArgumentException("labels " + describe(labels)
                    + " need an axis of examples and one of pixels or classes");
        }
    }

    private static String describe(INDArray labels) {
        return labels.dataType() + " " + Arrays.toString(labels.shape());
    }
}
