package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.RealBackends;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;

/** The kernels on a device, through the backend that users get. */
class RealDeviceBackendTest extends ComparedBackendSuite {

    /** Cases of each awkward size. */
    private static final int AWKWARD = 3;

    @BeforeAll
    static void requireDevice() {
        RealBackends.require();
        // Several hundred kernels: compiled one after the other when first launched, they would take minutes.
        List<Supplier<RandomCase>> cases = new ArrayList<>(seeds().<Supplier<RandomCase>>mapToObj(
                seed -> () -> new RandomCase(seed)).toList());
        awkwardSizes().map(a -> a.get()).forEach(a -> LongStream.range(0, AWKWARD).forEach(k -> cases.add(
                () -> awkwardCase((int) a[0], (int) a[1], (int) a[2], k))));
        RealBackends.compile(List.of(LaunchPolicy.configured()), probe -> cases.forEach(drawn -> {
            RandomCase random = drawn.get();
            Batch batch = random.batch();
            Outcome.of(probe, random.loss(), batch, random.gradient());
        }));
    }

    @Override
    LossBackend backend() {
        return RealBackends.backend();
    }

    /** A quarter of the cases: each has kernels of its own, which take long to compile. */
    static LongStream seeds() {
        return LongStream.range(0, 100);
    }

    @Override
    int casesOfAwkwardSize() {
        return AWKWARD;
    }

    private static Batch large(ElementType type, int channels) {
        Random random = new Random(channels);
        int pixels = 70_001;
        return TestTensors.indexed(TestTensors.fill(TestTensors.packed(type, 2, channels, pixels),
                () -> 3 * random.nextGaussian()), Activation.SOFTMAX, TestTensors.fill(TestTensors.packed(
                ElementType.UINT8, 2, 1, pixels), () -> random.nextInt(channels)));
    }

    /** Against the truth in double a kernel may be off twice as far as plain float code is. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "HALF", "BFLOAT16"})
    void errsLittleMoreThanPlainFloatCode(ElementType type) {
        SegmentationLoss combination = Losses.dice().plus(Losses.categoricalCrossEntropy())
                .plus(Losses.categoricalFocal());
        for (SegmentationLoss loss : List.of(Losses.jaccard(), Losses.dice().perImage(true), combination)) {
            for (int channels : new int[] {3, 19, 33}) {
                Batch batch = large(type, channels);
                Outcome truth = Outcome.of(new ReferenceBackend(), loss, batch,
                        TestTensors.packed(ElementType.DOUBLE, 2, channels, batch.predictions().pixels()));
                Outcome plain = Outcome.of(new CpuBackend(), loss, batch);
                Outcome ours = Outcome.of(backend(), loss, batch);
                double largest = IntStream.range(0, truth.gradient().length)
                        .mapToDouble(k -> Math.abs(truth.gradient()[k])).max().orElseThrow();
                assertThat(farthest(ours, truth)).as("gradient of %s, %s, C = %d", loss, type, channels)
                        .isLessThanOrEqualTo(2 * farthest(plain, truth) + 1e-6 * largest);
                assertThat(Math.abs(ours.value() - truth.value())).as("value of %s, %s, C = %d", loss, type, channels)
                        .isLessThanOrEqualTo(2 * Math.abs(plain.value() - truth.value())
                                + 1e-6 * Math.abs(truth.value()));
            }
        }
    }

    private static double farthest(Outcome actual, Outcome truth) {
        double error = 0;
        for (int k = 0; k < truth.gradient().length; k++) {
            double own = Math.abs(actual.gradient()[k] - truth.gradient()[k]);
            // A NaN must not hide behind the maximum.
            error = Double.isNaN(own) ? Double.POSITIVE_INFINITY : Math.max(error, own);
        }
        return error;
    }

    @Test
    void threadsDoNotDisturbOneAnother() {
        List<Batch> batches = IntStream.range(0, 8).mapToObj(k -> TestTensors.indexed(TestTensors.fill(
                TestTensors.packed(ElementType.FLOAT, 1, 3, 1000 + 371L * k), new Random(k)::nextGaussian),
                Activation.SOFTMAX, TestTensors.fill(TestTensors.packed(ElementType.UINT8, 1, 1, 1000 + 371L * k),
                () -> k % 3))).toList();
        List<Outcome> expected = batches.stream().map(b -> Outcome.of(backend(), Losses.jaccard(), b)).toList();
        assertThat(IntStream.range(0, 400).parallel().filter(k -> {
            Outcome again = Outcome.of(backend(), Losses.jaccard(), batches.get(k % 8));
            return again.value() != expected.get(k % 8).value()
                    || !Arrays.equals(again.gradient(), expected.get(k % 8).gradient());
        }).boxed()).isEmpty();
    }
}
