package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.evaluation.SegmentationEvaluation;

/** Masks of 0 and 255 that nobody divided by 255. */
class GreyMasksTest {

    private static final INDArray ONE_CHANNEL = Nd4j.createFromArray(1f, -2, 3, -1).reshape(1, 1, 2, 2);
    private static final INDArray TWO_CHANNELS = Nd4j.createFromArray(1f, -2, 3, -1, 0, 1, 2, -3).reshape(1, 2, 2, 2);
    private static final INDArray BINARY = Nd4j.createFromArray(255f, 255, 0, 0).reshape(1, 1, 2, 2);
    private static final INDArray ONE_HOT = Nd4j.createFromArray(0, 0, 255, 255, 255, 255, 0, 0)
            .reshape(1, 2, 2, 2).castTo(DataType.UINT8);

    @Test
    void lossesMetricsAndEvaluationsRefuseThem() {
        SegmentationBatch binary = SegmentationBatch.predictions(ONE_CHANNEL).labels(BINARY)
                .activation(Activation.SIGMOID);
        SegmentationBatch oneHot = SegmentationBatch.predictions(TWO_CHANNELS).labels(ONE_HOT)
                .activation(Activation.SOFTMAX);
        for (SegmentationLoss loss : new SegmentationLoss[] {Losses.jaccard(), Losses.dice(),
                Losses.binaryCrossEntropy(), Losses.binaryFocal()}) {
            refused(2, 0, () -> loss.value(binary));
            refused(2, 0, () -> loss.sums(binary));
            refused(4, 0, () -> loss.value(oneHot));
        }
        refused(4, 0, () -> Losses.categoricalFocal().value(oneHot));
        refused(2, 0, () -> Metrics.iou().value(binary));
        refused(2, 0, () -> Metrics.iou().threshold(0.5).value(binary));
        refused(4, 0, () -> Metrics.precision().value(oneHot));
        refused(2, 0, () -> new SegmentationEvaluation(2).eval(BINARY, Nd4j.ones(1, 1, 2, 2).muli(0.5f)));
        refused(4, 0, () -> new SegmentationEvaluation(2).eval(ONE_HOT, TWO_CHANNELS));
    }

    @Test
    void thoseOfIndicesAreRefusedInTheSameWords() {
        refused(2, 0, () -> Losses.dice().value(SegmentationBatch.predictions(ONE_CHANNEL)
                .labels(BINARY.castTo(DataType.INT32)).activation(Activation.SIGMOID)));
    }

    @Test
    void dividedBy255TheyAreFine() {
        assertThat(Losses.dice().value(SegmentationBatch.predictions(ONE_CHANNEL).labels(BINARY.div(255))
                .activation(Activation.SIGMOID))).isBetween(0.0, 1.0);
    }

    private static void refused(int count, int pixel, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(count + " labels are outside"
                + " 0..1; the first is 255 at example 0, pixel " + pixel + ". These look like 0/255 masks: divide them"
                + " by 255, or read mask files with LabelMap.values(0, 255)");
    }
}
