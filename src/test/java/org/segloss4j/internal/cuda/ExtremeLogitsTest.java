package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.backend.Outcome;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.backend.TestTensors;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;

/** Logits of a size that takes another way through the kernels, and those of networks that are sure and right. */
class ExtremeLogitsTest {

    private static final int PIXELS = 1024;

    static Stream<LossBackend> backends() {
        LossBackend host = new CudaBackend(new HostDevice(null, UnaryOperator.identity()), LaunchPolicy.DEFAULT);
        return Stream.of(Stream.of(new CpuBackend()), HostBackends.unavailable() == null ? Stream.of(host)
                : Stream.<LossBackend>empty(), RealBackends.ifAvailable()).flatMap(some -> some);
    }

    static Stream<Arguments> channels() {
        return backends().flatMap(backend -> Stream.of(3, 40).map(channels -> Arguments.of(backend, channels)));
    }

    static Stream<Arguments> sizes() {
        return backends().flatMap(backend -> Stream.of(1.0, 5.0, 10.0, 14.0, 15.9)
                .map(size -> Arguments.of(backend, size)));
    }

    /** A thread that takes several pixels at a time computes each as if it were alone. */
    @ParameterizedTest
    @MethodSource("channels")
    void aHugeLogitIsNotFeltByOtherPixels(LossBackend backend, int channels) {
        Random random = new Random(channels);
        Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.BFLOAT16, 1, channels, PIXELS),
                () -> 4 * random.nextGaussian());
        Tensor labels = TestTensors.fill(TestTensors.packed(ElementType.UINT8, 1, 1, PIXELS),
                () -> random.nextInt(channels));
        for (int s = 1; s < PIXELS; s += 4) {
            TestTensors.put(logits, 0, 0, s, s % 8 == 1 ? 1e5 : -1e30);
        }
        Batch batch = TestTensors.indexed(logits, Activation.SOFTMAX, labels);
        for (SegmentationLoss loss : new SegmentationLoss[] {Losses.categoricalCrossEntropy(), Losses.dice()}) {
            Outcome expected = Outcome.of(new ReferenceBackend(), loss, batch,
                    TestTensors.packed(ElementType.DOUBLE, 1, channels, PIXELS));
            Outcome actual = Outcome.of(backend, loss, batch);
            assertThat(actual.value()).as("%s", loss).isCloseTo(expected.value(), offset(1e-6 * expected.value()));
            double largest = Arrays.stream(expected.gradient()).map(Math::abs).max().orElseThrow();
            for (int k = 0; k < expected.gradient().length; k++) {
                // The gradient is rounded to eight bits.
                double element = expected.gradient()[k];
                assertThat(actual.gradient()[k]).as("element %d of %s", k, loss)
                        .isCloseTo(element, offset(Math.abs(element) / 250 + 1e-5 * largest));
            }
        }
    }

    /** A class that weighs nothing asks nothing of its pixels, not even where its probability is 0. */
    @ParameterizedTest
    @MethodSource("channels")
    void pixelsOfClassesThatWeighNothingAreLeftOut(LossBackend backend, int channels) {
        Random random = new Random(channels);
        Tensor labels = TestTensors.fill(TestTensors.packed(ElementType.UINT8, 1, 1, PIXELS),
                () -> random.nextInt(channels));
        Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, channels, PIXELS),
                random::nextGaussian);
        double[] truths = TestTensors.values(labels);
        for (int s = 0; s < PIXELS; s++) {
            if (truths[s] == 1 && s % 3 == 0) {
                TestTensors.put(logits, 0, 1, s, Double.NEGATIVE_INFINITY);
            }
        }
        double[] weights = IntStream.range(0, channels).mapToDouble(c -> c == 1 ? 0 : 1 + c % 2).toArray();
        SegmentationLoss entropy = Losses.crossEntropy().set("classWeights", weights);
        SegmentationLoss focal = Losses.softmaxFocal().set("classWeights", weights);
        for (SegmentationLoss loss : List.of(entropy, focal, Losses.poly1(1).set("classWeights", weights),
                Losses.generalisedCrossEntropy(0.7).set("classWeights", weights), entropy.set("labelSmoothing", 0.1),
                entropy.plus(focal), Losses.dice().plus(entropy), Losses.dice().plus(focal),
                Losses.dice().plus(entropy.set("labelSmoothing", 0.1)), Losses.vNetDice().plus(entropy))) {
            for (boolean dense : new boolean[] {false, true}) {
                Batch batch = dense ? oneHot(logits, labels) : TestTensors.indexed(logits, Activation.SOFTMAX, labels);
                Outcome expected = Outcome.of(new ReferenceBackend(), loss, batch);
                Outcome actual = Outcome.of(backend, loss, batch);
                assertThat(actual.value()).as("%s, dense: %s", loss, dense)
                        .isCloseTo(expected.value(), offset(1e-5 * expected.value()));
                double largest = Arrays.stream(expected.gradient()).map(Math::abs).max().orElseThrow();
                for (int k = 0; k < expected.gradient().length; k++) {
                    assertThat(actual.gradient()[k]).as("element %d of %s, dense: %s", k, loss, dense)
                            .isCloseTo(expected.gradient()[k], offset(1e-5 * largest));
                }
            }
        }
    }

    /** The two cases before in kernels for another number of classes, which differ in what the compiler unrolls. */
    @Tag("slow")
    @ParameterizedTest
    @MethodSource("backends")
    void eightClassesAreTakenAsThreeAre(LossBackend backend) {
        aHugeLogitIsNotFeltByOtherPixels(backend, 8);
        pixelsOfClassesThatWeighNothingAreLeftOut(backend, 8);
    }

    private static Batch oneHot(Tensor logits, Tensor labels) {
        Tensor truths = TestTensors.packed(ElementType.FLOAT, 1, logits.channels(), PIXELS);
        double[] classes = TestTensors.values(labels);
        for (int s = 0; s < PIXELS; s++) {
            TestTensors.put(truths, 0, (int) classes[s], s, 1);
        }
        return new Batch(logits, Activation.SOFTMAX, new Labels(Labels.Kind.DENSE, truths), null);
    }

    /** The loss of outputs that are nearly right keeps its digits, although it is far smaller than their logits. */
    @ParameterizedTest
    @MethodSource("sizes")
    void smallLossesOfDenseLabelsAreExact(LossBackend backend, double size) {
        Random random = new Random(7);
        Tensor labels = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, 1, PIXELS), () -> random.nextInt(2));
        double[] truths = TestTensors.values(labels);
        int[] at = {0};
        Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, 1, PIXELS),
                () -> size * (2 * truths[at[0]++] - 1));
        Batch batch = new Batch(logits, Activation.SIGMOID, new Labels(Labels.Kind.DENSE, labels), null);
        double expected = Outcome.of(new ReferenceBackend(), Losses.binaryCrossEntropy(), batch).value();
        double actual = Outcome.of(backend, Losses.binaryCrossEntropy(), batch).value();
        assertThat(actual).isCloseTo(expected, offset(1e-5 * expected));
    }
}
