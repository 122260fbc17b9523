package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.HostBackends;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.FactorCurve;
import org.segloss4j.internal.math.Finalisation;
import org.segloss4j.internal.math.FocalCurve;
import org.segloss4j.internal.math.LabelSmoothing;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.Normaliser;
import org.segloss4j.internal.math.PixelCurve;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.PixelTerm.Input;

/** Losses of index labels, of which smoothing gives each class a part, in the kernels with unrolled loops. */
class HostSmoothedLossTest {

    private static final int CASES = 40;

    @BeforeAll
    static void needsACompiler() {
        HostBackends.require();
    }

    /** Cross-entropies and terms linear in probabilities, also in slices of many channels. */
    @ParameterizedTest
    @CsvSource({"3, NCS, FLOAT, UINT8, 1025", "19, NCS, FLOAT, UINT8, 97", "40, NCS, FLOAT, UINT8, 64"})
    void crossEntropiesOfSmoothedLabelsAreExact(int channels, String axes, ElementType element, ElementType labels,
                                                int pixels) {
        checkSmoothed(channels, axes, element, labels, pixels);
    }

    /** The same of other types. */
    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"2, NSC, HALF, INT32, 211", "5, NCS, DOUBLE, INT64, 97", "35, NSC, HALF, INT32, 61",
        "152, NCS, BFLOAT16, INT64, 33"})
    void crossEntropiesOfSmoothedLabelsAreExactInEveryType(int channels, String axes, ElementType element,
                                                           ElementType labels, int pixels) {
        checkSmoothed(channels, axes, element, labels, pixels);
    }

    private static void checkSmoothed(int channels, String axes, ElementType element, ElementType labels,
                                      int pixels) {
        LossBackend backend = HostBackends.all();
        Random random = new Random(channels);
        for (int k = 0; k < CASES; k++) {
            Tensor logits = TestTensors.fill(TestTensors.laidOut(element, 2, channels, pixels, axes, 0),
                    () -> random.nextInt(40) == 0 ? random.nextInt(2) * 180 - 90 : 3 * random.nextGaussian());
            Integer ignore = random.nextBoolean() ? 99 : null;
            Tensor truth = TestTensors.fill(TestTensors.packed(labels, 2, 1, pixels),
                    () -> ignore != null && random.nextInt(5) == 0 ? 99 : random.nextInt(channels));
            Tensor mask = random.nextInt(3) > 0 ? null
                    : TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 1, pixels), random::nextDouble);
            Batch batch = new Batch(logits, Activation.SOFTMAX, new Labels(Labels.Kind.INDEX, truth), mask);
            LossSpec spec = new RandomSpec(random, batch).drawEntropies(ignore);
            ComparedBackendSuite.check(element, spec, spec, batch,
                    TestTensors.laidOut(element, 2, channels, pixels, axes, 0), backend);
            for (Double threshold : new Double[] {null, 0.5}) {
                if (threshold != null && element != ElementType.FLOAT) {
                    // Of 16 bits, probabilities of two classes may round to the threshold or beside it.
                    continue;
                }
                LossSpec alone = new LossSpec(spec.regions(), spec.pixels(), ignore, threshold);
                double expected = valueOf(new ReferenceBackend(), alone, batch);
                assertThat(valueOf(backend, alone, batch)).as("%s", alone)
                        .isCloseTo(expected, within(1e-5 * Math.max(1, Math.abs(expected))));
            }
        }
    }

    /** The value without a gradient, which a forward sweep gives. */
    private static double valueOf(LossBackend backend, LossSpec spec, Batch batch) {
        return Finalisation.value(spec, backend.sums(Job.sums(spec, batch, spec.needsSumsPerImage())));
    }

    /** A logit of negative infinity is not felt where smoothing asks nothing of its class. */
    @ParameterizedTest
    @ValueSource(ints = {3, 35})
    void smoothingAsksNothingOfClassesWithoutWeight(int channels) {
        Random random = new Random(channels);
        Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, channels, 70),
                () -> 3 * random.nextGaussian());
        for (int s = 0; s < 70; s += 3) {
            TestTensors.put(logits, 0, 1, s, Double.NEGATIVE_INFINITY);
        }
        Tensor truth = TestTensors.fill(TestTensors.packed(ElementType.UINT8, 1, 1, 70),
                () -> 2 * random.nextInt(2));
        Batch batch = TestTensors.indexed(logits, Activation.SOFTMAX, truth);
        double[] weights = IntStream.range(0, channels).mapToDouble(c -> c == 1 ? 0 : 1 + c % 3).toArray();
        SegmentationLoss entropy = Losses.crossEntropy().labelSmoothing(0.2).classWeights(weights);
        SegmentationLoss poly = Losses.poly1(2).labelSmoothing(0.1).classWeights(weights);
        for (SegmentationLoss loss : List.of(entropy, poly, entropy.plus(poly), Losses.dice().plus(entropy),
                Losses.dice().plus(poly).plus(entropy))) {
            LossSpec spec = LossInternals.spec(loss);
            ComparedBackendSuite.check(ElementType.FLOAT, loss, spec, batch,
                    TestTensors.packed(ElementType.FLOAT, 1, channels, 70), HostBackends.all());
        }
    }

    /** Predictions of void pixels are not felt, whatever they are; without a smoothing that asks much, and with one. */
    @ParameterizedTest
    @CsvSource({"3, 0.2", "3, 0.001", "19, 0.2", "40, 0.2", "40, 0.001"})
    void voidPixelsAreNotFelt(int channels, double smoothing) {
        Random random = new Random(channels);
        Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, channels, 70),
                () -> 3 * random.nextGaussian());
        Tensor truth = TestTensors.fill(TestTensors.packed(ElementType.UINT8, 1, 1, 70),
                () -> random.nextInt(channels));
        double[] odd = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
        for (int s = 0; s < 70; s += 3) {
            TestTensors.put(logits, 0, s % channels, s, odd[s % 2 + s / 3 % 2]);
            TestTensors.put(truth, 0, 0, s, 255);
        }
        Batch batch = TestTensors.indexed(logits, Activation.SOFTMAX, truth);
        SegmentationLoss entropy = Losses.crossEntropy().labelSmoothing(smoothing);
        SegmentationLoss poly = Losses.poly1(2).labelSmoothing(smoothing);
        for (SegmentationLoss loss : List.of(entropy, poly, Losses.dice().plus(entropy),
                Losses.dice().plus(poly))) {
            ComparedBackendSuite.check(ElementType.FLOAT, loss, LossInternals.spec(loss.ignoreIndex(255)), batch,
                    TestTensors.packed(ElementType.FLOAT, 1, channels, 70), HostBackends.all());
        }
    }

    /** Where all is asked of one class that has nearly all of the probability, what it lacks is not lost. */
    @ParameterizedTest
    @CsvSource({"3, 0", "3, 2", "40, 0", "40, 39"})
    void termsThatAskOneClassKeepTheirDigits(int channels, int only) {
        Random random = new Random(only);
        Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, channels, 64), random::nextDouble);
        Tensor truth = TestTensors.packed(ElementType.UINT8, 1, 1, 64);
        for (int s = 0; s < 64; s++) {
            TestTensors.put(logits, 0, only, s, 16 + s % 4);
            TestTensors.put(truth, 0, 0, s, only);
        }
        Batch batch = TestTensors.indexed(logits, Activation.SOFTMAX, truth);
        List<Double> weights = IntStream.range(0, channels).mapToObj(c -> c == only ? 1.0 : 0).toList();
        checkDigits(new FactorCurve(1, 1, 0), 0.5, weights, batch, 0.01);
        // Of the logarithm, what smoothing asks of the class is a difference.
        checkDigits(new FocalCurve(1, 0, 0), 0.01, weights, batch, 1);
    }

    private static void checkDigits(PixelCurve curve, double smoothing, List<Double> weights, Batch batch,
                                    double percent) {
        LossSpec spec = new LossSpec(List.of(), List.of(new PixelTerm(1, curve, null, Input.PROBABILITY,
                new ClassSelection(null, weights), null,
                new LabelSmoothing(LabelSmoothing.Kind.UNIFORM, smoothing), Normaliser.PIXELS)), null, null);
        double expected = valueOf(new ReferenceBackend(), spec, batch);
        assertThat(valueOf(HostBackends.all(), spec, batch)).isCloseTo(expected, withinPercentage(percent));
        assertThat(Outcome.of(HostBackends.all(), spec, batch).value())
                .isCloseTo(expected, withinPercentage(percent));
    }

    /** Where smoothing asks much of all classes, nearly certain labels are as exact as others. */
    @ParameterizedTest
    @ValueSource(ints = {4, 19, 40})
    void certainLabelsAreExactWhereSmoothingAsksMuch(int channels) {
        Random random = new Random(channels);
        Tensor truth = TestTensors.packed(ElementType.UINT8, 1, 1, 64);
        Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, channels, 64), random::nextDouble);
        for (int s = 0; s < 64; s++) {
            int label = random.nextInt(channels);
            TestTensors.put(truth, 0, 0, s, label);
            TestTensors.put(logits, 0, label, s, 3 + s % 16);
        }
        Batch batch = TestTensors.indexed(logits, Activation.SOFTMAX, truth);
        for (double smoothing : new double[] {0.03, 0.04, 0.1}) {
            for (PixelCurve curve : List.of(new FocalCurve(1, 0, 0), new FactorCurve(1, 1, 0))) {
                checkDigits(curve, smoothing, null, batch, 0.001);
            }
        }
    }
}
