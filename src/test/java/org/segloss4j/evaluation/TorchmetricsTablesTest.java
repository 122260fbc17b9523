package org.segloss4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.segloss4j.TorchRandom;

/** The numbers in the documentation of torchmetrics dab0333, functional/segmentation, to their four digits. */
class TorchmetricsTablesTest {

    private static final int CLASSES = 5;

    private static OutcomeEvaluation outcomes(INDArray predictions, INDArray target) {
        OutcomeEvaluation outcomes = OutcomeEvaluation.multiLabel((int) target.size(1));
        outcomes.eval(target.castTo(DataType.FLOAT), predictions.castTo(DataType.FLOAT));
        return outcomes;
    }

    /** [N, 5, H, W] of indices. */
    private static INDArray oneHot(INDArray indices) {
        INDArray[] channels = new INDArray[CLASSES];
        Arrays.setAll(channels, c -> indices.eq(c).castTo(DataType.INT32)
                .reshape(indices.size(0), 1, indices.size(1), indices.size(2)));
        return Nd4j.concat(1, channels);
    }

    /** Rows of images, or one row of the mean over them. */
    private static void check(double[][] actual, double... expected) {
        assertThat(Arrays.stream(actual).flatMapToDouble(Arrays::stream).toArray()).containsExactly(expected,
                within(5.01e-5));
    }

    @Test
    void diceOfLabelsThatOverlap() {
        TorchRandom torch = new TorchRandom(42);
        INDArray predictions = torch.randint(0, 2, 4, CLASSES, 16, 16);
        OutcomeEvaluation outcomes = outcomes(predictions, torch.randint(0, 2, 4, CLASSES, 16, 16));
        double[][] each = {{0.4724, 0.5185, 0.4710, 0.5062, 0.4500}, {0.4571, 0.4980, 0.5191, 0.4380, 0.5649},
            {0.5428, 0.4904, 0.5358, 0.4830, 0.4724}, {0.4715, 0.4925, 0.4797, 0.5267, 0.4788}};
        check(outcomes.scores(OutcomeMetric.f1()), Arrays.stream(each).flatMapToDouble(Arrays::stream).toArray());
        double[] micro = {0.4842, 0.4968, 0.5053, 0.4902};
        assertThat(outcomes.value(OutcomeMetric.f1().reduction(Reduction.MICRO_IMAGEWISE)))
                .isCloseTo(Arrays.stream(micro).average().orElseThrow(), within(5e-5)).isCloseTo(0.4941, within(5e-5));
        // average="macro", aggregation_level="global"
        assertThat(outcomes.value(OutcomeMetric.f1().reduction(Reduction.MACRO)))
                .isCloseTo(0.4942, within(5e-5));
    }

    @Test
    void diceOfIndices() {
        TorchRandom torch = new TorchRandom(42);
        INDArray predictions = torch.randint(0, CLASSES, 4, 16, 16);
        OutcomeEvaluation outcomes = outcomes(oneHot(predictions), oneHot(torch.randint(0, CLASSES, 4, 16, 16)));
        check(outcomes.scores(OutcomeMetric.f1()), 0.1731, 0.1667, 0.2400, 0.2424, 0.1947, 0.2245, 0.2247, 0.2321,
                0.1132, 0.1682, 0.2500, 0.2476, 0.1887, 0.1818, 0.2718, 0.1308, 0.1800, 0.1980, 0.1607, 0.1522);
        assertThat(outcomes.value(OutcomeMetric.f1().reduction(Reduction.MACRO)))
                .isCloseTo(0.1965, within(5e-5));
        double[] micro = {0.2031, 0.1914, 0.2266, 0.1641};
        assertThat(outcomes.value(OutcomeMetric.f1().reduction(Reduction.MICRO_IMAGEWISE)))
                .isCloseTo(Arrays.stream(micro).average().orElseThrow(), within(5e-5));
    }

    @Test
    void generalisedDice() {
        // Documentation runs with the seed 42, too.
        TorchRandom torch = new TorchRandom(42);
        INDArray predictions = torch.randint(0, 2, 4, CLASSES, 16, 16);
        OutcomeEvaluation outcomes = outcomes(predictions, torch.randint(0, 2, 4, CLASSES, 16, 16));
        check(new double[][] {outcomes.generalisedDicePerImage(DiceWeights.SQUARE, true)}, 0.4830, 0.4935, 0.5044,
                0.4880);
        check(outcomes.generalisedDiceScores(DiceWeights.SQUARE, true), 0.4724, 0.5185, 0.4710, 0.5062, 0.4500, 0.4571,
                0.4980, 0.5191, 0.4380, 0.5649, 0.5428, 0.4904, 0.5358, 0.4830, 0.4724, 0.4715, 0.4925, 0.4797, 0.5267,
                0.4788);
    }

    @Test
    void meanIou() {
        INDArray predictions = new TorchRandom(42).randint(0, 2, 4, CLASSES, 16, 16);
        INDArray target = new TorchRandom(43).randint(0, 2, 4, CLASSES, 16, 16);
        OutcomeEvaluation outcomes = outcomes(predictions, target);
        check(new double[][] {means(outcomes)}, 0.3323, 0.3336, 0.3397, 0.3435);
        check(outcomes.scores(OutcomeMetric.iou()), 0.3617, 0.3128, 0.3366, 0.3242, 0.3263, 0.3646, 0.2893, 0.3297,
                0.3073, 0.3770, 0.3756, 0.3168, 0.3505, 0.3400, 0.3155, 0.3579, 0.3317, 0.3797, 0.3523, 0.2957);
        OutcomeEvaluation foreground = outcomes(predictions.get(NDArrayIndex.all(), NDArrayIndex.interval(1, CLASSES)),
                target.get(NDArrayIndex.all(), NDArrayIndex.interval(1, CLASSES)));
        check(new double[][] {means(foreground)}, 0.3250, 0.3258, 0.3307, 0.3398);
    }

    /** Over the classes of each image. */
    private static double[] means(OutcomeEvaluation outcomes) {
        return Arrays.stream(outcomes.scores(OutcomeMetric.iou()))
                .mapToDouble(row -> Arrays.stream(row).average().orElseThrow()).toArray();
    }

    @Test
    void hausdorffDistances() {
        TorchRandom torch = new TorchRandom(42);
        boolean[][] predicted = masks(torch.randint(0, 2, 4, CLASSES, 16, 16));
        boolean[][] truth = masks(torch.randint(0, 2, 4, CLASSES, 16, 16));
        double[] expected = {2, 1.4142, 2, 2, 1.4142, 2, 2, 2, 2, 2, 1.4142, 2, 2, 2.8284, 2, 2.2361};
        // Without the background, which is not asked for by default.
        double sum = 0;
        for (int k = 0; k < expected.length; k++) {
            int at = k / 4 * CLASSES + 1 + k % 4;
            double distance = MaskSurfaces.ofPrediction(predicted[at]).andTruth(truth[at], new int[] {16, 16},
                    new double[] {1, 1}).hausdorff();
            assertThat(distance).as("%d", k).isCloseTo(expected[k], within(5.01e-5));
            sum += distance;
        }
        assertThat(sum / expected.length).isCloseTo(1.9567, within(5e-5));
    }

    private static boolean[][] masks(INDArray bits) {
        boolean[][] masks = new boolean[4 * CLASSES][16 * 16];
        for (int k = 0; k < bits.length(); k++) {
            masks[k / 256][k % 256] = bits.getInt(k / 1280, k / 256 % CLASSES, k / 16 % 16, k % 16) == 1;
        }
        return masks;
    }
}
