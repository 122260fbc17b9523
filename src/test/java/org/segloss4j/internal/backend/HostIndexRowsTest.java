package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.List;
import java.util.Random;
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
 * Sigmoids whose channels lie last and share class indices: threads walk through rows of memory, as they do with dense
 * labels, and those of a pixel read the same label. The kernels are executed on the host, each as it is.
 */
class HostIndexRowsTest {

    private static final LossBackend HOST = HostBackends.all();
    private static final int VOID = 255;

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    private static List<SegmentationLoss> losses(int channels) {
        int[] last = {channels - 1};
        double[] weights = new Random(channels).doubles(channels, 0, 4).toArray();
        return List.of(Losses.jaccard(), Losses.dice().perImage(true), Losses.jaccard().set("classIndexes", last),
                Losses.binaryCrossEntropy(), Losses.dice().plus(Losses.binaryCrossEntropy()), Losses.vNetDice(),
                Losses.sigmoidCrossEntropy().positiveWeights(weights), Losses.sigmoidFocal(),
                Losses.dice().plus(Losses.sigmoidCrossEntropy().positiveWeights(weights)),
                Losses.jaccard().perImage(true).plus(Losses.sigmoidFocal().gamma(1.5)));
    }

    /** Class indices of which some are void if a mask is drawn, or some label is ignored. */
    private static Batch batch(Random random, int channels, ElementType element, ElementType labels, int pixels,
                               Double ignored, boolean masked) {
        return new Batch(HostRowsTest.rows(element, channels, pixels, random.nextInt(4),
                () -> 3 * random.nextGaussian()), Activation.SIGMOID, new Labels(Labels.Kind.INDEX,
                TestTensors.fill(TestTensors.packed(labels, 2, 1, pixels), () -> ignored != null
                        && random.nextInt(5) == 0 ? ignored : random.nextInt(channels))),
                masked ? TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 1, pixels),
                        () -> random.nextInt(4) / 2.0) : null);
    }

    private static void checkAll(int channels, ElementType element, ElementType labels, int pixels) {
        Random random = new Random(channels);
        for (SegmentationLoss loss : losses(channels)) {
            Batch plain = batch(random, channels, element, labels, pixels, null, false);
            HostRowsTest.check(loss, plain, HostRowsTest.gradientOf(plain, 1));
            Batch masked = batch(random, channels, element, labels, pixels, (double) VOID, true);
            HostRowsTest.check(loss.ignoreIndex(VOID), masked, HostRowsTest.gradientOf(masked, 0));
            Batch ignored = batch(random, channels, element, labels, pixels, null, false);
            HostRowsTest.check(loss.ignoreIndex(channels - 1), ignored, HostRowsTest.gradientOf(ignored, 2));
        }
    }

    /** Some tiles, which a block takes at a time, and a rest; and one pixel. */
    @ParameterizedTest
    @CsvSource({"3, FLOAT, UINT8, 5100", "3, FLOAT, UINT8, 1"})
    void lossesAgree(int channels, ElementType element, ElementType labels, int pixels) {
        checkAll(channels, element, labels, pixels);
    }

    /** The same of other numbers of channels and other types. */
    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"8, FLOAT, INT32, 2100", "2, DOUBLE, INT64, 2900", "5, HALF, INT64, 1700", "19, BFLOAT16, UINT8, 500",
        "128, FLOAT, UINT8, 50", "129, FLOAT, UINT8, 50", "4, FLOAT, INT16, 1100"})
    void lossesAgreeInEveryForm(int channels, ElementType element, ElementType labels, int pixels) {
        checkAll(channels, element, labels, pixels);
    }

    /** Labels of many bits, of which a byte would be a class, are found in whole tiles and in the rest, once each. */
    @ParameterizedTest
    @CsvSource({"7, -1", "7, 257", "2899, -1", "2899, 257"})
    void badLabelsAreReported(int pixel, int label) {
        Batch batch = batch(new Random(5), 3, ElementType.FLOAT, ElementType.INT64, 2900, 300.0, false);
        TestTensors.put(batch.labels().tensor(), 1, 0, pixel, label);
        SegmentationLoss loss = Losses.jaccard().ignoreIndex(300);
        Throwable expected = catchThrowable(() -> Outcome.of(new ReferenceBackend(), loss, batch));
        assertThat(expected).isNotNull();
        assertThatThrownBy(() -> Outcome.of(HOST, loss, batch, HostRowsTest.gradientOf(batch, 0)))
                .hasMessage(expected.getMessage());
    }

    /** All that computes the losses above. */
    @Test
    void kernelsAreThoseOfRows() {
        Batch batch = batch(new Random(5), 3, ElementType.FLOAT, ElementType.UINT8, 2900, (double) VOID, true);
        for (SegmentationLoss loss : losses(3)) {
            List<KernelVariant> launched = HostBackends.launched(backend -> backend.enqueueValueAndGradient(
                    Job.gradient(LossInternals.spec(loss.ignoreIndex(VOID)), batch, 1,
                            HostRowsTest.gradientOf(batch, 0))));
            assertThat(launched).filteredOn(variant -> variant.entry() != Entry.PIXEL_WEIGHTS).as(loss.name())
                    .isNotEmpty().allMatch(variant -> variant.classes() == 3 && variant.layout() == Layout.ROWS);
        }
    }
}
