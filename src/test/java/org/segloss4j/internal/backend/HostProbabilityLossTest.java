package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.segloss4j.AbsentClassPolicy;
import org.segloss4j.KerasForm;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.HostBackends;
import org.segloss4j.internal.math.AbsentPolicy;
import org.segloss4j.internal.math.Aggregation;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.Link;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.Reduction;
import org.segloss4j.internal.math.RegionScore;
import org.segloss4j.internal.math.RegionTerm;

/** Keras' clipped curves of predictions that are probabilities, in kernels on the host, against the reference. */
class HostProbabilityLossTest {

    private static final int CASES = 4;

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    private static List<SegmentationLoss> categorical(int channels) {
        SegmentationLoss entropy = Losses.categoricalCrossEntropy();
        double[] weights = IntStream.range(0, channels).mapToDouble(c -> c % 3).toArray();
        SegmentationLoss weighted = entropy.classWeights(weights);
        SegmentationLoss focal = Losses.categoricalFocal();
        return List.of(entropy, focal, entropy.plus(focal.gamma(1.5)), Losses.dice().plus(entropy),
                Losses.dice().plus(focal), Losses.jaccard().plus(weighted).plus(focal),
                Losses.jaccard().perImage(true).plus(entropy));
    }

    /** Probabilities near 0 and 1, at both, and beyond; pixels whose probabilities are all 0. */
    @ParameterizedTest
    @CsvSource({"3, FLOAT, UINT8, NCS, 1500", "5, FLOAT, FLOAT, NCS, 1500"})
    void categoricalCurvesAgree(int channels, ElementType element, ElementType labels, String axes, int pixels) {
        check(categorical(channels), channels, element, labels, axes, pixels);
    }

    private static List<SegmentationLoss> binary() {
        SegmentationLoss entropy = Losses.binaryCrossEntropy();
        SegmentationLoss focal = Losses.binaryFocal();
        return List.of(entropy, entropy.form(KerasForm.CLIP_PLUS_EPSILON), focal, Losses.dice().plus(entropy),
                Losses.dice().plus(entropy.form(KerasForm.CLIP_PLUS_EPSILON)), Losses.jaccard().plus(focal),
                Losses.dice().plus(focal.gamma(1)), Losses.dice().plus(focal.gamma(1.5)).plus(entropy),
                Losses.jaccard().perImage(true).plus(entropy));
    }

    @ParameterizedTest
    @CsvSource({"1, FLOAT, UINT8, NCS, 5000", "3, FLOAT, FLOAT, NCS, 2100"})
    void binaryCurvesAgree(int channels, ElementType element, ElementType labels, String axes, int pixels) {
        check(binary(), channels, element, labels, axes, pixels);
    }

    /** A loss with a score has no value if some probability is infinite, whatever its label. */
    @ParameterizedTest
    @CsvSource({"Infinity, 0", "Infinity, 1", "-Infinity, 0", "-Infinity, 1"})
    void infiniteProbabilitiesAreFelt(double prediction, int label) {
        Random random = new Random(1);
        Tensor predictions = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, 1, 5000), random::nextDouble);
        Tensor truth = TestTensors.fill(TestTensors.packed(ElementType.UINT8, 1, 1, 5000), () -> random.nextInt(2));
        TestTensors.put(predictions, 0, 0, 2001, prediction);
        TestTensors.put(truth, 0, 0, 2001, label);
        Batch batch = TestTensors.indexed(predictions, Activation.IDENTITY, truth);
        SegmentationLoss loss = Losses.dice().plus(Losses.binaryCrossEntropy());
        Outcome expected = Outcome.of(new ReferenceBackend(), loss, batch);
        Outcome actual = Outcome.of(HostBackends.all(), loss, batch);
        assertThat(expected.value()).isNaN();
        assertThat(actual.value()).isNaN();
        assertThat(actual.gradient()).containsOnly(Double.NaN);
        assertThat(expected.gradient()).containsOnly(Double.NaN);
    }

    /** Probabilities of two classes, the second of which has no true pixel and one prediction that is NaN. */
    private static Batch withNaNInAnAbsentClass() {
        Random random = new Random(1);
        Tensor predictions = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, 2, 5000), random::nextDouble);
        TestTensors.put(predictions, 0, 1, 2001, Double.NaN);
        Tensor truth = TestTensors.packed(ElementType.FLOAT, 1, 2, 5000);
        for (int s = 0; s < 5000; s++) {
            TestTensors.put(truth, 0, 0, s, random.nextInt(2));
        }
        return new Batch(predictions, Activation.IDENTITY, new Labels(Labels.Kind.DENSE, truth), null);
    }

    /** A prediction that is no number shows nowhere if no term asks for it, and scores leave its absent class out. */
    @ParameterizedTest
    @EnumSource(names = {"ZERO", "SKIP"})
    void absentClassesThatAreNotAskedMayBeNoNumbers(AbsentPolicy absent) {
        Batch batch = withNaNInAnAbsentClass();
        PixelTerm all = LossInternals.spec(Losses.binaryCrossEntropy()).pixels().get(0);
        LossSpec loss = new LossSpec(List.of(new RegionTerm(1, RegionScore.iou(1), Link.COMPLEMENT,
                Aggregation.SCORE_MEAN, ClassSelection.ALL, false, absent, Reduction.MEAN, 1)),
                List.of(new PixelTerm(1, all.positive(), all.negative(), all.input(),
                        new ClassSelection(List.of(0), null), null, all.smoothing(), all.normaliser())), null, null);
        ComparedBackendSuite.check(ElementType.FLOAT, absent, loss, batch,
                TestTensors.packed(ElementType.FLOAT, 1, 2, 5000), HostBackends.all());
    }

    /** The bounds of clipped curves hide a prediction that is no number, and scores leave its absent class out. */
    @Test
    void noNumbersAreFeltWhereScoresLeaveTheirClassOut() {
        Batch batch = withNaNInAnAbsentClass();
        SegmentationLoss loss = Losses.jaccard().absentClasses(AbsentClassPolicy.SKIP)
                .plus(Losses.binaryCrossEntropy());
        assertThat(Outcome.of(new ReferenceBackend(), loss, batch).value()).isNaN();
        assertThat(Outcome.of(HostBackends.all(), loss, batch).value()).isNaN();
    }

    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"1, DOUBLE, UINT8, NCS, 2048", "1, HALF, INT32, NCS, 3000", "2, DOUBLE, DOUBLE, NCS, 1500",
        "8, BFLOAT16, BFLOAT16, NCS, 1500", "3, FLOAT, INT32, NCS, 900", "3, FLOAT, FLOAT, NSC, 900"})
    void binaryCurvesAgreeInEveryForm(int channels, ElementType element, ElementType labels, String axes, int pixels) {
        check(binary(), channels, element, labels, axes, pixels);
    }

    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"19, FLOAT, UINT8, NCS, 1024", "4, HALF, INT32, NCS, 999", "6, FLOAT, INT64, NSC, 640",
        "2, DOUBLE, UINT8, NCS, 512",
        "19, FLOAT, FLOAT, NCS, 900", "4, BFLOAT16, HALF, NCS, 999", "6, FLOAT, DOUBLE, NSC, 640",
        "2, DOUBLE, DOUBLE, NCS, 512", "40, FLOAT, FLOAT, NCS, 300", "40, FLOAT, UINT8, NCS, 512"})
    void categoricalCurvesAgreeInEveryForm(int channels, ElementType element, ElementType labels, String axes,
                                           int pixels) {
        check(categorical(channels), channels, element, labels, axes, pixels);
    }

    /**
     * A label of 1 and others so small that the sum of all is 1, too: the small ones have slopes of their own. Or two
     * labels that have the bits of 1 together.
     */
    @ParameterizedTest
    @CsvSource({"FLOAT, 1, 1e-8", "FLOAT, 1, 1e-30", "DOUBLE, 1, 1e-17", "FLOAT, 0.5, 1.1754943508222875e-38"})
    void smallLabelsBesideOneAreNotTakenForIt(ElementType element, double large, double small) {
        Tensor predictions = TestTensors.fill(TestTensors.packed(element, 2, 3, 200),
                new Random(2)::nextDouble);
        Tensor truth = TestTensors.packed(ElementType.DOUBLE, 2, 3, 200);
        for (int k = 0; k < 400; k++) {
            TestTensors.put(truth, k / 200, k % 3, k % 200, large);
            TestTensors.put(truth, k / 200, (k + 1 + k % 2) % 3, k % 200, small);
        }
        Batch batch = new Batch(predictions, Activation.IDENTITY, new Labels(Labels.Kind.DENSE, truth), null);
        for (SegmentationLoss loss : List.of(Losses.categoricalCrossEntropy(),
                Losses.dice().plus(Losses.categoricalFocal()))) {
            ComparedBackendSuite.check(element, loss, LossInternals.spec(loss), batch,
                    TestTensors.packed(element, 2, 3, 200), HostBackends.all());
        }
    }

    /** An infinite prediction has no share that it could be divided to, nor have those beside it. */
    @ParameterizedTest
    @CsvSource({"UINT8, Infinity", "FLOAT, Infinity", "UINT8, NaN", "FLOAT, -Infinity"})
    void aSumThatIsNotFiniteComesThrough(ElementType labels, double bad) {
        Tensor predictions = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, 5, 64),
                new Random(2)::nextDouble);
        TestTensors.put(predictions, 0, 2, 33, bad);
        // The label is another class.
        Tensor truth = TestTensors.packed(labels, 1, labels.integer() ? 1 : 5, 64);
        for (int s = 0; !labels.integer() && s < 64; s++) {
            TestTensors.put(truth, 0, 0, s, 1);
        }
        Batch batch = new Batch(predictions, Activation.IDENTITY,
                new Labels(labels.integer() ? Labels.Kind.INDEX : Labels.Kind.DENSE, truth), null);
        Outcome actual = Outcome.of(HostBackends.all(), Losses.categoricalCrossEntropy(), batch);
        assertThat(actual.value()).isNaN();
        assertThat(actual.gradient()[33]).isNaN();
        assertThat(actual.gradient()[34]).isFinite();
    }

    /** Hard predictions are counted by the sweep of such losses. */
    @ParameterizedTest
    @CsvSource({"5, UINT8, NCS", "5, ONE_HOT, NCS", "1, UINT8, NCS"})
    void hardPredictionsAreCounted(int channels, CountedBatches.Given given, String axes) {
        LossBackend backend = HostBackends.all();
        CountedBatches batches = new CountedBatches(new Random(channels));
        SegmentationLoss loss = channels == 1 ? Losses.binaryCrossEntropy() : Losses.categoricalCrossEntropy();
        Counting counting = new Counting(null, 0.5);
        for (SegmentationLoss each : List.of(loss, Losses.dice().plus(loss))) {
            for (CountedBatches.Masked masked : List.of(CountedBatches.Masked.NOT, CountedBatches.Masked.PIXELS)) {
                CountedBatches.check(backend, each, batches.batch(ElementType.FLOAT, channels, Activation.IDENTITY,
                        given, masked, null, axes), counting, each + ", " + masked);
            }
            Batch batch = batches.batch(ElementType.FLOAT, channels, Activation.IDENTITY, given,
                    CountedBatches.Masked.NOT, null, axes);
            Elements.put(batch.predictions(), 1, channels - 1, 17, Double.NaN);
            Elements.put(batch.predictions(), 1, 0, CountedBatches.PIXELS - 1, Double.NaN);
            Summands both = CountedBatches.counted(backend, each, batch, counting);
            assertThat(both.getAsDouble()).isNaN();
            assertThatIllegalArgumentException().isThrownBy(both::counts).withMessage(
                    "2 predictions are not a number; the first is NaN at example 1, pixel 17");
        }
    }

    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"3, SOFT, NSC", "1, ONE_HOT, NCS"})
    void hardPredictionsAreCountedInOtherForms(int channels, CountedBatches.Given given, String axes) {
        hardPredictionsAreCounted(channels, given, axes);
    }

    private static void check(List<SegmentationLoss> losses, int channels, ElementType element, ElementType labels,
                              String axes, int pixels) {
        LossBackend backend = HostBackends.all();
        Random random = new Random(channels);
        for (SegmentationLoss loss : losses) {
            for (int k = 0; k < CASES; k++) {
                Batch batch = batch(random, channels, element, labels, axes, pixels);
                boolean ignores = labels.integer() && k % 2 == 0;
                ComparedBackendSuite.check(element, loss, LossInternals.spec(ignores ? loss.ignoreIndex(99) : loss),
                        ignores ? withVoids(random, batch) : batch,
                        TestTensors.laidOut(element, 2, channels, pixels, axes, 0), backend);
            }
        }
    }

    private static Batch batch(Random random, int channels, ElementType element, ElementType labels, String axes,
                               int pixels) {
        boolean isInside = random.nextBoolean();
        boolean isSoft = !labels.integer() && random.nextInt(3) == 0;
        Tensor truth = TestTensors.fill(TestTensors.packed(labels, 2, labels.integer() ? 1 : channels, pixels),
                () -> isSoft ? random.nextDouble() : random.nextInt(labels.integer() ? Math.max(2, channels) : 2));
        Tensor predictions = TestTensors.fill(TestTensors.laidOut(element, 2, channels, pixels, axes, 0), () ->
                isInside ? 0.05 + 0.9 * random.nextDouble()
                        : random.nextInt(10) > 0 ? random.nextDouble() : edge(random));
        for (int s = 0; !isInside && channels > 1 && s < pixels; s += 97) {
            for (int c = 0; c < channels; c++) {
                TestTensors.put(predictions, 1, c, s, 0);
            }
        }
        boolean isOneHot = !labels.integer() && channels > 1 && random.nextBoolean();
        for (int s = 0; isOneHot && s < pixels; s++) {
            for (int n = 0; n < 2; n++) {
                int y = random.nextInt(channels + 1);
                for (int c = 0; c < channels; c++) {
                    // Some labels have the sum 1 and are not one-hot.
                    TestTensors.put(truth, n, c, s, s % 7 == 0 ? (c < 2 ? 0.5 : 0) : c == y ? 1 : 0);
                }
            }
        }
        Tensor mask = random.nextInt(3) > 0 ? null
                : TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 1, pixels), random::nextDouble);
        return new Batch(predictions, Activation.IDENTITY,
                new Labels(labels.integer() ? Labels.Kind.INDEX : Labels.Kind.DENSE, truth), mask);
    }

    private static double edge(Random random) {
        double small = Math.pow(10, -9 * random.nextDouble());
        return switch (random.nextInt(5)) {
            case 0 -> 0;
            case 1 -> 1;
            case 2 -> small;
            case 3 -> 1 - small;
            default -> random.nextBoolean() ? 1.001 : -0.001;
        };
    }

    /** Some void pixels, of which predictions may be anything. */
    private static Batch withVoids(Random random, Batch batch) {
        Tensor truth = batch.labels().tensor();
        for (int n = 0; n < 2; n++) {
            for (int s = 0; s < truth.pixels(); s++) {
                if (random.nextInt(50) == 0) {
                    TestTensors.put(truth, n, 0, s, 99);
                    TestTensors.put(batch.predictions(), n, 0, s, Double.NaN);
                }
            }
        }
        return batch;
    }
}
