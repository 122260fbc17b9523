package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.segloss4j.internal.cpu.ReferenceBackend;

/** The kernels that count, against the reference. */
abstract class CountsSuite {

    private static final LossBackend REFERENCE = new ReferenceBackend();

    abstract LossBackend backend();

    @Test
    void countsPairsAsTheReferenceDoes() {
        Random random = new Random(5);
        // 120 classes are more than shared memory holds counters for.
        for (int channels : new int[] {1, 2, 7, 120}) {
            for (int pixels : new int[] {1, 33, 1500}) {
                Tensor predictions = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 3, channels, pixels),
                        random::nextGaussian);
                Tensor index = TestTensors.fill(TestTensors.packed(ElementType.INT32, 3, 1, pixels),
                        () -> random.nextInt(Math.max(2, channels)));
                TestTensors.put(index, 2, 0, pixels - 1, 255);
                Tensor mask = TestTensors.fill(TestTensors.packed(ElementType.UINT8, 3, 1, pixels),
                        () -> random.nextDouble() > 0.3 ? 1 : 0);
                Tensor ones = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 3, channels, pixels), () -> 1);
                Tensor dense = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 3, channels, pixels),
                        random::nextDouble);
                for (Labels labels : new Labels[] {new Labels(Labels.Kind.INDEX, index),
                    new Labels(Labels.Kind.DENSE, dense)}) {
                    for (Tensor weights : new Tensor[] {null, mask, ones}) {
                        Activation activation = channels == 1 ? Activation.SIGMOID : Activation.SOFTMAX;
                        Batch batch = new Batch(predictions, activation, labels, weights);
                        Integer ignore = labels.kind() == Labels.Kind.INDEX ? Integer.valueOf(255)
                                : random.nextBoolean() ? 0 : null;
                        assertThat(backend().confusion(batch, ignore, 0.4))
                                .isEqualTo(REFERENCE.confusion(batch, ignore, 0.4));
                    }
                }
            }
        }
    }

    /** A pixel counts if any of its outputs does. */
    @Test
    void aMaskPerOutputIsReadInAllChannels() {
        Tensor predictions = TestTensors.of(ElementType.FLOAT, 1, 3, 4, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0);
        Tensor mask = TestTensors.of(ElementType.FLOAT, 1, 3, 4, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0.5);
        Labels index = new Labels(Labels.Kind.INDEX, TestTensors.of(ElementType.UINT8, 1, 1, 4, 2, 0, 1, 2));
        assertThat(backend().confusion(new Batch(predictions, Activation.SOFTMAX, index, mask), null, 0.5))
                .containsExactly(1, 0, 0, 1, 0, 0, 1, 0, 0);
    }

    /** One-hot labels say void by a value that is no class: in any channel, and not by what is left of it in 8 bits. */
    @Test
    void denseLabelsThatEqualAnIgnoredIndexAreVoid() {
        Tensor predictions = TestTensors.of(ElementType.FLOAT, 1, 3, 4, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0);
        for (int ignored : new int[] {255, -1, 7}) {
            Labels labels = new Labels(Labels.Kind.DENSE, TestTensors.of(ElementType.FLOAT, 1, 3, 4,
                    1, ignored, 0, 0, 0, ignored, 1, 0, 0, ignored, 0, ignored));
            assertThat(backend().confusion(new Batch(predictions, Activation.SOFTMAX, labels, null), ignored, 0.5))
                    .as("ignored %d", ignored).containsExactly(1, 0, 0, 1, 0, 0, 0, 0, 0);
            Tensor one = TestTensors.of(ElementType.FLOAT, 1, 1, 4, 0.75, 0.75, 0.25, 0.25);
            Labels ofOne = new Labels(Labels.Kind.DENSE, TestTensors.of(ElementType.FLOAT, 1, 1, 4, 1, ignored, 0,
                    ignored));
            assertThat(backend().confusion(new Batch(one, Activation.IDENTITY, ofOne, null), ignored, 0.5))
                    .as("ignored %d", ignored).containsExactly(1, 0, 0, 1);
        }
    }

    @Test
    void denseLabelsOutsideZeroToOneAreBad() {
        for (int channels : new int[] {1, 3}) {
            Tensor predictions = TestTensors.packed(ElementType.FLOAT, 2, channels, 40);
            Tensor labels = TestTensors.packed(ElementType.FLOAT, 2, channels, 40);
            Tensor mask = TestTensors.fill(TestTensors.packed(ElementType.UINT8, 2, 1, 40), () -> 1);
            Batch batch = new Batch(predictions, Activation.SIGMOID, new Labels(Labels.Kind.DENSE, labels), mask);
            for (double bad : new double[] {255, 1.25, -3, Double.NaN}) {
                TestTensors.put(labels, 1, channels - 1, 7, bad);
                TestTensors.put(labels, 1, channels - 1, 9, bad);
                assertThatThrownBy(() -> backend().confusion(batch, null, 0.5))
                        .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith(
                                "2 labels are outside 0..1; the first is "
                                + (bad == Math.rint(bad) ? Long.toString((long) bad) : Double.toString(bad))
                                + " at example 1, pixel 7");
                TestTensors.put(mask, 1, 0, 7, 0);
                TestTensors.put(mask, 1, 0, 9, 0);
                backend().confusion(batch, null, 0.5);
                TestTensors.fill(mask, () -> 1);
            }
            TestTensors.put(labels, 1, channels - 1, 7, 255);
            TestTensors.put(labels, 1, channels - 1, 9, 255);
            backend().confusion(batch, 255, 0.5);
        }
    }

    /** The rule is strict: what is at the threshold is not above it. These numbers are exact in every type. */
    @Test
    void aProbabilityAtTheThresholdIsNotAboveIt() {
        for (ElementType type : new ElementType[] {ElementType.FLOAT, ElementType.DOUBLE}) {
            Labels labels = new Labels(Labels.Kind.INDEX, TestTensors.packed(ElementType.UINT8, 1, 1, 3));
            for (double threshold : new double[] {0.5, 0.25, 0.75}) {
                Tensor p = TestTensors.of(type, 1, 1, 3, threshold, threshold - 0.0625, threshold + 0.0625);
                assertThat(backend().confusion(new Batch(p, Activation.IDENTITY, labels, null), null, threshold))
                        .as("%s, %s", type, threshold).containsExactly(2, 1, 0, 0);
            }
            Tensor z = TestTensors.of(type, 1, 1, 3, 0, -0.125, 0.125);
            assertThat(backend().confusion(new Batch(z, Activation.SIGMOID, labels, null), null, 0.5))
                    .as(type.toString()).containsExactly(2, 1, 0, 0);
        }
    }

    @Test
    void signedLabelsKeepTheirSign() {
        Tensor predictions = TestTensors.packed(ElementType.FLOAT, 1, 3, 4);
        Tensor labels = TestTensors.of(ElementType.INT8, 1, 1, 4, 0, -1, 0, -1);
        assertThat(backend().confusion(TestTensors.indexed(predictions, Activation.SOFTMAX, labels), -1, 0.5))
                .containsExactly(2, 0, 0, 0, 0, 0, 0, 0, 0);
        assertThat(backend().labelCounts(labels, 2, -1)[0]).containsExactly(2, 0, 2);
    }

    @Test
    void reportsWhatCannotBeCounted() {
        Tensor predictions = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 3, 40),
                new Random(8)::nextGaussian);
        Tensor labels = TestTensors.packed(ElementType.INT64, 2, 1, 40);
        TestTensors.put(predictions, 1, 2, 7, Double.NaN);
        Batch batch = TestTensors.indexed(predictions, Activation.SOFTMAX, labels);
        assertThatThrownBy(() -> backend().confusion(batch, null, 0.5)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("1 prediction is not a number; the first is NaN at example 1, pixel 7");
        TestTensors.put(labels, 1, 0, 7, -4);
        TestTensors.put(labels, 0, 0, 39, 3);
        assertThatThrownBy(() -> backend().confusion(batch, null, 0.5)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("2 labels are outside 0..2; the first is 3 at example 0, pixel 39");
        // What was found once is not found again.
        TestTensors.fill(labels, () -> 1);
        TestTensors.fill(predictions, () -> 0);
        assertThat(backend().confusion(batch, null, 0.5)).containsExactly(0, 0, 0, 80, 0, 0, 0, 0, 0);
    }

    @Test
    void countsLabelsOfEachExample() {
        Random random = new Random(9);
        Tensor labels = TestTensors.fill(TestTensors.packed(ElementType.UINT8, 3, 1, 1000), () -> random.nextInt(5));
        TestTensors.put(labels, 1, 0, 999, 255);
        long[][] counts = backend().labelCounts(labels, 5, 255);
        for (int n = 0; n < 3; n++) {
            long[] expected = new long[6];
            for (int s = 0; s < 1000; s++) {
                int label = (int) Elements.getLong(labels, n, 0, s);
                expected[label == 255 ? 5 : label]++;
            }
            assertThat(counts[n]).isEqualTo(expected);
        }
        assertThatThrownBy(() -> backend().labelCounts(labels, 5, null))
                .hasMessage("1 label is outside 0..4; the first is 255 at example 1, pixel 999");
    }
}
