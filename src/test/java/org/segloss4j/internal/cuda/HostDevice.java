package org.segloss4j.internal.cuda;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.segloss4j.internal.cuda.compile.KernelSource;
import org.segloss4j.internal.cuda.driver.CudaException;
import org.segloss4j.internal.cuda.driver.KernelDevice;
import org.segloss4j.internal.cuda.driver.KernelDevices;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.KernelVariant.Counted;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;
import org.segloss4j.internal.cuda.plan.LaunchShape;
import org.segloss4j.internal.cuda.plan.SharedMemory;

/**
 * The host as a device: memory is the host's, with zones around it that must stay as they are, and kernels are built by
 * {@link HostCompiler}. Fresh memory is full of NaN. What is enqueued is done no earlier than somebody waits for it, so
 * memory that is used again too early shows.
 */
public class HostDevice implements KernelDevice, KernelDevices {

    private static final int GUARD = 256;
    private static final byte GUARD_BYTE = (byte) 0xa5;
    /** Of all devices, of which many a test makes one for each case: it takes longer to put a text together. */
    private static final Map<Entry, String> TEXTS = new ConcurrentHashMap<>();

    private final Set<KernelVariant> special;
    private final UnaryOperator<String> edit;
    private final int shift;
    private final Map<KernelVariant, NativeLibrary> libraries = new ConcurrentHashMap<>();
    private final Map<Long, Long> blocks = new ConcurrentHashMap<>();
    private final Map<Long, Long> lent = new ConcurrentHashMap<>();
    private final Map<Long, Long> raw = new ConcurrentHashMap<>();
    private final AtomicLong seed = new AtomicLong(1);
    /** By stream: work of one stream has no order with that of another. */
    private final ThreadLocal<Map<Long, Queue<Runnable>>> enqueued = ThreadLocal.withInitial(HashMap::new);
    final AtomicInteger launches = new AtomicInteger();
    final AtomicInteger allocations = new AtomicInteger();
    final AtomicInteger synchronisations = new AtomicInteger();
    /** Bytes that were copied in either direction. */
    final AtomicLong copied = new AtomicLong();

    /**
     * Creates a device.
     *
     * @param special the variants that are built as they are; others are replaced by ones that read their choices at
     *                run time, of which there are few. Null for all.
     * @param edit    changes the text of kernels, to plant bugs
     */
    public HostDevice(Set<KernelVariant> special, UnaryOperator<String> edit) {
        this(special, edit, 0);
    }

    /** The same, where memory begins so many bytes behind an address that is aligned well. */
    public HostDevice(Set<KernelVariant> special, UnaryOperator<String> edit, int shift) {
        this.special = special;
        this.edit = edit;
        this.shift = shift;
    }

    @Override
    public String description() {
        return "host";
    }

    @Override
    public HostDevice device(int ordinal) {
        return this;
    }

    @Override
    public int current() {
        return 0;
    }

    @Override
    public int multiprocessors() {
        return 3;
    }

    @Override
    public long stream(int number) {
        return number;
    }

    @Override
    public long allocate(long bytes) {
        allocations.incrementAndGet();
        long block = Native.malloc(bytes + 4 * GUARD);
        long address = (block + 2 * GUARD - 1) / GUARD * GUARD + shift;
        new Pointer(address - GUARD).setMemory(0, GUARD, GUARD_BYTE);
        new Pointer(address).setMemory(0, bytes, (byte) 0xff);
        new Pointer(address + bytes).setMemory(0, GUARD, GUARD_BYTE);
        blocks.put(address, bytes);
        raw.put(address, block);
        return address;
    }

    /** Blocks of memory that were not given back. */
    int blocks() {
        return blocks.size();
    }

    @Override
    public void free(long address) {
        // As cuMemFree does: it waits for everything.
        List.copyOf(enqueued.get().keySet()).forEach(this::synchronize);
        checkGuards();
        blocks.remove(address);
        Native.free(raw.remove(address));
    }

    @Override
    public ByteBuffer allocatePinned(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    @Override
    public void freePinned(ByteBuffer buffer) {
        // The garbage collector does it.
    }

    private void enqueue(long stream, Runnable work) {
        enqueued.get().computeIfAbsent(stream, key -> new ArrayDeque<>()).add(work);
    }

    @Override
    public void copyIn(long deviceAddress, long hostAddress, long bytes, long stream) {
        requireOwn(deviceAddress, bytes);
        copied.addAndGet(bytes);
        enqueue(stream, () -> copy(hostAddress, deviceAddress, bytes));
    }

    @Override
    public void copyOut(long hostAddress, long deviceAddress, long bytes, long stream) {
        requireOwn(deviceAddress, bytes);
        copied.addAndGet(bytes);
        enqueue(stream, () -> copy(deviceAddress, hostAddress, bytes));
    }

    private static void copy(long from, long to, long bytes) {
        new Pointer(to).getByteBuffer(0, bytes).put(new Pointer(from).getByteBuffer(0, bytes));
    }

    @Override
    public void clear(long deviceAddress, long bytes, long stream) {
        requireOwn(deviceAddress, bytes);
        enqueue(stream, () -> new Pointer(deviceAddress).setMemory(0, bytes, (byte) 0));
    }

    @Override
    public void launch(KernelVariant variant, LaunchShape shape, ByteBuffer arguments, long stream) {
        launches.incrementAndGet();
        ByteBuffer copy = ByteBuffer.allocateDirect(arguments.remaining()).put(arguments.duplicate()).flip();
        enqueue(stream, () -> run(variant, shape, copy));
    }

    /** What a launch does when its turn comes. */
    void run(KernelVariant variant, LaunchShape shape, ByteBuffer arguments) {
        // No other form counts outcomes.
        boolean asItIs = special == null || variant.counted() == Counted.OUTCOMES
                || HostVariants.isOneOf(special, variant);
        KernelVariant built = asItIs ? variant : HostVariants.general(variant);
        // The general form divides shared memory in another way, and may need more of it.
        int shared = asItIs ? shape.sharedBytes() : Math.max(shape.sharedBytes(), SharedMemory.MOST);
        NativeLibrary library = libraries.computeIfAbsent(built, each ->
                HostCompiler.library(each, edit.apply(TEXTS.computeIfAbsent(each.entry(), KernelSource::of))));
        String error = library.getFunction("seg_host_launch").invokeString(new Object[] {arguments, shape.blocks(),
            shape.threads(), shared, seed.getAndIncrement()}, false);
        if (error != null) {
            throw new CudaException("kernel " + built.symbol() + " with " + shape + ": " + error);
        }
        checkGuards();
    }

    @Override
    public void synchronize(long stream) {
        synchronisations.incrementAndGet();
        Queue<Runnable> work = enqueued.get().getOrDefault(stream, new ArrayDeque<>());
        while (!work.isEmpty()) {
            work.remove().run();
        }
    }

    /** Lets copies touch memory that was not allocated here. */
    void lend(long address, long bytes) {
        lent.put(address, bytes);
    }

    private void requireOwn(long address, long bytes) {
        boolean inside = Stream.of(blocks, lent).flatMap(each -> each.entrySet().stream())
                .anyMatch(b -> address >= b.getKey() && address + bytes <= b.getKey() + b.getValue());
        if (!inside) {
            throw new CudaException("copy of " + bytes + " bytes beyond device memory");
        }
    }

    /** Finds writes just outside of blocks. */
    void checkGuards() {
        blocks.forEach((address, bytes) -> {
            for (long zone : new long[] {address - GUARD, address + bytes}) {
                for (byte b : new Pointer(zone).getByteArray(0, GUARD)) {
                    if (b != GUARD_BYTE) {
                        throw new CudaException("a kernel wrote outside of a block of " + bytes + " bytes");
                    }
                }
            }
        });
    }

    @Override
    public void close() {
        for (long address : blocks.keySet().toArray(Long[]::new)) {
            free(address);
        }
    }
}
