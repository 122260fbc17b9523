package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** One channel has no distribution over classes; losses that need one would be constant. */
class OneChannelTest {

    private static final INDArray LOGITS = Nd4j.linspace(DataType.FLOAT, -1, 0.1, 20).reshape(2, 1, 10);
    private static final INDArray LABELS = LOGITS.gt(0).castTo(DataType.INT32);

    private static SegmentationBatch batch(Activation activation) {
        return SegmentationBatch.predictions(LOGITS).labels(LABELS).activation(activation);
    }

    @Test
    void softmaxIsRefusedEverywhere() {
        String message = "a softmax over 1 channel is always 1: use SIGMOID, or one channel per class";
        SegmentationLoss loss = Losses.dice();
        IActivation softmax = new ActivationSoftmax();
        INDArray rows = LOGITS.reshape(20, 1);
        INDArray rowLabels = LABELS.reshape(20, 1);
        SegmentationLoss below = loss.pixelsPerExample(10);
        assertThatThrownBy(() -> loss.value(batch(Activation.SOFTMAX))).hasMessage(message);
        assertThatThrownBy(() -> loss.valueAndGradient(batch(Activation.SOFTMAX))).hasMessage(message);
        assertThatThrownBy(() -> loss.sums(batch(Activation.SOFTMAX))).hasMessage(message);
        assertThatThrownBy(() -> Metrics.iou().value(batch(Activation.SOFTMAX))).hasMessage(message);
        assertThatThrownBy(() -> batch(Activation.SOFTMAX).confusion(null, 0.5)).hasMessage(message);
        assertThatThrownBy(() -> below.computeGradient(rowLabels, rows, softmax, null)).hasMessage(message);
        assertThatThrownBy(() -> below.computeScore(rowLabels, rows, softmax, null, false)).hasMessage(message);
        assertThatThrownBy(() -> below.computeScoreArray(rowLabels, rows, softmax, null)).hasMessage(message);
    }

    @Test
    void categoricalLossesAreRefused() {
        IActivation sigmoid = new ActivationSigmoid();
        for (SegmentationLoss loss : List.of(Losses.categoricalCrossEntropy(), Losses.categoricalFocal(),
                Losses.CCE_DICE_LOSS, Losses.categoricalCrossEntropy().classIndexes(0))) {
            for (Activation activation : List.of(Activation.SIGMOID, Activation.IDENTITY, Activation.HARDSIGMOID)) {
                assertThatThrownBy(() -> loss.valueAndGradient(batch(activation)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("use binaryCrossEntropy or binaryFocal, or one channel per class");
            }
            assertThatThrownBy(() -> loss.pixelsPerExample(10).computeGradient(LABELS.reshape(20, 1),
                    LOGITS.reshape(20, 1), sigmoid, null)).hasMessageContaining("use binaryCrossEntropy");
        }
    }

    /** All that it would ask of one channel is to be 1 where the label is. */
    @Test
    void wassersteinDiceIsRefused() {
        for (SegmentationLoss loss : List.of(Losses.wassersteinDice(), Losses.dice().plus(Losses.wassersteinDice()))) {
            for (Activation activation : List.of(Activation.SIGMOID, Activation.IDENTITY)) {
                assertThatThrownBy(() -> loss.valueAndGradient(batch(activation)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("1 channel has no other: use dice, or one channel per class");
            }
        }
    }

    /** A selection of one class of several is what segmentation_models allows, constant as it is. */
    @Test
    void othersAreComputed() {
        for (SegmentationLoss loss : List.of(Losses.BCE_DICE_LOSS, Losses.binaryFocal(), Losses.jaccard())) {
            assertThat(loss.value(batch(Activation.SIGMOID))).isBetween(0.0, 2.0);
        }
        INDArray several = Nd4j.rand(DataType.FLOAT, 2, 3, 10);
        assertThat(Losses.categoricalCrossEntropy().classIndexes(0).value(SegmentationBatch.predictions(several)
                .labels(LABELS.reshape(2, 10)).activation(Activation.SOFTMAX))).isLessThan(1e-6);
    }
}
