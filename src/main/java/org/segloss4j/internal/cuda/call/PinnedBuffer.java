package org.segloss4j.internal.cuda.call;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.segloss4j.internal.cuda.driver.Driver;
import org.segloss4j.internal.cuda.driver.KernelDevice;

/**
 * Copies between Java's memory and the device through pinned memory in two halves: Java fills or empties one half while
 * the device copies the other. Belongs to one call at a time.
 */
public final class PinnedBuffer implements AutoCloseable {

    /** Copies of this size run at full speed. */
    private static final int HALF = 4 << 20;
    private static final int ALIGNMENT = 256;
    /** Bytes that one thread moves at a time, in about 50 us, far longer than it takes to wake a thread. */
    private static final int PART = 512 << 10;

    private final KernelDevice device;
    private ByteBuffer buffer;
    private long address;
    private int position;
    /** Whether copies from the other half may still be running. */
    private boolean otherBusy;

    /** Allocates no memory before the first copy. */
    public PinnedBuffer(KernelDevice device) {
        this.device = device;
    }

    /**
     * Copies bytes [from, from + length) of a tensor to or from a buffer, which holds them from an index on. Several
     * threads do so at the same time, each for its own bytes.
     */
    public interface Move {
        void part(long from, int length, ByteBuffer buffer, int at);
    }

    /** Enqueues copies of bytes to the device. */
    public void copyIn(Move source, long bytes, long to, long stream) {
        open();
        for (long from = 0; from < bytes;) {
            int end = position < HALF ? HALF : 2 * HALF;
            int room = end - position;
            if (room < Math.min(bytes - from, HALF)) {
                position = end % (2 * HALF);
                otherBusy = true;
            }
            int length = (int) Math.min(bytes - from, HALF);
            inParts(source, from, length, position);
            if (otherBusy) {
                // Earlier copies ran while this half was filled. After this wait the other half is free.
                device.synchronize(stream);
                otherBusy = false;
            }
            device.copyIn(to + from, address + position, length, stream);
            position = Math.min((position + length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT,
                    position < HALF ? HALF : 2 * HALF) % (2 * HALF);
            otherBusy |= position % HALF == 0;
            from += length;
        }
    }

    /** Copies bytes from the device after all work on the stream, and waits for each half once. */
    public void copyOut(long at, long bytes, Move sink, long stream) {
        open();
        int[] halves = {0, HALF};
        for (long from = 0, k = 0; from < bytes; from += HALF, k++) {
            if (k == 0) {
                device.copyOut(address, at, Math.min(bytes, HALF), stream);
            }
            // Copies to the device that were in flight are done then, too.
            finish(stream);
            long next = from + HALF;
            if (next < bytes) {
                device.copyOut(address + halves[(int) (k + 1) % 2], at + next, Math.min(bytes - next, HALF), stream);
            }
            inParts(sink, from, (int) Math.min(bytes - from, HALF), halves[(int) k % 2]);
        }
    }

    /** Moves bytes between Java's memory and the buffer by several threads, since one is slower than the bus. */
    private void inParts(Move move, long from, int length, int at) {
        if (length < 2 * PART) {
            move.part(from, length, buffer, at);
            return;
        }
        int parts = length / PART;
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        IntStream.range(0, parts).parallel().forEach(k -> {
            int start = k * PART;
            try {
                move.part(from + start, k == parts - 1 ? length - start : PART, buffer, at + start);
            } catch (RuntimeException | Error e) {
                // It is thrown only after all threads are done, since the caller may free the buffer then.
                thrown.compareAndSet(null, e);
            }
        });
        if (thrown.get() instanceof Error error) {
            throw error;
        }
        if (thrown.get() instanceof RuntimeException exception) {
            throw exception;
        }
    }

    /** Waits for everything on the stream; the whole buffer is free afterwards. */
    void finish(long stream) {
        device.synchronize(stream);
        position = 0;
        otherBusy = false;
    }

    private void open() {
        if (buffer == null) {
            buffer = device.allocatePinned(2 * HALF);
            address = Driver.addressOf(buffer);
        }
    }

    @Override
    public void close() {
        if (buffer != null) {
            device.freePinned(buffer);
            buffer = null;
        }
    }
}
