package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;
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
import org.segloss4j.internal.math.LossSpec;

/**
 * Channels that do not depend on one another and lie last, with dense labels: threads walk through rows of memory, and
 * each always has the same channel. The kernels are executed on the host, each as it is.
 */
class HostRowsTest {

    private static final LossBackend HOST = HostBackends.all();

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    private static List<SegmentationLoss> losses(int channels) {
        int[] last = {channels - 1};
        return List.of(Losses.jaccard(), Losses.dice().perImage(true), Losses.jaccard().set("classIndexes", last),
                Losses.binaryCrossEntropy(), Losses.binaryFocal().gamma(1.5),
                Losses.dice().plus(Losses.binaryCrossEntropy()), Losses.jaccard().perImage(true)
                        .plus(Losses.binaryFocal()), Losses.vNetDice(), Losses.jaccardMetric());
    }

    /** Zeros in rows without a gap, the first of which begins at an element of any number. */
    private static Tensor rows(ElementType type, int channels, int pixels, int offset) {
        long example = (long) channels * pixels;
        Storage storage = Storage.of(ByteBuffer.allocate(Math.toIntExact((2 * example + offset) * type.bytes())));
        return new Tensor(storage, type, offset, 2, channels, pixels, example, 1, channels);
    }

    static Tensor rows(ElementType type, int channels, int pixels, int offset, DoubleSupplier values) {
        return TestTensors.fill(rows(type, channels, pixels, offset), values);
    }

    private static Batch batch(Random random, Activation activation, int channels, ElementType element,
                               ElementType labels, int pixels, boolean masked) {
        boolean isSoft = random.nextInt(3) == 0;
        boolean isFar = random.nextInt(4) == 0;
        return new Batch(rows(element, channels, pixels, random.nextInt(4), () -> activation == Activation.IDENTITY
                ? random.nextDouble() : isFar && random.nextInt(20) == 0 ? random.nextInt(2) * 180 - 90
                : 3 * random.nextGaussian()), activation, new Labels(Labels.Kind.DENSE,
                rows(labels, channels, pixels, random.nextInt(4), () -> isSoft ? random.nextDouble()
                        : random.nextInt(2))),
                masked ? TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 1, pixels),
                        () -> random.nextInt(4) / 2.0) : null);
    }

    static void check(SegmentationLoss loss, Batch batch, Tensor gradient) {
        ComparedBackendSuite.check(batch.predictions().type(), loss, LossInternals.spec(loss), batch, gradient, HOST);
    }

    static Tensor gradientOf(Batch batch, int offset) {
        Tensor all = batch.predictions();
        return rows(all.type(), all.channels(), (int) all.pixels(), offset);
    }

    /** Some tiles, which a block takes at a time, and a rest; fewer pixels than a tile; and one pixel. */
    @ParameterizedTest
    @CsvSource({"3, FLOAT, FLOAT, 5100", "3, FLOAT, FLOAT, 2900", "3, FLOAT, FLOAT, 1"})
    void lossesOfRowsAgree(int channels, ElementType element, ElementType labels, int pixels) {
        checkAll(Activation.SIGMOID, channels, element, labels, pixels);
    }

    /** The same for every number of channels by which threads are divided in another way, and for every type. */
    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"SIGMOID, 8, FLOAT, FLOAT, 2100", "SIGMOID, 5, BFLOAT16, FLOAT, 1700", "SIGMOID, 19, HALF, HALF, 500",
        "SIGMOID, 2, DOUBLE, DOUBLE, 2100", "SIGMOID, 32, FLOAT, FLOAT, 300", "SIGMOID, 31, DOUBLE, FLOAT, 300",
        "IDENTITY, 4, FLOAT, FLOAT, 1100", "SIGMOID, 33, FLOAT, FLOAT, 250", "SIGMOID, 129, FLOAT, FLOAT, 40",
        "SIGMOID, 256, HALF, FLOAT, 40", "SIGMOID, 257, FLOAT, FLOAT, 40"})
    void lossesOfRowsAgreeInEveryForm(Activation activation, int channels, ElementType element, ElementType labels,
                                      int pixels) {
        checkAll(activation, channels, element, labels, pixels);
    }

    private static void checkAll(Activation activation, int channels, ElementType element, ElementType labels,
                                 int pixels) {
        Random random = new Random(channels);
        for (SegmentationLoss loss : losses(channels)) {
            for (int k = 0; k < 6; k++) {
                Batch batch = batch(random, activation, channels, element, labels, pixels, k % 3 == 2);
                check(loss, batch, gradientOf(batch, k % 3));
            }
        }
    }

    /** Exact curves of each channel, with weights of its own. */
    @ParameterizedTest
    @CsvSource("3, FLOAT, FLOAT, 5100")
    void exactLossesOfRowsAgree(int channels, ElementType element, ElementType labels, int pixels) {
        checkExact(channels, element, labels, pixels);
    }

    /** The same in other forms. */
    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"8, FLOAT, FLOAT, 2100", "7, HALF, FLOAT, 1200", "2, DOUBLE, DOUBLE, 2100",
        "19, BFLOAT16, BFLOAT16, 500"})
    void exactLossesOfRowsAgreeInEveryForm(int channels, ElementType element, ElementType labels, int pixels) {
        checkExact(channels, element, labels, pixels);
    }

    private static void checkExact(int channels, ElementType element, ElementType labels, int pixels) {
        Random random = new Random(channels);
        double[] weights = random.doubles(channels, 0, 4).toArray();
        weights[channels - 1] = 1;
        for (SegmentationLoss loss : List.of(Losses.sigmoidCrossEntropy(),
                Losses.sigmoidCrossEntropy().positiveWeights(weights), Losses.sigmoidFocal(),
                Losses.dice().plus(Losses.sigmoidCrossEntropy().positiveWeights(weights)),
                Losses.jaccard().plus(Losses.sigmoidFocal().gamma(1.5)),
                Losses.dice().plus(Losses.sigmoidCrossEntropy()).plus(Losses.sigmoidFocal()))) {
            for (int k = 0; k < 6; k++) {
                Batch batch = batch(random, Activation.SIGMOID, channels, element, labels, pixels, k % 3 == 2);
                check(loss, batch, gradientOf(batch, k % 3));
            }
        }
        for (int k = 0; k < 20; k++) {
            Batch batch = batch(random, Activation.SIGMOID, channels, element, labels, pixels, k % 3 == 2);
            LossSpec spec = new RandomSpec(random, batch).drawOutputs(null);
            ComparedBackendSuite.check(element, spec, spec, batch, gradientOf(batch, 0), HOST);
        }
    }

    /** Of soft labels, whole tiles add a first term at once and then take the second one apart; the rest takes both. */
    @Test
    void theLastTileAddsAllTerms() {
        Random random = new Random(3);
        Tensor soft = rows(ElementType.FLOAT, 3, 5100, 0, random::nextDouble);
        Batch batch = new Batch(rows(ElementType.FLOAT, 3, 5100, 0, random::nextGaussian), Activation.SIGMOID,
                new Labels(Labels.Kind.DENSE, soft), null);
        SegmentationLoss entropyFirst = Losses.sigmoidCrossEntropy().plus(Losses.sigmoidFocal());
        check(entropyFirst, batch, gradientOf(batch, 0));
        check(Losses.dice().plus(entropyFirst), batch, gradientOf(batch, 0));
    }

    /** The same of tiles behind the first one, all of which are taken with weights where a mask may have some. */
    @Test
    void everyTileOfAMaskAddsAllTerms() {
        Random random = new Random(3);
        Tensor soft = rows(ElementType.FLOAT, 3, 5100, 0, random::nextDouble);
        Batch batch = new Batch(rows(ElementType.FLOAT, 3, 5100, 0, random::nextGaussian), Activation.SIGMOID,
                new Labels(Labels.Kind.DENSE, soft),
                TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 1, 5100), () -> 1));
        SegmentationLoss entropyFirst = Losses.sigmoidCrossEntropy().plus(Losses.sigmoidFocal());
        check(entropyFirst, batch, gradientOf(batch, 0));
        check(Losses.dice().plus(entropyFirst), batch, gradientOf(batch, 0));
    }

    /** What does not lie in such rows is taken as before, and so is what makes single outputs void. */
    @Tag("slow")
    @Test
    void otherLayoutsAreTakenAsWell() {
        Random random = new Random(3);
        for (SegmentationLoss loss : List.of(Losses.jaccard(), Losses.dice().plus(Losses.sigmoidCrossEntropy()))) {
            Batch batch = batch(random, Activation.SIGMOID, 3, ElementType.FLOAT, ElementType.FLOAT, 2900, true);
            Tensor first = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 3, 2900),
                    () -> random.nextInt(2));
            Tensor apart = TestTensors.fill(TestTensors.laidOut(ElementType.FLOAT, 2, 3, 2900, "NSC", 2),
                    random::nextGaussian);
            Tensor weights = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 3, 2900), random::nextDouble);
            Tensor ofExamples = TestTensors.fill(TestTensors.packed(ElementType.DOUBLE, 2, 1, 2900),
                    random::nextDouble);
            check(loss, batch, TestTensors.packed(ElementType.FLOAT, 2, 3, 2900));
            check(loss, new Batch(batch.predictions(), Activation.SIGMOID, new Labels(Labels.Kind.DENSE, first), null),
                    gradientOf(batch, 0));
            check(loss, new Batch(apart, Activation.SIGMOID, batch.labels(), null), gradientOf(batch, 0));
            for (Tensor mask : List.of(weights, ofExamples)) {
                check(loss, new Batch(batch.predictions(), Activation.SIGMOID, batch.labels(), mask),
                        gradientOf(batch, 0));
            }
            check(loss.ignoreIndex(1), batch, gradientOf(batch, 0));
            check(loss.ignoreIndex(0), new Batch(batch.predictions(), Activation.SIGMOID, batch.labels(), null),
                    gradientOf(batch, 0));
        }
    }

    /** Bad labels and weights are found in whole tiles and in the rest, once each. */
    @ParameterizedTest
    @CsvSource({"7, false", "2899, false", "7, true", "2899, true"})
    void badInputIsReported(int pixel, boolean isWeight) {
        Batch batch = batch(new Random(5), Activation.SIGMOID, 3, ElementType.FLOAT, ElementType.FLOAT, 2900, isWeight);
        TestTensors.put(isWeight ? batch.mask() : batch.labels().tensor(), 1, isWeight ? 0 : 1, pixel, -3);
        Throwable expected = catchThrowable(() -> Outcome.of(new ReferenceBackend(), Losses.jaccard(), batch));
        assertThat(expected).isNotNull();
        assertThatThrownBy(() -> Outcome.of(HOST, Losses.jaccard(), batch, gradientOf(batch, 0)))
                .hasMessage(expected.getMessage());
    }

    /** Which kernels these are, without running them. */
    @Test
    void otherLayoutsHaveOtherKernels() {
        Batch batch = batch(new Random(3), Activation.SIGMOID, 3, ElementType.FLOAT, ElementType.FLOAT, 2900, false);
        Labels first = new Labels(Labels.Kind.DENSE, TestTensors.packed(ElementType.FLOAT, 2, 3, 2900));
        Tensor apart = TestTensors.laidOut(ElementType.FLOAT, 2, 3, 2900, "NSC", 2);
        Tensor weights = TestTensors.laidOut(ElementType.DOUBLE, 2, 3, 2900, "NSC", 0);
        for (SegmentationLoss loss : List.of(Losses.jaccard(), Losses.dice().plus(Losses.sigmoidCrossEntropy()))) {
            assertThat(layouts(loss, batch)).containsOnly(KernelVariant.Layout.ROWS);
            for (Batch other : List.of(new Batch(batch.predictions(), Activation.SIGMOID, first, null),
                    new Batch(apart, Activation.SIGMOID, batch.labels(), null),
                    new Batch(batch.predictions(), Activation.SIGMOID, batch.labels(), weights))) {
                assertThat(layouts(loss, other)).doesNotContain(KernelVariant.Layout.ROWS);
            }
        }
    }

    private static Stream<KernelVariant.Layout> layouts(SegmentationLoss loss, Batch batch) {
        return HostBackends.launched(backend -> backend.enqueueValueAndGradient(Job.gradient(LossInternals.spec(loss),
                batch, 1, gradientOf(batch, 0)))).stream()
                .filter(variant -> variant.entry() != KernelVariant.Entry.PIXEL_WEIGHTS).map(KernelVariant::layout);
    }

    /** Threads of a warp have the same channel or others; NaN is found where it is. */
    @ParameterizedTest
    @CsvSource({"3, FLOAT", "3, UINT8"})
    void outcomesAreCountedByTheWay(int channels, ElementType labels) {
        checkOutcomes(channels, labels);
    }

    /** The same of numbers of channels that divide a warp in other ways. */
    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"2, FLOAT", "8, UINT8", "16, FLOAT", "32, FLOAT", "40, UINT8"})
    void outcomesOfOtherChannelsAreCountedByTheWay(int channels, ElementType labels) {
        checkOutcomes(channels, labels);
    }

    private static void checkOutcomes(int channels, ElementType labels) {
        Random random = new Random(channels);
        for (SegmentationLoss plain : List.of(Losses.jaccard(), Losses.sigmoidCrossEntropy(),
                Losses.dice().plus(Losses.sigmoidCrossEntropy()))) {
            for (Integer ignored : new Integer[] {null, 255}) {
                Batch dense = batch(random, Activation.SIGMOID, channels, ElementType.FLOAT, ElementType.FLOAT, 2900,
                        ignored != null);
                Labels given = !labels.integer() ? dense.labels() : new Labels(Labels.Kind.INDEX, TestTensors.fill(
                        TestTensors.packed(labels, 2, 1, 2900), () -> random.nextInt(channels)));
                for (int k = 0; ignored != null && k < 900; k++) {
                    TestTensors.put(given.tensor(), random.nextInt(2), random.nextInt(labels.integer() ? 1 : channels),
                            random.nextInt(2900), ignored);
                }
                Batch batch = new Batch(dense.predictions(), Activation.SIGMOID, given, dense.mask());
                SegmentationLoss loss = ignored == null ? plain : plain.ignoreIndex(ignored);
                Counting counting = Counting.ofLabels(ignored, 0.5);
                assertThat(counted(HOST, loss, batch, counting).counts()).as("%s, %s", loss, batch)
                        .isEqualTo(counted(new ReferenceBackend(), loss, batch, counting).counts());
                assertThat(HostBackends.launched(backend -> counted(backend, loss, batch, counting)))
                        .anyMatch(KernelVariant::counting)
                        .noneMatch(variant -> variant.entry() == KernelVariant.Entry.OUTCOMES);
                TestTensors.put(batch.predictions(), 1, channels - 1, 2890, Double.NaN);
                TestTensors.put(given.tensor(), 1, labels.integer() ? 0 : channels - 1, 2890, 0);
                Throwable expected = catchThrowable(() -> counted(new ReferenceBackend(), loss, batch, counting)
                        .counts());
                if (expected != null) {
                    assertThatThrownBy(() -> counted(HOST, loss, batch, counting).counts())
                            .hasMessage(expected.getMessage());
                }
            }
        }
    }

    private static Summands counted(LossBackend backend, SegmentationLoss loss, Batch batch, Counting counting) {
        return backend.enqueueValueAndGradient(Job.gradient(LossInternals.spec(loss), batch, 1, gradientOf(batch, 0))
                .counting(counting));
    }

    /** All that computes the losses above. */
    @Test
    void kernelsAreThoseOfRows() {
        Batch batch = batch(new Random(5), Activation.SIGMOID, 3, ElementType.FLOAT, ElementType.FLOAT, 2900, true);
        for (SegmentationLoss loss : List.of(Losses.jaccard(), Losses.binaryCrossEntropy(),
                Losses.dice().plus(Losses.binaryCrossEntropy()), Losses.sigmoidFocal(), Losses.vNetDice(),
                Losses.dice().plus(Losses.sigmoidCrossEntropy()), Losses.jaccardMetric())) {
            List<KernelVariant> launched = HostBackends.launched(backend -> backend.enqueueValueAndGradient(
                    Job.gradient(LossInternals.spec(loss), batch, 1, gradientOf(batch, 0))));
            assertThat(launched).filteredOn(variant -> variant.entry() != KernelVariant.Entry.PIXEL_WEIGHTS)
                    .as(loss.name()).isNotEmpty()
                    .allMatch(variant -> variant.classes() == 3 && variant.layout() == KernelVariant.Layout.ROWS);
        }
    }
}
