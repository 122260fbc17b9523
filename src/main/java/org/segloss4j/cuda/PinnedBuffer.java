package org.segloss4j.cuda;

import java.nio.ByteBuffer;

/**
 * The way between Java's memory and the device: two halves of pinned memory, of which one is filled or emptied while
 * the device copies the other. Belongs to one call at a time.
 */
final class PinnedBuffer implements AutoCloseable {

    /** Copies of this size run at full speed. */
    private static final int HALF = 4 << 20;
    private static final int ALIGNMENT = 256;

    private final KernelDevice device;
    private ByteBuffer buffer;
    private long address;
    private int position;
    /** Whether copies from the other half may still be running. */
    private boolean otherBusy;

    PinnedBuffer(KernelDevice device) {
        this.device = device;
    }

    /** Produces bytes [from, from + length) of what is to be copied, at an index of a buffer. */
    interface Source {
        void fill(long from, int length, ByteBuffer to, int at);
    }

    /** Takes bytes [from, from + length) of what was copied, from an index of a buffer. */
    interface Sink {
        void drain(long from, int length, ByteBuffer of, int at);
    }

    /** Enqueues copies of bytes to the device. */
    void copyIn(Source source, long bytes, long to, long stream) {
        open();
        for (long from = 0; from < bytes;) {
            int end = position < HALF ? HALF : 2 * HALF;
            int room = end - position;
            if (room < Math.min(bytes - from, HALF)) {
                position = end % (2 * HALF);
                otherBusy = true;
            }
            int length = (int) Math.min(bytes - from, HALF);
            source.fill(from, length, buffer, position);
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
    void copyOut(long at, long bytes, Sink sink, long stream) {
        open();
        int[] halves = {0, HALF};
        for (long from = 0, k = 0; from < bytes; from += HALF, k++) {
            if (k == 0) {
                device.copyOut(address, at, Math.min(bytes, HALF), stream);
            }
            // Copies to the device that were under way are done then, too.
            finish(stream);
            long next = from + HALF;
            if (next < bytes) {
                device.copyOut(address + halves[(int) (k + 1) % 2], at + next, Math.min(bytes - next, HALF), stream);
            }
            sink.drain(from, (int) Math.min(bytes - from, HALF), buffer, halves[(int) k % 2]);
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
