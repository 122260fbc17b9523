package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

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

/** Where float, infinities and NaN would get in the way of the formulas. */
class NumericalEdgesTest {

    static Stream<LossBackend> backends() {
        return Stream.of(Stream.of(new ReferenceBackend(), new CpuBackend()), HostBackends.ifAvailable(),
                RealBackends.ifAvailable()).flatMap(s -> s);
    }

    /** p / Σp over the gathered classes does not vanish with p: log q = log p − log Σp, in logs. */
    @ParameterizedTest
    @MethodSource("backends")
    void renormalisesProbabilitiesThatFloatCannotHold(LossBackend backend) {
        SegmentationLoss loss = Losses.categoricalCrossEntropy().classIndexes(0, 1);
        for (double[] z : new double[][] {{-90, -95, 3}, {-80, -90, 3}, {-90, -91, 0}, {-120, -118, 3}}) {
            Outcome result = Outcome.of(backend, loss, TestTensors.indexed(TestTensors.of(ElementType.FLOAT, 1, 3, 1,
                    z), Activation.SIGMOID, TestTensors.of(ElementType.INT32, 1, 1, 1, 1)));
            double q = 1 / (1 + Math.exp(z[0] - z[1]));
            assertThat(result.value()).isCloseTo(-Math.log(q) / 2, offset(1e-5));
            assertThat(result.gradient()[0]).isCloseTo((1 - q) / 2, offset(1e-6));
            assertThat(result.gradient()[1]).isCloseTo((q - 1) / 2, offset(1e-6));
            assertThat(result.gradient()[2]).isZero();
        }
    }

    /** Half of a pixel is right, and all but e^-gap of another: the mean of −F log u over ΣF, with F = (1 − u)^γ. */
    @ParameterizedTest
    @MethodSource("backends")
    void factorsOfSurePixelsHaveSlopesAsLongAsNumbersAreNormal(LossBackend backend) {
        double gamma = 0.05;
        SegmentationLoss loss = Losses.softmaxFocal().gamma(gamma).normalised(true);
        Labels indices = new Labels(Labels.Kind.INDEX, TestTensors.of(ElementType.INT32, 1, 1, 2, 0, 0));
        Labels dense = new Labels(Labels.Kind.DENSE, TestTensors.of(ElementType.FLOAT, 1, 3, 2, 1, 1, 0, 0, 0, 0));
        for (Labels labels : new Labels[] {indices, dense}) {
            for (double gap : new double[] {20, 40, 80, 90, 95, 100}) {
                Outcome result = Outcome.of(backend, loss, new Batch(TestTensors.of(ElementType.FLOAT, 1, 3, 2, gap, 0,
                        0, 0, -200, -200), Activation.SOFTMAX, labels, null));
                double sure = Math.exp(-gamma * gap);
                double half = Math.pow(0.5, gamma);
                double value = (sure * Math.exp(-gap) + half * Math.log(2)) / (sure + half) / 2;
                double slope = gamma * sure * value / (sure + half);
                // Where e^-gap is no normal float, it may be 0.
                double least = gap < 87 ? 1e-6 : sure;
                assertThat(result.value()).as("gap %s", gap).isCloseTo(value, offset(least));
                assertThat(result.gradient()[0]).as("gap %s", gap).isCloseTo(slope, offset(least));
                assertThat(result.gradient()[2]).as("gap %s", gap).isCloseTo(-slope, offset(least));
            }
        }
    }

    /** Gathered probabilities that sum to 0 are no distribution and cost nothing. */
    @ParameterizedTest
    @MethodSource("backends")
    void channelsThatSumToZeroCostNothing(LossBackend backend) {
        Outcome result = Outcome.of(backend, Losses.categoricalCrossEntropy().classIndexes(0, 1), TestTensors.indexed(
                TestTensors.of(ElementType.FLOAT, 1, 3, 1, 0, 0, 1), Activation.IDENTITY,
                TestTensors.of(ElementType.INT32, 1, 1, 1, 1)));
        assertThat(result.value()).isZero();
        assertThat(result.gradient()).containsOnly(0);
    }

    /** Gathered classes whose logits are all -infinity are no distribution, either; one that is left is certain. */
    @Test
    void gatheredLogitsThatAreAllInfiniteCostNothing() {
        double none = Double.NEGATIVE_INFINITY;
        Tensor logits = TestTensors.of(ElementType.FLOAT, 1, 3, 4, 1, none, none, none, 0, none, 3, none, 2, 1, 2, 0);
        Labels indices = new Labels(Labels.Kind.INDEX, TestTensors.of(ElementType.INT32, 1, 1, 4, 0, 1, 1, 0));
        Labels dense = new Labels(Labels.Kind.DENSE, TestTensors.of(ElementType.FLOAT, 1, 3, 4, 1, 0, 0, 0.5, 0, 1, 1,
                0.25, 0, 0, 0, 0.25));
        Labels oneHot = new Labels(Labels.Kind.DENSE, TestTensors.of(ElementType.FLOAT, 1, 3, 4, 1, 0, 0, 1, 0, 1, 1,
                0, 0, 0, 0, 0));
        for (SegmentationLoss loss : new SegmentationLoss[] {Losses.categoricalCrossEntropy(), Losses.crossEntropy(),
                Losses.categoricalFocal(), Losses.softmaxFocal(), Losses.softmaxFocal().gamma(5).alpha(0.75),
                Losses.softmaxFocal().gamma(0.5).reducedThreshold(0.25), Losses.generalisedCrossEntropy(0.7),
                Losses.poly1(1), Losses.crossEntropy().classWeights(100, 1000)}) {
            SegmentationLoss ofTwo = loss.classIndexes(0, 1);
            for (Activation activation : new Activation[] {Activation.SOFTMAX, Activation.SIGMOID}) {
                for (Labels labels : new Labels[] {indices, dense, oneHot}) {
                    Batch batch = new Batch(logits, activation, labels, null);
                    Outcome expected = Outcome.of(new ReferenceBackend(), ofTwo, batch);
                    Outcome actual = Outcome.of(new CpuBackend(), ofTwo, batch);
                    String what = ofTwo + " of " + activation + ", " + labels.kind();
                    assertThat(actual.value()).as(what).isCloseTo(expected.value(), offset(1e-5));
                    assertThat(actual.gradient()).as(what).containsExactly(expected.gradient(), offset(1e-5));
                    assertThat(actual.gradient()[1]).as(what).isZero();
                    assertThat(actual.gradient()[3]).as(what).isZero();
                    assertThat(actual.gradient()[5]).as(what).isZero();
                    assertThat(actual.gradient()[7]).as(what).isZero();
                }
            }
        }
    }

    /** A single output may be void while the others of its pixel count. */
    @ParameterizedTest
    @MethodSource("backends")
    void aVoidOutputIsNotFelt(LossBackend backend) {
        Random random = new Random(6);
        Tensor predictions = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, 2, 5), random::nextDouble);
        Labels labels = new Labels(Labels.Kind.DENSE, TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, 2, 5),
                random::nextDouble));
        Tensor mask = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, 2, 5), () -> 1);
        TestTensors.put(mask, 0, 1, 3, 0);
        SegmentationLoss loss = Losses.dice().plus(Losses.binaryFocal());
        for (Activation activation : new Activation[] {Activation.SIGMOID, Activation.IDENTITY}) {
            Outcome expected = Outcome.of(backend, loss, new Batch(predictions, activation, labels, mask));
            for (double value : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
                Tensor spoilt = TestTensors.of(ElementType.FLOAT, 1, 2, 5, TestTensors.values(predictions));
                TestTensors.put(spoilt, 0, 1, 3, value);
                Outcome actual = Outcome.of(backend, loss, new Batch(spoilt, activation, labels, mask));
                assertThat(actual.value()).isEqualTo(expected.value());
                assertThat(actual.gradient()).isEqualTo(expected.gradient());
                assertThat(actual.gradient()[8]).isZero();
            }
        }
    }

    /** Without smoothing the slope of an absent class is infinite, but nothing asks for it. */
    @ParameterizedTest
    @MethodSource("backends")
    void absentClassesWithoutSmoothingHaveFiniteGradients(LossBackend backend) {
        Tensor p = TestTensors.of(ElementType.FLOAT, 1, 2, 2, 1e-40, 1e-40, 1, 1);
        Labels g = new Labels(Labels.Kind.DENSE, TestTensors.of(ElementType.FLOAT, 1, 2, 2, 0, 0, 1, 1));
        for (SegmentationLoss loss : new SegmentationLoss[] {Losses.jaccard().smooth(0), Losses.dice().smooth(0)}) {
            Outcome result = Outcome.of(backend, loss, new Batch(p, Activation.IDENTITY, g, null));
            assertThat(result.gradient()).doesNotContain(Double.NaN);
            assertThat(result.gradient()[0]).isZero();
            Outcome sigmoid = Outcome.of(backend, loss, new Batch(TestTensors.of(ElementType.FLOAT, 1, 1, 2, -100,
                    -120), Activation.SIGMOID, new Labels(Labels.Kind.INDEX, TestTensors.packed(ElementType.UINT8, 1,
                    1, 2)), TestTensors.of(ElementType.FLOAT, 1, 1, 2, 1e-3, 1e-3)));
            assertThat(sigmoid.gradient()).containsOnly(0);
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void weightsOfAMaskAreZeroOrWithinTheRange(LossBackend backend) {
        Random random = new Random(7);
        Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 3, 40), random::nextGaussian);
        Labels index = new Labels(Labels.Kind.INDEX, TestTensors.packed(ElementType.UINT8, 2, 1, 40));
        Labels dense = new Labels(Labels.Kind.DENSE, TestTensors.packed(ElementType.FLOAT, 2, 3, 40));
        for (double bad : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY, 1e-50, 1e-44, 9e-21, 2e20, 3e38,
                1e300}) {
            for (int channels : new int[] {1, 3}) {
                Tensor mask = TestTensors.fill(TestTensors.packed(ElementType.DOUBLE, 2, channels, 40), () -> 1);
                TestTensors.put(mask, 1, channels - 1, 9, bad);
                for (Labels labels : new Labels[] {index, dense}) {
                    assertThatThrownBy(() -> Outcome.of(backend, Losses.dice(), new Batch(logits, Activation.SOFTMAX,
                            labels, mask))).isInstanceOf(IllegalArgumentException.class)
                            .hasMessageStartingWith("1 mask weight is not 0 or from 1e-20 to 1e20; the first is "
                                    + bad + " at example 1, pixel 9");
                }
                // A pixel counts there as soon as one of its outputs does.
                Batch batch = new Batch(logits, Activation.SOFTMAX, index, mask);
                if (channels == 1) {
                    assertThatThrownBy(() -> backend.confusion(batch, null, 0.5)).hasMessageStartingWith(
                            "1 mask weight is not 0 or from 1e-20 to 1e20; the first is " + bad);
                }
            }
        }
    }

    /** A factor that float does not hold is infinite, and infinity times 0 would be NaN. */
    @ParameterizedTest
    @MethodSource("backends")
    void voidPixelsOfHugeLossesAreExactlyZero(LossBackend backend) {
        Random random = new Random(9);
        for (int channels : new int[] {1, 3}) {
            Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, channels, 700),
                    random::nextGaussian);
            Tensor indices = TestTensors.fill(TestTensors.packed(ElementType.INT32, 1, 1, 700),
                    () -> random.nextInt(Math.max(2, channels)));
            Tensor soft = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, channels, 700),
                    random::nextDouble);
            Tensor mask = TestTensors.fill(TestTensors.packed(ElementType.UINT8, 1, 1, 700), () -> random.nextInt(2));
            Tensor perOutput = TestTensors.fill(TestTensors.packed(ElementType.UINT8, 1, channels, 700),
                    () -> random.nextInt(2));
            for (Labels labels : new Labels[] {new Labels(Labels.Kind.INDEX, indices),
                new Labels(Labels.Kind.DENSE, soft)}) {
                for (SegmentationLoss loss : new SegmentationLoss[] {Losses.dice(), Losses.binaryCrossEntropy(),
                    Losses.categoricalFocal(), Losses.jaccard().plus(Losses.binaryFocal())}) {
                    for (double factor : new double[] {1e38, 1e300}) {
                        for (Activation activation : new Activation[] {Activation.SIGMOID, Activation.SOFTMAX}) {
                            requireZeros(backend, loss.times(factor), new Batch(logits, activation, labels, mask));
                        }
                        requireZeros(backend, loss.times(factor), new Batch(logits, Activation.SIGMOID, labels,
                                perOutput));
                    }
                }
            }
        }
    }

    private static void requireZeros(LossBackend backend, SegmentationLoss loss, Batch batch) {
        Outcome result = Outcome.of(backend, loss, batch);
        int pixels = 700;
        for (int k = 0; k < result.gradient().length; k++) {
            int channel = batch.mask().channels() == 1 ? 0 : k / pixels;
            if (Elements.get(batch.mask(), 0, channel, k % pixels) == 0) {
                assertThat(result.gradient()[k]).as(loss + " " + batch.activation()).isZero();
            }
        }
    }

    /** What a setting weighs most decides alone; no product with it overflows. */
    @ParameterizedTest
    @MethodSource("backends")
    void hugeWeightsOfRecallReachTheirLimit(LossBackend backend) {
        Random random = new Random(10);
        Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, 2, 500), random::nextGaussian);
        Batch batch = TestTensors.indexed(logits, Activation.SOFTMAX,
                TestTensors.fill(TestTensors.packed(ElementType.INT32, 1, 1, 500), () -> random.nextInt(2)));
        Outcome limit = Outcome.of(backend, Losses.dice().beta(1e40), batch);
        assertThat(limit.value()).isBetween(0.3, 0.7);
        for (double beta : new double[] {1e60, 1e154, 1.3e154}) {
            Outcome result = Outcome.of(backend, Losses.dice().beta(beta), batch);
            assertThat(result.value()).isCloseTo(limit.value(), offset(1e-12));
            LossBackendSuite.assertClose(result.gradient(), limit.gradient(), 1e-12, "gradient");
        }
    }

    /** At the ends of the range nothing vanishes and nothing overflows: equal weights are no weights at all. */
    @ParameterizedTest
    @MethodSource("backends")
    void sumsHoldTheSmallestAndTheLargestWeights(LossBackend backend) {
        Random random = new Random(8);
        for (ElementType type : new ElementType[] {ElementType.FLOAT, ElementType.DOUBLE}) {
            for (int channels : new int[] {1, 3}) {
                Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, channels, 5000),
                        random::nextGaussian);
                Tensor labels = TestTensors.fill(TestTensors.packed(ElementType.INT32, 1, 1, 5000),
                        () -> random.nextInt(2));
                Activation activation = channels == 1 ? Activation.SIGMOID : Activation.SOFTMAX;
                SegmentationLoss loss = Losses.dice().smooth(0).plus(Losses.binaryFocal());
                Outcome expected = Outcome.of(backend, loss, TestTensors.indexed(logits, activation, labels));
                for (double weight : new double[] {1e-20, 1e20}) {
                    Tensor mask = TestTensors.fill(TestTensors.packed(type, 1, 1, 5000), () -> weight);
                    Outcome actual = Outcome.of(backend, loss, new Batch(logits, activation,
                            new Labels(Labels.Kind.INDEX, labels), mask));
                    assertThat(actual.value()).isCloseTo(expected.value(), offset(1e-5));
                    LossBackendSuite.assertClose(actual.gradient(), expected.gradient(), 1e-9, "gradient");
                }
            }
        }
    }
}
