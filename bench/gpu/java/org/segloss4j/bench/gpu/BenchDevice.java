package org.segloss4j.bench.gpu;

import org.segloss4j.bench.Gpu;
import org.segloss4j.internal.cuda.driver.KernelDevice;
import org.segloss4j.internal.cuda.driver.KernelDevices;

/** What a benchmark needs of a device beside what the backend needs. All work is on the default stream. */
interface BenchDevice extends AutoCloseable {

    /** The device that kernels run on. */
    KernelDevice kernels();

    /** The same, as a backend takes it. */
    KernelDevices devices();

    /** Enqueues a copy from device memory to device memory. */
    void copy(long to, long from, long bytes);

    /** Enqueues setting device memory to 0. */
    default void clear(long at, long bytes) {
        kernels().clear(at, bytes, 0);
    }

    /** Enqueues work, waits for it, and gives the time that the device took for it, in microseconds. */
    double time(Runnable work);

    /** Bytes that a copy should have to measure bandwidth; a quarter of it is more than caches hold. */
    long largeBytes();

    /** Device, driver, compiler; the bandwidth is still to be measured. */
    Gpu facts();

    @Override
    void close();
}
