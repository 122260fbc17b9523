package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** One call tells what is wrong and where. */
class LossDiagnosisTest {

    private static final SegmentationLoss LOSS = Losses.dice().plus(Losses.categoricalCrossEntropy().times(2));

    private static INDArray logits() {
        return Nd4j.createFromArray(new Random(1).doubles(2 * 3 * 20, -2, 2).toArray()).reshape(2, 3, 4, 5);
    }

    private static INDArray labels() {
        return Nd4j.createFromArray(new Random(2).ints(40, 0, 3).toArray()).reshape(2, 4, 5);
    }

    private static SegmentationBatch batch(INDArray logits, INDArray labels) {
        return SegmentationBatch.predictions(logits).labels(labels).activation(Activation.SOFTMAX);
    }

    @Test
    void aCleanBatch() {
        SegmentationBatch batch = batch(logits(), labels());
        LossDiagnosis diagnosis = LOSS.diagnose(batch);
        assertThat(diagnosis.isClean()).isTrue();
        assertThat(diagnosis.problems()).isEmpty();
        assertThat(diagnosis.value()).isCloseTo(LOSS.value(batch), offset(1e-12));
        LOSS.terms(batch).forEach((name, value) -> assertThat(diagnosis.terms().get(name))
                .isCloseTo(value, offset(1e-12)));
        assertThat(diagnosis.gradientNorms().get("dice_loss")).isCloseTo(Losses.dice().valueAndGradient(batch)
                .gradient().norm2Number().doubleValue(), offset(1e-12));
        assertThat(diagnosis.gradientNorms().get("categorical_crossentropy")).isCloseTo(2 * Losses
                .categoricalCrossEntropy().valueAndGradient(batch).gradient().norm2Number().doubleValue(),
                offset(1e-12));
        assertThat(diagnosis.lossesPerClass()).containsOnlyKeys("categorical_crossentropy");
        assertThat(diagnosis.lossesPerClass().get("categorical_crossentropy")).containsExactly(
                Losses.categoricalCrossEntropy().times(2).lossPerClass(batch)[0], offset(1e-12));
        double[][] scores = diagnosis.scores().get("dice_loss");
        assertThat(scores).hasDimensions(2, 3);
        ClassSums second = Losses.dice().perImage(true).sums(batch).row(1);
        for (int c = 0; c < 3; c++) {
            assertThat(scores[1][c]).isCloseTo((2 * second.intersection(0, c) + 1e-5)
                    / (second.predicted(0, c) + second.truth(0, c) + 1e-5), offset(1e-12));
        }
        assertThat(diagnosis.toString()).contains("clean", "gradient norms: dice_loss",
                "\nloss of categorical_crossentropy by class: ", "score of dice_loss by class",
                "worst image");
        assertThat(Losses.categoricalFocal().diagnose(batch).scores()).containsOnlyKeys("dice");
    }

    @Test
    void badLabelsAndWeights() {
        INDArray labels = labels();
        labels.putScalar(new int[] {0, 2, 3}, 9);
        labels.putScalar(new int[] {1, 0, 0}, -4);
        INDArray mask = Nd4j.ones(DataType.FLOAT, 2, 4, 5);
        mask.putScalar(new int[] {1, 3, 4}, -1);
        LossDiagnosis diagnosis = LOSS.plus(Losses.lovaszSoftmax()).diagnose(batch(logits(), labels).mask(mask));
        assertThat(diagnosis.badLabels()).isEqualTo(new LossDiagnosis.Problem(2, 0, -1, List.of(2L, 3L), 9));
        assertThat(diagnosis.badWeights().count()).isEqualTo(1);
        assertThat(diagnosis.badWeights().example()).isEqualTo(1);
        assertThat(diagnosis.badWeights().position()).containsExactly(3L, 4L);
        assertThat(diagnosis.gradientNorms()).isEmpty();
        assertThat(diagnosis.lossesPerClass()).isEmpty();
        assertThat(diagnosis.termsNotFinite()).containsExactly("lovasz_softmax_loss");
        assertThat(diagnosis.problems()).contains("2 labels are no class; the first is 9 at example 0, position [2, 3]")
                .doesNotContain("\n");
        assertThat(LOSS.ignoreIndex(9).diagnose(batch(logits(), labels)).badLabels().count()).isEqualTo(1);
    }

    @Test
    void predictionsThatAreNotFinite() {
        INDArray logits = logits();
        logits.putScalar(new int[] {1, 2, 1, 3}, Double.NEGATIVE_INFINITY);
        logits.putScalar(new int[] {1, 0, 3, 1}, Double.NaN);
        LossDiagnosis diagnosis = LOSS.diagnose(batch(logits, labels()));
        assertThat(diagnosis.notFinite()).isEqualTo(new LossDiagnosis.Problem(2, 1, 2, List.of(1L, 3L),
                Double.NEGATIVE_INFINITY));
        assertThat(diagnosis.termsNotFinite()).contains("dice_loss");
        assertThat(diagnosis.value()).isNaN();
        assertThat(diagnosis.lossesPerClass()).as("a pass for each class, of which no share is told apart").isEmpty();
        assertThat(diagnosis.problems()).contains("2 predictions are not finite (1 NaN); the first is -Infinity at"
                + " example 1, channel 2, position [1, 3]", "dice_loss");
    }

    @Test
    void channelsLastAndRows() {
        INDArray labels = labels();
        labels.putScalar(new int[] {1, 2, 4}, 3);
        SegmentationBatch last = SegmentationBatch.predictions(logits().permute(0, 2, 3, 1).dup('c')).labels(labels)
                .activation(Activation.SOFTMAX).channelsLast();
        assertThat(LOSS.diagnose(last).badLabels().position()).containsExactly(2L, 4L);
        SegmentationBatch rows = SegmentationBatch.predictions(logits().permute(0, 2, 3, 1).dup('c').reshape(40, 3))
                .labels(labels.reshape(40)).activation(Activation.SOFTMAX).pixelsPerExample(20);
        assertThat(LOSS.diagnose(rows).badLabels()).isEqualTo(new LossDiagnosis.Problem(1, 1, -1, List.of(14L), 3));
    }

    @Test
    void oneIsNotSeveral() {
        INDArray labels = Nd4j.zeros(DataType.INT32, 1, 2, 2);
        labels.putScalar(0, 7);
        INDArray logits = Nd4j.zeros(DataType.FLOAT, 1, 3, 2, 2);
        logits.putScalar(5, Double.NaN);
        assertThat(Losses.dice().diagnose(SegmentationBatch.predictions(logits).labels(labels)).problems())
                .startsWith("1 label is no class; the first is 7").contains("1 prediction is not finite (1 NaN); the");
    }
}
