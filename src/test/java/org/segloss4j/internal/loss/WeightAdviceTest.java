package org.segloss4j.internal.loss;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.ForkedJvm;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.WeightMode;

class WeightAdviceTest {

    @Test
    void advisesOnWeightsThatMultiplyTheScore() {
        assertThat(advice(LossKind.JACCARD, 2, 4)).contains("jaccard_loss", "mean 3.0", "down to -2.0");
        assertThat(advice(LossKind.MCC, 2, 4)).contains("mcc_loss", "down to -2.0");
        assertThat(advice(LossKind.SKELETON_RECALL, 2, 4)).contains("skeleton_recall_loss", "down to -2.0");
        assertThat(advice(LossKind.DICE, 0.5, 0.5)).contains("below 0.5");
        assertThat(advice(LossKind.DICE, 0.5, 1.5)).isNull();
        assertThat(WeightAdvice.of(new LossTerm(LossKind.DICE))).isNull();
        assertThat(advice(LossKind.CATEGORICAL_CROSS_ENTROPY, 5)).isNull();
        assertThat(advice(LossKind.FOCAL_TVERSKY, 2, 4)).isNull();
    }

    /** There is nothing surprising about a mean of weighted losses: it is at least 0 whatever the weights are. */
    @Test
    void hasNoAdviceOnWeightsThatMultiplyTheLoss() {
        for (WeightMode mode : List.of(WeightMode.LOSS_MEAN, WeightMode.NORMALISED)) {
            assertThat(WeightAdvice.of(weighted(LossKind.DICE, 2, 4).with(Setting.WEIGHT_MODE, mode))).isNull();
        }
    }

    @Test
    void weightsOfSkeletonsLeaveTheBackgroundOut() {
        LossTerm two = weighted(LossKind.SKELETON_RECALL, 2, 4);
        assertThat(two.fits(3)).isTrue();
        assertThat(two.fits(2)).isFalse();
        assertThat(two.with(Setting.CLASS_INDEXES, new int[] {0, 1}).fits(2)).isTrue();
    }

    @Test
    void comesOnceAndOnlyForWeightsThatFit() {
        assertThat(ForkedJvm.run(Warned.class, Map.of())).filteredOn(line -> line.startsWith("-- ")
                || line.contains(" WARN " + SegmentationLoss.class.getName())).satisfiesExactly(
                        classes -> assertThat(classes).isEqualTo("-- classWeights has 4 values, but 3 classes are"
                                + " gathered"),
                        groups -> assertThat(groups).isEqualTo("-- classWeights has 4 values, but 2 classes are"
                                + " gathered"),
                        advice -> assertThat(advice).contains("dice_loss with class weights of mean 2.0"),
                        last -> assertThat(last).isEqualTo("-- computed"));
    }

    /** Computes losses with weights of a wrong number, and then of the right one, twice. */
    static final class Warned {

        private Warned() {
        }

        public static void main(String[] args) {
            wrong(Losses.dice());
            wrong(Losses.dice().classGroups(new int[] {0, 1}, new int[] {1, 2}));
            value(Losses.dice().classWeights(1, 2, 3));
            value(Losses.jaccard().classWeights(1, 2, 4));
            System.out.println("-- computed");
        }

        private static void wrong(SegmentationLoss loss) {
            try {
                value(loss.classWeights(1, 2, 3, 4));
            } catch (IllegalArgumentException e) {
                System.out.println("-- " + e.getMessage());
            }
        }

        private static void value(SegmentationLoss loss) {
            loss.value(SegmentationBatch.predictions(Nd4j.ones(DataType.FLOAT, 1, 3, 2, 2))
                    .labels(Nd4j.zeros(DataType.INT32, 1, 2, 2)).activation(Activation.SOFTMAX));
        }
    }

    private static String advice(LossKind kind, double... weights) {
        return WeightAdvice.of(weighted(kind, weights));
    }

    private static LossTerm weighted(LossKind kind, double... weights) {
        return new LossTerm(kind).with(Setting.CLASS_WEIGHTS, weights);
    }
}
