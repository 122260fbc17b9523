package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.segloss4j.internal.math.LossSpec;

/** Probabilities are compared with a threshold in the predictions' type. */
class ThresholdTest {

    private static final List<ElementType> TYPES = List.of(ElementType.FLOAT, ElementType.DOUBLE, ElementType.HALF,
            ElementType.BFLOAT16);

    static Stream<LossBackend> backends() {
        return NumericalEdgesTest.backends();
    }

    @ParameterizedTest
    @MethodSource("backends")
    void theThresholdItselfIsNotAbove(LossBackend backend) {
        for (ElementType type : TYPES) {
            for (double threshold : new double[] {0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1}) {
                double step = type == ElementType.HALF ? 1e-3 : type == ElementType.BFLOAT16 ? 8e-3 : 1e-6;
                double[] p = {threshold, threshold + step, threshold - step};
                for (int channels : new int[] {1, 3}) {
                    int pixels = 3 / channels;
                    Batch batch = TestTensors.indexed(TestTensors.of(type, 1, channels, pixels, p),
                            Activation.IDENTITY, TestTensors.packed(ElementType.UINT8, 1, 1, pixels));
                    String what = type + " " + threshold + " " + channels;
                    double[] hard = predicted(backend, batch, threshold);
                    if (channels == 3) {
                        assertThat(hard).as(what).containsExactly(0, 1, 0);
                    } else {
                        assertThat(hard).as(what).containsExactly(1);
                        assertThat(backend.confusion(batch, null, threshold)).as(what).containsExactly(2, 1, 0, 0);
                    }
                }
            }
        }
    }

    /** Also where the probabilities are computed: 1/2, 1/4 and 1/5 are the same by every backend. */
    @ParameterizedTest
    @MethodSource("backends")
    void computedProbabilitiesOfTheThresholdAreNotAbove(LossBackend backend) {
        for (ElementType type : TYPES) {
            for (int channels : new int[] {2, 4, 5}) {
                Batch equal = TestTensors.indexed(TestTensors.packed(type, 1, channels, 40), Activation.SOFTMAX,
                        TestTensors.packed(ElementType.INT32, 1, 1, 40));
                assertThat(predicted(backend, equal, 1.0 / channels)).as(type + " " + channels).containsOnly(0);
            }
            Batch half = TestTensors.indexed(TestTensors.packed(type, 1, 1, 40), Activation.SIGMOID,
                    TestTensors.packed(ElementType.INT32, 1, 1, 40));
            assertThat(predicted(backend, half, 0.5)).containsExactly(0);
            assertThat(backend.confusion(half, null, 0.5)).containsExactly(40, 0, 0, 0);
        }
    }

    /** A probability that the predictions' type cannot hold is 0, and 0 is not above 0. */
    @ParameterizedTest
    @MethodSource("backends")
    void vanishedProbabilitiesAreNotAboveZero(LossBackend backend) {
        for (ElementType type : TYPES) {
            boolean isDouble = type == ElementType.DOUBLE;
            for (double logit : new double[] {-1000, -800, -200, -110, -80}) {
                double expected = isDouble ? logit > -700 ? 1 : 0 : logit >= -80 && type != ElementType.HALF ? 1 : 0;
                for (boolean dense : new boolean[] {false, true}) {
                    Labels labels = dense ? new Labels(Labels.Kind.DENSE,
                            TestTensors.of(ElementType.FLOAT, 1, 2, 1, 1, 0))
                            : new Labels(Labels.Kind.INDEX, TestTensors.packed(ElementType.UINT8, 1, 1, 1));
                    Batch softmax = new Batch(TestTensors.of(type, 1, 2, 1, 0, logit), Activation.SOFTMAX, labels,
                            null);
                    assertThat(predicted(backend, softmax, 0)).as(type + " " + logit).containsExactly(1, expected);
                    Batch sigmoid = new Batch(TestTensors.of(type, 1, 2, 1, 0, logit), Activation.SIGMOID, labels,
                            null);
                    assertThat(predicted(backend, sigmoid, 0)).as(type + " " + logit).containsExactly(1, expected);
                }
                Batch single = TestTensors.indexed(TestTensors.of(type, 1, 1, 1, logit), Activation.SIGMOID,
                        TestTensors.packed(ElementType.UINT8, 1, 1, 1));
                assertThat(predicted(backend, single, 0)).as(type + " " + logit).containsExactly(expected);
                assertThat(backend.confusion(single, null, 0)[1]).as(type + " " + logit).isEqualTo((long) expected);
            }
        }
    }

    /** The number of outputs above the threshold, per channel. */
    private static double[] predicted(LossBackend backend, Batch batch, double threshold) {
        var sums = backend.sums(Job.sums(new LossSpec(List.of(), List.of(), null, threshold), batch, false));
        double[] predicted = new double[batch.predictions().channels()];
        for (int c = 0; c < predicted.length; c++) {
            predicted[c] = sums.predicted(0, c);
        }
        return predicted;
    }
}
