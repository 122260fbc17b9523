package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.HostBackends;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;
import org.segloss4j.internal.cuda.plan.KernelVariant.Layout;

/**
 * Outputs of which each has a weight of its own, where no channel depends on another: dense labels are ignored, or a
 * mask has weights of outputs. Each class then has another weight in all. The same kernels take dense labels of which
 * those of one class make all outputs of a pixel void. The kernels are executed on the host, each as it is.
 */
class HostOutputWeightsTest {

    private static final LossBackend HOST = HostBackends.all();

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    private static List<SegmentationLoss> losses(int channels) {
        int[] last = {channels - 1};
        return List.of(Losses.jaccard(), Losses.dice().perImage(true), Losses.jaccard().set("classIndexes", last),
                Losses.binaryCrossEntropy(), Losses.dice().plus(Losses.binaryCrossEntropy()), Losses.vNetDice(),
                Losses.sigmoidCrossEntropy(), Losses.sigmoidFocal(), Losses.jaccardMetric(),
                Losses.dice().plus(Losses.sigmoidCrossEntropy()),
                Losses.jaccard().perImage(true).plus(Losses.sigmoidFocal().gamma(1.5)),
                Losses.vNetDice().plus(Losses.sigmoidCrossEntropy()),
                // The mean over one class is divided by its weight alone.
                Losses.dice().plus(Losses.sigmoidCrossEntropy().set("classIndexes", last)));
    }

    /**
     * Class indices, or labels of 0 and 1 or soft ones. If some are ignored: of class indices any, of others
     * those of class c about c times as often as those of class 1.
     */
    private static Batch batch(Random random, int channels, ElementType element, ElementType labels, String axes,
                               int pixels, Integer ignored, Tensor mask) {
        boolean isSoft = random.nextInt(3) == 0;
        if (labels.integer()) {
            Tensor indexes = TestTensors.fill(TestTensors.packed(labels, 2, 1, pixels), () -> ignored != null
                    && random.nextInt(5) == 0 ? ignored : random.nextInt(channels));
            return new Batch(logits(random, channels, element, axes, pixels), Activation.SIGMOID,
                    new Labels(Labels.Kind.INDEX, indexes), mask);
        }
        Tensor truths = TestTensors.fill(TestTensors.laidOut(labels, 2, channels, pixels, axes, 0),
                () -> isSoft ? random.nextDouble() : random.nextInt(2));
        for (int c = 1; ignored != null && c < channels; c++) {
            for (int k = 0; k < pixels * c / 4; k++) {
                TestTensors.put(truths, random.nextInt(2), c, random.nextInt(pixels), ignored);
            }
        }
        return new Batch(logits(random, channels, element, axes, pixels), Activation.SIGMOID,
                new Labels(Labels.Kind.DENSE, truths), mask);
    }

    private static Tensor logits(Random random, int channels, ElementType element, String axes, int pixels) {
        return TestTensors.fill(TestTensors.laidOut(element, 2, channels, pixels, axes, 0),
                () -> 3 * random.nextGaussian());
    }

    private static Tensor gradientOf(Batch batch, String axes) {
        Tensor all = batch.predictions();
        return TestTensors.laidOut(all.type(), 2, all.channels(), (int) all.pixels(), axes, 0);
    }

    private static void check(SegmentationLoss loss, Batch batch, String axes) {
        ComparedBackendSuite.check(batch.predictions().type(), loss, LossInternals.spec(loss), batch,
                gradientOf(batch, axes), HOST);
    }

    private static Tensor weights(Random random, int channels, String axes, int pixels, boolean areZerosAndOnes) {
        return TestTensors.fill(TestTensors.laidOut(ElementType.FLOAT, 2, channels, pixels, axes, 0),
                () -> areZerosAndOnes ? random.nextInt(2) : random.nextInt(4) / 2.0);
    }

    private static void checkAll(int channels, ElementType element, ElementType labels, String axes, int pixels) {
        Random random = new Random(channels);
        for (SegmentationLoss loss : losses(channels)) {
            for (int ignored : labels.integer() ? new int[0] : new int[] {255, -1}) {
                check(loss.ignoreIndex(ignored), batch(random, channels, element, labels, axes, pixels, ignored,
                        ignored < 0 ? weights(random, 1, "NCS", pixels, false) : null), axes);
            }
            for (boolean areZerosAndOnes : new boolean[] {true, false}) {
                for (String maskAxes : new TreeSet<>(List.of("NCS", axes))) {
                    Tensor mask = weights(random, channels, maskAxes, pixels, areZerosAndOnes);
                    check(loss, batch(random, channels, element, labels, axes, pixels, null, mask), axes);
                    int ignored = labels == ElementType.UINT8 ? 200 : 257;
                    check(loss.ignoreIndex(ignored), batch(random, channels, element, labels, axes, pixels, ignored,
                            mask), axes);
                    check(loss.ignoreIndex(0), batch(random, channels, element, labels, axes, pixels, null, mask),
                            axes);
                }
            }
        }
    }

    /** Dense labels of which those of the second class make pixels void, beside no mask or one of pixels. */
    private static void checkIgnoredClass(int channels, ElementType element, ElementType labels, String axes,
                                          int pixels) {
        Random random = new Random(channels);
        for (SegmentationLoss loss : losses(channels)) {
            for (Tensor mask : new Tensor[] {null, weights(random, 1, "NCS", pixels, true),
                weights(random, 1, "NCS", pixels, false)}) {
                Batch batch = batch(random, channels, element, labels, axes, pixels, null, mask);
                for (int s = 0; s < pixels; s++) {
                    // In some tiles, only here and there; in others, half of them or more.
                    int often = s / 512 % 2 == 0 ? 100 : 2;
                    double label = random.nextInt(often) == 0 ? 1 : 0.5 * random.nextInt(2);
                    TestTensors.put(batch.labels().tensor(), random.nextInt(2), 1, s, label);
                }
                // What is void may have any labels.
                TestTensors.put(batch.labels().tensor(), 1, 1, pixels / 2, 1);
                TestTensors.put(batch.labels().tensor(), 1, 0, pixels / 2, 77);
                check(loss.ignoreIndex(1), batch, axes);
            }
        }
    }

    /** Whole tiles and a rest; fewer pixels than a tile. */
    @ParameterizedTest
    @CsvSource({"3, FLOAT, FLOAT, NCS, 1100", "3, FLOAT, FLOAT, NSC, 2900", "3, FLOAT, UINT8, NCS, 1100",
        "3, FLOAT, UINT8, NSC, 2900"})
    void lossesAgree(int channels, ElementType element, ElementType labels, String axes, int pixels) {
        checkAll(channels, element, labels, axes, pixels);
    }

    /** The same of other numbers of channels and other types. */
    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"8, FLOAT, FLOAT, NCS, 1024", "2, DOUBLE, DOUBLE, NCS, 1100", "5, HALF, HALF, NCS, 1200",
        "4, BFLOAT16, FLOAT, NSC, 1700", "2, DOUBLE, FLOAT, NSC, 2900", "200, FLOAT, FLOAT, NSC, 40",
        "40, FLOAT, FLOAT, NCS, 200", "8, FLOAT, INT32, NCS, 1024", "2, DOUBLE, INT64, NCS, 1100",
        "5, HALF, INT32, NSC, 1200", "19, BFLOAT16, UINT8, NSC, 500", "128, FLOAT, INT64, NSC, 40",
        "4, FLOAT, INT16, NCS, 1100", "33, FLOAT, UINT8, NCS, 100"})
    void lossesAgreeInEveryForm(int channels, ElementType element, ElementType labels, String axes, int pixels) {
        checkAll(channels, element, labels, axes, pixels);
    }

    @ParameterizedTest
    @CsvSource({"3, FLOAT, FLOAT, NCS, 1100", "3, FLOAT, FLOAT, NCS, 1103", "3, FLOAT, FLOAT, NSC, 2900"})
    void lossesWithAnIgnoredClassAgree(int channels, ElementType element, ElementType labels, String axes,
                                       int pixels) {
        checkIgnoredClass(channels, element, labels, axes, pixels);
    }

    /** The same of other numbers of channels and other types. */
    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"8, FLOAT, FLOAT, NCS, 1024", "2, DOUBLE, DOUBLE, NCS, 1100", "5, HALF, HALF, NCS, 1201",
        "4, BFLOAT16, FLOAT, NSC, 1700", "200, FLOAT, FLOAT, NSC, 40", "40, FLOAT, FLOAT, NCS, 200"})
    void lossesWithAnIgnoredClassAgreeInEveryForm(int channels, ElementType element, ElementType labels, String axes,
                                                  int pixels) {
        checkIgnoredClass(channels, element, labels, axes, pixels);
    }

    /** Bad labels beside ignored ones, and bad weights of an output, are found. */
    @ParameterizedTest
    @CsvSource({"7, false", "1099, false", "7, true", "1099, true"})
    void badInputIsReported(int pixel, boolean isWeight) {
        Random random = new Random(5);
        Batch batch = batch(random, 3, ElementType.FLOAT, ElementType.FLOAT, "NCS", 1100, 255,
                weights(random, 3, "NCS", 1100, false));
        TestTensors.put(batch.mask(), 1, 1, pixel, isWeight ? -3 : 1);
        TestTensors.put(batch.labels().tensor(), 1, 1, pixel, isWeight ? 1 : -3);
        SegmentationLoss loss = Losses.jaccard().ignoreIndex(255);
        Throwable expected = catchThrowable(() -> Outcome.of(new ReferenceBackend(), loss, batch));
        assertThat(expected).isNotNull();
        assertThatThrownBy(() -> Outcome.of(HOST, loss, batch, gradientOf(batch, "NCS")))
                .hasMessage(expected.getMessage());
    }

    /** The label that is bad is told, and not the ignored one of another channel of its pixel; 2 is no value here. */
    @ParameterizedTest
    @CsvSource({"-3, 255", "NaN, 255", "NaN, -1", "2, 255", "2, 2"})
    void badLabelsBehindIgnoredOnesAreTold(double label, int ignored) {
        Batch batch = batch(new Random(5), 3, ElementType.FLOAT, ElementType.FLOAT, "NCS", 1100, null, null);
        TestTensors.put(batch.labels().tensor(), 1, 0, 7, ignored);
        TestTensors.put(batch.labels().tensor(), 1, 1, 7, label);
        TestTensors.put(batch.labels().tensor(), 1, 2, 7, 0);
        SegmentationLoss loss = Losses.jaccard().ignoreIndex(ignored);
        Throwable expected = catchThrowable(() -> Outcome.of(new ReferenceBackend(), loss, batch));
        assertThat(expected).isNotNull();
        assertThatThrownBy(() -> Outcome.of(HOST, loss, batch, gradientOf(batch, "NCS")))
                .hasMessage(expected.getMessage());
    }

    /** Bad labels beside those of a class that is ignored, whether they are in a tile with void pixels or not. */
    @ParameterizedTest
    @CsvSource({"7, 8", "1099, 7", "7, 1099"})
    void badInputBesideAnIgnoredClassIsReported(int pixel, int isVoid) {
        Batch batch = batch(new Random(5), 3, ElementType.FLOAT, ElementType.FLOAT, "NCS", 1100, null, null);
        Tensor labels = batch.labels().tensor();
        TestTensors.fill(labels, () -> 0);
        TestTensors.put(labels, 1, 2, isVoid, 1);
        TestTensors.put(labels, 1, 1, isVoid, -3);
        TestTensors.put(labels, 1, 1, pixel, 257);
        SegmentationLoss loss = Losses.jaccard().ignoreIndex(2);
        Throwable expected = catchThrowable(() -> Outcome.of(new ReferenceBackend(), loss, batch));
        assertThat(expected).isNotNull();
        assertThatThrownBy(() -> Outcome.of(HOST, loss, batch, gradientOf(batch, "NCS")))
                .hasMessage(expected.getMessage());
    }

    /** What computes the losses above; class by class is how what depends on other channels is taken. */
    @Test
    void kernelsHaveUnrolledLoops() {
        Random random = new Random(5);
        Batch ignored = batch(random, 3, ElementType.FLOAT, ElementType.FLOAT, "NSC", 2900, 255, null);
        for (SegmentationLoss loss : losses(3)) {
            assertThat(launched(loss.ignoreIndex(255), ignored, "NSC")).as(loss.name())
                    .allMatch(variant -> variant.classes() == 3 && variant.layout() == Layout.ROWS);
            assertThat(launched(loss.ignoreIndex(1), ignored, "NSC")).as(loss.name())
                    .allMatch(variant -> variant.classes() == 3 && variant.layout() == Layout.ROWS);
            for (ElementType labels : new ElementType[] {ElementType.FLOAT, ElementType.INT32}) {
                for (String axes : List.of("NCS", "NSC")) {
                    Batch masked = batch(random, 3, ElementType.FLOAT, labels, axes, 1100, null,
                            weights(random, 3, axes, 1100, false));
                    assertThat(launched(loss, masked, axes)).as(loss.name() + axes)
                            .allMatch(variant -> variant.classes() == 3);
                }
            }
        }
        Batch softmax = new Batch(ignored.predictions(), Activation.SOFTMAX, ignored.labels(), null);
        assertThat(launched(Losses.jaccard().ignoreIndex(255), softmax, "NSC"))
                .allMatch(variant -> variant.classes() == 0);
    }

    private static List<KernelVariant> launched(SegmentationLoss loss, Batch batch, String axes) {
        List<KernelVariant> sweeps = HostBackends.launched(backend -> backend.enqueueValueAndGradient(Job.gradient(
                LossInternals.spec(loss), batch, 1, gradientOf(batch, axes)))).stream()
                .filter(variant -> variant.entry() != Entry.PIXEL_WEIGHTS).toList();
        assertThat(sweeps).isNotEmpty();
        return sweeps;
    }
}
