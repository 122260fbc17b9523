package org.segloss4j.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.data.MaskImage;
import org.segloss4j.weights.ClassCounts;
import org.segloss4j.weights.LabelCounting;

class WeightChoiceTest {

    private static final ClassCounts COUNTS = LabelCounting.classes(2).none().add(MaskImage.of(4, 1, 0, 0, 0, 1));

    @ParameterizedTest
    @ValueSource(strings = {"inverse", "balanced", "sqrt_inverse", "median", "median_void", "enet", "effective", "log"})
    void estimatorsHaveMeanOne(String name) {
        WeightChoice choice = WeightChoice.of(name, 2);
        double[] weights = choice.weights(COUNTS);
        assertThat(Arrays.stream(weights).average().orElseThrow()).isCloseTo(1, within(1e-12));
        assertThat(weights[1]).isGreaterThanOrEqualTo(weights[0]);
        assertThat(choice.describe(List.of("a", "b"), weights)).startsWith("a ").endsWith("(" + name + ", mean 1)");
    }

    @Test
    void numbersStayAsTheyAre() {
        WeightChoice choice = WeightChoice.of("0.5, 3", 2);
        assertThat(choice.weights(COUNTS)).containsExactly(0.5, 3);
        assertThat(choice.describe(List.of("a", "b"), 0.5, 3)).isEqualTo("a 0.5, b 3");
    }

    @Test
    void noneIsNone() {
        WeightChoice choice = WeightChoice.of("none", 2);
        assertThat(choice.weights(COUNTS)).isNull();
        assertThat(choice.describe(List.of("a", "b"), (double[]) null)).isEqualTo("none");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "1,2,3   | --weights has 3 numbers, but there are 2 classes",
        "1       | --weights has 1 number, but there are 2 classes",
        "1,-1    | --weights has -1, but weights must be at least 0 and finite",
        "1,NaN   | --weights has NaN, but weights must be at least 0 and finite",
        "0,0     | --weights 0,0 are all 0",
        "heavy   | --weights is heavy, but must be one of inverse, balanced, sqrt_inverse, median, median_void, enet,"
            + " effective, log, none or numbers such as 0.5,1,1.5",
        "1,      | --weights is 1,, but must be one of inverse, balanced, sqrt_inverse, median, median_void, enet,"
            + " effective, log, none or numbers such as 0.5,1,1.5"})
    void complains(String text, String message) {
        assertThatThrownBy(() -> WeightChoice.of(text, 2)).isInstanceOf(UserException.class).hasMessage(message);
    }
}
