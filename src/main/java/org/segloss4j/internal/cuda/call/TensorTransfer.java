package org.segloss4j.internal.cuda.call;

import java.nio.ByteBuffer;
import org.segloss4j.internal.backend.Storage;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cuda.plan.KernelArguments.TensorArgument;

/**
 * A host-resident tensor on its way to or from the device. The bytes between its first and last element are copied as
 * they are, with the strides kept, unless they hold much else: then its elements are packed as [N, C, S].
 */
public final class TensorTransfer {

    /** Bytes side by side that are copied at full speed. */
    private static final int ROW = 4096;

    private final Tensor tensor;
    /** The tensor as it lies on the device, its storage apart. */
    private final Tensor there;
    private final boolean packed;
    private final long first;
    private final long elements;

    /**
     * Plans the way of a tensor.
     *
     * @param writes whether the tensor is written, so that nothing may be copied but its own elements
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
        // Rows pack as fast as they are copied; single elements do not, and are packed where it saves more than half.
        boolean rows = tensor.pixelStride() == 1 && sizes[2] * tensor.type().bytes() >= ROW;
        packed = writes ? span != own : span > (rows ? own + own / 8 : 2 * own);
        first = packed ? 0 : low;
        elements = packed ? own : span;
        there = !packed ? tensor : new Tensor(tensor.storage(), tensor.type(), 0, sizes[0], tensor.channels(), sizes[2],
                sizes[1] * sizes[2], sizes[2], 1);
    }

    public long bytes() {
        return elements * tensor.type().bytes();
    }

    /** The tensor as it lies on the device: its strides decide which kernel reads it. */
    Tensor there() {
        return there;
    }

    /** What kernels are told, if the bytes start at an address. */
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

    /** What to do with bytes that lie side by side both in the tensor, in a window, and packed, k bytes on. */
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
