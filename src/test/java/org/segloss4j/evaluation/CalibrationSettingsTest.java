package org.segloss4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.evaluation.IEvaluation;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.JavaSerialisation;
import org.w3c.dom.Document;

/** Settings, forms and charts of a calibration. */
class CalibrationSettingsTest {

    private static CalibrationEvaluation counted() {
        CalibrationEvaluation evaluation = CalibrationEvaluation.binary().bins(4);
        evaluation.eval(Nd4j.createFromArray(0, 1, 1, 1).reshape(1, 1, 4),
                Nd4j.createFromArray(0.1f, 0.3f, 0.9f, 0.8f).reshape(1, 1, 4));
        return evaluation;
    }

    static Stream<CalibrationEvaluation> evaluations() {
        CalibrationEvaluation classes = CalibrationEvaluation.multiClass(2).bins(3).ignoreIndex(7).channelsLast()
                .classNames(List.of("a", "b"));
        classes.eval(Nd4j.createFromArray(0, 1, 7).reshape(1, 3),
                Nd4j.createFromArray(0.1f, 0.9f, 1 / 3f, 2 / 3f, 1f, 0f).reshape(1, 3, 2));
        return Stream.of(classes, counted(), CalibrationEvaluation.multiLabel(3));
    }

    @ParameterizedTest
    @MethodSource("evaluations")
    void everyFormKeepsCountsAndSettings(CalibrationEvaluation evaluation) {
        assertThat(JavaSerialisation.roundTrip(evaluation)).isEqualTo(evaluation);
        assertThat(CalibrationEvaluation.fromJson(evaluation.toJson(), IEvaluation.class)).isEqualTo(evaluation);
        assertThat(CalibrationEvaluation.fromYaml(evaluation.toYaml(), CalibrationEvaluation.class))
                .isEqualTo(evaluation);
        CalibrationEvaluation empty = evaluation.newInstance();
        empty.merge(evaluation);
        assertThat(empty).isEqualTo(evaluation);
        evaluation.reset();
        assertThat(evaluation).isEqualTo(evaluation.newInstance());
    }

    static Stream<CalibrationEvaluation> others() {
        return Stream.of(CalibrationEvaluation.multiLabel(2), CalibrationEvaluation.multiClass(3),
                CalibrationEvaluation.multiClass(2).bins(10), CalibrationEvaluation.multiClass(2).ignoreIndex(1),
                CalibrationEvaluation.multiClass(2).channelsLast());
    }

    @ParameterizedTest
    @MethodSource("others")
    void evaluationsOfOtherSettingsDoNotMerge(CalibrationEvaluation other) {
        CalibrationEvaluation evaluation = CalibrationEvaluation.multiClass(2);
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.merge(other)).withMessageContaining(
                "cannot be merged into one of 2 classes, 15 bins, ignoreIndex null, channelsLast false");
    }

    private static final String SUMS = "'probabilityWhole': [0], 'probabilityFraction': [1], 'truthWhole': [1],"
            + " 'truthFraction': [0], 'errorWhole': [0], 'errorFraction': [1]";

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "'classes': 1, 'exclusive': false                     | needs classes, exclusive and bins",
        "'classes': 1, 'exclusive': true, 'bins': 5           | classes is 1",
        "'classes': 2, 'exclusive': true, 'bins': 0           | bins is 0",
        "'classes': 4096, 'exclusive': false, 'bins': 257     | bins is 257",
        "'classes': 1, 'exclusive': false, 'bins': 2.5        | bins is 2.5",
        "'classes': 1, 'exclusive': false, 'bins': 1, 'sums': {'counts': [1, 1], %s}  | 2 counts for 1 rows of 1 bins",
        "'classes': 1, 'exclusive': false, 'bins': 1, 'sums': {'counts': [-1], %s}    | count -1 of bin 0",
        "'classes': 1, 'exclusive': false, 'bins': 1, 'sums': {'counts': [0], %s}     | is none of 0 numbers",
        "'classes': 1, 'exclusive': false, 'bins': 1, 'sums': {'counts': [1]}         | 1 sums of probabilities",
        "'classes': 1, 'exclusive': false, 'bins': 1, 'classNames': ['a', 'b']        | 2 class names for 1 classes"})
    void forgedJsonIsRefused(String settings, String message) {
        String json = ("{'@class': 'org.segloss4j.evaluation.CalibrationEvaluation', " + settings.replace("%s", SUMS)
                + "}").replace('\'', '"');
        assertThatThrownBy(() -> CalibrationEvaluation.fromJson(json, IEvaluation.class))
                .hasRootCauseInstanceOf(IllegalArgumentException.class).rootCause().hasMessageContaining(message);
    }

    @Test
    void aForgedStreamIsRefused() {
        CalibrationEvaluation evaluation = CalibrationEvaluation.binary().bins(1);
        evaluation.eval(Nd4j.createFromArray(1).reshape(1, 1, 1), Nd4j.createFromArray(0.3).reshape(1, 1, 1));
        long fraction = (long) Math.rint(0.3 * 0x1p52);
        ForgedStream.refuses(evaluation, fraction, -1, "sum 0 of probabilities is 0 and -1");
        ForgedStream.refuses(evaluation, fraction, 1L << 52, "sum 0 of probabilities is 0 and 4503599627370496");
    }

    @Test
    void badSettingsAreRejectedWithTheirValue() {
        assertThatIllegalArgumentException().isThrownBy(() -> counted().bins(5))
                .withMessageContaining("something was counted before bins 5");
        assertThatIllegalArgumentException().isThrownBy(() -> counted().ece(1)).withMessageContaining("class 1");
        assertThatIllegalArgumentException().isThrownBy(() -> counted().topLabelReliability())
                .withMessageContaining("no most probable class");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> counted().eval(Nd4j.ones(1, 2, 2), Nd4j.ones(1, 2, 2)))
                .withMessageContaining("predictions have 2 channels, but 1 is evaluated");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> counted().getValue(SegmentationEvaluation.Metric.MEAN_IOU));
    }

    @Test
    void theTableHasARowForEachClassAndTheTopLabel() {
        CalibrationEvaluation evaluation = CalibrationEvaluation.multiClass(2).bins(2)
                .classNames(List.of("sky", "road"));
        evaluation.eval(Nd4j.createFromArray(0, 0).reshape(1, 2),
                Nd4j.createFromArray(0.75f, 0.25f, 0.25f, 0.75f).reshape(1, 2, 2));
        assertThat(evaluation.stats()).isEqualTo("""
                class               ECE     ACE     MCE   RMSCE   Brier  pixels
                sky              0.5000  0.5000  0.7500  0.5590  0.3125       2
                road             0.5000  0.5000  0.7500  0.5590  0.3125       2
                top label        0.2500  0.2500  0.2500  0.2500  0.3125       2
                mean of classes  0.5000  0.5000  0.7500  0.5590  0.3125
                in 2 bins of equal width; Brier score of all classes 0.6250
                """);
    }

    /** Well-formed whatever the name, and a bar of the right height for each bin that is not empty. */
    @Test
    void theChartShowsTheBins() throws Exception {
        CalibrationEvaluation evaluation = counted().classNames(List.of("<b>&\u0000\u202e\"' end"));
        Document svg = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new ByteArrayInputStream(
                evaluation.reliabilityChart().getBytes(StandardCharsets.UTF_8)));
        assertThat(svg.getElementsByTagName("text").item(0).getTextContent())
                .isEqualTo("Reliability of <b>&\uFFFD\uFFFD\"' end");
        // Background, two of the legend, and of three bins: what is true, the gap, and the count.
        assertThat(svg.getElementsByTagName("rect").getLength()).isEqualTo(3 + 3 * 3);
        assertThat(evaluation.reliabilityChart()).contains("0.750 to 1.000: 2 pixels, mean probability 0.8500, true"
                + " 1.0000").contains("ECE 0.2750, MCE 0.7000, 4 bins");
    }
}
