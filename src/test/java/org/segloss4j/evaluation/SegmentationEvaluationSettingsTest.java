package org.segloss4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.evaluation.IEvaluation;

/** Settings of an evaluation where they come from outside: other evaluations and JSON. */
class SegmentationEvaluationSettingsTest {

    static Stream<Arguments> otherSettings() {
        return Stream.of(
                Arguments.of(new SegmentationEvaluation(2).ignoreIndex(1), "ignoreIndex 1", "ignoreIndex null"),
                Arguments.of(new SegmentationEvaluation(2).threshold(0.25), "threshold 0.25", "threshold 0.5"),
                Arguments.of(new SegmentationEvaluation(2).channelsLast(), "channelsLast true",
                        "channelsLast false"));
    }

    @ParameterizedTest
    @MethodSource("otherSettings")
    void evaluationsOfOtherSettingsDoNotMerge(SegmentationEvaluation other, String its, String own) {
        other.add(new long[] {1, 1, 1, 1});
        SegmentationEvaluation evaluation = new SegmentationEvaluation(2);
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.merge(other))
                .withMessageContaining(its).withMessageContaining(own);
        assertThatIllegalArgumentException().isThrownBy(() -> other.merge(evaluation));
        assertThat(evaluation.total()).isZero();
        evaluation.merge(new SegmentationEvaluation(2).classNames(List.of("no", "yes")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "'classNames': ['a', 'b'], 'threshold': 0.5 | 2 class names for 3 classes",
        "'threshold': 1.5                           | threshold is 1.5",
        "'threshold': 0.5, 'counts': [1, 2]         | 2 counts for 3 classes",
        "'counts': [1.5, 0, 0, 0, 0, 0, 0, 0, 0]    | a count is 1.5",
        "'counts': [-1, 0, 0, 0, 0, 0, 0, 0, 0]     | is negative",
        "'ignoreIndex': 2.7                         | ignoreIndex is 2.7"})
    void jsonIsCheckedAsTheSettersCheck(String settings, String message) {
        String json = ("{'@class': 'org.segloss4j.evaluation.SegmentationEvaluation', 'classes': 3, " + settings + "}")
                .replace('\'', '"');
        assertThatThrownBy(() -> SegmentationEvaluation.fromJson(json, IEvaluation.class))
                .hasRootCauseInstanceOf(IllegalArgumentException.class).rootCause().hasMessageContaining(message);
    }

    /** A few characters must not ask for gigabytes. */
    @ParameterizedTest
    @ValueSource(strings = {"46340", "4097", "2.7", "1", "null", "4294967298"})
    void jsonOfSuchClassesIsRefused(String classes) {
        assertThatThrownBy(() -> SegmentationEvaluation.fromJson(
                "{\"@class\": \"org.segloss4j.evaluation.SegmentationEvaluation\", \"classes\": " + classes + "}",
                IEvaluation.class)).hasRootCauseInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void jsonWithoutSettingsHasTheDefaults() {
        assertThat(SegmentationEvaluation.fromJson("{\"@class\": \"org.segloss4j.evaluation.SegmentationEvaluation\","
                + " \"classes\": 3}", IEvaluation.class)).isEqualTo(new SegmentationEvaluation(3));
    }
}
