package org.segloss4j.internal.cuda.call;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.LongAdder;
import org.segloss4j.internal.cuda.driver.CudaException;
import org.segloss4j.internal.cuda.driver.KernelDevice;
import org.segloss4j.internal.cuda.plan.KernelArguments;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.LaunchShape;
import org.segloss4j.internal.cuda.plan.LossTables;
import org.segloss4j.internal.cuda.plan.StateLayout;

/**
 * The memory of a call, which later calls use again: device memory that grows as needed, pinned memory for copies, and
 * the tables of the last loss. Once it has grown, a call allocates no native memory.
 */
public final class Workspace implements AutoCloseable {

    /** The uses of device memory. */
    enum Slot {
        /** Copies of tensors in host memory. */
        PREDICTIONS, LABELS, MASK, GRADIENT,
        /** The loss as {@link LossTables}. */
        LOSS,
        /** Partial sums of blocks, sums, and sums of all examples. */
        PARTIALS, SUMS, POOLED,
        /** The gradient's coefficients. */
        TABLE,
        /** Counts of pairs or labels. */
        COUNTS,
        /** Errors that are ranked; what it takes to rank them. */
        ERRORS, RANKS,
        /** Ticket, bad input, value. */
        STATE
    }

    /** More than the largest struct of arguments. */
    private static final int ARGUMENT_BYTES = 1024;

    private final KernelDevice device;
    private final long[] addresses = new long[Slot.values().length];
    private final long[] sizes = new long[Slot.values().length];
    private final ByteBuffer arguments = ByteBuffer.allocateDirect(ARGUMENT_BYTES).order(ByteOrder.nativeOrder());
    private LossTables tables;
    private final LongAdder staged;
    final PinnedBuffer pinned;

    /**
     * Allocates no memory yet.
     *
     * @param staged counts the bytes of tensors that are copied
     */
    public Workspace(KernelDevice device, LongAdder staged) {
        this.device = device;
        this.staged = staged;
        pinned = new PinnedBuffer(device);
    }

    /** Enqueues the copy of a tensor from the host to the device. */
    void copyIn(TensorTransfer tensor, long to, long stream) {
        pinned.copyIn(tensor::fill, tensor.bytes(), to, stream);
        staged.add(tensor.bytes());
    }

    /** Waits, and copies a tensor from the device to the host. */
    void copyOut(TensorTransfer tensor, long from, long stream) {
        pinned.copyOut(from, tensor.bytes(), tensor::drain, stream);
        staged.add(tensor.bytes());
    }

    /** The device address of at least so many bytes. Their previous content may be lost. */
    long memory(Slot slot, long bytes) {
        int k = slot.ordinal();
        if (sizes[k] < bytes) {
            release(k);
            // Half as much more, so that slowly growing batches do not allocate every time.
            long wanted = addresses[k] == 0 && bytes < 1 << 20 ? bytes + bytes / 2 : bytes;
            addresses[k] = device.allocate(wanted);
            sizes[k] = wanted;
        }
        return addresses[k];
    }

    /** The device address of the state, which is zero at first. */
    long state(long stream) {
        if (sizes[Slot.STATE.ordinal()] == 0) {
            device.clear(memory(Slot.STATE, StateLayout.BYTES), StateLayout.BYTES, stream);
        }
        return addresses[Slot.STATE.ordinal()];
    }

    /** The device address of the tables of a loss. They are copied unless the last call used the same. */
    long loss(LossTables wanted, long stream) {
        long at = memory(Slot.LOSS, Math.max(8, wanted.bytes()));
        if (!wanted.equals(tables)) {
            tables = null;
            ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(wanted.bytes())).order(ByteOrder.nativeOrder());
            wanted.put(bytes);
            pinned.copyIn((from, length, to, index) -> to.put(index, bytes, (int) from, length), wanted.bytes(), at,
                    stream);
            tables = wanted;
        }
        return at;
    }

    /** Enqueues a kernel. */
    public void launch(KernelVariant variant, LaunchShape shape, KernelArguments values, long stream) {
        values.put(arguments.clear());
        device.launch(variant, shape, arguments.flip(), stream);
    }

    private void release(int slot) {
        long address = addresses[slot];
        if (address != 0) {
            addresses[slot] = 0;
            sizes[slot] = 0;
            device.free(address);
        }
    }

    /** Frees all memory. If the driver fails for some of it, the rest is freed before the first error is thrown. */
    @Override
    public void close() {
        CudaException first = null;
        for (int slot = 0; slot <= addresses.length; slot++) {
            try {
                if (slot < addresses.length) {
                    release(slot);
                } else {
                    pinned.close();
                }
            } catch (CudaException e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
