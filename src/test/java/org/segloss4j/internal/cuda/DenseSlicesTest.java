package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.offset;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.backend.Outcome;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.backend.TestTensors;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.math.Finalisation;
import org.segloss4j.internal.math.LossSpec;

/** Dense labels of so many classes that warps share the channels of pixels, against the reference. */
class DenseSlicesTest {

    private static final LossBackend REFERENCE = new ReferenceBackend();
    private static LossBackend backend;

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
        backend = HostBackends.all();
    }

    private static Tensor filled(ElementType type, int channels, long pixels, DoubleSupplier some) {
        return TestTensors.fill(TestTensors.packed(type, 2, channels, pixels), some);
    }

    private static Batch batch(Tensor logits, Tensor labels, Tensor mask) {
        return new Batch(logits, Activation.SOFTMAX, new Labels(Labels.Kind.DENSE, labels), mask);
    }

    private static void check(SegmentationLoss loss, Batch batch) {
        Outcome expected = Outcome.of(REFERENCE, loss, batch);
        Outcome actual = Outcome.of(backend, loss, batch);
        assertThat(actual.value()).as("%s", loss)
                .isCloseTo(expected.value(), offset(2e-6 * Math.max(1, expected.value())));
        double largest = Arrays.stream(expected.gradient()).map(Math::abs).max().orElseThrow();
        double unit = batch.predictions().type() == ElementType.FLOAT ? 1e-5
                : batch.predictions().type() == ElementType.HALF ? 1e-3 : 8e-3;
        for (int k = 0; k < expected.gradient().length; k++) {
            // The smallest numbers of 16 bits are not small.
            assertThat(actual.gradient()[k]).as("element %d of %s", k, loss)
                    .isCloseTo(expected.gradient()[k], offset(unit * largest + (unit == 1e-3 ? 6e-8 : 0)));
        }
    }

    /** Region losses of soft and of one-hot labels, with weights of pixels and without. */
    @ParameterizedTest
    @CsvSource({"33, FLOAT, FLOAT, 203", "70, FLOAT, UINT8, 512", "150, FLOAT, FLOAT, 96"})
    void regionLossesAgree(int channels, ElementType element, ElementType labels, int pixels) {
        checkRegions(channels, element, labels, pixels);
    }

    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"40, HALF, DOUBLE, 264", "41, BFLOAT16, HALF, 131", "64, FLOAT, INT64, 256", "80, FLOAT, FLOAT, 1024",
        "97, FLOAT, BFLOAT16, 72", "128, HALF, INT16, 264", "152, FLOAT, FLOAT, 264", "152, BFLOAT16, FLOAT, 64"})
    void regionLossesAgreeInEveryForm(int channels, ElementType element, ElementType labels, int pixels) {
        checkRegions(channels, element, labels, pixels);
    }

    private static void checkRegions(int channels, ElementType element, ElementType labels, int pixels) {
        Random random = new Random(channels);
        Tensor logits = filled(element, channels, pixels, () -> 2 * random.nextGaussian());
        Tensor truths = filled(labels, channels, pixels,
                labels.integer() ? () -> random.nextInt(2) : random::nextDouble);
        Tensor mask = filled(ElementType.FLOAT, 1, pixels, () -> random.nextInt(3) / 2.0);
        for (SegmentationLoss loss : List.of(Losses.jaccard(), Losses.dice().perImage(true),
                Losses.tversky(0.3, 0.7).plus(Losses.dice().classIndexes(1, channels - 1)),
                Losses.logCoshDice())) {
            check(loss, batch(logits, truths, null));
            check(loss, batch(logits, truths, mask));
        }
        LossSpec hard = new LossSpec(LossInternals.spec(Losses.jaccard()).regions(), List.of(), null, 0.02);
        Job job = Job.sums(hard, batch(logits, truths, mask), false);
        assertThat(Finalisation.value(hard, backend.sums(job)))
                .isCloseTo(Finalisation.value(hard, REFERENCE.sums(job)), offset(1e-6));
    }

    private static List<SegmentationLoss> pixelLosses(int channels) {
        double[] weights = IntStream.range(0, channels).mapToDouble(c -> c % 3).toArray();
        SegmentationLoss entropy = Losses.crossEntropy().set("classWeights", weights);
        SegmentationLoss focal = Losses.softmaxFocal().gamma(1.5);
        return List.of(entropy, entropy.set("labelSmoothing", 0.1), focal, Losses.categoricalCrossEntropy(),
                Losses.categoricalFocal(), Losses.poly1(1), Losses.generalisedCrossEntropy(0.7),
                Losses.dice().plus(entropy), Losses.jaccard().perImage(true).plus(focal).plus(entropy),
                Losses.dice().plus(Losses.categoricalCrossEntropy()), Losses.tversky(0.3, 0.7).plus(Losses.poly1(1)));
    }

    /** Pixel losses alone and beside scores. */
    @ParameterizedTest
    @CsvSource({"40, FLOAT, FLOAT, 204", "150, FLOAT, UINT8, 72"})
    void pixelLossesAgree(int channels, ElementType element, ElementType labels, int pixels) {
        checkPixels(channels, element, labels, pixels);
    }

    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"33, HALF, FLOAT, 264", "40, FLOAT, FLOAT, 203", "80, BFLOAT16, DOUBLE, 131", "97, FLOAT, HALF, 256",
        "152, FLOAT, FLOAT, 264"})
    void pixelLossesAgreeInEveryForm(int channels, ElementType element, ElementType labels, int pixels) {
        checkPixels(channels, element, labels, pixels);
    }

    private static void checkPixels(int channels, ElementType element, ElementType labels, int pixels) {
        Random random = new Random(channels);
        Tensor logits = filled(element, channels, pixels, () -> 3 * random.nextGaussian());
        Tensor truths = filled(labels, channels, pixels,
                labels.integer() ? () -> random.nextInt(2) : () -> random.nextDouble() / channels);
        Tensor mask = filled(ElementType.FLOAT, 1, pixels, () -> random.nextInt(3) / 2.0);
        for (SegmentationLoss loss : pixelLosses(channels)) {
            check(loss, batch(logits, truths, null));
            check(loss, batch(logits, truths, mask));
        }
    }

    /** Labels, logits and weights of void pixels may be anything, and their gradient is 0. */
    @Test
    void whatIsVoidIsNotFelt() {
        int channels = 40;
        int pixels = 200;
        Random random = new Random(3);
        Tensor logits = filled(ElementType.FLOAT, channels, pixels, random::nextGaussian);
        Tensor truths = filled(ElementType.FLOAT, channels, pixels, () -> random.nextInt(2));
        int[] at = {0};
        Tensor mask = filled(ElementType.FLOAT, 1, pixels, () -> at[0]++ % 4 == 1 ? 0 : 1);
        SegmentationLoss both = Losses.dice().plus(Losses.crossEntropy());
        Outcome before = Outcome.of(backend, Losses.jaccard(), batch(logits, truths, mask));
        Outcome ofBoth = Outcome.of(backend, both, batch(logits, truths, mask));
        for (int s = 1; s < pixels; s += 4) {
            for (int c = s % channels; c < channels; c += 7) {
                TestTensors.put(logits, 1, c, s, s % 8 == 1 ? Double.NaN : Double.POSITIVE_INFINITY);
                TestTensors.put(truths, 1, c, s, s % 8 == 1 ? Double.NaN : -3);
            }
        }
        Outcome after = Outcome.of(backend, Losses.jaccard(), batch(logits, truths, mask));
        assertThat(after.value()).isEqualTo(before.value());
        assertThat(after.gradient()).isEqualTo(before.gradient());
        check(Losses.jaccard(), batch(logits, truths, mask));
        assertThat(Outcome.of(backend, both, batch(logits, truths, mask)).gradient()).isEqualTo(ofBoth.gradient());
        // The ignored class.
        check(Losses.dice().ignoreIndex(5), batch(logits, filled(ElementType.FLOAT, channels, pixels,
                () -> random.nextInt(8) == 0 ? 1 : 0), mask));
    }

    @ParameterizedTest
    @CsvSource({"40, FLOAT", "70, DOUBLE"})
    void badLabelsAreReported(int channels, ElementType type) {
        int pixels = 200;
        Tensor logits = filled(ElementType.FLOAT, channels, pixels, () -> 0);
        for (double bad : new double[] {Double.NaN, -0.25, 1.25, Double.POSITIVE_INFINITY, 1e30}) {
            Tensor truths = filled(type, channels, pixels, () -> 1);
            TestTensors.put(truths, 1, 33, 7, bad);
            TestTensors.put(truths, 1, 0, 199, bad);
            List<String> messages = Stream.of(REFERENCE, backend).map(each -> catchThrowable(
                    () -> Outcome.of(each, Losses.jaccard(), batch(logits, truths, null))).getMessage()).toList();
            assertThat(messages.get(1)).isEqualTo(messages.get(0));
        }
    }

    /** Where many channels have the largest prediction, in one warp's slice or in several. */
    @Test
    void equalPredictionsShareTheirSlope() {
        int channels = 40;
        int pixels = 128;
        Random random = new Random(9);
        Tensor truths = filled(ElementType.FLOAT, channels, pixels, random::nextDouble);
        for (SegmentationLoss loss : List.of(Losses.jaccard(), Losses.dice().plus(Losses.crossEntropy()))) {
            check(loss, batch(filled(ElementType.FLOAT, channels, pixels, () -> 0), truths, null));
            check(loss, batch(filled(ElementType.FLOAT, channels, pixels, () -> random.nextInt(3)), truths, null));
        }
    }

    /**
     * Where one channel has nearly all of the probability, which is the true one or not. The error is one of the
     * largest gradient of the pixel, and no larger than that of the form for fewer classes. Of a score of all classes
     * together, the slopes of all channels but the true one are equal, and what is left of them has all digits.
     */
    @ParameterizedTest
    @ValueSource(ints = {19, 40, 150})
    void gradientsOfSureNetworksKeepTheirDigits(int channels) {
        int pixels = 256;
        Random random = new Random(11);
        int[] top = random.ints(2 * pixels, 0, channels).toArray();
        Tensor logits = filled(ElementType.FLOAT, channels, pixels, random::nextGaussian);
        Tensor truths = filled(ElementType.FLOAT, channels, pixels, () -> 0);
        for (int s = 0; s < pixels; s++) {
            for (int n = 0; n < 2; n++) {
                TestTensors.put(logits, n, top[2 * s + n], s, 14 + random.nextInt(6));
                TestTensors.put(truths, n, s % 3 == 0 ? random.nextInt(channels) : top[2 * s + n], s, 1);
            }
        }
        SegmentationLoss together = Losses.generalisedDice().set("weighting", "UNIFORM");
        for (SegmentationLoss loss : List.of(Losses.jaccard(), together, Losses.crossEntropy(), Losses.softmaxFocal(),
                together.plus(Losses.crossEntropy()))) {
            Outcome expected = Outcome.of(REFERENCE, loss, batch(logits, truths, null));
            Outcome actual = Outcome.of(backend, loss, batch(logits, truths, null));
            assertThat(actual.value()).as("%s", loss).isCloseTo(expected.value(), withinPercentage(5e-5));
            for (int k = 0; k < expected.gradient().length; k++) {
                int pixel = k / (channels * pixels) * channels * pixels + k % pixels;
                double largest = IntStream.range(0, channels)
                        .mapToDouble(c -> Math.abs(expected.gradient()[pixel + c * pixels])).max().orElseThrow();
                assertThat(actual.gradient()[k]).as("element %d of %s", k, loss)
                        .isCloseTo(expected.gradient()[k], offset(1e-5 * largest));
            }
        }
    }

    /** Logits that are large, also beside others of their group that are not. */
    @Test
    void hugeLogitsAgree() {
        Random random = new Random(13);
        Tensor logits = filled(ElementType.FLOAT, 40, 128, random::nextGaussian);
        for (int s = 1; s < 128; s += 3) {
            TestTensors.put(logits, 1, s % 40, s, s % 2 == 0 ? 1e5 : -1e30);
            TestTensors.put(logits, 1, (s + 11) % 40, s, s % 2 == 0 ? 99_999 : 1e30);
        }
        check(Losses.jaccard(), batch(logits, filled(ElementType.FLOAT, 40, 128, random::nextDouble), null));
    }
}
