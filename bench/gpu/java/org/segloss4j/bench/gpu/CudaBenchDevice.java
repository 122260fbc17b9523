package org.segloss4j.bench.gpu;

import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUevent;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.segloss4j.bench.Gpu;
import org.segloss4j.internal.cuda.CudaAvailability;
import org.segloss4j.internal.cuda.driver.CudaDevice;
import org.segloss4j.internal.cuda.driver.CudaDevices;
import org.segloss4j.internal.cuda.driver.CudaException;
import org.segloss4j.internal.cuda.driver.JCudaDriverCalls;
import org.segloss4j.internal.cuda.driver.KernelDevice;
import org.segloss4j.internal.cuda.driver.KernelDevices;

/** The first CUDA device, timed by its events. For one thread. */
final class CudaBenchDevice implements BenchDevice {

    private final CudaDevices devices;
    private final CudaDevice device;
    private final CUevent before = new CUevent();
    private final CUevent after = new CUevent();
    private final CUstream stream = new CUstream();

    CudaBenchDevice() {
        if (CudaAvailability.cause() != null) {
            throw new IllegalStateException("the CUDA backend is not available: " + CudaAvailability.cause());
        }
        devices = new CudaDevices(new JCudaDriverCalls(), CudaAvailability::compilers);
        device = devices.device(0);
        // The context of the backend's device, for the calls that are made here.
        CUdevice number = new CUdevice();
        check(JCudaDriver.cuDeviceGet(number, 0), "cuDeviceGet");
        CUcontext context = new CUcontext();
        check(JCudaDriver.cuDevicePrimaryCtxRetain(context, number), "cuDevicePrimaryCtxRetain");
        check(JCudaDriver.cuCtxSetCurrent(context), "cuCtxSetCurrent");
        check(JCudaDriver.cuEventCreate(before, 0), "cuEventCreate");
        check(JCudaDriver.cuEventCreate(after, 0), "cuEventCreate");
    }

    private static void check(int result, String call) {
        if (result != CUresult.CUDA_SUCCESS) {
            throw new CudaException(call + ": " + CUresult.stringFor(result));
        }
    }

    @Override
    public KernelDevice kernels() {
        return device;
    }

    @Override
    public KernelDevices devices() {
        return devices;
    }

    @Override
    public void copy(long to, long from, long bytes) {
        check(JCudaDriver.cuMemcpyDtoDAsync(JCudaDriverCalls.address(to), JCudaDriverCalls.address(from), bytes,
                stream), "cuMemcpyDtoDAsync");
    }

    @Override
    public double time(Runnable work) {
        check(JCudaDriver.cuEventRecord(before, stream), "cuEventRecord");
        work.run();
        check(JCudaDriver.cuEventRecord(after, stream), "cuEventRecord");
        check(JCudaDriver.cuEventSynchronize(after), "cuEventSynchronize");
        float[] milliseconds = new float[1];
        check(JCudaDriver.cuEventElapsedTime(milliseconds, before, after), "cuEventElapsedTime");
        return 1e3 * milliseconds[0];
    }

    @Override
    public long largeBytes() {
        return 1L << 30;
    }

    @Override
    public Gpu facts() {
        return new Gpu(device.description(), System.getProperty("bench.driver", "unknown"),
                String.join("; ", devices.report().subList(0, 1)),
                String.join("; ", CudaAvailability.compilers().report()), null);
    }

    @Override
    public void close() {
        devices.close();
    }
}
