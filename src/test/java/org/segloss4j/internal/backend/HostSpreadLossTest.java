package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

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
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.HostBackends;
import org.segloss4j.internal.math.Finalisation;
import org.segloss4j.internal.math.LossSpec;

/** Curves of all classes that smoothing asks where labels are class indices: kernels take them as dense labels. */
class HostSpreadLossTest {

    private static final int CASES = 30;

    @BeforeAll
    static void needsACompiler() {
        HostBackends.require();
    }

    /** Focal losses and others of smoothed labels, also of classes that warps share. */
    @ParameterizedTest
    @CsvSource({"3, NCS, FLOAT, UINT8, 525", "40, NCS, FLOAT, UINT8, 64"})
    void curvesOfSmoothedIndicesAreExact(int channels, String axes, ElementType element, ElementType labels,
                                         int pixels) {
        check(HostBackends.all(), CASES, channels, axes, element, labels, pixels);
    }

    /** The same of other types and numbers of classes. */
    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"19, NCS, FLOAT, INT32, 97", "2, NSC, HALF, INT32, 211", "5, NCS, DOUBLE, INT64, 97",
        "35, NSC, HALF, INT16, 61", "32, NCS, BFLOAT16, INT64, 33"})
    void curvesOfSmoothedIndicesAreExactInEveryType(int channels, String axes, ElementType element,
                                                    ElementType labels, int pixels) {
        check(HostBackends.all(), CASES, channels, axes, element, labels, pixels);
    }

    /** Compares random losses with the reference. */
    static void check(LossBackend backend, int cases, int channels, String axes, ElementType element,
                      ElementType labels, int pixels) {
        Random random = new Random(channels);
        for (int k = 0; k < cases; k++) {
            Tensor logits = TestTensors.fill(TestTensors.laidOut(element, 2, channels, pixels, axes, 0),
                    () -> random.nextInt(40) == 0 ? random.nextInt(2) * 60 - 30 : 3 * random.nextGaussian());
            Integer ignore = random.nextBoolean() ? random.nextInt(2) * 99 : null;
            Tensor truth = TestTensors.fill(TestTensors.packed(labels, 2, 1, pixels),
                    () -> ignore != null && random.nextInt(5) == 0 ? ignore : random.nextInt(channels));
            Tensor mask = random.nextInt(3) > 0 ? null
                    : TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 1, pixels), random::nextDouble);
            Batch batch = new Batch(logits, Activation.SOFTMAX, new Labels(Labels.Kind.INDEX, truth), mask);
            LossSpec spec = new RandomSpec(random, batch).drawTruths(ignore);
            ComparedBackendSuite.check(element, spec, spec, batch,
                    TestTensors.laidOut(element, 2, channels, pixels, axes, 0), backend);
            double expected = valueOf(new ReferenceBackend(), spec, batch);
            assertThat(valueOf(backend, spec, batch)).as("%s", spec)
                    .isCloseTo(expected, within(1e-5 * Math.max(1, Math.abs(expected))));
        }
    }

    /** The value without a gradient, which a forward sweep gives. */
    private static double valueOf(LossBackend backend, LossSpec spec, Batch batch) {
        return Finalisation.value(spec, backend.sums(Job.sums(spec, batch, spec.needsSumsPerImage())));
    }

    /** Squares and curves of the true class alone stand beside smoothed terms, as users write them. */
    @Test
    void smoothedTermsStandBesideOthers() {
        checkBesideOthers(3);
    }

    /** The same where a thread holds more labels. */
    @Tag("slow")
    @Test
    void smoothedTermsOfMoreClassesStandBesideOthers() {
        checkBesideOthers(19);
    }

    private static void checkBesideOthers(int channels) {
        Batch batch = batch(channels, channels);
        SegmentationLoss entropy = Losses.crossEntropy().labelSmoothing(0.2);
        for (SegmentationLoss loss : List.of(Losses.poly1(1).gamma(2).labelSmoothing(0.1),
                Losses.dice().plus(Losses.poly1(2).gamma(0.5).labelSmoothing(0.1)), Losses.softmaxFocal().plus(entropy),
                Losses.dice().plus(Losses.generalisedCrossEntropy(0.7)).plus(entropy),
                Losses.vNetDice().plus(entropy),
                Losses.categoricalFocal().plus(entropy))) {
            ComparedBackendSuite.check(ElementType.FLOAT, loss, LossInternals.spec(loss), batch,
                    TestTensors.packed(ElementType.FLOAT, 1, channels, 300), HostBackends.all());
        }
    }

    /** A label that is no class is told. */
    @ParameterizedTest
    @ValueSource(ints = {3, 40})
    void labelsThatAreNoClassAreTold(int channels) {
        Batch batch = batch(channels, 1);
        TestTensors.put(batch.labels().tensor(), 0, 0, 77, channels);
        LossSpec spec = LossInternals.spec(Losses.poly1(1).gamma(2).labelSmoothing(0.1));
        assertThatThrownBy(() -> Outcome.of(HostBackends.all(), spec, batch))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("1 label");
    }

    private static Batch batch(int channels, int seed) {
        Random random = new Random(seed);
        Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, channels, 300),
                () -> 3 * random.nextGaussian());
        Tensor truth = TestTensors.fill(TestTensors.packed(ElementType.UINT8, 1, 1, 300),
                () -> random.nextInt(channels));
        return TestTensors.indexed(logits, Activation.SOFTMAX, truth);
    }
}
