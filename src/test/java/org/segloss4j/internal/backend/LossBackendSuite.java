package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.segloss4j.LossCases;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.loss.ClassShares;
import org.segloss4j.internal.math.LossSpec;

/** What every backend must do, the reference included. A backend's own test overrides {@link #backend()}. */
abstract class LossBackendSuite {

    abstract LossBackend backend();

    private static Tensor logits(Random random, int examples, int channels, int pixels) {
        return TestTensors.fill(TestTensors.packed(ElementType.FLOAT, examples, channels, pixels),
                random::nextGaussian);
    }

    private static Tensor labels(Random random, ElementType type, int examples, int classes, int pixels) {
        return TestTensors.fill(TestTensors.packed(type, examples, 1, pixels), () -> random.nextInt(classes));
    }

    @Test
    void repeatsItselfToTheBit() {
        Random random = new Random(1);
        Batch batch = TestTensors.indexed(logits(random, 2, 5, 151 * 67), Activation.SOFTMAX,
                labels(random, ElementType.UINT8, 2, 5, 151 * 67));
        SegmentationLoss loss = Losses.dice().perImage(true).plus(Losses.categoricalFocal());
        Outcome first = Outcome.of(backend(), loss, batch);
        for (int run = 0; run < 9; run++) {
            Outcome again = Outcome.of(backend(), loss, batch);
            assertThat(Double.doubleToRawLongBits(again.value())).isEqualTo(Double.doubleToRawLongBits(first.value()));
            assertThat(Arrays.equals(again.gradient(), first.gradient())).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("losses")
    void doesNotFeelVoidPixels(SegmentationLoss loss) {
        Random random = new Random(2);
        Tensor logits = logits(random, 1, 3, 200);
        Tensor labels = labels(random, ElementType.INT32, 1, 3, 200);
        for (int s = 100; s < 200; s++) {
            TestTensors.put(labels, 0, 0, s, 255);
            for (int c = 0; c < 3; c++) {
                TestTensors.put(logits, 0, c, s, Double.NaN);
            }
        }
        Tensor seen = new Tensor(logits.storage(), logits.type(), 0, 1, 3, 100, 600, 200, 1);
        Tensor seenLabels = new Tensor(labels.storage(), labels.type(), 0, 1, 1, 100, 200, 200, 1);
        for (Activation activation : new Activation[] {Activation.SOFTMAX, Activation.SIGMOID}) {
            Outcome part = Outcome.of(backend(), loss, TestTensors.indexed(seen, activation, seenLabels));
            Outcome whole = Outcome.of(backend(), loss.ignoreIndex(255), TestTensors.indexed(logits, activation,
                    labels));
            // Some means divide by the number of void pixels, too.
            double share = LossInternals.spec(loss).statistics().pixels() ? 0.5 : 1;
            assertThat(whole.value()).isCloseTo(share * part.value(), offset(1e-6 * Math.max(1, part.value())));
            double[] expected = IntStream.range(0, 600).mapToDouble(k -> k % 200 >= 100 ? 0
                    : share * part.gradient()[k / 200 * 100 + k % 200]).toArray();
            assertClose(whole.gradient(), expected, 1e-8, "gradient");
            assertThat(IntStream.range(0, 600).filter(k -> k % 200 >= 100).mapToDouble(k -> whole.gradient()[k]))
                    .containsOnly(0.0);
        }
    }

    @ParameterizedTest
    @MethodSource("losses")
    void isZeroWhereEverythingIsVoid(SegmentationLoss loss) {
        Batch batch = new Batch(logits(new Random(3), 2, 3, 7), Activation.SOFTMAX, new Labels(Labels.Kind.INDEX,
                TestTensors.packed(ElementType.UINT8, 2, 1, 7)), TestTensors.packed(ElementType.FLOAT, 2, 1, 7));
        Outcome result = Outcome.of(backend(), loss, batch);
        assertThat(result.value()).isZero();
        assertThat(result.gradient()).containsOnly(0);
    }

    static Stream<SegmentationLoss> losses() {
        return LossCases.some(3).stream();
    }

    @ParameterizedTest
    @MethodSource("losses")
    void letsNaNThrough(SegmentationLoss loss) {
        Tensor logits = TestTensors.packed(ElementType.FLOAT, 1, 3, 40);
        TestTensors.put(logits, 0, 0, 5, Double.NaN);
        Batch batch = TestTensors.indexed(logits, Activation.SOFTMAX, TestTensors.packed(ElementType.UINT8, 1, 1, 40));
        double value = Outcome.value(backend(), loss, batch);
        if (LossCases.plain().contains(loss) || Double.isNaN(Outcome.value(new ReferenceBackend(), loss, batch))) {
            assertThat(value).isNaN();
        } else {
            // All pixels are of a class that the loss leaves out.
            assertThat(value).isFinite();
        }
    }

    static Stream<SegmentationLoss> pixelLosses() {
        return losses().filter(loss -> LossInternals.spec(loss).hasPixelTermsOnly());
    }

    /** Each class has the share that the reference gives it, and together they are the value. */
    @ParameterizedTest
    @MethodSource("pixelLosses")
    void sharesOfClassesMakeUpPixelLosses(SegmentationLoss loss) {
        Random random = new Random(17);
        Batch batch = TestTensors.indexed(logits(random, 2, 3, 70), Activation.SOFTMAX,
                labels(random, ElementType.UINT8, 2, 3, 70));
        double[] shares = shares(backend(), loss, batch);
        double value = Outcome.value(backend(), loss, batch);
        assertThat(Arrays.stream(shares).sum()).isCloseTo(value, offset(1e-6 * Math.max(1, value)));
        assertClose(shares, shares(new ReferenceBackend(), loss, batch), 1e-6 * Math.max(1, value), "share");
    }

    private static double[] shares(LossBackend backend, SegmentationLoss loss, Batch batch) {
        LossSpec spec = LossInternals.spec(loss);
        return ClassShares.of(spec, batch.predictions().channels(),
                alone -> backend.sums(Job.sums(alone, batch, spec.needsSumsPerImage())));
    }

    /** Categorical losses ask for the true class alone; under a sigmoid nothing else is felt, not even NaN. */
    @Test
    void doesNotFeelWhatIsNotAskedFor() {
        Random random = new Random(5);
        Tensor clean = logits(random, 1, 3, 40);
        Tensor index = TestTensors.packed(ElementType.UINT8, 1, 1, 40);
        Tensor hot = TestTensors.packed(ElementType.FLOAT, 1, 3, 40);
        IntStream.range(0, 40).forEach(s -> TestTensors.put(hot, 0, 0, s, 1));
        Tensor spoilt = TestTensors.of(ElementType.FLOAT, 1, 3, 40, TestTensors.values(clean));
        TestTensors.put(spoilt, 0, 2, 7, Double.NaN);
        for (SegmentationLoss loss : new SegmentationLoss[] {Losses.categoricalCrossEntropy().classIndexes(0),
                Losses.categoricalFocal()}) {
            for (Labels labels : new Labels[] {new Labels(Labels.Kind.INDEX, index),
                    new Labels(Labels.Kind.DENSE, hot)}) {
                Outcome expected = Outcome.of(backend(), loss, new Batch(clean, Activation.SIGMOID, labels, null));
                Outcome actual = Outcome.of(backend(), loss, new Batch(spoilt, Activation.SIGMOID, labels, null));
                assertThat(actual.value()).isCloseTo(expected.value(), offset(1e-6));
                assertClose(actual.gradient(), expected.gradient(), 1e-7, "gradient");
                assertThat(actual.gradient()[2 * 40 + 7]).isZero();
            }
        }
    }

    @Test
    void namesTheFirstBadLabel() {
        Tensor labels = TestTensors.packed(ElementType.INT64, 2, 1, 6000);
        TestTensors.put(labels, 1, 0, 5001, 7);
        TestTensors.put(labels, 1, 0, 5003, -3);
        Batch batch = TestTensors.indexed(logits(new Random(4), 2, 4, 6000), Activation.IDENTITY, labels);
        assertThatThrownBy(() -> Outcome.value(backend(), Losses.jaccard(), batch))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("2 labels are outside 0..3; the first is 7 at example 1, pixel 5001");
        assertThatThrownBy(() -> Outcome.value(backend(), Losses.jaccard().ignoreIndex(7), batch))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("1 label is outside 0..3 and not the ignored 7; the first is -3 at example 1, pixel 5003");
    }

    /** Of these shapes, types and activations are the host kernels that are built by default; others run in general. */
    static Stream<Arguments> denseLabels() {
        return Stream.of(Arguments.of(1, ElementType.FLOAT, Activation.SIGMOID, ElementType.FLOAT),
                Arguments.of(1, ElementType.FLOAT, Activation.IDENTITY, ElementType.FLOAT),
                Arguments.of(3, ElementType.FLOAT, Activation.SOFTMAX, ElementType.UINT8),
                Arguments.of(3, ElementType.FLOAT, Activation.SIGMOID, ElementType.HALF),
                Arguments.of(2, ElementType.HALF, Activation.SOFTMAX, ElementType.FLOAT),
                Arguments.of(5, ElementType.DOUBLE, Activation.SOFTMAX, ElementType.INT32),
                Arguments.of(5, ElementType.DOUBLE, Activation.SOFTMAX, ElementType.DOUBLE));
    }

    @ParameterizedTest
    @MethodSource("denseLabels")
    void denseLabelsOutsideZeroToOneAreBad(int channels, ElementType type, Activation activation, ElementType labels) {
        String axes = type == ElementType.HALF ? "NSC" : "NCS";
        Tensor p = TestTensors.fill(TestTensors.laidOut(type, 2, channels, 6000, axes, 0), () -> 0.25);
        double[] bad = labels.integer() ? new double[] {255, 2} : new double[] {255, 1.5, -0.5, Double.NaN,
            Double.POSITIVE_INFINITY};
        for (double value : bad) {
            Tensor truth = TestTensors.packed(labels, 2, channels, 6000);
            TestTensors.put(truth, 1, channels - 1, 5001, value);
            TestTensors.put(truth, 1, channels - 1, 5003, value);
            Batch batch = new Batch(p, activation, new Labels(Labels.Kind.DENSE, truth), null);
            String written = value == 255 ? "255" : value == 2 ? "2" : Double.toString(value);
            // Which sweep looks at labels depends on the loss, and what is bad does not.
            for (SegmentationLoss loss : value == bad[0]
                    ? List.of(Losses.jaccard(), Losses.binaryFocal(), Losses.BCE_DICE_LOSS)
                    : List.of(value == bad[1] ? Losses.jaccard() : Losses.binaryFocal())) {
                String message = "2 labels are outside 0..1; the first is " + written + " at example 1, pixel 5001";
                assertThatThrownBy(() -> Outcome.value(backend(), loss, batch))
                        .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith(message);
                assertThatThrownBy(() -> Outcome.of(backend(), loss, batch))
                        .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith(message);
            }
        }
    }

    /** The last units of a float are no error, and void outputs may hold anything. */
    @Test
    void denseLabelsOfVoidOutputsAndRoundedOnesAreNotBad() {
        labelsOfVoidOutputsAndRoundedOnesAreNotBad(1, Activation.SIGMOID);
        labelsOfVoidOutputsAndRoundedOnesAreNotBad(3, Activation.SIGMOID);
        labelsOfVoidOutputsAndRoundedOnesAreNotBad(3, Activation.SOFTMAX);
    }

    private void labelsOfVoidOutputsAndRoundedOnesAreNotBad(int channels, Activation activation) {
        Tensor logits = logits(new Random(5), 1, channels, 40);
        Tensor truth = TestTensors.packed(ElementType.FLOAT, 1, channels, 40);
        TestTensors.put(truth, 0, channels - 1, 3, Math.nextUp(1f));
        TestTensors.put(truth, 0, channels - 1, 4, -1e-7f);
        Labels labels = new Labels(Labels.Kind.DENSE, truth);
        double expected = Outcome.value(backend(), Losses.dice(), new Batch(logits, activation, labels, null));
        assertThat(expected).isBetween(0.0, 1.0);
        TestTensors.put(truth, 0, channels - 1, 7, Double.NaN);
        TestTensors.put(truth, 0, 0, 9, 255);
        for (int weights : new int[] {1, channels}) {
            Tensor mask = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, weights, 40), () -> 1);
            TestTensors.put(mask, 0, weights - 1, 7, 0);
            TestTensors.put(mask, 0, 0, 9, 0);
            Batch batch = new Batch(logits, activation, labels, mask);
            SegmentationLoss loss = activation == Activation.SIGMOID ? Losses.BCE_DICE_LOSS : Losses.dice();
            assertThat(Outcome.of(backend(), loss, batch).gradient()).doesNotContain(Double.NaN);
            TestTensors.put(mask, 0, weights - 1, 7, 1);
            assertThatThrownBy(() -> Outcome.value(backend(), Losses.dice(), batch))
                    .hasMessage("1 label is outside 0..1; the first is NaN at example 0, pixel 7");
        }
        TestTensors.put(truth, 0, channels - 1, 7, 255);
        assertThat(Outcome.value(backend(), Losses.dice().ignoreIndex(255), new Batch(logits, activation, labels,
                null))).isBetween(0.0, 1.0);
    }

    @Test
    void masksOf0And255AreCalledThat() {
        Tensor logits = logits(new Random(5), 1, 1, 40);
        Tensor truth = TestTensors.packed(ElementType.FLOAT, 1, 1, 40);
        TestTensors.put(truth, 0, 0, 3, 255);
        String message = "1 label is outside 0..1; the first is 255 at example 0, pixel 3. These look like 0/255 masks:"
                + " divide them by 255, or read mask files with LabelMap.values(0, 255)";
        assertThatThrownBy(() -> Outcome.value(backend(), Losses.dice(), new Batch(logits, Activation.SIGMOID,
                new Labels(Labels.Kind.DENSE, truth), null))).hasMessage(message);
        Tensor index = TestTensors.packed(ElementType.UINT8, 1, 1, 40);
        TestTensors.put(index, 0, 0, 3, 255);
        assertThatThrownBy(() -> Outcome.value(backend(), Losses.dice(), TestTensors.indexed(logits,
                Activation.SIGMOID, index))).hasMessage(message);
    }

    /** One channel has labels 0 and 1, either of which may be the void one. */
    @ParameterizedTest
    @EnumSource(names = {"UINT8", "INT32", "INT64"})
    void anIgnoredClassOfOneChannelIsVoid(ElementType type) {
        Random random = new Random(6);
        Tensor logits = logits(random, 2, 1, 300);
        Tensor labels = labels(random, type, 2, 2, 300);
        for (int ignored : new int[] {0, 1}) {
            Tensor mask = TestTensors.of(ElementType.FLOAT, 2, 1, 300, Arrays.stream(TestTensors.values(labels))
                    .map(label -> label == ignored ? 0 : 1).toArray());
            for (SegmentationLoss loss : new SegmentationLoss[] {Losses.jaccard(), Losses.binaryFocal(),
                    Losses.BCE_DICE_LOSS}) {
                Outcome expected = Outcome.of(backend(), loss, new Batch(logits, Activation.SIGMOID,
                        new Labels(Labels.Kind.INDEX, labels), mask));
                Outcome actual = Outcome.of(backend(), loss.ignoreIndex(ignored), TestTensors.indexed(logits,
                        Activation.SIGMOID, labels));
                assertThat(actual.value()).isCloseTo(expected.value(), offset(1e-7));
                assertClose(actual.gradient(), expected.gradient(), 1e-9, "gradient");
            }
        }
    }

    /** A label is compared as it is, not its lower bits. */
    @Test
    void theIgnoredLabelIsComparedInAllItsBits() {
        Tensor logits = logits(new Random(7), 1, 3, 40);
        for (long[] pair : new long[][] {{2, 258}, {-1, 255}, {255, -1}, {255, 65535}, {1, (1L << 32) + 1}}) {
            int ignored = (int) pair[0];
            ElementType type = pair[1] > Integer.MAX_VALUE ? ElementType.INT64 : ElementType.INT32;
            Tensor labels = TestTensors.packed(type, 1, 1, 40);
            TestTensors.put(labels, 0, 0, 11, pair[1]);
            TestTensors.put(labels, 0, 0, 3, ignored);
            Batch batch = TestTensors.indexed(logits, Activation.SOFTMAX, labels);
            assertThatThrownBy(() -> Outcome.value(backend(), Losses.jaccard().ignoreIndex(ignored), batch))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("1 label is outside 0..2 and not the ignored "
                            + ignored + "; the first is " + pair[1] + " at example 0, pixel 11");
        }
        // 257 is void, and 1 is not.
        Tensor labels = TestTensors.fill(TestTensors.packed(ElementType.INT32, 1, 1, 40), () -> 1);
        TestTensors.put(labels, 0, 0, 3, 257);
        Tensor mask = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, 1, 40), () -> 1);
        TestTensors.put(mask, 0, 0, 3, 0);
        assertThat(Outcome.value(backend(), Losses.jaccard().ignoreIndex(257), TestTensors.indexed(logits,
                Activation.SOFTMAX, labels))).isCloseTo(Outcome.value(backend(), Losses.jaccard(), new Batch(logits,
                Activation.SOFTMAX, new Labels(Labels.Kind.INDEX, TestTensors.fill(TestTensors.packed(
                        ElementType.INT32, 1, 1, 40), () -> 1)), mask)), offset(1e-7));
    }

    @ParameterizedTest
    @EnumSource(names = {"INT8", "INT16", "INT32", "INT64"})
    void signedLabelsAndWeightsKeepTheirSign(ElementType type) {
        Tensor logits = logits(new Random(8), 1, 3, 40);
        Tensor labels = TestTensors.packed(type, 1, 1, 40);
        TestTensors.put(labels, 0, 0, 9, -1);
        Batch batch = TestTensors.indexed(logits, Activation.SOFTMAX, labels);
        assertThat(Outcome.value(backend(), Losses.jaccard().ignoreIndex(-1), batch)).isPositive();
        assertThatThrownBy(() -> Outcome.value(backend(), Losses.jaccard(), batch))
                .hasMessage("1 label is outside 0..2; the first is -1 at example 0, pixel 9");
        Batch weighted = new Batch(logits, Activation.SOFTMAX, new Labels(Labels.Kind.INDEX, TestTensors.packed(
                ElementType.UINT8, 1, 1, 40)), labels);
        assertThatThrownBy(() -> Outcome.value(backend(), Losses.jaccard(), weighted))
                .hasMessageStartingWith("1 mask weight is not 0 or from 1e-20 to 1e20; the first is -1");
    }

    /** Of these types of predictions and layouts the host kernels are built. */
    static Stream<Arguments> roundedGradients() {
        return Stream.of(Arguments.of(ElementType.BFLOAT16, 5, "NSC", ElementType.BFLOAT16),
                Arguments.of(ElementType.HALF, 2, "NSC", ElementType.HALF),
                Arguments.of(ElementType.FLOAT, 3, "NCS", ElementType.BFLOAT16),
                Arguments.of(ElementType.FLOAT, 3, "NCS", ElementType.HALF),
                Arguments.of(ElementType.FLOAT, 8, "NSC", ElementType.HALF));
    }

    /** What the gradient has in 32 bits, it has in 16 within half a unit in the last place. */
    @ParameterizedTest
    @MethodSource("roundedGradients")
    void gradientsOf16BitsAreRoundedToTheNearest(ElementType type, int channels, String axes, ElementType rounded) {
        Random random = new Random(9);
        Tensor logits = TestTensors.fill(TestTensors.laidOut(type, 2, channels, 200, axes, 0), random::nextGaussian);
        boolean dense = type == ElementType.HALF;
        Labels labels = dense ? new Labels(Labels.Kind.DENSE, TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2,
                channels, 200), random::nextDouble)) : new Labels(Labels.Kind.INDEX, labels(random,
                type == ElementType.BFLOAT16 ? ElementType.INT64 : axes.equals("NCS") ? ElementType.UINT8
                        : ElementType.INT32, 2, channels, 200));
        Batch batch = new Batch(logits, type == ElementType.BFLOAT16 ? Activation.SIGMOID : Activation.SOFTMAX, labels,
                null);
        // Times so much that nothing is denormal.
        SegmentationLoss loss = Losses.dice().times(100);
        double[] exact = Outcome.of(backend(), loss, batch, TestTensors.laidOut(ElementType.FLOAT, 2, channels, 200,
                axes, 0)).gradient();
        double[] given = Outcome.of(backend(), loss, batch, TestTensors.laidOut(rounded, 2, channels, 200, axes, 0))
                .gradient();
        Rounding16.assertNearest(given, exact, rounded);
    }

    @Test
    void leavesItsInputAlone() {
        for (long seed = 1000; seed < 1040; seed++) {
            Random random = new Random(seed);
            Tensor logits = logits(random, 2, 3, 9);
            Tensor labels = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 3, 9), random::nextDouble);
            Tensor mask = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 1, 9), random::nextDouble);
            double[][] before = {TestTensors.values(logits), TestTensors.values(labels), TestTensors.values(mask)};
            RandomCase drawn = new RandomCase(seed, 2, 3, 9);
            Outcome.of(backend(), drawn.loss(), new Batch(logits, Activation.SIGMOID, new Labels(Labels.Kind.DENSE,
                    labels), mask));
            assertThat(new double[][] {TestTensors.values(logits), TestTensors.values(labels),
                TestTensors.values(mask)}).isDeepEqualTo(before);
        }
    }

    static void assertClose(double[] actual, double[] expected, double bound, String what) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int k = 0; k < actual.length; k++) {
            if (!(Math.abs(actual[k] - expected[k]) <= bound)) {
                assertThat(actual[k]).as("element %d of the %s", k, what).isCloseTo(expected[k], offset(bound));
            }
        }
    }
}
