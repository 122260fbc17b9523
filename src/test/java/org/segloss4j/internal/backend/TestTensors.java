package org.segloss4j.internal.backend;

import java.nio.ByteBuffer;
import java.util.function.DoubleSupplier;

/** Tensors in Java's own memory, for tests that need no array library. */
public final class TestTensors {

    private TestTensors() {
    }

    /** Zeros, packed as [N, C, S]. */
    public static Tensor packed(ElementType type, long examples, int channels, long pixels) {
        return laidOut(type, examples, channels, pixels, "NCS", 0);
    }

    /** Numbers in the order [N, C, S], packed as that. */
    public static Tensor of(ElementType type, long examples, int channels, long pixels, double... values) {
        int[] at = new int[1];
        return fill(packed(type, examples, channels, pixels), () -> values[at[0]++]);
    }

    /**
     * Zeros in any order of memory.
     *
     * @param axes    the axes N, C and S from the outermost to the innermost
     * @param padding elements that belong to somebody else, on either side of each run of the innermost axis
     */
    public static Tensor laidOut(ElementType type, long examples, int channels, long pixels, String axes, int padding) {
        long[] strides = new long[3];
        long stride = 1;
        for (int k = 2; k >= 0; k--) {
            int axis = "NCS".indexOf(axes.charAt(k));
            strides[axis] = stride;
            stride *= new long[] {examples, channels, pixels}[axis] + (k == 2 ? 2L * padding : 0);
        }
        Storage storage = Storage.of(ByteBuffer.allocate(Math.toIntExact(stride * type.bytes())));
        return new Tensor(storage, type, padding, examples, channels, pixels, strides[0], strides[1], strides[2]);
    }

    /** Writes every element, in the order [N, C, S]; gives the tensor back. */
    public static Tensor fill(Tensor tensor, DoubleSupplier values) {
        for (long n = 0; n < tensor.examples(); n++) {
            for (int c = 0; c < tensor.channels(); c++) {
                for (long s = 0; s < tensor.pixels(); s++) {
                    put(tensor, n, c, s, values.getAsDouble());
                }
            }
        }
        return tensor;
    }

    /** Writes an element of any type. */
    public static void put(Tensor tensor, long n, int c, long s, double value) {
        if (!tensor.type().integer()) {
            Elements.put(tensor, n, c, s, value);
            return;
        }
        long at = tensor.offset(n, c, s) * tensor.type().bytes();
        ByteBuffer window = tensor.storage().window(at);
        int index = Storage.indexInWindow(at);
        switch (tensor.type().bytes()) {
            case 1 -> window.put(index, (byte) (long) value);
            case 2 -> window.putShort(index, (short) (long) value);
            case 4 -> window.putInt(index, (int) (long) value);
            default -> window.putLong(index, (long) value);
        }
    }

    /** All elements in the order [N, C, S]. */
    public static double[] values(Tensor tensor) {
        long channels = tensor.channels();
        double[] values = new double[Math.toIntExact(tensor.examples() * channels * tensor.pixels())];
        for (int k = 0; k < values.length; k++) {
            long row = k / tensor.pixels();
            values[k] = Elements.get(tensor, row / channels, (int) (row % channels), k % tensor.pixels());
        }
        return values;
    }

    /** A batch with labels that are class indices and nothing void. */
    public static Batch indexed(Tensor predictions, Activation activation, Tensor labels) {
        return new Batch(predictions, activation, new Labels(Labels.Kind.INDEX, labels), null);
    }
}
