package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.HostBackends;
import org.segloss4j.internal.math.LossSpec;

/** Dense labels under a softmax of which some pixels are one-hot, which kernels take as if the class was given. */
class HostOneHotTest {

    private static final List<SegmentationLoss> LOSSES = List.of(Losses.dice().plus(Losses.crossEntropy()),
            Losses.dice().plus(Losses.softmaxFocal()), Losses.dice().plus(Losses.categoricalCrossEntropy()),
            Losses.softmaxFocal(), Losses.crossEntropy().labelSmoothing(0.1),
            Losses.dice().plus(Losses.generalisedCrossEntropy(0.7)), Losses.vNetDice().plus(Losses.crossEntropy()),
            Losses.jaccard().plus(Losses.crossEntropy()).plus(Losses.softmaxFocal().gamma(1.5)));

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    @ParameterizedTest
    @CsvSource({"19, NCS, FLOAT, FLOAT, 97", "40, NCS, FLOAT, FLOAT, 98"})
    void oneHotPixelsAndOthersMayBeNeighbours(int channels, String axes, ElementType element, ElementType labels,
                                              int pixels) {
        checkNeighbours(HostBackends.all(), channels, axes, element, labels, pixels);
    }

    /** So few classes that nothing looks whether they are one-hot, rows in shared memory, double, and many classes. */
    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"4, NCS, FLOAT, FLOAT, 260", "10, NSC, HALF, DOUBLE, 65", "9, NCS, DOUBLE, FLOAT, 65",
        "70, NSC, FLOAT, FLOAT, 65", "150, NCS, BFLOAT16, HALF, 65"})
    void oneHotPixelsAndOthersMayBeNeighboursInEveryForm(int channels, String axes, ElementType element,
                                                         ElementType labels, int pixels) {
        checkNeighbours(HostBackends.all(), channels, axes, element, labels, pixels);
    }

    static void checkNeighbours(LossBackend backend, int channels, String axes, ElementType element,
                                ElementType labels, int pixels) {
        Random random = new Random(pixels);
        Tensor logits = TestTensors.fill(TestTensors.laidOut(element, 2, channels, pixels, axes, 0),
                () -> random.nextInt(40) == 0 ? random.nextInt(2) * 180 - 90 : 3 * random.nextGaussian());
        Tensor truth = TestTensors.packed(labels, 2, channels, pixels);
        for (int s = 0; s < 2 * pixels; s++) {
            put(truth, s / pixels, s % pixels, random.nextInt(16), random.nextInt(channels));
        }
        for (Tensor mask : new Tensor[] {null, TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 1, pixels),
                () -> Math.max(0, random.nextDouble() - 0.3))}) {
            Batch batch = new Batch(logits, Activation.SOFTMAX, new Labels(Labels.Kind.DENSE, truth), mask);
            for (SegmentationLoss loss : LOSSES) {
                ComparedBackendSuite.check(element, loss, LossInternals.spec(loss), batch,
                        TestTensors.laidOut(element, 2, channels, pixels, axes, 0), backend);
            }
        }
    }

    /** One-hot labels of class y, or some that are not, but of which sums or bits are those of one-hot ones. */
    private static void put(Tensor truth, int n, int s, int kind, int y) {
        int other = (y + 1) % truth.channels();
        switch (kind) {
            case 0 -> {
                TestTensors.put(truth, n, y, s, 0.5);
                TestTensors.put(truth, n, other, s, 0.5);
            }
            case 1 -> {
                TestTensors.put(truth, n, y, s, 1);
                TestTensors.put(truth, n, other, s, 1);
            }
            case 2 -> {
                TestTensors.put(truth, n, y, s, 0.5);
                TestTensors.put(truth, n, other, s, Float.MIN_NORMAL);
            }
            case 3 -> {
                // Half the bits of 1, for the first and the third class: those of the second one.
                TestTensors.put(truth, n, 0, s, Float.intBitsToFloat(0x1fc00000));
                TestTensors.put(truth, n, 2, s, Float.intBitsToFloat(0x1fc00000));
            }
            case 4 -> TestTensors.put(truth, n, y, s, -0.0);
            case 5 -> TestTensors.put(truth, n, y, s, 0.75);
            default -> TestTensors.put(truth, n, y, s, 1);
        }
    }

    /** Where one class has nearly all, whether it is the true one or not, no digits are lost. */
    @ParameterizedTest
    @CsvSource({"16, 0", "16, 1", "16, 5", "40, 0", "40, 1", "40, 7"})
    void slopesKeepTheirDigitsWhereOneClassHasNearlyAll(int channels, int y) {
        Random random = new Random(y);
        Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, channels, 4), random::nextDouble);
        Tensor truth = TestTensors.packed(ElementType.FLOAT, 1, channels, 4);
        for (int s = 0; s < 4; s++) {
            TestTensors.put(logits, 0, s, s, 19 + s);
            TestTensors.put(truth, 0, (s + y) % channels, s, 1);
        }
        Batch batch = new Batch(logits, Activation.SOFTMAX, new Labels(Labels.Kind.DENSE, truth), null);
        for (SegmentationLoss loss : List.of(LOSSES.get(0), LOSSES.get(1), LOSSES.get(3))) {
            LossSpec spec = LossInternals.spec(loss);
            double[] expected = Outcome.of(new ReferenceBackend(), spec, batch,
                    TestTensors.packed(ElementType.FLOAT, 1, channels, 4)).gradient();
            double[] actual = Outcome.of(HostBackends.all(), spec, batch,
                    TestTensors.packed(ElementType.FLOAT, 1, channels, 4)).gradient();
            for (int k = 0; k < expected.length; k++) {
                assertThat(actual[k]).as(loss + " at " + k).isCloseTo(expected[k], withinPercentage(0.01));
            }
        }
    }

    /** A label outside 0..1 in a pixel that has a 1, too, or beside pixels that are one-hot. */
    @ParameterizedTest
    @CsvSource({"16, 2", "16, -0.5", "16, NaN", "16, -1", "40, 2", "40, -0.5", "40, NaN", "40, -1"})
    void badLabelsBesideOneHotOnesAreReported(int channels, double bad) {
        Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, channels, 64),
                new Random(1)::nextGaussian);
        Tensor truth = TestTensors.packed(ElementType.FLOAT, 1, channels, 64);
        for (int s = 0; s < 64; s++) {
            TestTensors.put(truth, 0, s % channels, s, 1);
        }
        TestTensors.put(truth, 0, 15, 41, bad);
        Batch batch = new Batch(logits, Activation.SOFTMAX, new Labels(Labels.Kind.DENSE, truth), null);
        for (SegmentationLoss loss : List.of(LOSSES.get(0), LOSSES.get(3))) {
            assertThatThrownBy(() -> Outcome.of(HostBackends.all(), loss, batch))
                    .hasMessageStartingWith("1 label is outside 0..1").hasMessageContaining("at example 0, pixel 41");
        }
    }
}
