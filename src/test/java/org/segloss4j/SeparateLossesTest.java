package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.HostBackends;
import org.segloss4j.internal.cuda.RealBackends;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;
import org.segloss4j.internal.loss.LossCall;

/** What users of ND4J see of losses that make passes of their own. */
class SeparateLossesTest {

    static Stream<SegmentationLoss> losses() {
        return LossCases.separateCases(3).stream().filter(each -> each.kind().otherLabels() == null)
                .map(LossCases.Case::loss);
    }

    static List<LossBackend> backends() {
        return Stream.of(Stream.of(new ReferenceBackend(), new CpuBackend()), HostBackends.ifAvailable(),
                RealBackends.ifAvailable()).flatMap(s -> s).toList();
    }

    private static SegmentationBatch batch(DataType type, INDArray predictions) {
        Nd4j.getRandom().setSeed(7);
        INDArray labels = Nd4j.rand(DataType.FLOAT, 2, 6, 7).muli(3).castTo(DataType.INT32);
        return SegmentationBatch.predictions(predictions.castTo(type)).labels(labels).activation(Activation.SOFTMAX);
    }

    private static INDArray predictions() {
        Nd4j.getRandom().setSeed(5);
        return Nd4j.randn(DataType.FLOAT, 2, 3, 6, 7);
    }

    /** Alone and beside losses that share the sweeps. */
    @ParameterizedTest
    @MethodSource("losses")
    void everyBackendHasTheSameValueAndGradient(SegmentationLoss separate) {
        SegmentationLoss sum = Losses.dice().plus(separate.times(0.5)).plus(Losses.categoricalFocal()).ignoreIndex(1);
        for (SegmentationLoss loss : List.of(separate, sum)) {
            LossResult truth = LossInternals.valueAndGradient(loss, batch(DataType.DOUBLE, predictions()),
                    new ReferenceBackend());
            // The sum is enough for kernels that the host has to play.
            for (LossBackend backend : loss == sum ? backends() : List.of(new ReferenceBackend(), new CpuBackend())) {
                LossResult result = LossInternals.valueAndGradient(loss, batch(DataType.FLOAT, predictions()), backend);
                assertThat(result.value()).as("%s %s", backend.name(), loss).isCloseTo(truth.value(), offset(2e-6));
                if (loss == separate) {
                    assertThat(LossInternals.value(loss, batch(DataType.FLOAT, predictions()), backend))
                            .isCloseTo(truth.value(), offset(2e-6));
                }
                assertThat(result.gradient().castTo(DataType.DOUBLE).sub(truth.gradient()).amaxNumber().doubleValue())
                        .as("%s %s", backend.name(), loss).isLessThan(1e-6);
            }
        }
    }

    /** There is nothing for the two sweeps of other losses to do, but they have to begin a sum. */
    @ParameterizedTest
    @MethodSource("losses")
    void nothingIsLaunchedButTheirOwnPasses(SegmentationLoss separate) {
        Set<Entry> shared = EnumSet.of(Entry.REGION_FORWARD, Entry.REGION_BACKWARD, Entry.PIXEL_WEIGHTS,
                Entry.PIXEL_LOSSES);
        List<Entry> alone = launched(separate, true);
        assertThat(alone).isNotEmpty().doesNotContainAnyElementsOf(shared);
        assertThat(launched(separate, false)).isNotEmpty().doesNotContainAnyElementsOf(shared);
        List<Entry> beside = new ArrayList<>(List.of(Entry.REGION_FORWARD, Entry.REGION_BACKWARD));
        beside.addAll(alone);
        assertThat(launched(Losses.dice().plus(separate), true)).isEqualTo(beside);
        if (separate.equals(Losses.topKCrossEntropy(0.1))) {
            assertThat(alone).hasSize(6);
        }
    }

    private static List<Entry> launched(SegmentationLoss loss, boolean withGradient) {
        return HostBackends.launched(backend -> {
            if (withGradient) {
                LossInternals.valueAndGradient(loss, batch(DataType.FLOAT, predictions()), backend);
            } else {
                LossInternals.value(loss, batch(DataType.FLOAT, predictions()), backend);
            }
        }).stream().map(KernelVariant::entry).toList();
    }

    /** Whatever the array for the gradient holds, and wherever it lies, it is that of the loss. */
    @ParameterizedTest
    @MethodSource("losses")
    void theGradientIsWrittenAndNotAdded(SegmentationLoss loss) {
        for (LossBackend backend : backends()) {
            LossCall call = LossInternals.call(loss, batch(DataType.FLOAT, predictions()), backend);
            INDArray expected = call.newGradient();
            double value = call.valueAndGradient(2, expected);
            INDArray around = Nd4j.valueArrayOf(new long[] {2, 4, 6, 7}, Double.NaN, DataType.FLOAT);
            INDArray inside = around.get(NDArrayIndex.all(), NDArrayIndex.interval(1, 4));
            assertThat(call.valueAndGradient(2, inside)).isEqualTo(value);
            assertThat(inside.dup('c')).as(backend.name()).isEqualTo(expected);
            assertThat(around.get(NDArrayIndex.all(), NDArrayIndex.point(0)).isNaN().all()).isTrue();
            INDArray labels = predictions();
            SegmentationBatch soft = SegmentationBatch.predictions(predictions()).labels(labels)
                    .activation(Activation.SOFTMAX);
            assertThatThrownBy(() -> LossInternals.call(loss, soft, backend).valueAndGradient(1, labels))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("memory");
            assertThat(labels).isEqualTo(predictions());
        }
    }

    @ParameterizedTest
    @MethodSource("losses")
    void badLabelsAreRefused(SegmentationLoss loss) {
        INDArray labels = Nd4j.zeros(DataType.INT32, 2, 6, 7);
        labels.putScalar(1, 2, 3, 8);
        SegmentationBatch batch = SegmentationBatch.predictions(predictions()).labels(labels)
                .activation(Activation.SOFTMAX);
        for (LossBackend backend : backends()) {
            assertThatThrownBy(() -> LossInternals.value(loss, batch, backend)).as(backend.name())
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("8 at example 1, pixel 17");
            assertThatThrownBy(() -> LossInternals.valueAndGradient(loss, batch, backend)).as(backend.name())
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("8 at example 1, pixel 17");
        }
    }

    /** The predictions are read again after the sweeps have written. */
    @ParameterizedTest
    @MethodSource("losses")
    void theGradientMayBeWrittenOverThePredictions(SegmentationLoss separate) {
        SegmentationLoss loss = Losses.dice().plus(separate);
        INDArray expected = loss.valueAndGradient(batch(DataType.FLOAT, predictions())).gradient();
        INDArray both = predictions();
        loss.valueAndGradient(batch(DataType.FLOAT, both), 1, both);
        assertThat(both.sub(expected).amaxNumber().doubleValue()).isLessThan(1e-6);
    }

    @ParameterizedTest
    @MethodSource("losses")
    void theyDoNotMergeAndSaySo(SegmentationLoss separate) {
        SegmentationLoss loss = Losses.dice().plus(separate);
        SegmentationBatch batch = batch(DataType.FLOAT, predictions());
        ClassSums sums = Losses.dice().sums(batch);
        assertThatThrownBy(() -> loss.sums(batch)).isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("a loss with " + LossInternals.spec(loss).separate().get(0).title() + " is no function of"
                        + " sums over pixels, so a batch cannot be divided: compute it on the whole batch, or leave"
                        + " the term out");
        assertThatThrownBy(() -> loss.value(sums)).isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("is no function of sums over pixels");
        assertThatThrownBy(() -> loss.gradient(batch, sums, 0)).isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("is no function of sums over pixels");
    }

    @ParameterizedTest
    @MethodSource("losses")
    void eachExampleHasTheLossOfABatchOfItsOwn(SegmentationLoss loss) {
        INDArray predictions = predictions();
        SegmentationBatch both = batch(DataType.DOUBLE, predictions);
        double[] each = loss.valuePerExample(both);
        Nd4j.getRandom().setSeed(7);
        INDArray labels = Nd4j.rand(DataType.FLOAT, 2, 6, 7).muli(3).castTo(DataType.INT32);
        for (int n = 0; n < 2; n++) {
            SegmentationBatch one = SegmentationBatch.predictions(predictions.castTo(DataType.DOUBLE)
                    .get(NDArrayIndex.interval(n, n + 1)))
                    .labels(labels.get(NDArrayIndex.interval(n, n + 1)))
                    .activation(Activation.SOFTMAX);
            assertThat(each[n]).isCloseTo(loss.value(one), offset(1e-12));
        }
    }

    @ParameterizedTest
    @MethodSource("losses")
    void theyAreStoredAsJsonAndByJava(SegmentationLoss loss) throws Exception {
        String json = GoldenCases.JSON.writeValueAsString(loss);
        assertThat(GoldenCases.JSON.readValue(json, SegmentationLoss.class)).isEqualTo(loss);
        assertThat(JavaSerialisation.roundTrip(loss)).isEqualTo(loss);
    }

    @Test
    void oneChannelHasAHingeButNoCategoricalLoss() {
        SegmentationBatch batch = SegmentationBatch.predictions(Nd4j.createFromArray(0.5f, -2).reshape(1, 1, 2))
                .labels(Nd4j.createFromArray(1, 0).reshape(1, 2)).activation(Activation.SIGMOID);
        assertThat(Losses.lovaszHinge().value(batch)).isCloseTo(0.5, offset(1e-7));
        for (SegmentationLoss loss : List.of(Losses.topKCrossEntropy(0.1), Losses.ohemCrossEntropy(0.7, 10))) {
            assertThatThrownBy(() -> loss.value(batch)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("1 channel");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "top_k_cross_entropy | fraction  | 0      | fraction is 0.0, but must be above 0 and at most 1",
        "top_k_cross_entropy | fraction  | 1.5    | fraction is 1.5, but must be above 0 and at most 1",
        "ohem_cross_entropy  | threshold | 1.5    | threshold is 1.5, but must lie in 0..1",
        "ohem_cross_entropy  | min_kept  | 0      | minKept is 0.0, but must be a whole number from 1 to 2147483647",
        "l1_ace_loss         | bins      | 2.5    | bins is 2.5, but must be a whole number from 1 to 1000",
        "l1_ace_loss         | bins      | 100000 | bins is 100000.0, but must be a whole number from 1 to 1000"})
    void settingsOutOfRangeAreNamed(String name, String setting, double value, String message) {
        assertThatThrownBy(() -> Losses.named(name).set(setting, value)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void otherLibrariesNamesFindThem() {
        isNamed("TopKLoss", Compat.NNUNET_2.loss("TopKLoss(k=25, weight=[1, 2, 3])"),
                Losses.topKCrossEntropy(0.25).countsVoid(true).classWeights(1, 2, 3).ignoreIndex(-100));
        isNamed("LovaszLoss", Compat.SMP_0_3.loss("LovaszLoss(mode='multiclass', per_image=True, ignore_index=255)"),
                Losses.lovaszSoftmax().perImage(true).ignoreIndex(255));
        isNamed("LovaszLoss", Compat.SMP_0_3.loss("LovaszLoss(mode='binary')"), Losses.lovaszHinge());
    }

    private static void isNamed(String name, SegmentationLoss found, SegmentationLoss expected) {
        assertThat(found.name()).endsWith(name);
        assertThat(found.named(expected.name())).isEqualTo(expected);
    }
}
