package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.segloss4j.LossInternals;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.math.LossSpec;

/** What every backend but the reference must do: agree with it. */
abstract class ComparedBackendSuite extends LossBackendSuite {

    private static final LossBackend REFERENCE = new ReferenceBackend();
    static LongStream seeds() {
        return LongStream.range(0, 400);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void agreesWithTheReference(long seed) {
        check(RandomCase.first(this::fits, seed, k -> new RandomCase(seed + k * 1_000_000L)));
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

    /** One of the cases of an awkward size. */
    static RandomCase awkwardCase(int examples, int channels, int pixels, long number) {
        return new RandomCase(31L * pixels + channels + 1000L * number, examples, channels, pixels);
    }

    @ParameterizedTest
    @MethodSource("awkwardSizes")
    void agreesWithTheReferenceAtAwkwardSizes(int examples, int channels, int pixels) {
        int cases = casesOfAwkwardSize();
        for (int k = 0; k < cases; k++) {
            int first = k;
            check(RandomCase.first(this::fits, first, tried -> awkwardCase(examples, channels, pixels,
                    first + (long) cases * tried)));
        }
    }

    /** How many are drawn of each. */
    int casesOfAwkwardSize() {
        return 5;
    }

    /** Whether the backend takes part in a case, which is drawn for the question alone. */
    boolean fits(RandomCase random) {
        return true;
    }

    private void check(RandomCase random) {
        Batch batch = random.batch();
        check(random.type(), random, LossInternals.spec(random.loss()), batch, random.gradient(), backend());
    }

    static void check(ElementType type, Object random, LossSpec spec, Batch batch, Tensor gradient,
                      LossBackend backend) {
        Tensor p = batch.predictions();
        Outcome expected = Outcome.of(REFERENCE, spec, batch,
                TestTensors.packed(p.type(), p.examples(), p.channels(), p.pixels()));
        Outcome actual = Outcome.of(backend, spec, batch, gradient);
        double eps = precision(type);
        assertThat(actual.value()).as("value of %s", random)
                .isCloseTo(expected.value(), offset(
                        Math.min(eps, 1e-5) * Math.max(1, Math.abs(expected.value()))));
        double largest = Arrays.stream(expected.gradient()).map(Math::abs).max().orElseThrow();
        // Half precision has nothing finer than 6e-8.
        double bound = eps * largest + (type == ElementType.HALF ? 6e-8 : 1e-30);
        assertClose(actual.gradient(), expected.gradient(), bound, "gradient of " + random);
    }

    private static double precision(ElementType type) {
        return switch (type) {
            case HALF -> 1e-3;
            case BFLOAT16 -> 8e-3;
            // The reference makes 1 - p of p, kernels do not. Losses clip what is nearer to 1 than 1e-7; there a
            // rounding of p, 2^-53, is 1.1e-9 of 1 - p, and p has more than one.
            case DOUBLE -> 3e-9;
            default -> 1e-5;
        };
    }

    @ParameterizedTest
    @MethodSource("losses")
    void survivesExtremeLogits(SegmentationLoss loss) {
        Tensor logits = TestTensors.of(ElementType.FLOAT, 1, 3, 3, 90, -90, 0, -90, 90, 90, -90, -90, 1);
        Tensor labels = TestTensors.of(ElementType.INT32, 1, 1, 3, 0, 1, 2);
        for (Activation activation : new Activation[] {Activation.SOFTMAX, Activation.SIGMOID}) {
            Batch batch = TestTensors.indexed(logits, activation, labels);
            Outcome expected = Outcome.of(REFERENCE, loss, batch);
            Outcome actual = Outcome.of(backend(), loss, batch);
            // Some losses of such logits are large.
            double bound = 1e-6 * Math.max(10, expected.value());
            assertThat(actual.value()).isFinite().isCloseTo(expected.value(), offset(bound));
            assertClose(actual.gradient(), expected.gradient(), 1e-6, "gradient");
        }
    }
}
