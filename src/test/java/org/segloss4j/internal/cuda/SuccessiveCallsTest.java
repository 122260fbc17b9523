package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.LossInternals;
import org.segloss4j.LossResult;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.compile.KernelSource;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;

/**
 * What one launch leaves in the device's memory is what the next one needs, whatever the shapes of the batches. Blocks
 * have so few threads that their parts have several tiles and, with many examples, several examples.
 */
class SuccessiveCallsTest {

    private static final SegmentationLoss LOSS = Losses.jaccard().ignoreIndex(3);
    /** The line that makes the ticket ready for the next launch. */
    private static final LaunchPolicy FEW_THREADS = LaunchPolicy.parse("t32b2v4s2r1");
    private static final String RESET = "        state->ticket = 0;\n";

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    /** Logits [N, 3, S] with labels of which some are void, and a mask. */
    private static SegmentationBatch batch(int examples, int pixels) {
        Nd4j.getRandom().setSeed(examples * pixels);
        INDArray logits = Nd4j.randn(DataType.FLOAT, examples, 3, pixels).mul(2);
        INDArray labels = Nd4j.rand(DataType.FLOAT, examples, pixels).mul(4).castTo(DataType.UINT8);
        INDArray mask = Nd4j.rand(DataType.FLOAT, examples, pixels).mul(3).castTo(DataType.INT32)
                .castTo(DataType.FLOAT);
        return SegmentationBatch.predictions(logits).labels(labels).activation(Activation.SOFTMAX).mask(mask);
    }

    private static CudaBackend backend(UnaryOperator<String> edit) {
        return new CudaBackend(new HostDevice(null, edit), FEW_THREADS);
    }

    private static double[] gradient(LossResult result) {
        return result.gradient().dup('c').data().asDouble();
    }

    @ParameterizedTest
    @CsvSource({"3, 1208", "13, 1208", "13, 8", "13, 257"})
    void severalTilesAndExamplesOfABlockAgreeWithTheReference(int examples, int pixels) {
        SegmentationBatch batch = batch(examples, pixels);
        LossResult expected = LossInternals.valueAndGradient(LOSS, batch, new ReferenceBackend());
        try (CudaBackend backend = backend(UnaryOperator.identity())) {
            LossResult actual = LossInternals.valueAndGradient(LOSS, batch, backend);
            assertThat(actual.value()).isCloseTo(expected.value(), offset(1e-6));
            double[] theirs = gradient(expected);
            double largest = Arrays.stream(theirs).map(Math::abs).max().orElseThrow();
            assertThat(gradient(actual)).containsExactly(theirs, offset(1e-5 * largest));
        }
    }

    /** Whether batches of two shapes in turn give the bits that each gives on a device of its own. */
    private static boolean areAlike(LossBackend backend) {
        SegmentationBatch[] batches = {batch(3, 1208), batch(2, 264)};
        LossResult[] expected = new LossResult[2];
        for (int k = 0; k < 2; k++) {
            try (CudaBackend fresh = backend(UnaryOperator.identity())) {
                expected[k] = LossInternals.valueAndGradient(LOSS, batches[k], fresh);
            }
        }
        boolean alike = true;
        for (int k = 0; k < 20; k++) {
            LossResult actual = LossInternals.valueAndGradient(LOSS, batches[k % 2], backend);
            alike &= actual.value() == expected[k % 2].value()
                    && Arrays.equals(gradient(actual), gradient(expected[k % 2]));
        }
        return alike;
    }

    @Test
    void launchesFollowOneAnother() {
        try (CudaBackend backend = backend(UnaryOperator.identity())) {
            assertThat(areAlike(backend)).isTrue();
        }
    }

    @Test
    void aTicketThatStaysIsNoticed() {
        assertThat(KernelSource.of(Entry.REGION_FORWARD)).containsOnlyOnce(RESET);
        try (CudaBackend backend = backend(text -> text.replace(RESET, ""))) {
            assertThat(areAlike(backend)).isFalse();
        }
    }

    @Test
    void badInputIsToldOnceAndTheNextCallWorks() {
        SegmentationBatch batch = batch(3, 1208);
        try (CudaBackend backend = backend(UnaryOperator.identity());
                CudaBackend fresh = backend(UnaryOperator.identity())) {
            for (int k = 0; k < 2; k++) {
                assertThatThrownBy(() -> LossInternals.valueAndGradient(Losses.jaccard(), batch, backend))
                        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("label")
                        .hasMessage(message(batch));
            }
            assertThat(gradient(LossInternals.valueAndGradient(LOSS, batch, backend)))
                    .isEqualTo(gradient(LossInternals.valueAndGradient(LOSS, batch, fresh)));
        }
    }

    /** What the reference says of it. */
    private static String message(SegmentationBatch batch) {
        try {
            return "no error but " + LossInternals.value(Losses.jaccard(), batch, new ReferenceBackend());
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }
}
