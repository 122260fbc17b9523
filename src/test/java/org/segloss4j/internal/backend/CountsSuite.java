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
