package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.data.Offset.offset;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** Sums serve every loss that needs no more than they hold, and no other. */
class ClassSumsFitTest {

    private static SegmentationBatch batch(int examples, int classes) {
        return SegmentationBatch.predictions(Nd4j.randn(DataType.DOUBLE, examples, classes, 20))
                .labels(Nd4j.rand(DataType.FLOAT, examples, 20).mul(classes).castTo(DataType.UINT8))
                .activation(Activation.SOFTMAX);
    }

    static Stream<Arguments> strangers() {
        SegmentationLoss dice = Losses.dice();
        SegmentationLoss focal = Losses.categoricalFocal();
        return Stream.of(
                Arguments.of(dice.perImage(true), dice),
                Arguments.of(focal, Losses.categoricalCrossEntropy()),
                Arguments.of(focal, dice),
                Arguments.of(Losses.CCE_DICE_LOSS, dice),
                Arguments.of(focal.gamma(3), focal),
                Arguments.of(focal.alpha(0.5), focal),
                Arguments.of(focal.classIndexes(0, 1), focal),
                Arguments.of(Losses.categoricalCrossEntropy().classWeights(1, 2, 3), Losses.categoricalCrossEntropy()),
                Arguments.of(focal.plus(Losses.binaryFocal()), Losses.binaryFocal().plus(focal)),
                Arguments.of(dice.ignoreIndex(2), dice),
                Arguments.of(dice.ignoreIndex(2), dice.ignoreIndex(25)),
                Arguments.of(dice, dice.ignoreIndex(2)));
    }

    @ParameterizedTest
    @MethodSource("strangers")
    void sumsOfAnotherLossAreRejected(SegmentationLoss loss, SegmentationLoss other) {
        SegmentationBatch batch = batch(2, 3);
        ClassSums sums = other.sums(batch);
        assertThatIllegalArgumentException().isThrownBy(() -> loss.value(sums)).withMessageContaining("sums");
        assertThatIllegalArgumentException().isThrownBy(() -> loss.gradient(batch, sums, 0))
                .withMessageContaining("sums");
    }

    @Test
    void theMessageNamesBothSides() {
        SegmentationBatch batch = batch(2, 3);
        ClassSums sums = Losses.binaryCrossEntropy().ignoreIndex(2).sums(batch);
        assertThatIllegalArgumentException().isThrownBy(() -> Losses.categoricalFocal().value(sums))
                .withMessageContaining("ignoreIndex 2").withMessageContaining("ignoreIndex null")
                .withMessageContaining("gamma=0.0").withMessageContaining("gamma=2.0");
        assertThatIllegalArgumentException().isThrownBy(() -> Losses.dice().perImage(true).value(
                Losses.dice().sums(batch))).withMessageContaining("sums of each image")
                .withMessageContaining("batch, 3 classes");
    }

    @ParameterizedTest
    @MethodSource("strangers")
    void sumsOfAnotherLossDoNotMerge(SegmentationLoss loss, SegmentationLoss other) {
        SegmentationBatch batch = batch(2, 3);
        assertThatIllegalArgumentException().isThrownBy(() -> loss.sums(batch).merge(other.sums(batch)))
                .withMessageContaining("cannot be merged");
    }

    static Stream<Arguments> relatives() {
        SegmentationLoss dice = Losses.dice();
        SegmentationLoss cce = Losses.categoricalCrossEntropy();
        return Stream.of(
                Arguments.of(Losses.jaccard(), dice),
                Arguments.of(dice.beta(2).smooth(1).classWeights(0.5, 1, 1.5), dice),
                Arguments.of(dice, dice.perImage(true)),
                Arguments.of(cce.times(3), cce),
                Arguments.of(dice, Losses.CCE_DICE_LOSS),
                Arguments.of(cce, cce.plus(Losses.binaryFocal())));
    }

    @ParameterizedTest
    @MethodSource("relatives")
    void sumsThatHoldEverythingServeOtherLosses(SegmentationLoss loss, SegmentationLoss other) {
        SegmentationBatch batch = batch(2, 3);
        LossResult expected = loss.valueAndGradient(batch);
        ClassSums sums = other.sums(batch);
        assertThat(loss.value(sums)).isCloseTo(expected.value(), offset(1e-12));
        assertThat(loss.gradient(batch, sums, 0).equalsWithEps(expected.gradient(), 1e-12)).isTrue();
        assertThat(loss.value((ClassSums) JavaSerialisation.roundTrip(sums))).isEqualTo(loss.value(sums));
    }

    @Test
    void gradientsNeedSumsOfTheSameClasses() {
        ClassSums sums = Losses.dice().sums(batch(2, 3));
        assertThatIllegalArgumentException().isThrownBy(() -> Losses.dice().gradient(batch(2, 4), sums, 0))
                .withMessageContaining("3 classes").withMessageContaining("[2, 4, 20]");
    }

    @ParameterizedTest
    @CsvSource({"-1", "4", "5", "2147483647"})
    void gradientsNeedTheRowsOfTheirExamples(int firstExample) {
        SegmentationLoss loss = Losses.dice().perImage(true);
        ClassSums sums = loss.sums(batch(5, 3));
        assertThat(loss.gradient(batch(2, 3), sums, 3).shape()).containsExactly(2, 3, 20);
        assertThatIllegalArgumentException().isThrownBy(() -> loss.gradient(batch(2, 3), sums, firstExample))
                .withMessageContaining("firstExample " + firstExample).withMessageContaining("2 examples")
                .withMessageContaining("5 images");
    }

    @Test
    void metricsCheckTheirSums() {
        SegmentationBatch batch = batch(2, 3);
        ClassSums sums = Metrics.iou().sums(batch);
        assertThat(Metrics.fScore(1).value(sums)).isEqualTo(Metrics.fScore(1).value(batch));
        assertThat(Metrics.iou().value(Losses.CCE_JACCARD_LOSS.sums(batch)))
                .isCloseTo(Metrics.iou().value(batch), offset(1e-12));
        for (SegmentationMetric metric : new SegmentationMetric[] {Metrics.iou().perImage(true),
                Metrics.iou().threshold(0.5), Metrics.iou().ignoreIndex(1)}) {
            assertThatIllegalArgumentException().isThrownBy(() -> metric.value(sums)).withMessageContaining("sums");
            assertThatIllegalArgumentException().isThrownBy(() -> sums.merge(metric.sums(batch)));
        }
    }
}
