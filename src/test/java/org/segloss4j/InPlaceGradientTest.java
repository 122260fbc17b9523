package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** ND4J's arrays as predictions and gradient at once. */
class InPlaceGradientTest {

    private static final SegmentationLoss LOSS = Losses.jaccard().plus(Losses.categoricalCrossEntropy());

    private final INDArray logits = Nd4j.randn(DataType.FLOAT, 2, 3, 8, 10);
    private final INDArray labels = Nd4j.rand(DataType.FLOAT, 2, 8, 10).mul(3).castTo(DataType.UINT8);

    private SegmentationBatch batch(INDArray predictions, Activation activation) {
        return SegmentationBatch.predictions(predictions).labels(labels).activation(activation);
    }

    private static INDArray laidOut(INDArray array, String order) {
        return switch (order) {
            case "c" -> array.dup('c');
            case "f" -> array.dup('f');
            // As a ConvolutionLayer leaves it.
            case "channels outermost" -> array.permute(1, 0, 2, 3).dup('c').permute(1, 0, 2, 3);
            default -> {
                INDArray wide = Nd4j.valueArrayOf(new long[] {2, 5, 8, 12}, 7f);
                INDArray view = wide.get(NDArrayIndex.all(), NDArrayIndex.interval(1, 4), NDArrayIndex.all(),
                        NDArrayIndex.interval(2, 12));
                view.assign(array);
                yield view;
            }
        };
    }

    /** TANH runs outside of the loss, and views whose rows have gaps are copied; nobody has to know. */
    @ParameterizedTest
    @CsvSource({"SOFTMAX, c", "SOFTMAX, f", "SOFTMAX, channels outermost", "SOFTMAX, view", "SIGMOID, c", "TANH, c",
        "TANH, view"})
    void isWrittenOverThePredictions(Activation activation, String order) {
        INDArray given = activation == Activation.TANH ? logits.add(2) : logits;
        INDArray separate = Nd4j.create(DataType.FLOAT, 2, 3, 8, 10);
        double expected = LOSS.valueAndGradient(batch(given, activation), 2, separate);
        INDArray both = laidOut(given, order);
        assertThat(LOSS.valueAndGradient(batch(both, activation), 2, both)).isEqualTo(expected);
        assertThat(both).isEqualTo(separate);
    }

    @Test
    void anyOtherOverlapIsRefused() {
        INDArray wide = Nd4j.randn(DataType.FLOAT, 2, 5, 8, 10);
        INDArray first = wide.get(NDArrayIndex.all(), NDArrayIndex.interval(0, 3));
        INDArray later = wide.get(NDArrayIndex.all(), NDArrayIndex.interval(2, 5));
        INDArray before = wide.dup();
        assertThatIllegalArgumentException().isThrownBy(
                () -> LOSS.valueAndGradient(batch(first, Activation.SOFTMAX), 1, later)).withMessage(
                "gradient FLOAT [2, 3, 80] shares memory with predictions FLOAT [2, 3, 80] but is another view of it,"
                        + " so predictions would be overwritten before they are read: give the predictions themselves,"
                        + " or memory of its own");
        assertThat(wide).isEqualTo(before);
    }

    /** Also where the gradient is computed elsewhere first, as for TANH. */
    @ParameterizedTest
    @EnumSource(value = Activation.class, names = {"SOFTMAX", "TANH"})
    void labelsAreNeverOverwritten(Activation activation) {
        INDArray soft = Nd4j.rand(DataType.FLOAT, 2, 3, 8, 10);
        INDArray before = soft.dup();
        SegmentationBatch batch = SegmentationBatch.predictions(logits.add(2)).labels(soft).activation(activation);
        assertThatIllegalArgumentException().isThrownBy(() -> LOSS.valueAndGradient(batch, 1, soft))
                .withMessage("gradient FLOAT [2, 3, 80] shares memory with labels FLOAT [2, 3, 80], which would be"
                        + " overwritten before it is read: give it memory of its own");
        assertThat(soft).isEqualTo(before);
    }
}
