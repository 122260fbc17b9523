package org.segloss4j.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.data.MaskImage;

class ClassWeightsTest {

    private static final Offset<Double> EXACT = within(1e-12);

    /**
     * Three images; N = 16, n = (8, 4, 4, 0), 4 void pixels. Class 2 is in the last image only, class 3 nowhere.
     * Pixels of images with the class: class 0: 16 (20 with void), class 1: 10 (14), class 2: 6 (6).
     */
    private static final ClassCounts COUNTS = new ClassCounts(4, 255)
            .add(MaskImage.of(4, 1, 0, 0, 1, 255))
            .add(MaskImage.of(5, 2, 0, 0, 0, 0, 1, 1, 1, 255, 255, 255))
            .add(MaskImage.of(6, 1, 0, 0, 2, 2, 2, 2));

    static Stream<Arguments> tables() {
        double f0 = 8 / 16.0;
        double f1 = 4 / 16.0;
        // Median frequency: phi = 8/16, 4/10, 4/6, whose median is 1/2; with void 8/20, 4/14, 4/6, whose median is 2/5.
        return Stream.of(
                Arguments.of(ClassWeights.inverse(), new double[] {2, 4, 4, 0}),
                Arguments.of(ClassWeights.balanced(), new double[] {0.5, 1, 1, 0}),
                Arguments.of(ClassWeights.sqrtInverse(), new double[] {Math.sqrt(2), 2, 2, 0}),
                Arguments.of(ClassWeights.medianFrequency(), new double[] {1, 1.25, 0.75, 0}),
                Arguments.of(ClassWeights.medianFrequencyWithVoid(), new double[] {1, 1.4, 0.6, 0}),
                Arguments.of(ClassWeights.enet(),
                        new double[] {1 / Math.log(1.02 + f0), 1 / Math.log(1.02 + f1), 1 / Math.log(1.02 + f1), 0}),
                Arguments.of(ClassWeights.effectiveNumber(0.5), new double[] {
                    0.5 / (1 - Math.pow(0.5, 8)), 0.5 / (1 - Math.pow(0.5, 4)), 0.5 / (1 - Math.pow(0.5, 4)), 0}),
                Arguments.of(ClassWeights.effectiveNumber(0), new double[] {1, 1, 1, 0}),
                Arguments.of(ClassWeights.log(4), new double[] {Math.log(8), Math.log(16), Math.log(16), 0}),
                Arguments.of(ClassWeights.log(), new double[] {1, 1, 1, 0}));
    }

    @ParameterizedTest
    @MethodSource("tables")
    void givesTheValuesComputedByHand(ClassWeights weights, double[] expected) {
        assertThat(weights.of(COUNTS)).containsExactly(expected, EXACT);
    }

    private static ClassCounts counts(long... pixels) {
        long total = Arrays.stream(pixels).sum();
        return new ClassCounts(null, 1, 0, Arrays.stream(pixels)
                .mapToObj(n -> ClassCount.ofImage(n, total, 0)).toList());
    }

    @Test
    void balancedIsScikitLearns() {
        // compute_class_weight("balanced", classes=[0, 1, 2], y=[0]*5 + [1]*3 + [2]*2) = 10 / (3 * [5, 3, 2])
        assertThat(ClassWeights.balanced().of(counts(5, 3, 2)))
                .containsExactly(new double[] {0.6666666666666666, 1.1111111111111112, 1.6666666666666667}, EXACT);
    }

    @Test
    void effectiveNumberIsCuis() {
        // Long-tailed CIFAR-10 of imbalance 100, beta 0.9999, first and last class: (1 - b) / (1 - b^n),
        // computed in decimals of 50 digits.
        double[] weights = ClassWeights.effectiveNumber(0.9999).of(counts(5000, 50));
        assertThat(weights[0]).isCloseTo(2.5413961385537258e-4, EXACT);
        assertThat(weights[1]).isCloseTo(2.0049041652065275e-2, EXACT);
        double[] normalised = ClassWeights.effectiveNumber(0.9999).normalised(Normalisation.SUM_CLASSES)
                .of(counts(5000, 50));
        assertThat(normalised[0] + normalised[1]).isCloseTo(2, EXACT);
        assertThat(normalised[1] / normalised[0]).isCloseTo(weights[1] / weights[0], EXACT);
    }

    /** The default is Cui's choice for large sets: by hand, (1 - b) / (1 - b^n) with b = 0.999999. */
    @Test
    void theDefaultBetaIsThatOfTheDocumentation() {
        double[] expected = {1e-6 / (1 - Math.pow(0.999999, 1_000_000)), 1e-6 / (1 - Math.pow(0.999999, 1000))};
        for (ClassWeights weights : new ClassWeights[] {ClassWeights.effectiveNumber(),
                ClassWeights.forName("effective"), ClassWeights.effectiveNumber(0.999999)}) {
            double[] actual = weights.of(counts(1_000_000, 1000));
            assertThat(actual[0] / expected[0]).isCloseTo(1, within(1e-9));
            assertThat(actual[1] / expected[1]).isCloseTo(1, within(1e-9));
        }
        assertThat(ClassWeights.log()).hasToString(ClassWeights.log(0.15).toString());
    }

    @Test
    void effectiveNumberTendsToInverseFrequencyWithoutCancellation() {
        double[] weights = ClassWeights.effectiveNumber(1 - 1e-15).of(counts(1000, 10));
        assertThat(weights[0]).isCloseTo(1e-3, within(1e-6));
        assertThat(weights[1]).isCloseTo(1e-1, within(1e-4));
    }

    @Test
    void enetStaysInItsRange() {
        double[] weights = ClassWeights.enet().of(counts(1_000_000_000_000L, 1));
        assertThat(weights[0]).isCloseTo(1 / Math.log(2.02), within(1e-9));
        assertThat(weights[1]).isCloseTo(1 / Math.log(1.02), within(1e-6)).isCloseTo(50.4983, within(1e-4));
    }

    @Test
    void theMedianOfAnEvenNumberIsBetween() {
        // phi = 6/10 and 4/10, the median 0.5
        assertThat(ClassWeights.medianFrequency().of(counts(6, 4)))
                .containsExactly(new double[] {5.0 / 6, 1.25}, EXACT);
    }

    @Test
    void absentClassesFollowThePolicy() {
        ClassWeights inverse = ClassWeights.inverse();
        assertThat(inverse.absent(AbsentClasses.MAX).of(COUNTS)).containsExactly(2, 4, 4, 4);
        assertThat(inverse.absent(AbsentClasses.MAX).absent(AbsentClasses.ZERO).of(COUNTS)).containsExactly(2, 4, 4, 0);
        assertThat(inverse.capped(3).of(COUNTS)).containsExactly(2, 3, 3, 3);
        assertThat(inverse.capped(10).of(COUNTS)).containsExactly(2, 4, 4, 10);
        assertThat(inverse.capped(3).absent(AbsentClasses.MAX).of(COUNTS)).containsExactly(2, 4, 4, 4);
        assertThatIllegalArgumentException().isThrownBy(() -> inverse.absent(AbsentClasses.ERROR).of(COUNTS))
                .withMessage("class 3 has no pixels to weigh it by");
        assertThat(inverse.absent(AbsentClasses.ERROR).of(counts(1, 1))).containsExactly(2, 2);
    }

    @Test
    void normalisesAfterThePolicy() {
        ClassWeights inverse = ClassWeights.inverse().absent(AbsentClasses.MAX);
        assertThat(inverse.normalised(Normalisation.NONE).of(COUNTS)).containsExactly(2, 4, 4, 4);
        assertThat(inverse.normalised(Normalisation.SUM_ONE).of(COUNTS))
                .containsExactly(new double[] {2 / 14.0, 4 / 14.0, 4 / 14.0, 4 / 14.0}, EXACT);
        assertThat(inverse.normalised(Normalisation.SUM_CLASSES).of(COUNTS))
                .containsExactly(new double[] {8 / 14.0, 16 / 14.0, 16 / 14.0, 16 / 14.0}, EXACT);
        assertThat(inverse.normalised(Normalisation.MAX_ONE).of(COUNTS)).containsExactly(0.5, 1, 1, 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"inverse", "balanced", "sqrt_inverse", "median", "median_void", "enet", "effective", "log"})
    void anIgnoredClassWeighsNothingAndIsNoClass(String name) {
        ClassCounts ignoring = new ClassCounts(3, 1).add(MaskImage.of(5, 1, 0, 0, 2, 1, 1));
        double[] weights = ClassWeights.forName(name).absent(AbsentClasses.ERROR).of(ignoring);
        assertThat(weights[1]).isZero();
        if (!name.equals("median_void")) {
            double[] without = ClassWeights.forName(name)
                    .of(new ClassCounts(2, null).add(MaskImage.of(3, 1, 0, 0, 1)));
            assertThat(new double[] {weights[0], weights[2]}).containsExactly(without, EXACT);
        }
    }

    @Test
    void everyNameGivesFiniteWeights() {
        assertThat(ClassWeights.names()).containsExactly("inverse", "balanced", "sqrt_inverse", "median",
                "median_void", "enet", "effective", "log");
        for (String name : ClassWeights.names()) {
            double[] weights = ClassWeights.forName(name).of(counts(Long.MAX_VALUE / 2, 1, 0));
            assertThat(Arrays.stream(weights).allMatch(w -> w >= 0 && w < Double.POSITIVE_INFINITY)).as(name).isTrue();
        }
        assertThatIllegalArgumentException().isThrownBy(() -> ClassWeights.forName("Balanced"))
                .withMessageStartingWith("there are no weights named Balanced, only inverse, balanced");
    }

    @Test
    void refusesNothingToCount() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClassWeights.balanced().absent(AbsentClasses.MAX).of(new ClassCounts(3, null)))
                .withMessage("there is no pixel of any of the 3 classes in 0 images");
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1, 2, Double.NaN})
    void refusesBadBeta(double beta) {
        assertThatIllegalArgumentException().isThrownBy(() -> ClassWeights.effectiveNumber(beta))
                .withMessage("beta is " + beta + ", but must be at least 0 and below 1");
    }

    @ParameterizedTest
    @ValueSource(doubles = {-1, 0, Double.POSITIVE_INFINITY, Double.NaN})
    void refusesBadMuAndCap(double value) {
        assertThatIllegalArgumentException().isThrownBy(() -> ClassWeights.log(value)).withMessageContaining("mu");
        assertThatIllegalArgumentException().isThrownBy(() -> ClassWeights.enet().capped(value))
                .withMessageContaining("the cap is " + value);
    }

    @Test
    void refusesACapWithoutAValue() {
        assertThatIllegalArgumentException().isThrownBy(() -> ClassWeights.enet().absent(AbsentClasses.CAP))
                .withMessage("a cap needs a value: call capped(double)");
    }

    @Test
    void tellsItsSettings() {
        assertThat(ClassWeights.effectiveNumber(0.5).capped(3).normalised(Normalisation.MAX_ONE))
                .hasToString("effective(0.5), absent classes CAP 3.0, normalisation MAX_ONE");
        assertThat(ClassWeights.balanced()).hasToString("balanced, absent classes ZERO, normalisation NONE");
    }
}
