package org.segloss4j.internal.nd4j;

import java.util.Arrays;
import java.util.function.Function;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Elements;
import org.segloss4j.internal.backend.Storage;
import org.segloss4j.internal.backend.Tensor;

/**
 * ND4J arrays as tensors over the memory that an {@link ArrayAccess} gives. Only spatial axes whose strides do not
 * collapse into one are copied.
 */
public final class NdTensors {

    private NdTensors() {
    }

    /**
     * An array as a tensor [N, C, S].
     *
     * @param array            [N, C, *], [N, *, C], or [rows, C] if of rank 2; any strides
     * @param channelAxis      the axis of the channels
     * @param rows        for rank 2, how rows make up examples; otherwise ignored
     * @param memory      gives an array's memory
     * @return the tensor over the array's memory, or over a copy if its spatial axes do not collapse
     * @throws IllegalArgumentException if the rows do not make up whole examples
     */
    public static Tensor tensor(INDArray array, int channelAxis, RowOrder rows, Function<INDArray, Storage> memory) {
        if (array.rank() == 2) {
            return rows(array, rows, memory);
        }
        long[] shape = array.shape();
        int[] spatial = spatialAxes(shape.length, channelAxis);
        long stride = collapse(array, spatial);
        if (stride < 0) {
            return tensor(array.dup('c'), channelAxis, rows, memory);
        }
        return new Tensor(memory.apply(array), type(array), 0, shape[0], Math.toIntExact(shape[channelAxis]),
                product(shape, spatial), array.stride(0), array.stride(channelAxis), stride);
    }

    /**
     * An array as a tensor [N, C, S] of the host, to be read.
     *
     * @param array       [N, C, *], [N, *, C], or [rows, C] if of rank 2; any strides
     * @param channelAxis the axis of the channels
     * @param rows        for rank 2, how rows make up examples; otherwise ignored
     * @return the tensor over the array's memory, or over a copy if its spatial axes do not collapse
     * @throws IllegalArgumentException if the rows do not make up whole examples
     */
    public static Tensor tensor(INDArray array, int channelAxis, RowOrder rows) {
        return tensor(array, channelAxis, rows, Nd4jMemory.here().access(false)::reading);
    }

    /**
     * Whether {@link #tensor} reads an array in place, so that it can be written, too.
     *
     * @param array       [N, C, *], [N, *, C], or [rows, C]
     * @param channelAxis the axis of the channels
     * @return false if its spatial axes do not collapse
     */
    public static boolean isInPlace(INDArray array, int channelAxis) {
        return array.rank() == 2 || collapse(array, spatialAxes(array.rank(), channelAxis)) >= 0;
    }

    /**
     * An array without a channel axis as a tensor [N, 1, S].
     *
     * @param array            [N, *], or [rows] if of rank 1
     * @param rows  for rank 1, how rows make up examples; otherwise ignored
     * @param memory gives an array's memory
     * @return the tensor over the array's memory, or over a copy if its spatial axes do not collapse
     */
    public static Tensor withoutChannels(INDArray array, RowOrder rows, Function<INDArray, Storage> memory) {
        if (array.rank() == 1) {
            long examples = rows.examples(array.length());
            long stride = array.stride(0);
            return new Tensor(memory.apply(array), type(array), 0, examples, 1, rows.perExample(),
                    rows.exampleStride(stride), 0, rows.pixelStride(stride, examples));
        }
        int[] spatial = spatialAxes(array.rank(), -1);
        long stride = collapse(array, spatial);
        if (stride < 0) {
            return withoutChannels(array.dup('c'), rows, memory);
        }
        return new Tensor(memory.apply(array), type(array), 0, array.size(0), 1, product(array.shape(), spatial),
                array.stride(0), 0, stride);
    }

    /**
     * One value per example as a tensor [N, 1, S] that repeats it over the pixels.
     *
     * @param array  [N] or [N, 1, …]
     * @param pixels S
     * @param memory gives an array's memory
     * @return the tensor over the array's memory
     */
    public static Tensor perExample(INDArray array, long pixels, Function<INDArray, Storage> memory) {
        return new Tensor(memory.apply(array), type(array), 0, array.size(0), 1, pixels, array.stride(0), 0, 0);
    }

    /**
     * Refuses an array whose elements do not all lie in its memory, before anybody reads it. ND4J makes such views
     * where it computes strides in 32 bits, and dies if it has to copy one.
     *
     * @param name  what it is, for the message
     * @param array any array, or null
     * @return the array
     * @throws IllegalArgumentException with its shape and strides
     */
    public static INDArray inside(String name, INDArray array) {
        if (array == null || array.isEmpty() || array.data() == null) {
            return array;
        }
        long available = Math.max(array.data().length(), array.data().underlyingLength());
        long last = array.offset();
        boolean isInside = true;
        for (int axis = 0; axis < array.rank(); axis++) {
            long steps = array.size(axis) - 1;
            long stride = steps == 0 ? 0 : array.stride(axis);
            // No product that would overflow: the strides may be anything.
            isInside &= stride >= 0 && (steps == 0 || stride <= (available - last) / steps);
            last += isInside ? steps * stride : 0;
        }
        if (!isInside || last >= available) {
            throw new IllegalArgumentException(name + " " + Arrays.toString(array.shape()) + " of the strides "
                    + Arrays.toString(array.stride()) + " and the offset " + array.offset() + " leave their memory of "
                    + available + " elements; ND4J makes such views where a stride overflows 32 bits: copy the part"
                    + " that is needed before taking the view");
        }
        return array;
    }

    /**
     * Rounds a number to the type of an array.
     *
     * @param array any array
     * @param value any number
     * @return the nearest number of the array's floating-point type
     */
    public static double rounded(INDArray array, double value) {
        return Elements.round(type(array), value);
    }

    private static Tensor rows(INDArray array, RowOrder rows, Function<INDArray, Storage> memory) {
        long examples = rows.examples(array.size(0));
        long stride = array.stride(0);
        return new Tensor(memory.apply(array), type(array), 0, examples, Math.toIntExact(array.size(1)),
                rows.perExample(), rows.exampleStride(stride), array.stride(1), rows.pixelStride(stride, examples));
    }

    private static int[] spatialAxes(int rank, int channelAxis) {
        int[] axes = new int[rank];
        int count = 0;
        for (int axis = 1; axis < rank; axis++) {
            if (axis != channelAxis) {
                axes[count++] = axis;
            }
        }
        return Arrays.copyOf(axes, count);
    }

    private static long product(long[] shape, int[] axes) {
        long product = 1;
        for (int axis : axes) {
            product *= shape[axis];
        }
        return product;
    }

    /** The one stride that walks all the axes in order, or -1 if there is none. */
    private static long collapse(INDArray array, int[] axes) {
        long stride = 1;
        long size = 1;
        for (int k = axes.length - 1; k >= 0; k--) {
            long length = array.size(axes[k]);
            if (length == 1) {
                continue;
            }
            long own = array.stride(axes[k]);
            if (size == 1) {
                stride = own;
            } else if (own != stride * size) {
                return -1;
            }
            size *= length;
        }
        return stride;
    }

    private static ElementType type(INDArray array) {
        DataType type = array.dataType();
        return switch (type) {
            case FLOAT -> ElementType.FLOAT;
            case DOUBLE -> ElementType.DOUBLE;
            case HALF -> ElementType.HALF;
            case BFLOAT16 -> ElementType.BFLOAT16;
            case UBYTE -> ElementType.UINT8;
            case BYTE -> ElementType.INT8;
            case UINT16 -> ElementType.UINT16;
            case SHORT -> ElementType.INT16;
            case UINT32 -> ElementType.UINT32;
            case INT -> ElementType.INT32;
            case UINT64 -> ElementType.UINT64;
            case LONG -> ElementType.INT64;
            case BOOL -> ElementType.BOOL;
            default -> throw new IllegalArgumentException("arrays of type " + type + " are not supported");
        };
    }
}
