package org.segloss4j.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.cpu.ReferenceBackend;
import org.segloss4j.cuda.HostBackends;
import org.segloss4j.nd4j.NdBatches;
import org.segloss4j.nd4j.Rows;

/** The kernels that count, executed on the host, against the reference. */
class HostCountsTest {

    private static final LossBackend REFERENCE = new ReferenceBackend();
    private static final LossBackend BACKEND = HostBackends.some();

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    @Test
    void countsPairsAsTheReferenceDoes() {
        Random random = new Random(5);
        // 120 classes are more than shared memory holds counters for.
        for (int channels : new int[] {1, 2, 7, 120}) {
            for (int pixels : new int[] {1, 33, 1500}) {
                INDArray predictions = Nd4j.randn(DataType.FLOAT, 3, channels, pixels);
                INDArray index = Nd4j.rand(DataType.FLOAT, 3, pixels).mul(Math.max(2, channels)).castTo(DataType.INT32);
                index.putScalar(2, pixels - 1, 255);
                INDArray mask = Nd4j.rand(DataType.FLOAT, 3, pixels).gt(0.3).castTo(DataType.UINT8);
                INDArray dense = Nd4j.rand(DataType.FLOAT, 3, channels, pixels);
                for (INDArray labels : new INDArray[] {index, dense}) {
                    for (INDArray weights : new INDArray[] {null, mask, Nd4j.ones(DataType.FLOAT, 3, channels, pixels)}) {
                        Activation activation = channels == 1 ? Activation.SIGMOID : Activation.SOFTMAX;
                        Batch batch = NdBatches.batch(labels, predictions, 1, activation, weights, Rows.EXAMPLES);
                        Integer ignore = labels == index ? Integer.valueOf(255) : random.nextBoolean() ? 0 : null;
                        assertThat(BACKEND.confusion(batch, ignore, 0.4))
                                .isEqualTo(REFERENCE.confusion(batch, ignore, 0.4));
                    }
                }
            }
        }
    }

    @Test
    void reportsWhatCannotBeCounted() {
        INDArray predictions = Nd4j.randn(DataType.FLOAT, 2, 3, 40);
        INDArray labels = Nd4j.zeros(DataType.INT64, 2, 40);
        predictions.putScalar(new int[] {1, 2, 7}, Float.NaN);
        Batch batch = NdBatches.batch(labels, predictions, 1, Activation.SOFTMAX, null, Rows.EXAMPLES);
        assertThatThrownBy(() -> BACKEND.confusion(batch, null, 0.5)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("1 prediction is not a number; the first is NaN at example 1, pixel 7");
        labels.putScalar(1, 7, -4);
        labels.putScalar(0, 39, 3);
        assertThatThrownBy(() -> BACKEND.confusion(batch, null, 0.5)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("2 labels are outside 0..2; the first is 3 at example 0, pixel 39");
        // What was found once is not found again.
        labels.assign(1);
        predictions.assign(0);
        assertThat(BACKEND.confusion(batch, null, 0.5)).containsExactly(0, 0, 0, 80, 0, 0, 0, 0, 0);
    }
}
