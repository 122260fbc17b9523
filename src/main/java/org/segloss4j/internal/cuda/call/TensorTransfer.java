package org.segloss4j.internal.cuda.call;

import java.nio.ByteBuffer;
import org.segloss4j.internal.backend.Storage;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cuda.plan.KernelArguments.TensorArgument;

/**
 * Copies a tensor in host memory to or from the device. It copies the bytes from the first to the last element as they
 * are, with the same strides. If many of these bytes do not belong to the tensor, it packs the elements as [N, C, S].
 */
public final class TensorTransfer {

    /** Contiguous bytes that are enough to be copied at full speed. */
    private static final int ROW = 4096;

    private final Tensor tensor;
    /** The tensor with the strides that it has on the device, but with the host's storage. */
    private final Tensor there;
    private final boolean packed;
    private final long first;
    private final long elements;

    /**
     * Plans the copy of a tensor.
     *
     * @param writes whether the copy writes the tensor, so that it may touch nothing but the tensor's elements
     */
    public TensorTransfer(Tensor tensor, boolean writes) {
        this.tensor = tensor;
        long low = tensor.offset();
        long high = low;
        long[] sizes = {tensor.examples(), tensor.channels(), tensor.pixels()};
        long[] strides = {tensor.exampleStride(), tensor.channelStride(), tensor.pixelStride()};
        for (int k = 0; k < sizes.length; k++) {
            long way = (sizes[k] - 1) * strides[k];
            low += Math.min(0, way);
            high += Math.max(0, way);
        }
        long own = sizes[0] * sizes[1] * sizes[2];
        long span = high - low + 1;
        // Long contiguous runs pack at full speed. Single elements do not, and are packed only if more than half of the
        // bytes would not belong to the tensor.
        boolean rows = tensor.pixelStride() == 1 && sizes[2] * tensor.type().bytes() >= ROW;
        packed = writes ? span != own : span > (rows ? own + own / 8 : 2 * own);
        first = packed ? 0 : low;
        elements = packed ? own : span;
        there = !packed ? tensor : new Tensor(tensor.storage(), tensor.type(), 0, sizes[0], tensor.channels(), sizes[2],
                sizes[1] * sizes[2], sizes[2], 1);
    }

    /** Bytes that are copied. */
    public long bytes() {
        return elements * tensor.type().bytes();
    }

    /** The tensor with the strides that it has on the device, which decide what kernel reads it. */
    Tensor there() {
        return there;
    }

    /** The argument that describes the tensor to kernels, if the copied bytes begin at a device address. */
    TensorArgument argument(long address) {
        return TensorArgument.of(there, address + (there.offset() - first) * tensor.type().bytes());
    }

    /** {@link PinnedBuffer.Move}: from the tensor's memory. */
    public void fill(long from, int length, ByteBuffer to, int at) {
        if (packed) {
            walk(from, length, (window, index, run, k) -> to.put(at + k, window, index, run));
            return;
        }
        long start = first * tensor.type().bytes() + from;
        to.put(at, tensor.storage().window(start), Storage.indexInWindow(start), length);
    }

    /** {@link PinnedBuffer.Move}: into the tensor's memory. */
    public void drain(long from, int length, ByteBuffer of, int at) {
        if (packed) {
            walk(from, length, (window, index, run, k) -> window.put(index, of, at + k, run));
            return;
        }
        long start = first * tensor.type().bytes() + from;
        tensor.storage().window(start).put(Storage.indexInWindow(start), of, at, length);
    }

    /** Copies bytes that are contiguous both in a window of the tensor and, from byte k on, in the packed form. */
    private interface Run {
        void copy(ByteBuffer window, int index, int length, int k);
    }

    /** Walks packed bytes [from, from + length). */
    private void walk(long from, int length, Run run) {
        int bytes = tensor.type().bytes();
        long pixels = tensor.pixels();
        long element = from / bytes;
        for (int k = 0; k < length;) {
            long s = element % pixels;
            long row = element / pixels;
            int side = tensor.pixelStride() == 1 ? (int) Math.min(pixels - s, (length - k) / bytes) : 1;
            long at = tensor.offset(row / tensor.channels(), (int) (row % tensor.channels()), s) * bytes;
            run.copy(tensor.storage().window(at), Storage.indexInWindow(at), side * bytes, k);
            k += side * bytes;
            element += side;
        }
    }
}
