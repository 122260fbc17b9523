package org.segloss4j.internal.backend;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.function.BiFunction;

/**
 * A block of memory in native byte order, read and written in place. Blocks of the host beyond 2 GiB are reached
 * through windows, because a ByteBuffer is indexed by int; blocks of a device have an address and no windows. Safe for
 * use by several threads: buffers are only used by absolute index.
 */
public final class Storage {

    /** Windows start every GiB and overlap the next, so any run of up to 1 GiB lies in one of them. */
    private static final int WINDOW_SHIFT = 30;

    private final long address;
    private final long bytes;
    private final ByteBuffer[] windows;
    private final Object owner;
    private final DevicePlace place;

    private Storage(long address, long bytes, ByteBuffer[] windows, Object owner, DevicePlace place) {
        this.address = address;
        this.bytes = bytes;
        this.windows = windows;
        this.owner = owner;
        this.place = place;
    }

    /**
     * Wraps a buffer.
     *
     * @param buffer a direct or heap buffer; its whole capacity is used
     * @return the storage
     */
    public static Storage of(ByteBuffer buffer) {
        ByteBuffer view = buffer.duplicate().clear().order(ByteOrder.nativeOrder());
        return new Storage(0, view.capacity(), new ByteBuffer[] {view}, buffer, null);
    }

    /**
     * Wraps memory at an address.
     *
     * @param address address of the first byte
     * @param bytes   size of the block
     * @param view    makes a direct buffer of the memory at (address, length)
     * @param owner   kept reachable as long as this storage, so that the memory is not freed
     * @return the storage
     */
    public static Storage at(long address, long bytes, BiFunction<Long, Integer, ByteBuffer> view, Object owner) {
        int count = (int) Math.max(1, (bytes + (1L << WINDOW_SHIFT) - 1) >>> WINDOW_SHIFT);
        ByteBuffer[] windows = new ByteBuffer[count];
        for (int w = 0; w < count; w++) {
            long start = (long) w << WINDOW_SHIFT;
            int length = (int) Math.min(Integer.MAX_VALUE, bytes - start);
            windows[w] = view.apply(address + start, length).order(ByteOrder.nativeOrder());
        }
        return new Storage(address, bytes, windows, Objects.requireNonNull(owner), null);
    }

    /**
     * Describes memory of a device.
     *
     * @param place   its device and stream
     * @param address address of the first byte on the device
     * @param bytes   size of the block
     * @param owner   kept reachable as long as this storage, so that the memory is not freed
     * @return the storage
     */
    public static Storage onDevice(DevicePlace place, long address, long bytes, Object owner) {
        return new Storage(address, bytes, null, Objects.requireNonNull(owner), Objects.requireNonNull(place));
    }

    /**
     * The device whose memory this is.
     *
     * @return device and stream, or null for the host's memory
     */
    public DevicePlace place() {
        return place;
    }

    /**
     * The window that holds the byte at an offset and at least the GiB after it.
     *
     * @param byteOffset offset of a byte in the block
     * @return a shared buffer, to be used by absolute index only
     * @throws IllegalArgumentException if this is memory of a device, which the host cannot reach
     */
    public ByteBuffer window(long byteOffset) {
        if (windows == null) {
            throw new IllegalArgumentException("the array is in the memory of CUDA device " + place.device()
                    + ", which this backend does not read");
        }
        return windows[(int) (byteOffset >>> WINDOW_SHIFT)];
    }

    /**
     * Where a byte lies in its window.
     *
     * @param byteOffset offset of a byte in the block
     * @return its index in {@link #window}
     */
    public static int indexInWindow(long byteOffset) {
        return (int) (byteOffset & ((1L << WINDOW_SHIFT) - 1));
    }

    /**
     * Whether two blocks may share memory.
     *
     * @param other another block
     * @return true if their addresses meet or, where these are not known, the owner is the same
     */
    public boolean meets(Storage other) {
        if (address == 0 || other.address == 0) {
            return owner == other.owner;
        }
        return address < other.address + other.bytes && other.address < address + bytes;
    }

    /**
     * Address of the first byte.
     *
     * @return the address, or 0 if this storage wraps a buffer
     */
    public long address() {
        return address;
    }

    /**
     * Size of the block.
     *
     * @return bytes
     */
    public long bytes() {
        return bytes;
    }

    /**
     * The object that owns the memory.
     *
     * @return what was given at construction
     */
    public Object owner() {
        return owner;
    }
}
