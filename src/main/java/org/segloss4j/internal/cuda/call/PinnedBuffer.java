package org.segloss4j.internal.cuda.call;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.segloss4j.internal.cuda.driver.Driver;
import org.segloss4j.internal.cuda.driver.KernelDevice;

/**
 * The way between Java's memory and the device: two halves of pinned memory, of which one is filled or emptied while
 * the device copies the other. Belongs to one call at a time.
 */
public final class PinnedBuffer implements AutoCloseable {

    /** Copies of this size run at full speed. */
    private static final int HALF = 4 << 20;
    private static final int ALIGNMENT = 256;
    /** What one thread moves: some 50 us, well above what it takes to wake another. A multiple of any element. */
    private static final int PART = 512 << 10;

    private final KernelDevice device;
    private ByteBuffer buffer;
    private long address;
    private int position;
    /** Whether copies from the other half may still be running. */
    private boolean otherBusy;

    public PinnedBuffer(KernelDevice device) {
        this.device = device;
    }

    /**
     * Fills a buffer, from an index on, with bytes [from, from + length) of what is to be copied, or takes these from
     * it. Several threads do so at the same time, each for its own bytes.
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
                // What was enqueued before ran while this half was filled; from now on the other half is free.
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

    /** Copies bytes from the device after what is on the stream, waiting for each half once. */
    public void copyOut(long at, long bytes, Move sink, long stream) {
        open();
        int[] halves = {0, HALF};
        for (long from = 0, k = 0; from < bytes; from += HALF, k++) {
            if (k == 0) {
                device.copyOut(address, at, Math.min(bytes, HALF), stream);
            }
            // This also waits for copies to the device that are still in flight.
            finish(stream);
            long next = from + HALF;
            if (next < bytes) {
                device.copyOut(address + halves[(int) (k + 1) % 2], at + next, Math.min(bytes - next, HALF), stream);
            }
            inParts(sink, from, (int) Math.min(bytes - from, HALF), halves[(int) k % 2]);
        }
    }

    /** Moves bytes between Java's memory and the buffer, by several threads: one alone is slower than the bus. */
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
                // Thrown from here it would not wait for the other threads, and the buffer may be freed then.
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
