package org.segloss4j.bench.gpu;

import com.sun.jna.Pointer;
import java.util.function.UnaryOperator;
import org.segloss4j.bench.Gpu;
import org.segloss4j.internal.cuda.HostDevice;
import org.segloss4j.internal.cuda.HostVariants;
import org.segloss4j.internal.cuda.driver.KernelDevice;
import org.segloss4j.internal.cuda.driver.KernelDevices;

/** The host in the place of a device, to run the benchmark's own code without one; its times mean nothing. */
final class HostBenchDevice implements BenchDevice {

    private final HostDevice device = new HostDevice(HostVariants.SPECIAL, UnaryOperator.identity());

    @Override
    public KernelDevice kernels() {
        return device;
    }

    @Override
    public KernelDevices devices() {
        return device;
    }

    @Override
    public void copy(long to, long from, long bytes) {
        new Pointer(to).getByteBuffer(0, bytes).put(new Pointer(from).getByteBuffer(0, bytes));
    }

    @Override
    public double time(Runnable work) {
        device.synchronize(0);
        long before = System.nanoTime();
        work.run();
        device.synchronize(0);
        return (System.nanoTime() - before) / 1e3;
    }

    @Override
    public long largeBytes() {
        return 1 << 20;
    }

    @Override
    public Gpu facts() {
        return new Gpu("none: the host, whose times mean nothing", null, null, null, null);
    }

    @Override
    public void close() {
        device.close();
    }
}
