package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumSet;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;

/** The ignored label is compared as the number that the labels' type holds, never by some of its bits. */
class IgnoredLabelsTest {

    private static final int PIXELS = 70;

    static Stream<LossBackend> backends() {
        return NumericalEdgesTest.backends();
    }

    private static EnumSet<ElementType> labelTypes() {
        EnumSet<ElementType> types = EnumSet.noneOf(ElementType.class);
        for (ElementType type : ElementType.values()) {
            if (type.integer() && type != ElementType.BOOL) {
                types.add(type);
            }
        }
        return types;
    }

    /** Labels 0 and 1, and one other in the middle; the type wraps it as it does. */
    private static Tensor labels(ElementType type, long other) {
        Tensor labels = TestTensors.packed(type, 2, 1, PIXELS);
        int[] at = new int[1];
        TestTensors.fill(labels, () -> at[0]++ % 2);
        TestTensors.put(labels, 1, 0, 33, other);
        return labels;
    }

    @ParameterizedTest
    @MethodSource("backends")
    void isComparedByItsValue(LossBackend backend) {
        Random random = new Random(3);
        for (ElementType type : labelTypes()) {
            for (int channels : new int[] {1, 3}) {
                Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, channels, PIXELS),
                        random::nextGaussian);
                Activation activation = channels == 1 ? Activation.SIGMOID : Activation.SOFTMAX;
                for (int[] pair : new int[][] {{-1, 255}, {255, -1}, {-1, -1}, {255, 255}, {-1, 65535}, {65535, -1},
                        {-2, 254}, {256, 0}, {1 << 16, 0}, {257, 1}}) {
                    check(backend, TestTensors.indexed(logits, activation, labels(type, pair[0])), pair[1]);
                }
            }
        }
    }

    private static void check(LossBackend backend, Batch batch, int ignore) {
        Tensor labels = batch.labels().tensor();
        long label = Elements.getLong(labels, 1, 0, 33);
        int classes = Math.max(2, batch.predictions().channels());
        SegmentationLoss loss = Losses.dice().plus(Losses.binaryFocal()).ignoreIndex(ignore);
        String what = labels.type() + " " + label + " ignoring " + ignore;
        if (label == ignore || label >= 0 && label < classes) {
            Outcome.of(backend, loss, batch);
            long counted = 0;
            for (double each : TestTensors.values(labels)) {
                counted += each == ignore ? 0 : 1;
            }
            long sum = 0;
            for (long count : backend.confusion(batch, ignore, 0.5)) {
                sum += count;
            }
            assertThat(sum).as(what).isEqualTo(counted);
            long voids = 0;
            for (long[] counts : backend.labelCounts(labels, classes, ignore)) {
                voids += counts[classes];
            }
            assertThat(voids).as(what).isEqualTo(2 * PIXELS - sum);
            return;
        }
        String message = "1 label is outside 0.." + (classes - 1) + " and not the ignored " + ignore
                + "; the first is " + label + " at example 1, pixel 33";
        assertThatThrownBy(() -> Outcome.of(backend, loss, batch)).as(what)
                .isInstanceOf(IllegalArgumentException.class).hasMessage(message);
        assertThatThrownBy(() -> Outcome.of(backend, Losses.binaryCrossEntropy().ignoreIndex(ignore), batch)).as(what)
                .isInstanceOf(IllegalArgumentException.class).hasMessage(message);
        assertThatThrownBy(() -> backend.confusion(batch, ignore, 0.5)).as(what)
                .isInstanceOf(IllegalArgumentException.class).hasMessage(message);
        assertThatThrownBy(() -> backend.labelCounts(labels, classes, ignore)).as(what)
                .isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }
}
