package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.offset;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.segloss4j.LossCases;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.math.Finalisation;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.Normaliser;
import org.segloss4j.internal.math.Sums;

/**
 * Value and gradient of pixel losses by the one sweep of a device are those of its two sweeps, up to the rounding of
 * floats, and those of the reference.
 */
abstract class OneSweepSuite {

    /** Several blocks, and neither whole tiles nor aligned examples. */
    private static final int PIXELS = 2403;
    private static final LossBackend REFERENCE = new ReferenceBackend();

    private final Random random = new Random(11);

    abstract LossBackend backend();

    static Stream<SegmentationLoss> losses() {
        return Stream.concat(LossCases.ofPixels(1), Stream.of(
                Losses.binaryCrossEntropy().times(3).plus(Losses.binaryFocal().alpha(0.9).gamma(1)),
                Losses.categoricalCrossEntropy().classIndexes(0).classWeights(0.5).plus(Losses.categoricalFocal())));
    }

    /** Each loss sees all kinds of masks and of ignored labels, and in another pair for each activation. */
    @ParameterizedTest
    @MethodSource("losses")
    void isTheTwoSweeps(SegmentationLoss plain) {
        for (int channels : new int[] {1, 3}) {
            for (Activation activation : Activation.values()) {
                for (int masks = 0; masks < 3; masks++) {
                    int kind = 3 * masks + (masks + channels + activation.ordinal()) % 3;
                    Integer ignore = kind % 3 == 0 ? null : kind % 3 == 1 ? Integer.valueOf(255) : Integer.valueOf(1);
                    Batch batch = batch(channels, activation, kind, ignore, random.nextInt(3) == 0);
                    SegmentationLoss loss = ignore == null ? plain : plain.ignoreIndex(ignore);
                    String what = loss + ", " + channels + " channels, " + activation + ", kind " + kind + ", labels "
                            + batch.labels().kind();
                    Outcome one = Outcome.of(backend(), loss, batch);
                    check(one, twoSweeps(LossInternals.spec(loss), batch), 2e-6, what + " by two sweeps");
                    check(one, Outcome.of(REFERENCE, loss, batch), 1e-5, what + " by the reference");
                }
            }
        }
    }

    private Outcome twoSweeps(LossSpec spec, Batch batch) {
        Sums sums = backend().sums(Job.sums(spec, batch, spec.needsSumsPerImage()));
        Tensor p = batch.predictions();
        Tensor gradient = TestTensors.packed(p.type(), p.examples(), p.channels(), p.pixels());
        backend().gradient(new Job(spec, batch, sums.perImage(), gradient, 1), Finalisation.coefficients(spec, sums),
                0);
        return new Outcome(Finalisation.value(spec, sums), TestTensors.values(gradient));
    }

    private static void check(Outcome actual, Outcome expected, double bound, String what) {
        assertThat(actual.value()).as(what)
                .isCloseTo(expected.value(), offset(bound * (0.1 + Math.abs(expected.value()))));
        double largest = Arrays.stream(expected.gradient()).map(Math::abs).max().orElseThrow();
        LossBackendSuite.assertClose(actual.gradient(), expected.gradient(), bound * largest + 1e-30,
                "gradient of " + what);
    }

    /** Kinds 0 to 2 have no mask, 3 to 5 weights, 6 to 8 void pixels, others nothing but void pixels. */
    private Batch batch(int channels, Activation activation, int kind, Integer ignore, boolean dense) {
        Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, channels, PIXELS), () ->
                activation == Activation.IDENTITY ? 0.01 + 0.98 * random.nextDouble()
                        : random.nextGaussian() * (random.nextInt(50) == 0 ? 30 : 2));
        Tensor labels = dense
                ? TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, channels, PIXELS), () ->
                        ignore != null && random.nextInt(9) == 0 ? ignore == 255 ? 255 : 1 : random.nextInt(3) / 2.0)
                : TestTensors.fill(TestTensors.packed(ElementType.UINT8, 2, 1, PIXELS), () ->
                        ignore != null && random.nextInt(5) == 0 ? ignore : random.nextInt(Math.max(2, channels)));
        Tensor mask = kind < 3 ? null : TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 1, PIXELS),
                () -> kind < 6 ? random.nextInt(4) / 2.0 : kind < 9 ? random.nextInt(2) : 0);
        return new Batch(logits, activation, new Labels(dense ? Labels.Kind.DENSE : Labels.Kind.INDEX, labels), mask);
    }

    static Stream<Arguments> exactness() {
        return Stream.of(Arguments.of(Losses.categoricalCrossEntropy(), 3, Activation.SOFTMAX),
                Arguments.of(Losses.categoricalCrossEntropy(), 19, Activation.SOFTMAX),
                Arguments.of(Losses.categoricalFocal(), 3, Activation.SOFTMAX),
                Arguments.of(Losses.categoricalCrossEntropy(), 40, Activation.SOFTMAX),
                Arguments.of(Losses.categoricalFocal(), 150, Activation.SOFTMAX),
                Arguments.of(Losses.binaryCrossEntropy(), 1, Activation.SIGMOID),
                Arguments.of(Losses.binaryFocal(), 1, Activation.SIGMOID));
    }

    /** Against the truth in double the gradient may be off twice as far as that of float code, at most and by rms. */
    @ParameterizedTest
    @MethodSource("exactness")
    void errsAtMostTwiceAsMuchAsFloatCode(SegmentationLoss loss, int channels, Activation activation) {
        Batch batch = batch(channels, activation, 0, null, false);
        Outcome truth = Outcome.of(REFERENCE, loss, batch,
                TestTensors.packed(ElementType.DOUBLE, 2, channels, PIXELS));
        double[] plain = errors(Outcome.of(new CpuBackend(), loss, batch), truth);
        double[] ours = errors(Outcome.of(backend(), loss, batch), truth);
        // A hundredth more where 2^x of a device errs as much as it may, which focal loss doubles.
        assertThat(ours[0]).as("largest error of the gradient").isLessThanOrEqualTo(2.02 * plain[0]);
        assertThat(ours[1]).as("rms error of the gradient").isLessThanOrEqualTo(2.02 * plain[1]);
        // A value has one error, which may happen to be none, so the bound is one of floats.
        assertThat(ours[2]).as("error of the value").isLessThanOrEqualTo(2 * plain[2] + 2e-7 * truth.value());
    }

    /** Of the gradient the largest and the root mean square, and of the value. */
    private static double[] errors(Outcome actual, Outcome truth) {
        double[] errors = {0, 0, Math.abs(actual.value() - truth.value())};
        for (int k = 0; k < truth.gradient().length; k++) {
            double error = Math.abs(actual.gradient()[k] - truth.gradient()[k]);
            errors[0] = Math.max(errors[0], error);
            errors[1] += error * error / truth.gradient().length;
        }
        errors[1] = Math.sqrt(errors[1]);
        return errors;
    }

    /** Also where a prediction is NaN. */
    @ParameterizedTest
    @MethodSource("losses")
    void nothingButVoidPixelsGives0(SegmentationLoss loss) {
        for (int channels : new int[] {1, 3}) {
            for (Activation activation : Activation.values()) {
                Batch masked = batch(channels, activation, 9, null, false);
                Batch ignored = batch(channels, activation, 0, null, false);
                TestTensors.fill(ignored.labels().tensor(), () -> 255);
                for (Batch batch : new Batch[] {masked, ignored}) {
                    TestTensors.put(batch.predictions(), 1, channels - 1, 7, Double.NaN);
                    Outcome outcome = Outcome.of(backend(), loss.ignoreIndex(255), batch);
                    assertThat(outcome.value()).isZero();
                    assertThat(outcome.gradient()).containsOnly(0);
                }
            }
        }
    }

    /** A NaN of a pixel that counts reaches the value and the gradient of that pixel; of others only by a divisor. */
    @ParameterizedTest
    @MethodSource("losses")
    void aNaNReachesValueAndGradient(SegmentationLoss loss) {
        boolean isNormalised = LossInternals.spec(loss).pixels().stream()
                .anyMatch(term -> term.normaliser() == Normaliser.NEXT_TERM);
        for (int channels : new int[] {1, 3}) {
            for (Activation activation : new Activation[] {Activation.SIGMOID, Activation.SOFTMAX}) {
                boolean isConstant = channels == 1 && activation == Activation.SOFTMAX;
                Batch batch = batch(channels, activation, 0, null, false);
                int c = channels == 1 ? 0 : (int) Elements.get(batch.labels().tensor(), 1, 0, 1700);
                TestTensors.put(batch.labels().tensor(), 1, 0, 1700, channels == 1 ? 1 : c);
                TestTensors.put(batch.predictions(), 1, c, 1700, Double.NaN);
                Outcome outcome = Outcome.of(backend(), loss, batch);
                Outcome expected = Outcome.of(REFERENCE, loss, batch);
                assertThat(Double.isNaN(outcome.value())).as("%s, %s, %d", loss, activation, channels)
                        .isEqualTo(Double.isNaN(expected.value()));
                for (int k = 0; k < outcome.gradient().length && !isConstant; k++) {
                    boolean isPixel = k / PIXELS / channels == 1 && k % PIXELS == 1700;
                    if (isPixel || !isNormalised) {
                        assertThat(Double.isNaN(outcome.gradient()[k])).as("%s, %s, element %d", loss, activation, k)
                                .isEqualTo(isPixel && Double.isNaN(expected.gradient()[k]));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("losses")
    void theFirstBadLabelIsNamed(SegmentationLoss loss) {
        for (int channels : new int[] {1, 3}) {
            Batch batch = batch(channels, Activation.SIGMOID, 0, 250, false);
            TestTensors.put(batch.labels().tensor(), 1, 0, 2000, 201);
            TestTensors.put(batch.labels().tensor(), 1, 0, 1017, 200);
            assertThatIllegalArgumentException().isThrownBy(() ->
                    Outcome.of(backend(), loss.ignoreIndex(250), batch))
                    .withMessageContaining("2 labels are").withMessageContaining("the first is 200 at example 1, pixel"
                            + " 1017");
        }
    }
}
