package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.Arguments;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.HostBackends;
import org.segloss4j.internal.nd4j.HostBatches;
import org.segloss4j.internal.nd4j.RowOrder;
import org.segloss4j.weights.ClassCounts;
import org.segloss4j.weights.CountsBy;
import org.segloss4j.weights.LabelCounting;

/** The kernels, executed on the host, over tensors whose elements lie more than 2^31 elements apart. */
class FarElementsTest extends HostKernelBackendTest {

    private static final LossBackend REFERENCE = new ReferenceBackend();
    private static final LossBackend BACKEND = HostBackends.far();

    @Override
    LossBackend backend() {
        return BACKEND;
    }

    static LongStream seeds() {
        return HostKernelBackendTest.seeds().limit(40);
    }

    static Stream<Arguments> awkwardSizes() {
        return Stream.of(Arguments.of(3, 19, 33), Arguments.of(1, 8, 257), Arguments.of(3, 1, 97));
    }

    /** That these tests would notice an index that has 32 bits only. */
    @Test
    void aShortIndexIsNoticed() {
        INDArray predictions = Nd4j.randn(DataType.FLOAT, 3, 5, 70);
        INDArray labels = Nd4j.rand(DataType.FLOAT, 3, 70).mul(5).castTo(DataType.INT32);
        Batch batch = HostBatches.of(labels, predictions, 1, Activation.SIGMOID, null, RowOrder.EXAMPLES);
        LossBackend wrong = HostBackends.far("return n * t.exampleStride + s * t.pixelStride;",
                "return (unsigned) (n * t.exampleStride + s * t.pixelStride);");
        assertThat(wrong.confusion(batch, null, 0.5)).isNotEqualTo(BACKEND.confusion(batch, null, 0.5));
    }

    @Test
    void countsWhatIsFar() {
        for (int channels : new int[] {1, 5}) {
            INDArray predictions = Nd4j.randn(DataType.FLOAT, 3, channels, 70);
            INDArray labels = Nd4j.rand(DataType.FLOAT, 3, 70).mul(Math.max(2, channels)).castTo(DataType.INT32);
            Batch batch = HostBatches.of(labels, predictions, 1, Activation.SIGMOID, Nd4j.rand(DataType.FLOAT, 3, 70)
                    .gt(0.5).castTo(DataType.UINT8), RowOrder.EXAMPLES);
            assertThat(BACKEND.confusion(batch, null, 0.4)).isEqualTo(REFERENCE.confusion(batch, null, 0.4));
            assertThat(CountsBy.indices(LabelCounting.classes(5).ignoreIndex(0).none(), labels, BACKEND))
                    .isEqualTo(CountsBy.indices(LabelCounting.classes(5).ignoreIndex(0).none(), labels, REFERENCE));
            labels.putScalar(2, 69, 7);
            Batch bad = HostBatches.of(labels, predictions, 1, Activation.SIGMOID, null, RowOrder.EXAMPLES);
            assertThatThrownBy(() -> BACKEND.confusion(bad, null, 0.4))
                    .hasMessageEndingWith("the first is 7 at example 2, pixel 69");
        }
    }
}
