package org.segloss4j.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.LossResult;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.cpu.ReferenceBackend;

/** What every backend but the reference must do: agree with it. */
abstract class ComparedBackendSuite extends LossBackendSuite {

    private static final LossBackend REFERENCE = new ReferenceBackend();

    static LongStream seeds() {
        return LongStream.range(0, 400);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void agreesWithTheReference(long seed) {
        check(() -> new RandomCase(seed));
    }

    /** Sizes around those of tiles, warps and blocks. */
    static Stream<Arguments> awkwardSizes() {
        IntStream pixels = IntStream.of(1, 31, 32, 33, 97, 257, 1025);
        IntStream channels = IntStream.of(1, 2, 3, 19, 21, 32, 33, 150);
        return Stream.concat(Stream.concat(
                        pixels.boxed().flatMap(s -> Stream.of(Arguments.of(1, 3, s), Arguments.of(3, 1, s))),
                        channels.boxed().flatMap(c -> Stream.of(Arguments.of(1, c, 97), Arguments.of(3, c, 33)))),
                Stream.of(Arguments.of(1, 2, 65537), Arguments.of(1, 19, 5000), Arguments.of(3, 1, 9000)));
    }

    @ParameterizedTest
    @MethodSource("awkwardSizes")
    void agreesWithTheReferenceAtAwkwardSizes(int examples, int channels, int pixels) {
        for (int k = 0; k < 5; k++) {
            long seed = 31L * pixels + channels + 1000L * k;
            check(() -> new RandomCase(seed, examples, channels, pixels));
        }
    }

    /** Whether the backend takes part in a case, which is drawn anew for the question. */
    boolean fits(RandomCase random) {
        return true;
    }

    private void check(Supplier<RandomCase> drawn) {
        if (!fits(drawn.get())) {
            return;
        }
        RandomCase random = drawn.get();
        SegmentationBatch batch = random.batch();
        SegmentationLoss loss = random.loss();
        LossResult expected = loss.valueAndGradient(batch, REFERENCE);
        LossResult actual = loss.valueAndGradient(batch, backend());
        double eps = precision(random.type());
        assertThat(actual.value()).as("value of %s", random)
                .isCloseTo(expected.value(), offset(
                        Math.min(eps, 1e-5) * Math.max(1, Math.abs(expected.value()))));
        double[] truth = doubles(expected.gradient());
        double[] ours = doubles(actual.gradient());
        double largest = Arrays.stream(truth).map(Math::abs).max().orElseThrow();
        // Half precision has nothing finer than 6e-8.
        double bound = eps * largest + (random.type() == DataType.FLOAT16 ? 6e-8 : 1e-30);
        assertClose(ours, truth, bound, "gradient of " + random);
    }

    private static double precision(DataType type) {
        if (type == DataType.FLOAT16) {
            return 1e-3;
        }
        return type == DataType.BFLOAT16 ? 8e-3 : type == DataType.DOUBLE ? 1e-12 : 1e-5;
    }

    @ParameterizedTest
    @MethodSource("losses")
    void survivesExtremeLogits(SegmentationLoss loss) {
        INDArray logits = Nd4j.create(new float[] {90, -90, 0, -90, 90, 90, -90, -90, 1}, new int[] {1, 3, 3});
        INDArray labels = Nd4j.createFromArray(0, 1, 2).reshape(1, 3);
        for (Activation activation : new Activation[] {Activation.SOFTMAX, Activation.SIGMOID}) {
            SegmentationBatch batch = SegmentationBatch.of(labels, logits).activation(activation);
            LossResult expected = loss.valueAndGradient(batch, REFERENCE);
            LossResult actual = loss.valueAndGradient(batch, backend());
            assertThat(actual.value()).isFinite().isCloseTo(expected.value(),
                    offset(1e-5));
            assertClose(doubles(actual.gradient()), doubles(expected.gradient()), 1e-6, "gradient");
        }
    }
}
