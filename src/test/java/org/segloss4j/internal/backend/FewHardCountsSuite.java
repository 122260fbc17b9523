package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.backend.CountedBatches.Given;
import org.segloss4j.internal.backend.CountedBatches.Masked;

/** The counts of {@link HardCountsSuite} in the forms in which kernels count, each of which is a kernel to compile. */
abstract class FewHardCountsSuite {

    private final CountedBatches batches = new CountedBatches(new Random(7));

    abstract LossBackend backend();

    static Stream<Arguments> cases() {
        return Stream.of(
                Arguments.of(Losses.jaccard(), 19, Activation.SOFTMAX, Given.UINT8),
                Arguments.of(Losses.categoricalCrossEntropy(), 19, Activation.SOFTMAX, Given.UINT8),
                Arguments.of(Losses.jaccard(), 1, Activation.SIGMOID, Given.UINT8),
                Arguments.of(Losses.binaryCrossEntropy(), 1, Activation.SIGMOID, Given.UINT8),
                Arguments.of(Losses.jaccard(), 1, Activation.SIGMOID, Given.ONE_HOT),
                Arguments.of(Losses.jaccard(), 40, Activation.SOFTMAX, Given.UINT8),
                Arguments.of(Losses.dice().squared(true), 2, Activation.SOFTMAX, Given.INT32));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void areThoseOfThePredictionsAlone(SegmentationLoss loss, int channels, Activation activation, Given given) {
        for (Masked masked : new Masked[] {Masked.NOT, Masked.PIXELS}) {
            for (Integer ignore : new Integer[] {null, CountedBatches.VOID}) {
                Batch batch = batches.batch(ElementType.FLOAT, channels, activation, given, masked, ignore, "NCS");
                SegmentationLoss own = ignore == null ? loss : loss.ignoreIndex(ignore);
                CountedBatches.check(backend(), own, batch, new Counting(ignore, 0.3), own + ", " + masked);
            }
        }
    }

    /** The first NaN is told, and the value of the loss all the same. */
    @ParameterizedTest
    @MethodSource("cases")
    void refuseNaN(SegmentationLoss loss, int channels, Activation activation, Given given) {
        Batch batch = batches.batch(ElementType.FLOAT, channels, activation, given, Masked.NOT, null, "NCS");
        for (long s : new long[] {900, 17, CountedBatches.PIXELS - 1}) {
            Elements.put(batch.predictions(), 1, channels - 1, s, Double.NaN);
        }
        Summands value = CountedBatches.counted(backend(), loss, batch, new Counting(null, 0.5));
        value.getAsDouble();
        assertThatIllegalArgumentException().isThrownBy(value::counts).withMessage(
                "3 predictions are not a number; the first is NaN at example 1, pixel 17");
    }
}
