package org.segloss4j.internal.cuda.driver;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.segloss4j.internal.cuda.compile.CompileLadder;
import org.segloss4j.internal.cuda.compile.KernelText;
import org.segloss4j.internal.cuda.compile.ParameterBytes;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.LaunchShape;

/** A CUDA device. Closing it frees all memory and streams that it still has; no work may be in flight then. */
public final class CudaDevice implements KernelDevice {

    private final Driver driver;
    private final DeviceFacts facts;
    private final LoadedKernels kernels;
    private final PrimaryContext context;
    private final Set<Long> allocations = ConcurrentHashMap.newKeySet();
    private final Map<ByteBuffer, Long> pinned = Collections.synchronizedMap(new IdentityHashMap<>());
    private final Map<StreamOwner, Long> streams = new ConcurrentHashMap<>();
    private final ThreadLocal<LastLaunch> last = ThreadLocal.withInitial(LastLaunch::new);

    /**
     * Opens a device of an initialised driver.
     *
     * @throws CudaException if the driver refuses
     */
    public CudaDevice(Driver driver, int ordinal, CompileLadder ladder) {
        this.driver = driver;
        this.facts = DeviceFacts.of(driver, ordinal);
        this.kernels = new LoadedKernels(driver, ladder, facts.capability());
        this.context = new PrimaryContext(driver, facts);
    }

    /** A thread, and the number of one of its streams. */
    private record StreamOwner(Thread thread, int number) {
    }

    /** What a thread launched last, for messages: the driver reports errors of kernels only later. */
    private static final class LastLaunch {
        private String kernel;
        private LaunchShape shape;
    }

    @Override
    public String description() {
        return facts.toString();
    }

    @Override
    public int multiprocessors() {
        return facts.multiprocessors();
    }

    @Override
    public long stream(int number) {
        StreamOwner owner = new StreamOwner(Thread.currentThread(), number);
        Long own = streams.get(owner);
        if (own == null) {
            own = newStream();
            streams.put(owner, own);
        }
        return own;
    }

    private long newStream() {
        // The streams of threads that have ended are used again.
        for (Map.Entry<StreamOwner, Long> entry : streams.entrySet()) {
            if (!entry.getKey().thread().isAlive() && streams.remove(entry.getKey(), entry.getValue())) {
                return entry.getValue();
            }
        }
        long[] made = new long[1];
        context.call(() -> driver.createStream(made), "cuStreamCreate");
        return made[0];
    }

    @Override
    public long allocate(long bytes) {
        long[] address = new long[1];
        context.call(() -> driver.allocate(bytes, address), "cuMemAlloc of " + bytes + " bytes");
        allocations.add(address[0]);
        return address[0];
    }

    @Override
    public void free(long address) {
        if (!allocations.remove(address)) {
            throw new IllegalArgumentException("address 0x" + Long.toHexString(address) + " was not allocated here");
        }
        context.free(() -> driver.free(address), "cuMemFree");
    }

    @Override
    public ByteBuffer allocatePinned(int bytes) {
        long[] address = new long[1];
        ByteBuffer[] buffer = new ByteBuffer[1];
        context.call(() -> driver.allocatePinned(bytes, address, buffer), "cuMemHostAlloc of " + bytes + " bytes");
        pinned.put(buffer[0], address[0]);
        return buffer[0];
    }

    @Override
    public void freePinned(ByteBuffer buffer) {
        Long address = pinned.remove(buffer);
        if (address == null) {
            throw new IllegalArgumentException("buffer " + buffer + " was not allocated here");
        }
        context.free(() -> driver.freePinned(address), "cuMemFreeHost");
    }

    /** The address of a pinned buffer of this device, for copies. */
    public long pinnedAddress(ByteBuffer buffer) {
        Long address = pinned.get(buffer);
        if (address == null) {
            throw new IllegalArgumentException("buffer " + buffer + " was not allocated here");
        }
        return address;
    }

    @Override
    public void copyIn(long deviceAddress, long hostAddress, long bytes, long stream) {
        context.call(() -> driver.copyIn(deviceAddress, hostAddress, bytes, stream), "cuMemcpyHtoDAsync");
    }

    @Override
    public void copyOut(long hostAddress, long deviceAddress, long bytes, long stream) {
        context.call(() -> driver.copyOut(hostAddress, deviceAddress, bytes, stream), "cuMemcpyDtoHAsync");
    }

    @Override
    public void clear(long deviceAddress, long bytes, long stream) {
        context.call(() -> driver.clear(deviceAddress, bytes, stream), "cuMemsetD8Async");
    }

    @Override
    public KernelVariant variant(KernelVariant chosen) {
        return kernels.available(chosen);
    }

    @Override
    public void launch(KernelVariant variant, LaunchShape shape, ByteBuffer arguments, long stream) {
        long before = context.enter();
        try {
            launchHere(kernels.of(variant), shape, arguments, stream);
        } finally {
            context.leave(before);
        }
    }

    /** Compiles and launches a kernel that is no variant. Returns what code it is and which compiler made it. */
    public String launch(KernelText text, LaunchShape shape, ByteBuffer arguments, long stream) {
        long before = context.enter();
        try {
            LoadedKernels.Kernel kernel = kernels.load(text);
            launchHere(kernel, shape, arguments, stream);
            return kernel.origin();
        } finally {
            context.leave(before);
        }
    }

    private void launchHere(LoadedKernels.Kernel kernel, LaunchShape shape, ByteBuffer arguments, long stream) {
        int expected = kernel.argumentBytes();
        if (expected != ParameterBytes.UNKNOWN && arguments.limit() != expected) {
            throw new CudaException(kernel.symbol() + " takes " + expected + " bytes of arguments, but got "
                    + arguments.limit());
        }
        if (arguments.limit() > Driver.MOST_ARGUMENTS) {
            throw new CudaException(kernel.symbol() + " got " + arguments.limit() + " bytes of arguments, but takes at"
                    + " most " + Driver.MOST_ARGUMENTS);
        }
        LastLaunch launched = last.get();
        int result = driver.launch(kernel.function(), shape, stream, arguments);
        if (PrimaryContext.isEarlierFault(result) && launched.kernel != null) {
            // Kernels run while the host goes on, so this one is not to blame.
            checkLaunch(result, "cuLaunchKernel " + kernel.symbol() + ", after", launched.kernel, launched.shape);
        }
        checkLaunch(result, "cuLaunchKernel", kernel.symbol(), shape);
        launched.kernel = kernel.symbol();
        launched.shape = shape;
    }

    @Override
    public void synchronize(long stream) {
        long before = context.enter();
        try {
            int result = driver.synchronizeStream(stream);
            if (result != Driver.SUCCESS) {
                LastLaunch launched = last.get();
                if (launched.kernel == null) {
                    context.check(result, "cuStreamSynchronize");
                }
                checkLaunch(result, "cuStreamSynchronize, last launched by this thread:", launched.kernel,
                        launched.shape);
            }
        } finally {
            context.leave(before);
        }
    }

    @Override
    public void close() {
        if (context.closed()) {
            return;
        }
        long before = context.enterToClose();
        List<Integer> results = new ArrayList<>();
        try {
            streams.values().forEach(stream -> results.add(driver.destroyStream(stream)));
            allocations.forEach(address -> results.add(driver.free(address)));
            pinned.values().forEach(address -> results.add(driver.freePinned(address)));
            results.add(kernels.unload());
        } finally {
            context.leave(before);
            results.add(context.release());
        }
        // What is lost was told when it was lost, and the driver answers with the same error to everything.
        for (int result : context.isLost() ? List.<Integer>of() : results) {
            context.check(result, "closing");
        }
    }

    private void checkLaunch(int result, String call, String kernel, LaunchShape shape) {
        if (result != Driver.SUCCESS) {
            context.check(result, call + " " + shape.describe(kernel));
        }
    }
}
