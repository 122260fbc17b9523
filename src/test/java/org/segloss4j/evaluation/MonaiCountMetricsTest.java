package org.segloss4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The tables of MONAI's own tests, commit d388d1c: {@code tests/metrics/test_compute_confusion_matrix.py},
 * {@code test_compute_meandice.py} and {@code test_compute_generalized_dice.py}. Images are 2 x 2, their rows written
 * one after the other.
 */
class MonaiCountMetricsTest {

    private static final Offset<Double> CLOSE = within(1e-4);

    /** {@code data} of the confusion matrix' tests, and case 2 of those of generalised Dice. */
    private static final float[] PREDICTED = {0, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0};
    private static final float[] TRUTH = {0, 0, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 0};

    /** {@code data_nan}. */
    private static final float[] PREDICTED_NAN = {0, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1,
        1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1};
    private static final float[] TRUTH_NAN = {0, 0, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0};

    /** Of cases 3, 9, 10 and 11 of generalised Dice. */
    private static final float[] PREDICTED_3 = {1, 1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0};
    private static final float[] TRUTH_3 = {1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 0};
    /** Of case 4. */
    private static final float[] TRUTH_4 = {1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0};

    private static OutcomeEvaluation evaluated(int classes, float[] predicted, float... truth) {
        int images = predicted.length / classes / 4;
        INDArray predictions = Nd4j.createFromArray(predicted).reshape(images, classes, 2, 2);
        OutcomeEvaluation evaluation = OutcomeEvaluation.multiLabel(classes);
        evaluation.eval(Nd4j.createFromArray(truth).reshape(images, classes, 2, 2), predictions);
        return evaluation;
    }

    /** Cases 4, 5, 7, 11 and 12 of {@code test_compute_meandice.py}, and the IoU of the same data by hand. */
    @Test
    void meanDice() {
        OutcomeMetric dice = OutcomeMetric.f1().reduction(Reduction.MACRO_IMAGEWISE);
        OutcomeEvaluation third = evaluated(3, PREDICTED_3, TRUTH_3);
        assertThat(third.value(dice.ignoreEmpty())).isCloseTo(0.689683, CLOSE);
        double[][] scores = third.scores(dice.ignoreEmpty());
        assertThat((scores[0][0] + scores[1][0]) / 2).isCloseTo(0.6786, CLOSE);
        assertThat(scores[0][1]).isNaN();
        assertThat(scores[1]).containsExactly(new double[] {0.5, 0.4, 0.6667}, CLOSE);
        assertThat(evaluated(3, PREDICTED_3, TRUTH_4).value(dice.ignoreEmpty())).isCloseTo(0.857143, CLOSE);
        float[] none = new float[16];
        float[] all = new float[16];
        Arrays.fill(all, 1);
        assertThat(evaluated(2, none, none).value(dice)).isEqualTo(1);
        assertThat(evaluated(2, all, none).value(dice)).isZero();
        assertThat(evaluated(2, all, none).value(dice.ignoreEmpty())).isNaN();
        assertThat(evaluated(3, PREDICTED_3, TRUTH_3).value(OutcomeMetric.iou().reduction(Reduction.MACRO_IMAGEWISE)
                .ignoreEmpty())).isCloseTo((0.75 + (1.0 / 3 + 0.25 + 0.5) / 3) / 2, CLOSE);
        assertThat(dice.ignoreEmpty()).isNotEqualTo(dice.zeroDivision(Double.NaN)).hasToString(
                "f_beta(1.0), macro-imagewise, NaN for 0/0 and without true pixels");
        assertThat(dice.zeroDivision(0).ignoreEmpty()).isEqualTo(dice.ignoreEmpty().zeroDivision(Double.NaN));
        assertThatThrownBy(() -> dice.ignoreEmpty().zeroDivision(0)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("zeroDivision is 0.0, but ignoreEmpty lets such scores drop out; leave one of them out");
    }

    @Test
    void confusionMatrix() {
        OutcomeEvaluation evaluation = evaluated(3, PREDICTED, TRUTH);
        long[][][] expected = {{{0, 1, 2, 1}, {1, 1, 1, 1}, {0, 1, 2, 1}}, {{1, 0, 3, 0}, {1, 0, 2, 1}, {1, 1, 2, 0}}};
        for (int n = 0; n < 2; n++) {
            for (int c = 0; c < 3; c++) {
                assertThat(new long[] {evaluation.truePositives(n, c), evaluation.falsePositives(n, c),
                    evaluation.trueNegatives(n, c), evaluation.falseNegatives(n, c)}).isEqualTo(expected[n][c]);
            }
        }
    }

    static Stream<Arguments> metrics() {
        return Stream.of(
                Arguments.of(OutcomeMetric.recall(), new double[] {0.5, 0.5, 0.5}, 0.5),
                Arguments.of(OutcomeMetric.falsePositiveRate(), new double[] {0.1667, 0.25, 0.3333}, 0.25),
                Arguments.of(OutcomeMetric.specificity(), new double[] {0.8333, 0.75, 0.6667}, 0.75),
                Arguments.of(OutcomeMetric.precision(), new double[] {0.5, 0.75, 0.25}, 0.5),
                Arguments.of(OutcomeMetric.negativePredictiveValue(), new double[] {0.8333, 0.5833, 0.8333}, 0.75),
                Arguments.of(OutcomeMetric.falseNegativeRate(), new double[] {0.5, 0.5, 0.5}, 0.5),
                Arguments.of(OutcomeMetric.falseDiscoveryRate(), new double[] {0.5, 0.25, 0.75}, 0.5),
                Arguments.of(OutcomeMetric.falseOmissionRate(), new double[] {0.1667, 0.4167, 0.1667}, 0.25),
                Arguments.of(OutcomeMetric.prevalenceThreshold(), new double[] {0.5, 0, 0.6830}, 0.5610),
                Arguments.of(OutcomeMetric.iou(), new double[] {0.5, 0.4167, 0.25}, 0.3889),
                Arguments.of(OutcomeMetric.accuracy(), new double[] {0.75, 0.625, 0.625}, 0.6667),
                Arguments.of(OutcomeMetric.balancedAccuracy(), new double[] {0.6667, 0.625, 0.5833}, 0.625),
                Arguments.of(OutcomeMetric.f1(), new double[] {0.5, 0.5833, 0.3333}, 0.4722),
                Arguments.of(OutcomeMetric.mcc(), new double[] {0.3333, 0.2887, 0.1220}, 0.2480),
                Arguments.of(OutcomeMetric.fowlkesMallows(), new double[] {0.5, 0.6036, 0.3536}, 0.4857),
                Arguments.of(OutcomeMetric.informedness(), new double[] {0.3333, 0.25, 0.1667}, 0.25),
                Arguments.of(OutcomeMetric.markedness(), new double[] {0.3333, 0.3333, 0.0833}, 0.25));
    }

    /** Reductions "mean_batch" and "mean", which leave out what is not defined. */
    @ParameterizedTest
    @MethodSource("metrics")
    void metricsOfTheConfusionMatrix(OutcomeMetric metric, double[] meanBatch, double mean) {
        OutcomeEvaluation evaluation = evaluated(3, PREDICTED, TRUTH);
        OutcomeMetric skipping = metric.zeroDivision(Double.NaN).reduction(Reduction.MACRO_IMAGEWISE);
        double[][] scores = evaluation.scores(skipping);
        for (int c = 0; c < 3; c++) {
            int column = c;
            assertThat(Stream.of(scores).mapToDouble(row -> row[column]).filter(s -> !Double.isNaN(s)).average()
                    .orElseThrow()).isCloseTo(meanBatch[c], CLOSE);
        }
        assertThat(evaluation.value(skipping)).isCloseTo(mean, CLOSE);
    }

    /** Reductions "sum" and "sum_batch" of recall and specificity, with the number of scores that are defined. */
    @Test
    void metricsThatAreNotDefinedAreLeftOut() {
        OutcomeEvaluation evaluation = evaluated(3, PREDICTED_NAN, TRUTH_NAN);
        OutcomeMetric[] metrics = {OutcomeMetric.recall(), OutcomeMetric.specificity()};
        double[][] sums = {{0, 0.5, 0}, {1.6667, 2.5, 0.6667}};
        int[][] defined = {{3, 2, 1}, {2, 3, 3}};
        for (int k = 0; k < metrics.length; k++) {
            double[][] scores = evaluation.scores(metrics[k].zeroDivision(Double.NaN));
            for (int c = 0; c < 3; c++) {
                int column = c;
                double[] ofClass = Stream.of(scores).mapToDouble(row -> row[column]).filter(s -> !Double.isNaN(s))
                        .toArray();
                assertThat(ofClass).hasSize(defined[k][c]);
                assertThat(Stream.of(scores).mapToDouble(row -> row[column]).filter(s -> !Double.isNaN(s)).sum())
                        .isCloseTo(sums[k][c], CLOSE);
            }
        }
    }

    /** Case 1, and 5 to 8 with all ones or zeros. */
    @Test
    void generalisedDiceOfEachClass() {
        assertThat(evaluated(1, new float[] {1, 0, 0, 1}, 1, 0, 1, 1)
                .generalisedDiceScores(DiceWeights.SQUARE, true)[0][0]).isCloseTo(0.8, CLOSE);
        for (int predicted = 0; predicted < 2; predicted++) {
            for (int truth = 0; truth < 2; truth++) {
                OutcomeEvaluation evaluation = OutcomeEvaluation.multiLabel(2);
                evaluation.eval(Nd4j.valueArrayOf(new long[] {2, 2, 3, 3}, (float) truth),
                        Nd4j.valueArrayOf(new long[] {2, 2, 3, 3}, (float) predicted));
                for (double[] scores : evaluation.generalisedDiceScores(DiceWeights.SQUARE, true)) {
                    assertThat(scores).containsExactly(predicted == truth ? 1 : 0, predicted == truth ? 1 : 0);
                }
            }
        }
        double[][] scores = evaluated(3, PREDICTED_3, TRUTH_3).generalisedDiceScores(DiceWeights.SQUARE, true);
        assertThat(scores[0]).containsExactly(new double[] {0.857143, 0, 0}, CLOSE);
        assertThat(scores[1]).containsExactly(new double[] {0.5, 0.4, 0.666667}, CLOSE);
    }

    /** Case 2: "mean_batch" without the background. */
    @Test
    void generalisedDiceWithoutBackground() {
        double[][] scores = evaluated(3, PREDICTED, TRUTH).generalisedDiceScores(DiceWeights.SQUARE, false);
        assertThat((scores[0][1] + scores[1][1]) / 2).isCloseTo(0.583333, CLOSE);
        assertThat((scores[0][2] + scores[1][2]) / 2).isCloseTo(0.333333, CLOSE);
        assertThat(scores[0][0]).isNaN();
    }

    /** Cases 3 ("mean"), 9 and 11 ("mean_channel") and 4 ("sum"). */
    @Test
    void generalisedDiceOfImages() {
        OutcomeEvaluation evaluation = evaluated(3, PREDICTED_3, TRUTH_3);
        assertThat(evaluation.generalisedDice(DiceWeights.SQUARE, true)).isCloseTo(0.5454, CLOSE);
        assertThat(evaluation.generalisedDicePerImage(DiceWeights.SQUARE, true))
                .containsExactly(new double[] {0.545455, 0.545455}, CLOSE);
        assertThat(Stream.of(evaluated(3, PREDICTED_3, TRUTH_4)).map(four ->
                four.generalisedDicePerImage(DiceWeights.SQUARE, true)).mapToDouble(s -> s[0] + s[1]).sum())
                .isCloseTo(1.045455, CLOSE);
    }

    /** The weights of the other types by hand: G = (4, 0, 0) and (1, 2, 1) in the two images. */
    @Test
    void otherWeights() {
        OutcomeEvaluation evaluation = evaluated(3, PREDICTED_3, TRUTH_3);
        double[] simple = evaluation.generalisedDicePerImage(DiceWeights.SIMPLE, true);
        assertThat(simple[0]).isCloseTo(2.0 * 3 / (7 + 1 + 3), within(1e-12));
        assertThat(simple[1]).isCloseTo(2 * (1 + 0.5 + 1) / (4 + 0.5 * 5 + 3), within(1e-12));
        double[] uniform = evaluation.generalisedDicePerImage(DiceWeights.UNIFORM, true);
        assertThat(uniform[0]).isCloseTo(6.0 / 11, within(1e-12));
        assertThat(uniform[1]).isCloseTo(6.0 / 12, within(1e-12));
    }
}
