package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.serde.json.JsonMappers;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/** A loss by itself as JSON, YAML and Java object; within networks it is written by the same rules. */
class LossJsonTest {

    static Stream<SegmentationLoss> losses() {
        SegmentationLoss dice = Losses.dice();
        return Stream.of(LossCases.all(3).stream(), LossCases.separateCases(3).stream().map(LossCases.Case::loss),
                CatalogueGradientsTest.otherLibraries().map(Compat::parse),
                Stream.of(Losses.categoricalFocal().gamma(0).alpha(1),
                Losses.BINARY_FOCAL_DICE_LOSS.times(0.5), dice.beta(0.5).smooth(0).perImage(true).classIndexes(2, 0, 2)
                .classWeights(1, 0, 2).ignoreIndex(255)
                        .pixelsPerExample(12).named("mine"),
                dice.ignoreIndex(-1).timeSteps(7))).flatMap(some -> some);
    }

    @ParameterizedTest
    @MethodSource("losses")
    void survivesJsonAndYaml(SegmentationLoss loss) throws JsonProcessingException {
        for (ObjectMapper mapper : List.of(JsonMappers.getMapper(), JsonMappers.getYamlMapper())) {
            // Through the interface, so that the text itself must name the class.
            String text = mapper.writerFor(ILossFunction.class).writeValueAsString(loss);
            // What reading would leave out with a warning is not written.
            assertThat(mapper.readTree(text).fieldNames()).toIterable()
                    .isSubsetOf("@class", "name", "terms", "ignoreIndex", "rows");
            ILossFunction read = mapper.readValue(text, ILossFunction.class);
            assertThat(read).isEqualTo(loss).hasSameHashCodeAs(loss).hasToString(loss.toString());
            assertThat(mapper.writerFor(ILossFunction.class).writeValueAsString(read)).isEqualTo(text);
        }
    }

    /** Nothing is made a whole number, or a name, that is none. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "'terms': [{'kind': 0}]                                            | has the kind 0",
        "'terms': [{'kind': null}]                                         | has the kind null",
        "'terms': [{'kind': 'DICE', 'coefficient': '2'}]                   | coefficient is 2",
        "'terms': [{'kind': 'DICE', 'classIndexes': [2.7]}]                | classIndexes is 2.7",
        "'terms': [{'kind': 'DICE', 'perImage': 1}]                        | perImage is 1",
        "'terms': [{'kind': 'DICE'}], 'ignoreIndex': 2.7                   | ignoreIndex is 2.7",
        "'terms': [{'kind': 'DICE'}], 'ignoreIndex': 4294967551            | ignoreIndex is 4294967551",
        "'terms': [{'kind': 'DICE'}], 'ignoreIndex': '255'                 | ignoreIndex is 255",
        "'terms': [{'kind': 'DICE'}], 'rows': {'perExample': 2.7}          | perExample is 2.7",
        "'terms': [{'kind': 'DICE'}], 'rows': {'perExample': '12'}         | perExample is 12",
        "'terms': [{'kind': 'DICE'}], 'rows': {'perExample': 0}            | pixelsPerExample is 0",
        "'terms': [{'kind': 'DICE'}], 'rows': {'perExample': 2, 'alternating': 1} | alternating is 1",
        "'terms': [{'kind': 'DICE'}, null]                                 | has a term that is null",
        "'terms': []                                                       | has no terms"})
    void rejectsValuesOfAnotherType(String fields, String message) {
        String json = ("{'@class': 'org.segloss4j.SegmentationLoss', 'name': 'a', " + fields + "}").replace('\'', '"');
        assertThatThrownBy(() -> JsonMappers.getMapper().readValue(json, ILossFunction.class))
                .hasRootCauseInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
    }

    /** A newer version's model must load, but a mistyped setting must not go unnoticed. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "'terms': [{'kind': 'DICE', 'smoth': 1}]         | smoth, which is left out; known are kind, coefficient,"
            + " classWeights,",
        "'terms': [{'kind': 'DICE'}], 'ignore_index': 255 | ignore_index 255, which is left out; known are name, terms,"
            + " ignoreIndex and rows"})
    void saysWhatOfAStoredLossIsLeftOut(String fields, String leftOut) throws JsonProcessingException {
        String json = "{'@class': 'org.segloss4j.SegmentationLoss', 'name': 'dice_loss', " + fields + "}";
        PrintStream err = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            assertThat(JsonMappers.getMapper().readValue(json.replace('\'', '"'), ILossFunction.class))
                    .isEqualTo(Losses.dice());
        } finally {
            System.setErr(err);
        }
        assertThat(said.toString(StandardCharsets.UTF_8)).contains("a stored dice_loss has " + leftOut);
    }

    @ParameterizedTest
    @MethodSource("losses")
    void survivesJavaSerialisation(SegmentationLoss loss) {
        assertThat(JavaSerialisation.roundTrip(loss)).isEqualTo(loss).hasSameHashCodeAs(loss)
                .hasToString(loss.toString());
    }

    /** What is read is another object; what tells losses apart is not lost on the way. */
    @Test
    void noTwoLossesAreEqual() {
        List<SegmentationLoss> all = LossCases.all(3).stream().distinct().toList();
        assertThat(all.stream().map(JavaSerialisation::roundTrip))
                .doesNotHaveDuplicates();
        assertThat(all.stream().map(LossInternals::spec).distinct()).hasSameSizeAs(all);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "JACCARD                   | 'beta': 2              | jaccard_loss has no beta",
        "JACCARD                   | 'alpha': 0.25          | jaccard_loss has no alpha",
        "DICE                      | 'gamma': 2             | dice_loss has no gamma",
        "BINARY_CROSS_ENTROPY      | 'classWeights': [1, 2] | binary_crossentropy has no classWeights",
        "BINARY_CROSS_ENTROPY      | 'classIndexes': [1]    | binary_crossentropy has no classIndexes",
        "CATEGORICAL_CROSS_ENTROPY | 'perImage': true       | categorical_crossentropy has no perImage",
        "BINARY_FOCAL              | 'smooth': 1            | binary_focal_loss has no smooth",
        "DICE                      | 'beta': 1e200          | beta is 1.0E200"})
    void rejectsSettingsThatALossDoesNotHave(String kind, String setting, String message) {
        String json = ("{'@class': 'org.segloss4j.SegmentationLoss', 'name': 'a', 'terms': [{'kind': '" + kind
                + "', 'coefficient': 1, " + setting + "}]}").replace('\'', '"');
        assertThatThrownBy(() -> JsonMappers.getMapper().readValue(json, ILossFunction.class))
                .hasRootCauseInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
    }
}
