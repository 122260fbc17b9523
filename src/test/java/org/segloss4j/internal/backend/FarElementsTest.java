package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.HostBackends;
import org.segloss4j.internal.nd4j.HostBatches;
import org.segloss4j.internal.nd4j.RowOrder;
import org.segloss4j.weights.CountsBy;
import org.segloss4j.weights.LabelCounting;

/** The kernels, executed on the host, over tensors whose elements lie more than 2^31 elements apart. */
class FarElementsTest extends HostKernelBackendTest {

    private static final LossBackend REFERENCE = new ReferenceBackend();
    private static final LossBackend BACKEND = HostBackends.far();
    private static final LossBackend[] EVERY_FORM = {HostBackends.farAll(), HostBackends.farExamples()};

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

    /** Each way in which elements are read and written: by slices of channels, several pixels at a time, by rows. */
    @ParameterizedTest
    @CsvSource({"40, NCS, UINT8, 70", "40, NSC, UINT8, 70", "3, NCS, UINT8, 128", "8, NSC, INT32, 64",
        "8, NCS, INT64, 70", "1, NCS, UINT8, 64", "5, SCN, INT32, 33"})
    void everyFormReachesWhatIsFar(int channels, String axes, ElementType labelType, int pixels) {
        Random random = new Random(channels);
        Tensor predictions = TestTensors.fill(TestTensors.laidOut(ElementType.FLOAT, 3, channels, pixels, axes, 0),
                random::nextGaussian);
        Tensor labels = TestTensors.fill(TestTensors.packed(labelType, 3, 1, pixels),
                () -> random.nextInt(Math.max(2, channels)));
        Batch batch = new Batch(predictions, channels == 1 ? Activation.SIGMOID : Activation.SOFTMAX,
                new Labels(Labels.Kind.INDEX, labels), TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 3, 1,
                        pixels), () -> random.nextInt(3)));
        // Per image, since examples that lie side by side are joined otherwise.
        SegmentationLoss loss = Losses.jaccard().perImage(true).plus(Losses.categoricalFocal());
        Outcome expected = Outcome.of(REFERENCE, loss, batch);
        double largest = Arrays.stream(expected.gradient()).map(Math::abs).max().orElseThrow();
        for (LossBackend backend : EVERY_FORM) {
            Outcome actual = Outcome.of(backend, loss, batch, TestTensors.laidOut(ElementType.FLOAT, 3, channels,
                    pixels, axes, 0));
            assertThat(actual.value()).isCloseTo(expected.value(), offset(1e-6));
            assertClose(actual.gradient(), expected.gradient(), 1e-5 * largest, "gradient");
        }
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
            INDArray images = labels.reshape(3, 1, 70);
            assertThat(CountsBy.indices(LabelCounting.classes(5).ignoreIndex(0).none(), images, BACKEND))
                    .isEqualTo(CountsBy.indices(LabelCounting.classes(5).ignoreIndex(0).none(), images, REFERENCE));
            labels.putScalar(2, 69, 7);
            Batch bad = HostBatches.of(labels, predictions, 1, Activation.SIGMOID, null, RowOrder.EXAMPLES);
            assertThatThrownBy(() -> BACKEND.confusion(bad, null, 0.4))
                    .hasMessageEndingWith("the first is 7 at example 2, pixel 69");
        }
    }
}
