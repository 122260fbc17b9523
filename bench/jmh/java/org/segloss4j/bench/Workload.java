package org.segloss4j.bench;

import java.util.Arrays;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;

/**
 * A problem of a size: random logits and labels, the same for every contender.
 *
 * @param problem the loss
 * @param shape   [N, C, spatial…], written like 8x19x256x256
 * @param layout  where the channels stand in memory
 * @param element type of the logits and the gradient
 */
public record Workload(Problem problem, long[] shape, Layout layout, DataType element) {

    /** Where the channels stand in memory. */
    public enum Layout { CHANNELS_FIRST, CHANNELS_LAST }

    static Workload of(Problem problem, String shape, Layout layout, DataType element) {
        return new Workload(problem, Arrays.stream(shape.split("x")).mapToLong(Long::parseLong).toArray(), layout,
                element);
    }

    int channels() {
        return (int) shape[1];
    }

    long examples() {
        return shape[0];
    }

    /** S, the pixels of one example. */
    long pixels() {
        return elements() / shape[0] / shape[1];
    }

    long elements() {
        return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    }

    SegmentationLoss loss() {
        return problem.loss(channels());
    }

    Activation activation() {
        return channels() == 1 ? Activation.SIGMOID : Activation.SOFTMAX;
    }

    /** [N, C, spatial…], or [N, spatial…, C]. */
    INDArray logits() {
        Nd4j.getRandom().setSeed(7);
        return Nd4j.randn(DataType.FLOAT, arrayShape()).muli(2).castTo(element);
    }

    /** [N, spatial…], UINT8. */
    INDArray labels() {
        Nd4j.getRandom().setSeed(8);
        long[] labels = new long[shape.length - 1];
        labels[0] = shape[0];
        System.arraycopy(shape, 2, labels, 1, labels.length - 1);
        // Rounding up to the number of classes happens in float.
        return Nd4j.rand(DataType.FLOAT, labels).muli(Math.max(2, channels()) - 1e-3).castTo(DataType.UINT8);
    }

    /** One-hot labels of the logits' shape, FLOAT; for one channel the labels themselves. */
    INDArray oneHot() {
        INDArray labels = labels();
        INDArray hot = Nd4j.create(DataType.FLOAT, examples(), channels(), pixels());
        for (int n = 0; n < examples(); n++) {
            for (int c = 0; c < channels(); c++) {
                hot.slice(n).slice(c).assign(labels.slice(n).reshape(pixels()).eq(channels() == 1 ? 1 : c)
                        .castTo(DataType.FLOAT));
            }
        }
        return hot.reshape(shape);
    }

    SegmentationBatch batch(INDArray labels, INDArray logits) {
        SegmentationBatch batch = SegmentationBatch.predictions(logits).labels(labels).activation(activation());
        return layout == Layout.CHANNELS_LAST ? batch.channelsLast() : batch;
    }

    private long[] arrayShape() {
        if (layout == Layout.CHANNELS_FIRST) {
            return shape;
        }
        long[] last = new long[shape.length];
        last[0] = shape[0];
        System.arraycopy(shape, 2, last, 1, shape.length - 2);
        last[shape.length - 1] = shape[1];
        return last;
    }
}
