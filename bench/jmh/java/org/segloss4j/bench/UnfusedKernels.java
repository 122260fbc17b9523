package org.segloss4j.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;
import jcuda.nvrtc.JNvrtc;
import jcuda.nvrtc.nvrtcProgram;

/** unfused.cu, compiled for the first device in its primary context, as a user of JCuda does it. */
final class UnfusedKernels implements AutoCloseable {

    private static final int BLOCK = 256;

    private final CUdevice device = new CUdevice();
    private final CUmodule module = new CUmodule();

    UnfusedKernels() {
        JCudaDriver.setExceptionsEnabled(true);
        JNvrtc.setExceptionsEnabled(true);
        JCudaDriver.cuInit(0);
        JCudaDriver.cuDeviceGet(device, 0);
        CUcontext context = new CUcontext();
        JCudaDriver.cuDevicePrimaryCtxRetain(context, device);
        JCudaDriver.cuCtxSetCurrent(context);
        JCudaDriver.cuModuleLoadData(module, ptx());
    }

    static String source() {
        try (InputStream in = UnfusedKernels.class.getResourceAsStream("unfused.cu")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] ptx() {
        String option = "--gpu-architecture=compute_"
                + attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
                + attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
        nvrtcProgram program = new nvrtcProgram();
        JNvrtc.nvrtcCreateProgram(program, source(), "unfused.cu", 0, null, null);
        JNvrtc.nvrtcCompileProgram(program, 1, new String[] {option});
        String[] text = new String[1];
        JNvrtc.nvrtcGetPTX(program, text);
        JNvrtc.nvrtcDestroyProgram(program);
        return (text[0] + "\0").getBytes(StandardCharsets.US_ASCII);
    }

    private int attribute(int name) {
        int[] value = new int[1];
        JCudaDriver.cuDeviceGetAttribute(value, name, device);
        return value[0];
    }

    /** Starts a kernel with a thread for each of {@code count} things. */
    void launch(String name, long count, Pointer... arguments) {
        CUfunction function = new CUfunction();
        JCudaDriver.cuModuleGetFunction(function, module, name);
        JCudaDriver.cuLaunchKernel(function, (int) ((count + BLOCK - 1) / BLOCK), 1, 1, BLOCK, 1, 1, 0, null,
                Pointer.to(arguments), null);
    }

    @Override
    public void close() {
        JCudaDriver.cuModuleUnload(module);
        JCudaDriver.cuDevicePrimaryCtxRelease(device);
    }
}
