package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.cuda.HostBackends;
import org.segloss4j.internal.cuda.plan.KernelVariant;

/**
 * Dense labels beside predictions with channels last, of classes that exclude one another: both reach threads through
 * rows in shared memory. The kernels are executed on the host, each as it is.
 */
class HostDenseRowsTest {

    private static final List<SegmentationLoss> LOGITS = List.of(Losses.jaccard(), Losses.dice().perImage(true),
            Losses.vNetDice(), Losses.softmaxFocal(), Losses.crossEntropy().labelSmoothing(0.1),
            Losses.dice().plus(Losses.crossEntropy()));
    private static final List<SegmentationLoss> PROBABILITIES = List.of(Losses.categoricalCrossEntropy(),
            Losses.dice().plus(Losses.categoricalCrossEntropy()));

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    @ParameterizedTest
    @CsvSource({"19, FLOAT, 161", "4, FLOAT, 64"})
    void labelsMayLieAnywhere(int channels, ElementType element, int pixels) {
        checkPlaces(HostBackends.all(), channels, element, pixels);
    }

    /** The same where tensors begin at any element of the device's memory. */
    @Test
    void labelsMayBeginAnywhere() {
        checkPlaces(HostBackends.deviceResidentAll(), 19, ElementType.FLOAT, 161);
    }

    /** Few and many classes, of which some rows have gaps in shared memory, of each type, and shared by warps. */
    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"2, FLOAT, 300", "3, HALF, 97", "8, BFLOAT16, 129", "11, DOUBLE, 65", "12, HALF, 65", "32, FLOAT, 65",
        "31, HALF, 33", "19, FLOAT, 7", "40, FLOAT, 65", "150, HALF, 65"})
    void labelsMayLieAnywhereInEveryForm(int channels, ElementType element, int pixels) {
        checkPlaces(HostBackends.all(), channels, element, pixels);
    }

    static void checkPlaces(LossBackend backend, int channels, ElementType element, int pixels) {
        Random random = new Random(pixels);
        int place = 0;
        for (Activation activation : List.of(Activation.SOFTMAX, Activation.IDENTITY)) {
            boolean isGiven = activation == Activation.IDENTITY;
            List<SegmentationLoss> ofMany = isGiven ? List.of() : LOGITS;
            for (SegmentationLoss loss : isGiven && channels <= 32 ? PROBABILITIES : ofMany) {
                for (Tensor labels : places(random, channels, pixels)) {
                    // Every fourth begins at a multiple of 16 bytes, as its predictions do.
                    Tensor predictions = HostRowsTest.rows(element, channels, pixels, place / 4 % 2,
                            () -> isGiven ? 0.01 + 0.98 * random.nextDouble() : 3 * random.nextGaussian());
                    Tensor mask = place % 3 != 2 ? null : TestTensors.fill(
                            TestTensors.packed(ElementType.FLOAT, 2, 1, pixels), () -> random.nextInt(4) / 2.0);
                    Batch batch = new Batch(predictions, activation, new Labels(Labels.Kind.DENSE, labels), mask);
                    SegmentationLoss own = place % 5 == 4 ? loss.ignoreIndex(1) : loss;
                    ComparedBackendSuite.check(element, own, LossInternals.spec(own), batch,
                            HostRowsTest.gradientOf(batch, place % 2), backend);
                    place++;
                }
            }
        }
    }

    /** One-hot labels, but for some: in rows with and without gaps, with channels first, and with examples inside. */
    private static List<Tensor> places(Random random, int channels, int pixels) {
        List<Tensor> all = List.of(HostRowsTest.rows(ElementType.FLOAT, channels, pixels, 0, () -> 0),
                HostRowsTest.rows(ElementType.FLOAT, channels, pixels, 1, () -> 0),
                TestTensors.laidOut(ElementType.FLOAT, 2, channels, pixels, "NSC", 2),
                TestTensors.packed(ElementType.FLOAT, 2, channels, pixels),
                TestTensors.laidOut(ElementType.FLOAT, 2, channels, pixels, "SCN", 0));
        for (Tensor labels : all) {
            for (int s = 0; s < 2 * pixels; s++) {
                int y = random.nextInt(channels);
                boolean isSoft = random.nextInt(16) == 0;
                TestTensors.put(labels, s / pixels, y, s % pixels, isSoft ? 0.25 : 1);
                if (isSoft) {
                    TestTensors.put(labels, s / pixels, (y + 1) % channels, s % pixels, 0.75);
                }
            }
        }
        return all;
    }

    /** In a whole tile and in the rest. */
    @ParameterizedTest
    @ValueSource(ints = {3, 31, 159})
    void badLabelsAreReported(int pixel) {
        Random random = new Random(1);
        Tensor labels = HostRowsTest.rows(ElementType.FLOAT, 19, 161, 0, () -> 0);
        TestTensors.put(labels, 1, 18, pixel, 2);
        Batch batch = new Batch(HostRowsTest.rows(ElementType.FLOAT, 19, 161, 0, random::nextGaussian),
                Activation.SOFTMAX, new Labels(Labels.Kind.DENSE, labels), null);
        for (SegmentationLoss loss : List.of(LOGITS.get(0), LOGITS.get(3), LOGITS.get(5))) {
            assertThatThrownBy(() -> Outcome.of(HostBackends.all(), loss, batch, HostRowsTest.gradientOf(batch, 0)))
                    .hasMessageStartingWith("1 label is outside 0..1")
                    .hasMessageContaining("at example 1, pixel " + pixel);
        }
    }

    /** Which kernels these are, without running them. */
    @Test
    void kernelsAreThoseOfRowsInSharedMemory() {
        Batch batch = new Batch(HostRowsTest.rows(ElementType.FLOAT, 19, 161, 0, () -> 0), Activation.SOFTMAX,
                new Labels(Labels.Kind.DENSE, HostRowsTest.rows(ElementType.FLOAT, 19, 161, 0, () -> 0)), null);
        for (SegmentationLoss loss : LOGITS) {
            assertThat(HostBackends.launched(backend -> backend.enqueueValueAndGradient(Job.gradient(
                    LossInternals.spec(loss), batch, 1, HostRowsTest.gradientOf(batch, 0)))))
                    .filteredOn(variant -> variant.entry() != KernelVariant.Entry.PIXEL_WEIGHTS).isNotEmpty()
                    .allMatch(variant -> variant.classes() == 19
                            && variant.layout() == KernelVariant.Layout.CHANNELS_LAST
                            && variant.labels() == KernelVariant.LabelKind.DENSE_FLOAT);
        }
    }
}
