package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.segloss4j.evaluation.SegmentationEvaluation;

/** Arrays beyond 2^31 elements: counts, offsets and windows of memory in 64 bits. Needs about 7 GB. */
@Tag("slow")
class LargeArraysTest {

    private static final long PIXELS = (1L << 31) + 4097;
    private static final long LAST = 3000;

    /** One probability of 0.25 everywhere and a label of 1 in the last pixels, beyond all 32-bit offsets. */
    @Test
    void sumsAreExactBeyondTwoToThe31() {
        INDArray predictions = Nd4j.createUninitialized(DataType.BFLOAT16, 1, 1, PIXELS).assign(0.25);
        INDArray labels = Nd4j.create(DataType.UINT8, 1, PIXELS);
        labels.get(NDArrayIndex.all(), NDArrayIndex.interval(PIXELS - LAST, PIXELS)).assign(1);
        SegmentationBatch batch = SegmentationBatch.predictions(predictions).labels(labels);
        double hits = 0.25 * LAST;
        double expected = 1 - (hits + 1e-5) / (LAST + 0.25 * PIXELS - hits + 1e-5);
        assertThat(Losses.jaccard().value(batch)).isCloseTo(expected, offset(1e-12));

        SegmentationEvaluation evaluation = new SegmentationEvaluation(2);
        evaluation.eval(batch);
        assertThat(evaluation.confusion()).containsExactly(PIXELS - LAST, 0, LAST, 0);
    }

    /** The gradient of the far end, written in place, is that of the far end alone with the sums of all. */
    @Test
    void gradientsReachTheFarEnd() {
        long columns = PIXELS / 2;
        INDArray logits = Nd4j.create(DataType.BFLOAT16, 1, 2, columns);
        INDArray tail = logits.get(NDArrayIndex.all(), NDArrayIndex.all(),
                NDArrayIndex.interval(columns - LAST, columns));
        tail.assign(Nd4j.randn(DataType.FLOAT, 1, 2, LAST));
        INDArray labels = Nd4j.create(DataType.UINT8, 1, columns);
        SegmentationBatch batch = SegmentationBatch.predictions(logits).labels(labels).activation(Activation.SOFTMAX);
        SegmentationLoss loss = Losses.dice();
        // Written over the logits' own copy, so that not another 4 GB are needed.
        INDArray copy = tail.dup('c');
        INDArray expected = loss.gradient(SegmentationBatch.predictions(copy).labels(labels.get(NDArrayIndex.all(),
                NDArrayIndex.interval(columns - LAST, columns))).activation(Activation.SOFTMAX),
                loss.sums(batch), 0);
        loss.valueAndGradient(batch, 1, logits);
        assertThat(tail.dup('c').castTo(DataType.FLOAT)).isEqualTo(expected.castTo(DataType.FLOAT));
    }
}
