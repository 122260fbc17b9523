package org.segloss4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.evaluation.IEvaluation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.JavaSerialisation;

/** Settings of counts of outcomes where they come from outside: other evaluations, files and streams. */
class OutcomeEvaluationSettingsTest {

    static Stream<OutcomeEvaluation> evaluations() {
        OutcomeEvaluation labels = OutcomeEvaluation.multiLabel(2).threshold(0.25, 0.75).ignoreIndex(255).channelsLast()
                .classNames(List.of("a", "b"));
        labels.add(1L << 60, 2, 3, 4, 5, 6, 7, 8);
        OutcomeEvaluation classes = OutcomeEvaluation.multiClass(3).ignoreIndex(2);
        classes.addImage(new long[] {5, 1, 1, 2, 3, 0, 9, 9, 9});
        return Stream.of(labels, classes, OutcomeEvaluation.binary());
    }

    @ParameterizedTest
    @MethodSource("evaluations")
    void everyFormKeepsCountsAndSettings(OutcomeEvaluation evaluation) {
        assertThat(JavaSerialisation.roundTrip(evaluation)).isEqualTo(evaluation);
        assertThat(OutcomeEvaluation.fromJson(evaluation.toJson(), IEvaluation.class)).isEqualTo(evaluation);
        assertThat(OutcomeEvaluation.fromYaml(evaluation.toYaml(), OutcomeEvaluation.class)).isEqualTo(evaluation);
        OutcomeEvaluation empty = evaluation.newInstance();
        assertThat(empty.images()).isZero();
        empty.merge(evaluation);
        assertThat(empty).isEqualTo(evaluation);
        evaluation.reset();
        assertThat(evaluation).isEqualTo(evaluation.newInstance());
    }

    static Stream<OutcomeEvaluation> others() {
        return Stream.of(OutcomeEvaluation.multiLabel(3), OutcomeEvaluation.multiClass(2), OutcomeEvaluation.binary(),
                OutcomeEvaluation.multiLabel(2).ignoreIndex(1), OutcomeEvaluation.multiLabel(2).threshold(0.4),
                OutcomeEvaluation.multiLabel(2).channelsLast());
    }

    @ParameterizedTest
    @MethodSource("others")
    void evaluationsOfOtherSettingsDoNotMerge(OutcomeEvaluation other) {
        OutcomeEvaluation evaluation = OutcomeEvaluation.multiLabel(2);
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.merge(other))
                .withMessageContaining("cannot be merged into one of MULTI_LABEL 2, ignoreIndex null");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "'classes': 2                                                     | needs its mode",
        "'mode': 'MULTI_CLASS'                                            | needs its number of classes",
        "'mode': 'MULTI_CLASS', 'classes': 1                              | classes is 1",
        "'mode': 'MULTI_LABEL', 'classes': 4097                           | classes is 4097",
        "'mode': 'BINARY', 'classes': 2                                   | classes is 2",
        "'mode': 'MULTI_LABEL', 'classes': 2.5                            | classes is 2.5",
        "'mode': 'MULTI_CLASS', 'classes': 2, 'thresholds': [0.5]         | have no threshold",
        "'mode': 'MULTI_LABEL', 'classes': 3, 'thresholds': [0.5, 0.5]    | 2 thresholds for 3 labels",
        "'mode': 'BINARY', 'classes': 1, 'thresholds': [1.5]              | threshold is 1.5",
        "'mode': 'BINARY', 'classes': 1, 'counts': [1, 2, 3]              | 3 counts are not 4",
        "'mode': 'BINARY', 'classes': 1, 'counts': [1, 2, 3, -1]          | count -1 of image 0, class 0 is negative",
        "'mode': 'BINARY', 'classes': 1, 'counts': [1, 2, 3, 0.5]         | a count is 0.5",
        "'mode': 'BINARY', 'classes': 1, 'counts': [9223372036854775807, 1, 0, 0] | exceed",
        "'mode': 'BINARY', 'classes': 1, 'classNames': ['a', 'b']         | 2 class names for 1 classes"})
    void forgedJsonIsRefused(String settings, String message) {
        String json = ("{'@class': 'org.segloss4j.evaluation.OutcomeEvaluation', " + settings + "}").replace('\'', '"');
        assertThatThrownBy(() -> OutcomeEvaluation.fromJson(json, IEvaluation.class))
                .hasRootCauseInstanceOf(IllegalArgumentException.class).rootCause().hasMessageContaining(message);
    }

    /** A count in the bytes of a stream is made negative. */
    @Test
    void aForgedStreamIsRefused() {
        OutcomeEvaluation evaluation = OutcomeEvaluation.binary();
        evaluation.add(0x1122334455667788L, 0, 0, 0);
        ForgedStream.refuses(evaluation, 0x1122334455667788L, -1, "is negative");
        ForgedStream.refuses(evaluation, 0x1122334455667788L, Long.MIN_VALUE, "is negative");
    }

    @Test
    void badArgumentsAreRejectedWithTheirValue() {
        assertThatIllegalArgumentException().isThrownBy(() -> OutcomeMetric.fBeta(0))
                .withMessageContaining("beta is 0");
        assertThatIllegalArgumentException().isThrownBy(() -> OutcomeMetric.iou().classWeights(1, -2))
                .withMessageContaining("class weight -2.0");
        assertThatIllegalArgumentException().isThrownBy(() -> OutcomeMetric.iou().classWeights(0, 0))
                .withMessageContaining("[0.0, 0.0] have the sum 0.0");
        OutcomeEvaluation evaluation = OutcomeEvaluation.multiLabel(2);
        evaluation.add(1, 0, 0, 1, 0, 0, 0, 2);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> evaluation.value(OutcomeMetric.iou().reduction(Reduction.WEIGHTED)))
                .withMessageContaining("reduction weighted needs class weights");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> evaluation.value(OutcomeMetric.iou().classWeights(1, 2, 3)))
                .withMessageContaining("3 class weights for 2 classes");
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.value(OutcomeMetric.iou()
                .reduction(Reduction.MACRO).classWeights(1, 2).zeroDivision(Double.NaN)))
                .withMessageContaining("not in macro");
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.ignoreIndex(3))
                .withMessageContaining("1 images were counted before ignoreIndex 3");
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.truePositives(1, 0))
                .withMessageContaining("image 1 is outside 0..0");
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.addImage(new long[4]))
                .withMessageContaining("use add");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> evaluation.eval(Nd4j.ones(1, 3, 2), Nd4j.ones(1, 3, 2)))
                .withMessageContaining("predictions have 3 channels, but 2 labels");
        INDArray nan = Nd4j.valueArrayOf(new long[] {1, 2, 2}, Float.NaN);
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.eval(Nd4j.ones(1, 2, 2), nan))
                .withMessageContaining("2 predictions are not a number; the first is NaN at example 0, pixel 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OutcomeEvaluation.binary().generalisedDicePerImage(DiceWeights.SQUARE, false))
                .withMessageContaining("no class is left");
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.getValue(SegmentationEvaluation.Metric.MCC));
    }

    @Test
    void theExampleOfABadLabelIsTheOneOfTheBatch() {
        OutcomeEvaluation evaluation = OutcomeEvaluation.multiClass(2);
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.eval(
                Nd4j.createFromArray(new int[][] {{0, 1}, {1, 1}, {0, 7}}), Nd4j.rand(3, 2, 2)))
                .withMessageContaining("the first is 7 at example 2, pixel 1");
        assertThat(evaluation.images()).isZero();
    }
}
