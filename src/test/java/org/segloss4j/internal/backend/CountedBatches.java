package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.segloss4j.LossInternals;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;

/** Batches of all forms, of which hard predictions are counted. */
final class CountedBatches {

    static final int VOID = 255;
    /** Neither whole tiles nor aligned examples. */
    static final int PIXELS = 1203;
    private static final LossBackend REFERENCE = new ReferenceBackend();

    private final Random random;

    CountedBatches(Random random) {
        this.random = random;
    }

    /** How labels are given. */
    enum Given {
        UINT8, INT32, INT64, ONE_HOT, SOFT
    }

    /** What voids pixels. */
    enum Masked {
        NOT, PIXELS, OUTPUTS
    }

    /** What a backend makes of a loss that counts. */
    static Summands counted(LossBackend backend, SegmentationLoss loss, Batch batch, Counting counting) {
        return backend.enqueueValueAndGradient(Job.gradient(LossInternals.spec(loss), batch, 1, gradient(batch))
                .counting(counting));
    }

    private static Tensor gradient(Batch batch) {
        Tensor p = batch.predictions();
        return TestTensors.packed(p.type(), p.examples(), p.channels(), p.pixels());
    }

    /** Counts are those of the reference, and value and gradient those without counts. */
    static void check(LossBackend backend, SegmentationLoss loss, Batch batch, Counting counting, String what) {
        Tensor plain = gradient(batch);
        double value = backend.valueAndGradient(Job.gradient(LossInternals.spec(loss), batch, 1, plain));
        Tensor gradient = gradient(batch);
        Summands both = backend.enqueueValueAndGradient(Job.gradient(LossInternals.spec(loss), batch, 1, gradient)
                .counting(counting));
        assertThat(both.counts()).as(what).isEqualTo(counting.isOfLabels()
                ? counted(REFERENCE, loss, batch, counting).counts()
                : REFERENCE.confusion(batch, counting.ignoreIndex(), counting.threshold()));
        double[] gradients = TestTensors.values(gradient);
        double[] expected = TestTensors.values(plain);
        // Where predictions without an activation are no probabilities, both values are NaN. A kernel that counts may
        // be one that adds in another order, as those do that tell images apart.
        if (backend instanceof CpuBackend || backend instanceof ReferenceBackend || Double.isNaN(value)) {
            assertThat(both.getAsDouble()).as(what).isEqualTo(Double.valueOf(value));
            assertThat(gradients).as(what).isEqualTo(expected);
        } else {
            assertThat(both.getAsDouble()).as(what).isCloseTo(value, within(
                    (counting.isOfLabels() ? 1e-7 : 1e-8) * Math.max(1, Math.abs(value))));
            for (int k = 0; k < expected.length; k++) {
                assertThat(gradients[k]).as(what).isCloseTo(expected[k], within(1e-6 * Math.max(1e-3,
                        Math.abs(expected[k]))));
            }
        }
    }

    /** Predictions of few values, so that many are equal. */
    Batch batch(ElementType type, int channels, Activation activation, Given given, Masked masked,
                        Integer ignore, String axes) {
        boolean dense = given == Given.ONE_HOT || given == Given.SOFT;
        Tensor predictions = TestTensors.fill(TestTensors.laidOut(type, 2, channels, PIXELS, axes, 0), () ->
                activation == Activation.IDENTITY ? random.nextInt(9) / 8.0 : (random.nextInt(9) - 4) / 2.0);
        int classes = Math.max(2, channels);
        Tensor labels;
        if (dense) {
            labels = TestTensors.packed(ElementType.FLOAT, 2, channels, PIXELS);
            for (long n = 0; n < 2; n++) {
                for (long s = 0; s < PIXELS; s++) {
                    int y = random.nextInt(classes + 1) - (channels == 1 ? 1 : 0);
                    boolean isIgnored = ignore != null && random.nextInt(6) == 0;
                    for (int c = 0; c < channels; c++) {
                        double value = given == Given.SOFT ? random.nextInt(5) / 4.0
                                : channels == 1 ? Math.max(0, y) : y == c ? 1 : 0;
                        TestTensors.put(labels, n, c, s, isIgnored && ignore == VOID ? VOID : value);
                    }
                }
            }
        } else {
            labels = TestTensors.fill(TestTensors.packed(ElementType.valueOf(given.name()), 2, 1, PIXELS), () ->
                    ignore != null && random.nextInt(6) == 0 ? ignore : random.nextInt(classes));
        }
        Tensor mask = masked == Masked.NOT ? null : TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2,
                masked == Masked.PIXELS ? 1 : channels, PIXELS), () -> random.nextInt(3) / 2.0);
        return new Batch(predictions, activation, new Labels(dense ? Labels.Kind.DENSE : Labels.Kind.INDEX, labels),
                mask);
    }
}
