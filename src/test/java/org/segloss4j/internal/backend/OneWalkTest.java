package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.offset;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.segloss4j.LossCases;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.math.Finalisation;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.Sums;

/** Value and gradient of pixel losses by one walk are those of the two sweeps, to the bit. */
class OneWalkTest {

    private static final LossBackend CPU = new CpuBackend();
    /** Several chunks, none of them of whole tiles. */
    private static final int PIXELS = 5003;

    private final Random random = new Random(9);

    static Stream<SegmentationLoss> losses() {
        return Stream.concat(LossCases.ofPixels(1), Stream.of(
                Losses.binaryCrossEntropy().times(3).plus(Losses.binaryFocal().alpha(0.9).gamma(1)),
                Losses.categoricalCrossEntropy().classIndexes(0).classWeights(0.5).plus(Losses.categoricalFocal())));
    }

    /** Each loss sees all kinds of masks and of ignored labels, and in other pairs for other numbers of channels. */
    @ParameterizedTest
    @MethodSource("losses")
    void isTheTwoSweepsToTheBit(SegmentationLoss plain) {
        for (int channels : new int[] {1, 2, 4}) {
            for (int masks = 0; masks < 4; masks++) {
                int kind = 3 * masks + (masks + channels / 2) % 3;
                Integer ignore = kind % 3 == 0 ? null : kind % 3 == 1 ? Integer.valueOf(255) : Integer.valueOf(1);
                Batch batch = batch(channels, kind, ignore);
                SegmentationLoss loss = ignore == null ? plain : plain.ignoreIndex(ignore);
                String what = loss + ", " + channels + " channels, kind " + kind;
                Outcome walk = Outcome.of(CPU, loss, batch);
                Outcome sweeps = twoSweeps(LossInternals.spec(loss), batch);
                assertThat(walk.value()).as(what).isEqualTo(sweeps.value());
                assertThat(walk.gradient()).as(what).isEqualTo(sweeps.gradient());
                assertReference(walk, Outcome.of(new ReferenceBackend(), loss, batch), what);
            }
        }
    }

    private static Outcome twoSweeps(LossSpec spec, Batch batch) {
        Sums sums = CPU.sums(Job.sums(spec, batch, spec.needsSumsPerImage()));
        Tensor p = batch.predictions();
        Tensor gradient = TestTensors.packed(p.type(), p.examples(), p.channels(), p.pixels());
        CPU.gradient(new Job(spec, batch, sums.perImage(), gradient, 1), Finalisation.coefficients(spec, sums), 0);
        return new Outcome(Finalisation.value(spec, sums), TestTensors.values(gradient));
    }

    private static void assertReference(Outcome actual, Outcome expected, String what) {
        assertThat(actual.value()).as(what)
                .isCloseTo(expected.value(), offset(1e-6 * (1 + Math.abs(expected.value()))));
        double largest = Arrays.stream(expected.gradient()).map(Math::abs).max().orElseThrow();
        LossBackendSuite.assertClose(actual.gradient(), expected.gradient(), 1e-5 * largest + 1e-30,
                "gradient of " + what);
    }

    /** Kinds 0 to 2 have no mask, 3 to 5 weights, 6 to 8 void pixels, 9 to 11 nothing but void pixels. */
    private Batch batch(int channels, int kind, Integer ignore) {
        Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, channels, PIXELS),
                () -> random.nextGaussian() * (random.nextInt(50) == 0 ? 30 : 2));
        Tensor labels = TestTensors.fill(TestTensors.packed(ElementType.UINT8, 2, 1, PIXELS), () ->
                ignore != null && random.nextInt(5) == 0 ? ignore : random.nextInt(Math.max(2, channels)));
        Tensor mask = kind < 3 ? null : TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 1, PIXELS),
                () -> kind < 6 ? random.nextInt(4) / 2.0 : kind < 9 ? random.nextInt(2) : 0);
        return new Batch(logits, channels == 1 || kind % 2 == 0 ? Activation.SIGMOID : Activation.SOFTMAX,
                new Labels(Labels.Kind.INDEX, labels), mask);
    }

    /** What is bad is found before the gradient is touched, which may be the array of the logits. */
    @ParameterizedTest
    @MethodSource("losses")
    void leavesTheGradientAloneWhereInputIsBad(SegmentationLoss loss) {
        for (int channels : new int[] {1, 4}) {
            Batch batch = batch(channels, 3, null);
            TestTensors.put(batch.labels().tensor(), 1, 0, 17, 200);
            Tensor gradient = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, channels, PIXELS), () -> 7);
            assertThatIllegalArgumentException().isThrownBy(() ->
                    CPU.valueAndGradient(Job.gradient(LossInternals.spec(loss), batch, 1, gradient)))
                    .withMessageContaining("the first is 200 at example 1, pixel 17");
            assertThat(TestTensors.values(gradient)).containsOnly(7);
        }
    }

    /** The gradient may take the place of the logits. */
    @ParameterizedTest
    @MethodSource("losses")
    void mayWriteOverTheLogits(SegmentationLoss loss) {
        for (int channels : new int[] {1, 4}) {
            Batch batch = batch(channels, 4, 255);
            Outcome expected = Outcome.of(CPU, loss.ignoreIndex(255), batch);
            double value = CPU.valueAndGradient(Job.gradient(LossInternals.spec(loss.ignoreIndex(255)), batch, 1,
                    batch.predictions()));
            assertThat(value).isEqualTo(expected.value());
            assertThat(TestTensors.values(batch.predictions())).isEqualTo(expected.gradient());
        }
    }

    static Stream<SegmentationLoss> regionLosses() {
        return LossCases.ofRegions(1);
    }

    /**
     * Of one channel the first sweep leaves some of its work in the gradient, unless that is where something is read.
     */
    @ParameterizedTest
    @MethodSource("regionLosses")
    void whatIsCarriedOverIsWhatTwoSweepsCompute(SegmentationLoss plain) {
        for (int kind = 0; kind < 12; kind++) {
            SegmentationLoss loss = kind % 3 == 0 ? plain : plain.ignoreIndex(kind % 3 == 1 ? 255 : 1);
            Batch batch = batch(1, kind, LossInternals.spec(loss).ignoreIndex());
            String what = loss + ", kind " + kind;
            Outcome carried = Outcome.of(CPU, loss, batch);
            Outcome expected = Outcome.of(new ReferenceBackend(), loss, batch);
            assertReference(carried, expected, what);
            double value = CPU.valueAndGradient(Job.gradient(LossInternals.spec(loss), batch, 1, batch.predictions()));
            assertReference(new Outcome(value, TestTensors.values(batch.predictions())), expected, what + ", in place");
        }
    }
}
