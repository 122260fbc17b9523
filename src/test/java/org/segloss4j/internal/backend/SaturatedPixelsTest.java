package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.HostBackends;
import org.segloss4j.internal.cuda.RealBackends;

/**
 * Gradients in float where predictions are nearly sure, and all that is left of them are differences of numbers that
 * are nearly equal.
 */
class SaturatedPixelsTest {

    private static final int PIXELS = 48;

    static Stream<LossBackend> backends() {
        return Stream.of(Stream.of(new CpuBackend()), HostBackends.ifAvailable(), RealBackends.ifAvailable())
                .flatMap(s -> s);
    }

    /** p · (d − Σ p·d) in the channel that holds nearly all of the probability. */
    @ParameterizedTest
    @MethodSource("backends")
    void regionsUnderASoftmax(LossBackend backend) {
        SegmentationLoss ofOne = Losses.jaccard().classIndexes(0);
        for (int seed = 0; seed < 40; seed++) {
            Random random = new Random(seed);
            int channels = 2 + seed % 4;
            Tensor logits = normal(random, channels, 30);
            Labels dense = dense(random, channels, 1);
            assertClose(backend, ofOne, TestTensors.indexed(logits, Activation.SOFTMAX, indices(random, channels)));
            assertClose(backend, Losses.dice(), new Batch(logits, Activation.SOFTMAX, dense, null));
        }
    }

    /** (1 − u)^γ and log u where u is nearly 1; of several channels, and of one. */
    @ParameterizedTest
    @MethodSource("backends")
    void focalLossOfSigmoids(LossBackend backend) {
        for (int seed = 0; seed < 40; seed++) {
            Random random = new Random(seed);
            int channels = 1 + seed % 3;
            Labels zeros = dense(random, channels, 0);
            Tensor logits = normal(random, channels, 1);
            TestTensors.fill(logits, () -> -11.5 + random.nextGaussian());
            for (double gamma : new double[] {1, 2, 3}) {
                assertClose(backend, Losses.binaryFocal().gamma(gamma),
                        new Batch(logits, Activation.SIGMOID, zeros, null));
            }
        }
    }

    /** The slopes of Σp and Σ|p − g| of an absent class, which cancel but for the smoothing. */
    @Test
    void softLabelsOfAbsentClasses() {
        SegmentationLoss loss = Losses.dice().softLabels(true).smooth(1e-3).classIndexes(1, 2);
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            Labels first = dense(random, 3, 0);
            for (int s = 0; s < PIXELS; s++) {
                TestTensors.put(first.tensor(), 0, 0, s, 1);
            }
            assertClose(new CpuBackend(), loss, new Batch(normal(random, 3, 2), Activation.SOFTMAX, first, null));
        }
    }

    /** Within 1e-6 of the largest slope, as the other libraries' own floats are. */
    private static void assertClose(LossBackend backend, SegmentationLoss loss, Batch batch) {
        double[] expected = Outcome.of(new ReferenceBackend(), loss, batch).gradient();
        double[] actual = Outcome.of(backend, loss, batch).gradient();
        double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
        for (int k = 0; k < expected.length; k++) {
            assertThat(Math.abs(actual[k] - expected[k]) / largest).as("error of element %d, %s, of %s", k,
                    expected[k], loss).isLessThan(1e-6);
        }
    }

    private static Tensor normal(Random random, int channels, double scale) {
        return TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, channels, PIXELS),
                () -> scale * random.nextGaussian());
    }

    private static Tensor indices(Random random, int channels) {
        return TestTensors.fill(TestTensors.packed(ElementType.INT32, 1, 1, PIXELS), () -> random.nextInt(channels));
    }

    /** A label of 0 or at most that value for each output. */
    private static Labels dense(Random random, int channels, double most) {
        return new Labels(Labels.Kind.DENSE, TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, channels,
                PIXELS), () -> most * random.nextInt(2)));
    }
}
