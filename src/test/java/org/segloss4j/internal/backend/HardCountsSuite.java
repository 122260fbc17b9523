package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.Arrays;
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

/**
 * What a loss counts by the way is, to the unit, what the reference counts alone; and it is the same loss with the same
 * gradient as without.
 */
abstract class HardCountsSuite {

    private static final int VOID = CountedBatches.VOID;
    private static final int PIXELS = CountedBatches.PIXELS;
    private static final LossBackend REFERENCE = new ReferenceBackend();

    private final Random random = new Random(5);
    private final CountedBatches batches = new CountedBatches(random);

    abstract LossBackend backend();

    /** Every form with several of the others. */
    static Stream<Arguments> cases() {
        List<Arguments> all = new ArrayList<>();
        Given[] given = Given.values();
        Masked[] masked = Masked.values();
        Integer[] ignored = {null, VOID, 1};
        for (int channels : new int[] {1, 2, 3, 8, 19, 21, 40}) {
            for (Activation activation : Activation.values()) {
                for (int k = 0; k < 6 && (channels > 1 || activation != Activation.SOFTMAX); k++) {
                    int turn = k + channels + activation.ordinal();
                    all.add(Arguments.of(channels, activation, k < 2 ? Given.UINT8 : given[k - 1],
                            k == 0 ? Masked.NOT : masked[turn % 3], k == 0 ? null : ignored[(turn / 2) % 3]));
                }
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void areThoseOfThePredictionsAlone(int channels, Activation activation, Given given, Masked masked,
                                       Integer ignore) {
        int k = 0;
        for (SegmentationLoss plain : losses(channels)) {
            SegmentationLoss loss = ignore == null ? plain : plain.ignoreIndex(ignore);
            String axes = new String[] {"NCS", "NSC", "NCS", "CNS"}[k++ % 4];
            Batch batch = batches.batch(ElementType.FLOAT, channels, activation, given, masked, ignore, axes);
            check(loss, batch, new Counting(ignore, 0.5), loss + ", " + axes);
        }
    }

    private static List<SegmentationLoss> losses(int channels) {
        List<SegmentationLoss> all = new ArrayList<>(List.of(Losses.jaccard(), Losses.dice().perImage(true),
                Losses.dice().plus(Losses.binaryCrossEntropy()), Losses.binaryFocal(),
                Losses.dice().squared(true)));
        if (channels > 1) {
            all.addAll(List.of(Losses.categoricalCrossEntropy(), Losses.jaccard().plus(Losses.categoricalFocal()),
                    Losses.crossEntropy(), Losses.dice().plus(Losses.crossEntropy())));
        } else {
            all.addAll(List.of(Losses.sigmoidCrossEntropy(), Losses.dice().plus(Losses.sigmoidFocal())));
        }
        return all;
    }

    @ParameterizedTest
    @ValueSource(strings = {"DOUBLE", "HALF", "BFLOAT16"})
    void areThoseOfOtherTypes(ElementType type) {
        for (int channels : new int[] {1, 3, 5}) {
            for (Activation activation : Activation.values()) {
                if (channels > 1 || activation != Activation.SOFTMAX) {
                    Batch batch = batches.batch(type, channels, activation, Given.UINT8, Masked.PIXELS, VOID, "NCS");
                    for (SegmentationLoss loss : losses(channels)) {
                        check(loss.ignoreIndex(VOID), batch, new Counting(VOID, 0.5), loss + ", " + type);
                    }
                }
            }
        }
    }

    /** Of a probability at the threshold, and just beside it, no rounding may decide. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 0.3, 0.5, 0.9999999, 1})
    void comparePredictionsWithTheThreshold(double threshold) {
        for (ElementType type : new ElementType[] {ElementType.FLOAT, ElementType.HALF, ElementType.DOUBLE}) {
            for (Activation activation : new Activation[] {Activation.SIGMOID, Activation.IDENTITY}) {
                double edge = activation == Activation.IDENTITY ? threshold
                        : Math.log(threshold / (1 - threshold));
                Tensor predictions = TestTensors.fill(TestTensors.packed(type, 2, 1, PIXELS), () ->
                        Double.isInfinite(edge) ? (random.nextBoolean() ? 200 : -200) * random.nextDouble()
                                : edge + (random.nextInt(9) - 4) * (random.nextBoolean() ? 3e-8 : 1e-3));
                Tensor labels = TestTensors.fill(TestTensors.packed(ElementType.UINT8, 2, 1, PIXELS),
                        () -> random.nextInt(2));
                Batch batch = TestTensors.indexed(predictions, activation, labels);
                for (SegmentationLoss loss : losses(1)) {
                    check(loss, batch, new Counting(null, threshold), loss + ", " + type + ", " + activation);
                }
            }
        }
    }

    /** The counts have an ignored label of their own. */
    @Test
    void ignoreAnotherLabelThanTheLoss() {
        for (int channels : new int[] {1, 3}) {
            Batch batch = floats(channels, Activation.SIGMOID, Masked.PIXELS, 1);
            for (SegmentationLoss loss : losses(channels)) {
                check(loss.ignoreIndex(1), batch, new Counting(null, 0.5), loss + " ignores more");
                check(loss, batch, new Counting(1, 0.5), loss + " ignores less");
            }
        }
        Batch voids = batches.batch(ElementType.FLOAT, 3, Activation.SOFTMAX, Given.UINT8, Masked.NOT, VOID, "NCS");
        Summands value = counted(Losses.dice().ignoreIndex(VOID), voids, new Counting(null, 0.5));
        assertThat(value.getAsDouble()).isBetween(0.0, 1.0);
        assertThatIllegalArgumentException().isThrownBy(value::counts).withMessageContaining("labels are outside 0..2");
    }

    /** A gradient that is written over the predictions comes after their count. */
    @Test
    void areCountedBeforePredictionsAreOverwritten() {
        for (int channels : new int[] {1, 3, 40}) {
            for (SegmentationLoss loss : losses(channels)) {
                Batch batch = floats(channels, Activation.SIGMOID, Masked.NOT, null);
                long[] expected = REFERENCE.confusion(batch, null, 0.5);
                Job job = Job.gradient(LossInternals.spec(loss), batch, 1, batch.predictions())
                        .counting(new Counting(null, 0.5));
                assertThat(backend().enqueueValueAndGradient(job).counts()).as(loss.toString()).isEqualTo(expected);
            }
        }
    }

    /** The value stays what it is, so that it can be told where a NaN came from. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8, 19, 40})
    void refuseNaN(int channels) {
        for (Activation activation : Activation.values()) {
            for (SegmentationLoss loss : losses(channels)) {
                if (channels == 1 && activation == Activation.SOFTMAX) {
                    continue;
                }
                Batch batch = floats(channels, activation, Masked.PIXELS, VOID);
                Integer ignore = VOID;
                SegmentationLoss own = loss.ignoreIndex(ignore);
                long[] s = {0, 0};
                // A void pixel may be NaN.
                place(batch, s, true);
                Elements.put(batch.predictions(), s[0], channels - 1, s[1], Double.NaN);
                check(own, batch, new Counting(ignore, 0.5), own + ", a void NaN");
                place(batch, s, false);
                Elements.put(batch.predictions(), s[0], channels / 2, s[1], Double.NaN);
                Summands value = counted(own, batch, new Counting(ignore, 0.5));
                value.getAsDouble();
                assertThatIllegalArgumentException().as(own + ", " + activation).isThrownBy(value::counts)
                        .withMessage("1 prediction is not a number; the first is NaN at example " + s[0] + ", pixel "
                                + s[1]);
                assertThatIllegalArgumentException().isThrownBy(value::counts);
            }
        }
    }

    /** Finds the last pixel that is void, or the last that is not. */
    private static void place(Batch batch, long[] at, boolean isVoid) {
        for (long n = 0; n < batch.predictions().examples(); n++) {
            for (long s = 0; s < batch.predictions().pixels(); s++) {
                boolean counts = Elements.getLong(batch.labels().tensor(), n, 0, s) != VOID
                        && Elements.get(batch.mask(), n, 0, s) != 0;
                if (counts != isVoid) {
                    at[0] = n;
                    at[1] = s;
                }
            }
        }
    }

    /** Infinite logits have their place in the order, even if the loss of them is NaN. */
    @Test
    void orderInfiniteLogits() {
        for (int channels : new int[] {1, 3}) {
            Batch batch = floats(channels, Activation.SIGMOID, Masked.NOT, null);
            for (int k = 0; k < 60; k++) {
                Elements.put(batch.predictions(), k % 2, k % channels, random.nextInt(PIXELS),
                        k % 3 == 0 ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY);
            }
            for (Activation activation : new Activation[] {Activation.SIGMOID, Activation.SOFTMAX}) {
                if (channels > 1 || activation == Activation.SIGMOID) {
                    Batch own = new Batch(batch.predictions(), activation, batch.labels(), null);
                    for (SegmentationLoss loss : losses(channels)) {
                        assertThat(counted(loss, own, new Counting(null, 0.5)).counts()).as(loss + ", " + activation)
                                .isEqualTo(REFERENCE.confusion(own, null, 0.5));
                    }
                }
            }
        }
    }

    @Test
    void areNotThereUnlessTheyAreAskedFor() {
        Batch batch = batches.batch(ElementType.FLOAT, 3, Activation.SOFTMAX, Given.UINT8, Masked.NOT, null, "NCS");
        assertThatIllegalStateException().isThrownBy(() -> counted(Losses.dice(), batch, null).counts());
        Elements.put(batch.predictions(), 0, 0, 3, Double.NaN);
        counted(Losses.dice(), batch, null).getAsDouble();
    }

    /** Counts of parts add up to those of the whole. */
    @Test
    void addUpOverParts() {
        Batch batch = batches.batch(ElementType.FLOAT, 3, Activation.SOFTMAX, Given.UINT8, Masked.PIXELS, VOID, "NCS");
        SegmentationLoss loss = Losses.jaccard().ignoreIndex(VOID);
        long[] sum = new long[9];
        for (int n = 0; n < 2; n++) {
            long[] part = counted(loss, batch.examples(n, n + 1), new Counting(VOID, 0.5)).counts();
            Arrays.setAll(sum, j -> sum[j] + part[j]);
        }
        assertThat(sum).isEqualTo(counted(loss, batch, new Counting(VOID, 0.5)).counts());
    }

    private Batch floats(int channels, Activation activation, Masked masked, Integer ignore) {
        return batches.batch(ElementType.FLOAT, channels, activation, Given.UINT8, masked, ignore, "NCS");
    }

    private void check(SegmentationLoss loss, Batch batch, Counting counting, String what) {
        CountedBatches.check(backend(), loss, batch, counting, what);
    }

    private Summands counted(SegmentationLoss loss, Batch batch, Counting counting) {
        return CountedBatches.counted(backend(), loss, batch, counting);
    }
}
