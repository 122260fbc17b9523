package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.evaluation.SegmentationEvaluation;

/** A loss counts hard predictions into an evaluation, as the evaluation does itself. */
class HardCountsOfLossTest {

    private static final int[] SHAPE = {2, 4, 9, 7};

    private static SegmentationBatch batch(long seed) {
        Nd4j.getRandom().setSeed(seed);
        INDArray logits = Nd4j.randn(DataType.FLOAT, 2, 4, 9, 7);
        INDArray labels = Nd4j.rand(DataType.FLOAT, 2, 9, 7).muli(5).castTo(DataType.INT32);
        return SegmentationBatch.predictions(logits).labels(labels).activation(Activation.SOFTMAX);
    }

    private static SegmentationEvaluation evaluation() {
        return new SegmentationEvaluation(SHAPE[1]).ignoreIndex(4).classNames(List.of("a", "b", "c", "d"));
    }

    @Test
    void countsAreAddedOverBatches() {
        for (SegmentationLoss plain : List.of(Losses.jaccard(), Losses.crossEntropy(), Losses.lovaszSoftmax(),
                Losses.dice().plus(Losses.lovaszSoftmax()).plus(Losses.topKCrossEntropy(0.5)))) {
            SegmentationLoss loss = plain.ignoreIndex(4);
            SegmentationEvaluation byLoss = evaluation();
            SegmentationEvaluation alone = evaluation();
            for (int k = 0; k < 3; k++) {
                SegmentationBatch batch = batch(k);
                LossResult result = loss.valueAndGradient(batch, byLoss);
                LossResult expected = loss.valueAndGradient(batch);
                assertThat(result.value()).as(loss.name()).isEqualTo(expected.value());
                assertThat(result.gradient()).as(loss.name()).isEqualTo(expected.gradient());
                assertThat(result.terms()).as(loss.name()).isEqualTo(expected.terms());
                alone.eval(batch);
            }
            assertThat(byLoss).as(loss.name()).isEqualTo(alone);
            assertThat(byLoss.total()).isPositive();
        }
    }

    /** Also under an activation that runs on its own, whose probabilities are what is counted. */
    @Test
    void anyActivationIsCounted() {
        SegmentationBatch batch = batch(5).activation(Activation.HARDSIGMOID);
        SegmentationEvaluation byLoss = evaluation();
        SegmentationEvaluation alone = evaluation();
        Losses.dice().ignoreIndex(4).valueAndGradient(batch, byLoss);
        alone.eval(batch);
        assertThat(byLoss).isEqualTo(alone);
    }

    @Test
    void rowsOfPixelsAreCounted() {
        INDArray logits = Nd4j.randn(DataType.FLOAT, 30, 4);
        INDArray labels = Nd4j.rand(DataType.FLOAT, 30, 4);
        SegmentationBatch batch = SegmentationBatch.predictions(logits).labels(labels).pixelsPerExample(10)
                .activation(Activation.SOFTMAX);
        SegmentationEvaluation byLoss = evaluation();
        SegmentationEvaluation alone = evaluation();
        Losses.dice().perImage(true).valueAndGradient(batch, byLoss);
        alone.eval(batch);
        assertThat(byLoss).isEqualTo(alone);
        assertThat(byLoss.total()).isEqualTo(30);
    }

    @Test
    void nothingIsCountedOfWhatCannotBe() {
        SegmentationEvaluation scores = evaluation();
        SegmentationBatch batch = batch(1);
        SegmentationLoss loss = Losses.dice().ignoreIndex(4);
        assertThatIllegalArgumentException().isThrownBy(() -> loss.valueAndGradient(batch,
                new SegmentationEvaluation(3))).withMessage("predictions have 4 channels, but 3 classes are evaluated");
        assertThatIllegalArgumentException().isThrownBy(() -> Losses.dice().valueAndGradient(batch, scores))
                .withMessageContaining("outside 0..3");
        INDArray logits = batch.arrays().predictions();
        logits.putScalar(0, 1, 2, 3, Float.NaN);
        batch.arrays().labels().putScalar(0, 2, 3, 1);
        assertThatIllegalArgumentException().isThrownBy(() -> loss.valueAndGradient(batch, scores))
                .withMessageContaining("prediction is not a number");
        LossValue value = loss.enqueueValueAndGradient(batch, 1, logits.ulike(), scores);
        assertThat(value.getAsDouble()).isNaN();
        assertThat(value.terms()).containsKey("dice_loss");
        assertThatIllegalArgumentException().isThrownBy(value::confusion);
        assertThat(scores.total()).isZero();
        assertThatIllegalStateException().isThrownBy(() -> loss.enqueueValueAndGradient(batch, 1, logits.ulike())
                .confusion());
        assertThatIllegalStateException().isThrownBy(() -> loss.lossValue(batch).confusion());
    }
}
