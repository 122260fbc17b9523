package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.backend.CountedBatches.Given;
import org.segloss4j.internal.backend.CountedBatches.Masked;
import org.segloss4j.internal.cpu.ReferenceBackend;

/** The outcomes of each image and label that a loss counts by the way are, to the unit, those of the reference. */
abstract class LabelOutcomesSuite {

    private static final int VOID = CountedBatches.VOID;
    private static final int PIXELS = CountedBatches.PIXELS;

    private final Random random = new Random(11);
    private final CountedBatches batches = new CountedBatches(random);

    abstract LossBackend backend();

    static Stream<Arguments> forms() {
        List<Arguments> all = new ArrayList<>();
        for (Given given : new Given[] {Given.ONE_HOT, Given.SOFT, Given.UINT8}) {
            for (int channels : new int[] {1, 3}) {
                all.add(Arguments.of(channels, given));
            }
        }
        return all.stream();
    }

    private static List<SegmentationLoss> losses() {
        return List.of(Losses.jaccard(), Losses.dice().perImage(true), Losses.binaryCrossEntropy(),
                Losses.dice().plus(Losses.sigmoidFocal()));
    }

    @ParameterizedTest
    @MethodSource("forms")
    void areThoseOfTheReference(int channels, Given given) {
        double[] thresholds = channels == 1 ? new double[] {0.3} : new double[] {0.25, 0.5, 1};
        for (Masked masked : Masked.values()) {
            for (Integer ignore : new Integer[] {null, VOID, 1}) {
                for (SegmentationLoss plain : losses()) {
                    SegmentationLoss loss = ignore == null ? plain : plain.ignoreIndex(ignore);
                    Batch batch = batches.batch(ElementType.FLOAT, channels, Activation.SIGMOID, given, masked, ignore,
                            "NCS");
                    CountedBatches.check(backend(), loss, batch, Counting.ofLabels(ignore, thresholds),
                            loss + ", " + masked + ", ignored " + ignore);
                }
            }
        }
    }

    /** Also where no sweep takes one channel after the other. */
    @ParameterizedTest
    @ValueSource(strings = {"NSC", "CNS"})
    void areThoseOfOtherStrides(String axes) {
        for (int channels : new int[] {1, 3, 40}) {
            Batch batch = batches.batch(ElementType.FLOAT, channels, Activation.SIGMOID, Given.ONE_HOT, Masked.PIXELS,
                    null, axes);
            CountedBatches.check(backend(), Losses.dice(), batch, Counting.ofLabels(null, 0.5), axes + channels);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"DOUBLE", "HALF", "BFLOAT16"})
    void areThoseOfOtherTypes(ElementType type) {
        for (Activation activation : new Activation[] {Activation.SIGMOID, Activation.IDENTITY}) {
            Batch batch = batches.batch(type, 2, activation, Given.SOFT, Masked.NOT, VOID, "NCS");
            CountedBatches.check(backend(), Losses.jaccard().ignoreIndex(VOID), batch, Counting.ofLabels(VOID, 0.5),
                    type + ", " + activation);
        }
    }

    /** The counts have an ignored label of their own. */
    @Test
    void mayIgnoreAnotherLabelThanTheLoss() {
        Batch batch = batches.batch(ElementType.FLOAT, 3, Activation.SIGMOID, Given.UINT8, Masked.NOT, VOID, "NCS");
        Summands value = CountedBatches.counted(backend(), Losses.dice().ignoreIndex(VOID), batch,
                Counting.ofLabels(null, 0.5));
        value.getAsDouble();
        int voids = 0;
        for (long n = 0; n < 2; n++) {
            for (long s = 0; s < PIXELS; s++) {
                voids += Elements.getLong(batch.labels().tensor(), n, 0, s) == VOID ? 1 : 0;
            }
        }
        assertThatIllegalArgumentException().isThrownBy(value::counts).withMessageStartingWith(voids
                + " labels are outside 0..2");
        Batch valid = batches.batch(ElementType.FLOAT, 3, Activation.SIGMOID, Given.ONE_HOT, Masked.NOT, null, "NCS");
        CountedBatches.check(backend(), Losses.dice().ignoreIndex(1), valid, Counting.ofLabels(null, 0.5), "less");
        CountedBatches.check(backend(), Losses.dice(), valid, Counting.ofLabels(1, 0.5), "more");
    }

    /** At a threshold, just beside it, and infinite. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 0.3, 0.9999999, 1})
    void compareWithTheThreshold(double threshold) {
        for (Activation activation : new Activation[] {Activation.SIGMOID, Activation.IDENTITY}) {
            double edge = activation == Activation.IDENTITY ? threshold : Math.log(threshold / (1 - threshold));
            Tensor predictions = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 2, 4 * PIXELS), () ->
                    random.nextInt(2000) == 0 ? random.nextBoolean() ? Double.POSITIVE_INFINITY
                            : Double.NEGATIVE_INFINITY : Double.isInfinite(edge) ? 20 * random.nextGaussian()
                            : edge + (random.nextInt(9) - 4) * (random.nextBoolean() ? 3e-8 : 1e-3));
            Tensor labels = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 2, 4 * PIXELS),
                    () -> random.nextInt(50) == 0 ? VOID : random.nextInt(2));
            checkVoid(new Batch(predictions, activation, new Labels(Labels.Kind.DENSE, labels), null), threshold);
            // A mask of whole pixels leaves the sweep what it is.
            Tensor truths = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 2, 4 * PIXELS),
                    () -> random.nextInt(2));
            Tensor mask = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 1, 4 * PIXELS),
                    () -> random.nextInt(2));
            checkVoid(new Batch(predictions, activation, new Labels(Labels.Kind.DENSE, truths), mask), threshold);
        }
    }

    private void checkVoid(Batch batch, double threshold) {
        Integer ignore = batch.mask() == null ? VOID : null;
        SegmentationLoss loss = ignore == null ? Losses.dice() : Losses.dice().ignoreIndex(ignore);
        Counting counting = Counting.ofLabels(ignore, threshold);
        assertThat(CountedBatches.counted(backend(), loss, batch, counting).counts())
                .isEqualTo(CountedBatches.counted(new ReferenceBackend(), loss, batch, counting).counts());
    }

    /** What is written over the predictions comes after their count. */
    @Test
    void areCountedBeforePredictionsAreOverwritten() {
        for (int channels : new int[] {1, 3, 40}) {
            for (SegmentationLoss loss : losses()) {
                Batch batch = batches.batch(ElementType.FLOAT, channels, Activation.SIGMOID, Given.ONE_HOT, Masked.NOT,
                        null, "NCS");
                Counting counting = Counting.ofLabels(null, 0.5);
                long[] expected = CountedBatches.counted(new ReferenceBackend(), loss, batch, counting).counts();
                Job job = Job.gradient(LossInternals.spec(loss), batch, 1, batch.predictions()).counting(counting);
                assertThat(backend().enqueueValueAndGradient(job).counts()).as(loss.toString()).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 40})
    void refuseNaN(int channels) {
        for (SegmentationLoss loss : losses()) {
            Batch batch = batches.batch(ElementType.FLOAT, channels, Activation.SIGMOID, Given.ONE_HOT, Masked.NOT,
                    null, "NCS");
            for (long s : new long[] {900, 17, PIXELS - 1}) {
                Elements.put(batch.predictions(), 1, channels - 1, s, Double.NaN);
            }
            Summands value = CountedBatches.counted(backend(), loss, batch, Counting.ofLabels(null, 0.5));
            value.getAsDouble();
            assertThatIllegalArgumentException().isThrownBy(value::counts).withMessage(
                    "3 predictions are not a number; the first is NaN at example 1, pixel 17");
        }
    }
}
