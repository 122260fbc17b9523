package org.segloss4j.internal.cuda.driver;

import java.nio.ByteBuffer;
import org.segloss4j.internal.cuda.compile.KernelCompilationException;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.LaunchShape;

/**
 * What runs kernels: a CUDA device, or in tests the host that plays one. Addresses are those of the device; streams
 * are handles of the device, 0 being its default stream. Work on one stream runs in order. Safe for use by several
 * threads.
 */
public interface KernelDevice extends AutoCloseable {

    /** The device in words, for messages: name, compute capability, memory. */
    String description();

    /** The number of multiprocessors. */
    int multiprocessors();

    /** A stream that only the calling thread uses. It may have several, numbered from 0. */
    long stream(int number);

    /**
     * Allocates device memory, aligned to 256 bytes.
     *
     * @throws CudaException if there is none left; names the bytes
     */
    long allocate(long bytes);

    /** Frees device memory. */
    void free(long address);

    /** Allocates pinned host memory, as a direct buffer in native order. */
    ByteBuffer allocatePinned(int bytes);

    /** Frees pinned host memory. */
    void freePinned(ByteBuffer buffer);

    /** Enqueues a copy of {@code bytes} bytes of host memory at an address to the device. */
    void copyIn(long deviceAddress, long hostAddress, long bytes, long stream);

    /** Enqueues a copy of {@code bytes} bytes of device memory to host memory at an address. */
    void copyOut(long hostAddress, long deviceAddress, long bytes, long stream);

    /** Enqueues setting bytes to 0. */
    void clear(long deviceAddress, long bytes, long stream);

    /**
     * The variant that this device runs in place of one that was chosen: another only where nothing compiles the chosen
     * one and code of one that does the same is here.
     */
    default KernelVariant variant(KernelVariant chosen) {
        return chosen;
    }

    /**
     * Enqueues a kernel, compiling its variant first if need be.
     *
     * @param variant   the kernel
     * @param shape     grid and block
     * @param arguments the one struct that the kernel takes by value, from position 0 to its limit, native order
     * @throws CudaException              if the launch is refused; carries kernel, grid, block and cause
     * @throws KernelCompilationException if the variant cannot be compiled; carries the log
     */
    void launch(KernelVariant variant, LaunchShape shape, ByteBuffer arguments, long stream);

    /** Waits for all work of a stream; throws if some of it failed. */
    void synchronize(long stream);

    @Override
    void close();
}
