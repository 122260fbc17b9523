package org.segloss4j.internal.backend;

import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.segloss4j.SegmentationLoss;

/** Every form of the backward kernel writes nothing of a pixel before all of it was read, tile by tile. */
abstract class InPlaceFormsSuite {

    /** Examples, pixels, and elements between runs of memory: whole tiles, their edges, and what is not aligned. */
    private static final int[][] SIZES = {{1, 1216, 0}, {2, 257, 0}, {3, 33, 1}};

    /** Computes on tensors that lie on a device, in the variants that a GPU would run. */
    abstract LossBackend backend();

    /** One form of each way through the data. */
    @ParameterizedTest
    @CsvSource({
        // Groups of pixels in registers.
        "3, SOFTMAX, NCS, FLOAT, UINT8, jaccard_loss",
        // One channel after the other.
        "1, SIGMOID, NCS, FLOAT, UINT8, bce_dice_loss",
        // Rows that threads walk through.
        "3, SIGMOID, NSC, FLOAT, FLOAT, bce_jaccard_loss",
        // Rows in shared memory.
        "19, SOFTMAX, NSC, FLOAT, INT32, jaccard_loss",
        // Slices of the channels, a warp each.
        "33, SOFTMAX, NCS, FLOAT, UINT8, jaccard_loss",
        // Channels that are read again from memory, also while others are written.
        "200, SOFTMAX, NCS, FLOAT, UINT8, cce_jaccard_loss",
        // Pixel terms alone.
        "19, SOFTMAX, NCS, FLOAT, UINT8, categorical_crossentropy"})
    void hasTheBitsOfASeparateArray(int channels, Activation activation, String axes, ElementType type,
                                    ElementType labelType, String name) {
        check(channels, activation, axes, type, labelType, name);
    }

    static Stream<Arguments> others() {
        return Stream.of(
                // Groups of pixels in registers.
                form(19, Activation.SOFTMAX, "NCS", ElementType.FLOAT, ElementType.UINT8, "cce_jaccard_loss"),
                form(19, Activation.SOFTMAX, "NCS", ElementType.BFLOAT16, ElementType.UINT8, "jaccard_loss"),
                form(3, Activation.IDENTITY, "NCS", ElementType.FLOAT, ElementType.UINT8, "cce_jaccard_loss"),
                // One channel after the other.
                form(1, Activation.SIGMOID, "NCS", ElementType.FLOAT, ElementType.FLOAT, "jaccard_loss"),
                form(8, Activation.SIGMOID, "NCS", ElementType.FLOAT, ElementType.FLOAT, "jaccard_loss"),
                form(8, Activation.SIGMOID, "NCS", ElementType.FLOAT, ElementType.UINT8, "bce_jaccard_loss"),
                // Rows in shared memory.
                form(3, Activation.SIGMOID, "NSC", ElementType.FLOAT, ElementType.UINT8, "bce_jaccard_loss"),
                // Slices of the channels, a warp each.
                form(150, Activation.SOFTMAX, "NCS", ElementType.FLOAT, ElementType.UINT8, "cce_jaccard_loss"),
                form(150, Activation.SOFTMAX, "NSC", ElementType.FLOAT, ElementType.UINT8, "jaccard_loss"),
                form(33, Activation.SIGMOID, "NSC", ElementType.FLOAT, ElementType.UINT8, "jaccard_loss"),
                // Channels that are read again from memory, also while others are written.
                form(200, Activation.SOFTMAX, "NSC", ElementType.FLOAT, ElementType.UINT8, "bce_jaccard_loss"),
                // Pixel terms alone.
                form(1, Activation.SIGMOID, "NCS", ElementType.FLOAT, ElementType.UINT8, "binary_crossentropy"),
                form(33, Activation.SOFTMAX, "NCS", ElementType.FLOAT, ElementType.UINT8, "categorical_focal_loss"));
    }

    private static Arguments form(int channels, Activation activation, String axes, ElementType type,
                                  ElementType labelType, String name) {
        return Arguments.of(channels, activation, axes, type, labelType, name);
    }

    @ParameterizedTest
    @MethodSource("others")
    void hasTheBitsOfASeparateArrayInOtherForms(int channels, Activation activation, String axes, ElementType type,
                                                ElementType labelType, String name) {
        check(channels, activation, axes, type, labelType, name);
    }

    private void check(int channels, Activation activation, String axes, ElementType type, ElementType labelType,
                       String name) {
        SegmentationLoss loss = InPlaceTest.named(name);
        for (int[] size : SIZES) {
            Random random = new Random(channels + size[1]);
            Tensor predictions = TestTensors.fill(TestTensors.laidOut(type, size[0], channels, size[1], axes, size[2]),
                    () -> activation == Activation.IDENTITY ? 0.01 + 0.98 * random.nextDouble()
                            : 3 * random.nextGaussian());
            boolean isDense = labelType == ElementType.FLOAT;
            Tensor labels = TestTensors.fill(TestTensors.laidOut(labelType, size[0], isDense ? channels : 1, size[1],
                    axes, 0), () -> isDense ? random.nextDouble() : random.nextInt(Math.max(2, channels)));
            Tensor mask = size[0] == 1 ? null : TestTensors.fill(TestTensors.packed(ElementType.FLOAT, size[0], 1,
                    size[1]), () -> random.nextInt(3) / 2.0);
            Batch batch = new Batch(predictions, activation, new Labels(isDense ? Labels.Kind.DENSE
                    : Labels.Kind.INDEX, labels), mask);
            InPlaceTest.assertAlike(backend(), loss, batch, size[0] + " examples of " + size[1] + " pixels");
        }
    }
}
