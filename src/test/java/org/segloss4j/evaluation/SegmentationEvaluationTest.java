package org.segloss4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.evaluation.IEvaluation;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.JavaSerialisation;
import org.segloss4j.evaluation.SegmentationEvaluation.Metric;

/** The scores of a confusion matrix, and what can be done with an evaluation. */
class SegmentationEvaluationTest {

    /** Truth by prediction; class 3 never occurs and is never predicted, class 2 is never predicted. */
    private static final long[] COUNTS = {
        6, 2, 0, 0,
        1, 5, 0, 0,
        3, 1, 0, 0,
        0, 0, 0, 0};

    private static SegmentationEvaluation evaluation() {
        SegmentationEvaluation evaluation = new SegmentationEvaluation(4);
        evaluation.add(COUNTS);
        return evaluation;
    }

    @Test
    void classScoresFollowFromTheCounts() {
        SegmentationEvaluation evaluation = evaluation();
        assertThat(evaluation.iou(0)).isEqualTo(6 / 12.0);
        assertThat(evaluation.iou(1)).isEqualTo(5 / 9.0);
        assertThat(evaluation.iou(2)).isZero();
        assertThat(evaluation.dice(0)).isEqualTo(12 / 18.0);
        assertThat(evaluation.dice(1)).isEqualTo(10 / 14.0);
        assertThat(evaluation.precision(0)).isEqualTo(6 / 10.0);
        assertThat(evaluation.precision(1)).isEqualTo(5 / 8.0);
        assertThat(evaluation.recall(0)).isEqualTo(6 / 8.0);
        assertThat(evaluation.recall(2)).isZero();
        assertThat(evaluation.count(2, 0)).isEqualTo(3);
        assertThat(evaluation.total()).isEqualTo(18);
        assertThat(evaluation.confusion()).isEqualTo(COUNTS);
    }

    @Test
    void scoresThatAreNotDefinedDropOutOfTheMeans() {
        SegmentationEvaluation evaluation = evaluation();
        assertThat(evaluation.iou(3)).isNaN();
        assertThat(evaluation.dice(3)).isNaN();
        assertThat(evaluation.precision(2)).isNaN();
        assertThat(evaluation.recall(3)).isNaN();
        assertThat(evaluation.meanIou()).isCloseTo((1 / 2.0 + 5 / 9.0 + 0) / 3, within(1e-15));
        assertThat(evaluation.meanDice()).isCloseTo((12 / 18.0 + 10 / 14.0 + 0) / 3, within(1e-15));
        assertThat(evaluation.meanPrecision()).isCloseTo((6 / 10.0 + 5 / 8.0) / 2, within(1e-15));
        assertThat(evaluation.meanRecall()).isCloseTo((6 / 8.0 + 5 / 6.0 + 0) / 3, within(1e-15));
    }

    @Test
    void scoresOfAllPixels() {
        assertThat(evaluation().pixelAccuracy()).isEqualTo(11 / 18.0);
        assertThat(evaluation().frequencyWeightedIou())
                .isCloseTo((8 * (1 / 2.0) + 6 * (5 / 9.0) + 4 * 0) / 18, within(1e-15));
    }

    @Test
    void anIgnoredClassIsInNoScoreButItsPredictionsAreWrong() {
        SegmentationEvaluation evaluation = new SegmentationEvaluation(3).ignoreIndex(2);
        evaluation.add(new long[] {4, 0, 2, 1, 3, 0, 7, 7, 7});
        assertThat(evaluation.total()).isEqualTo(10);
        assertThat(evaluation.iou(2)).isNaN();
        assertThat(evaluation.iou(0)).isEqualTo(4 / 7.0);
        assertThat(evaluation.meanIou()).isCloseTo((4 / 7.0 + 3 / 4.0) / 2, within(1e-15));
        assertThat(evaluation.pixelAccuracy()).isEqualTo(0.7);
        assertThat(evaluation.frequencyWeightedIou()).isCloseTo((6 * 4 / 7.0 + 4 * 3 / 4.0) / 10, within(1e-15));
    }

    @Test
    void nothingCountedMeansNothingDefined() {
        SegmentationEvaluation empty = new SegmentationEvaluation(2);
        for (Metric metric : Metric.values()) {
            assertThat(empty.getValue(metric)).as(metric.name()).isNaN();
        }
        assertThat(empty.stats()).contains("0 of 2 classes").doesNotContain("NaN");
    }

    @Test
    void metricsAreAskedForByName() {
        SegmentationEvaluation evaluation = evaluation();
        assertThat(evaluation.getValue(Metric.MEAN_IOU)).isEqualTo(evaluation.meanIou());
        assertThat(evaluation.getValue(Metric.MEAN_DICE)).isEqualTo(evaluation.meanDice());
        assertThat(evaluation.getValue(Metric.MEAN_PRECISION)).isEqualTo(evaluation.meanPrecision());
        assertThat(evaluation.getValue(Metric.MEAN_RECALL)).isEqualTo(evaluation.meanRecall());
        assertThat(evaluation.getValue(Metric.PIXEL_ACCURACY)).isEqualTo(evaluation.pixelAccuracy());
        assertThat(evaluation.getValue(Metric.FREQUENCY_WEIGHTED_IOU)).isEqualTo(evaluation.frequencyWeightedIou());
        assertThat(Metric.values()).noneMatch(Metric::minimize)
                .allMatch(metric -> metric.getEvaluationClass() == SegmentationEvaluation.class);
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.getValue(Evaluation.Metric.F1))
                .withMessageContaining("F1");
    }

    @Test
    void countsHave64Bits() {
        long many = 3L << 31;
        SegmentationEvaluation evaluation = new SegmentationEvaluation(2);
        evaluation.add(new long[] {many, 0, many, 0});
        evaluation.add(new long[] {many, 0, many, 0});
        assertThat(evaluation.count(1, 0)).isEqualTo(2 * many);
        assertThat(evaluation.total()).isEqualTo(4 * many);
        assertThat(evaluation.iou(0)).isEqualTo(0.5);
        assertThat(evaluation.pixelAccuracy()).isEqualTo(0.5);
        assertThat(evaluation.stats()).contains(Long.toString(4 * many));

        SegmentationEvaluation largest = new SegmentationEvaluation(2);
        largest.add(new long[] {Long.MAX_VALUE - 1, 1, 0, 0});
        assertThat(largest.dice(0)).isCloseTo(1, within(1e-12));
        assertThatIllegalArgumentException().isThrownBy(() -> largest.add(new long[] {0, 0, 0, 1}))
                .withMessageContaining("exceed 2^63 - 1");
        assertThat(largest.total()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void countsThatDoNotFitAreRejectedWhole() {
        SegmentationEvaluation evaluation = evaluation();
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.add(new long[4]))
                .withMessageContaining("4 counts for 4 classes");
        long[] negative = new long[16];
        negative[0] = 1;
        negative[6] = -5;
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.add(negative))
                .withMessageContaining("-5 at truth 1, prediction 2");
        assertThat(evaluation).isEqualTo(evaluation());
    }

    @Test
    void resetAndNewInstanceKeepTheSettings() {
        SegmentationEvaluation set = new SegmentationEvaluation(2).ignoreIndex(255).threshold(0.3).channelsLast()
                .classNames(List.of("ground", "figure"));
        SegmentationEvaluation counted = set.newInstance();
        assertThat(counted).isEqualTo(set);
        counted.add(new long[] {1, 2, 3, 4});
        assertThat(counted).isNotEqualTo(set);
        assertThat(counted.newInstance()).isEqualTo(set);
        counted.reset();
        assertThat(counted).isEqualTo(set).hasSameHashCodeAs(set);
    }

    @Test
    void mergingAddsTheCounts() {
        SegmentationEvaluation sum = evaluation();
        sum.merge(evaluation());
        assertThat(sum.confusion()).isEqualTo(Arrays.stream(COUNTS).map(k -> 2 * k).toArray());
        assertThatIllegalArgumentException().isThrownBy(() -> sum.merge(new SegmentationEvaluation(3)))
                .withMessageContaining("3 classes cannot be merged into one of 4");
    }

    @Test
    void theTableIsAligned() {
        SegmentationEvaluation evaluation = evaluation().classNames(List.of("sky", "road", "car", "cyclist"));
        assertThat(evaluation.stats()).isEqualTo("""
                class       IoU    Dice  precision  recall  pixels  predicted
                sky      0.5000  0.6667     0.6000  0.7500       8         10
                road     0.5556  0.7143     0.6250  0.8333       6          8
                car      0.0000  0.0000          -  0.0000       4          0
                cyclist       -       -          -       -       0          0
                mean     0.3519  0.4603     0.6125  0.5278      18
                mean over the 3 of 4 classes that occur; pixel accuracy 0.6111, frequency-weighted IoU 0.4074
                """);
        assertThat(evaluation).hasToString(evaluation.stats());
    }

    @Test
    void theTableMarksTheIgnoredClass() {
        SegmentationEvaluation evaluation = new SegmentationEvaluation(3).ignoreIndex(2);
        evaluation.add(new long[] {4, 0, 2, 1, 3, 0, 0, 0, 0});
        assertThat(evaluation.stats().lines()).anyMatch(line -> line.startsWith("2 (ignored)       -"))
                .anyMatch(line -> line.startsWith("mean over the 2 of 3 classes"));
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void jsonKeepsCountsAndSettings(boolean set) {
        SegmentationEvaluation evaluation = evaluation();
        if (set) {
            evaluation.classNames(List.of("a", "b", "c", "d")).ignoreIndex(255).threshold(0.25).channelsLast();
            evaluation.add(new long[] {1L << 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
        }
        // Through the interface, so that the JSON itself must name the class.
        assertThat(SegmentationEvaluation.fromJson(evaluation.toJson(), IEvaluation.class)).isEqualTo(evaluation);
        assertThat(SegmentationEvaluation.fromYaml(evaluation.toYaml(), SegmentationEvaluation.class))
                .isEqualTo(evaluation);
    }

    @Test
    void javaSerialisationKeepsCountsAndSettings() {
        SegmentationEvaluation evaluation = evaluation().classNames(List.of("a", "b", "c", "d")).ignoreIndex(255);
        assertThat(JavaSerialisation.roundTrip(evaluation)).isEqualTo(evaluation);
    }

    @Test
    void badSettingsAreRejectedWithTheirValue() {
        assertThatIllegalArgumentException().isThrownBy(() -> new SegmentationEvaluation(1))
                .withMessageContaining("classes is 1").withMessageContaining("a single channel is 2 classes");
        SegmentationEvaluation evaluation = new SegmentationEvaluation(2);
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.classNames(List.of("one")))
                .withMessageContaining("1 class names for 2 classes");
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.threshold(-0.1))
                .withMessageContaining("threshold is -0.1");
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.iou(2))
                .withMessageContaining("class 2 is outside 0..1");
        INDArray three = Nd4j.ones(1, 3, 2, 2);
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.eval(three, three))
                .withMessageContaining("predictions have 3 channels, but 2 classes");
    }
}
