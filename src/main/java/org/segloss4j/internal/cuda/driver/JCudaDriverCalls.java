package org.segloss4j.internal.cuda.driver;

import static org.segloss4j.internal.cuda.compile.JCudaHandles.of;
import static org.segloss4j.internal.cuda.compile.JCudaHandles.with;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.ToIntFunction;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.segloss4j.internal.cuda.compile.JCudaNatives;
import org.segloss4j.internal.cuda.plan.LaunchShape;

/** The driver through JCuda. */
public final class JCudaDriverCalls implements Driver {

    private static final int NON_BLOCKING = 1;
    private static final int PORTABLE = 1;

    /** Created once per thread, so that a launch allocates no native memory for its arguments. */
    private final ThreadLocal<Arguments> arguments = ThreadLocal.withInitial(Arguments::new);

    /**
     * Loads JCuda.
     *
     * @throws LinkageError if JCuda or the driver is missing
     */
    public JCudaDriverCalls() {
        JCudaNatives.load("JCudaDriver", () -> JCudaDriver.setExceptionsEnabled(false));
    }

    private static final class Arguments {
        private final ByteBuffer struct = ByteBuffer.allocateDirect(MOST_ARGUMENTS).order(ByteOrder.nativeOrder());
        private final ByteBuffer addresses = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder())
                .putLong(0, Driver.addressOf(struct));
        /** A plain address: for a pointer to pointers JCuda would allocate a native copy in every call. */
        private final Pointer parameters = host(Driver.addressOf(addresses));
    }

    /** A CUdevice has always been the ordinal, but only cuDeviceGet is documented. */
    private static int onDevice(int ordinal, ToIntFunction<CUdevice> call) {
        CUdevice device = new CUdevice();
        int result = JCudaDriver.cuDeviceGet(device, ordinal);
        return result == SUCCESS ? call.applyAsInt(device) : result;
    }

    private static CUstream stream(long handle) {
        return with(new CUstream(), handle);
    }

    /** A device address as JCuda's type. */
    public static CUdeviceptr address(long address) {
        return with(new CUdeviceptr(), address);
    }

    private static Pointer host(long address) {
        return with(new Pointer(), address);
    }

    @Override
    public String errorName(int result) {
        return CUresult.stringFor(result);
    }

    @Override
    public int init() {
        return JCudaDriver.cuInit(0);
    }

    @Override
    public int version(int[] version) {
        return JCudaDriver.cuDriverGetVersion(version);
    }

    @Override
    public int deviceCount(int[] count) {
        return JCudaDriver.cuDeviceGetCount(count);
    }

    @Override
    public int deviceName(int device, byte[] name) {
        return onDevice(device, one -> JCudaDriver.cuDeviceGetName(name, name.length, one));
    }

    @Override
    public int deviceMemory(int device, long[] bytes) {
        return onDevice(device, one -> JCudaDriver.cuDeviceTotalMem(bytes, one));
    }

    @Override
    public int deviceAttribute(int device, int attribute, int[] value) {
        return onDevice(device, one -> JCudaDriver.cuDeviceGetAttribute(value, attribute, one));
    }

    @Override
    public int retainPrimaryContext(int device, long[] context) {
        CUcontext made = new CUcontext();
        int result = onDevice(device, one -> JCudaDriver.cuDevicePrimaryCtxRetain(made, one));
        context[0] = of(made);
        return result;
    }

    @Override
    public int releasePrimaryContext(int device) {
        return onDevice(device, JCudaDriver::cuDevicePrimaryCtxRelease);
    }

    @Override
    public int currentContext(long[] context) {
        CUcontext current = new CUcontext();
        int result = JCudaDriver.cuCtxGetCurrent(current);
        context[0] = of(current);
        return result;
    }

    @Override
    public int currentDevice(int[] device) {
        CUdevice current = new CUdevice();
        int result = JCudaDriver.cuCtxGetDevice(current);
        int[] count = new int[1];
        if (result == SUCCESS) {
            result = JCudaDriver.cuDeviceGetCount(count);
        }
        for (int ordinal = 0; ordinal < count[0]; ordinal++) {
            CUdevice one = new CUdevice();
            if (JCudaDriver.cuDeviceGet(one, ordinal) == SUCCESS && of(one) == of(current)) {
                device[0] = ordinal;
            }
        }
        return result;
    }

    @Override
    public int setCurrentContext(long context) {
        return JCudaDriver.cuCtxSetCurrent(with(new CUcontext(), context));
    }

    @Override
    public int createStream(long[] stream) {
        CUstream made = new CUstream();
        int result = JCudaDriver.cuStreamCreate(made, NON_BLOCKING);
        stream[0] = of(made);
        return result;
    }

    @Override
    public int destroyStream(long stream) {
        return JCudaDriver.cuStreamDestroy(stream(stream));
    }

    @Override
    public int synchronizeStream(long stream) {
        return JCudaDriver.cuStreamSynchronize(stream(stream));
    }

    @Override
    public int allocate(long bytes, long[] address) {
        CUdeviceptr made = new CUdeviceptr();
        int result = JCudaDriver.cuMemAlloc(made, bytes);
        address[0] = of(made);
        return result;
    }

    @Override
    public int free(long address) {
        return JCudaDriver.cuMemFree(address(address));
    }

    @Override
    public int allocatePinned(int bytes, long[] address, ByteBuffer[] buffer) {
        Pointer made = new Pointer();
        int result = JCudaDriver.cuMemHostAlloc(made, bytes, PORTABLE);
        if (result == SUCCESS) {
            address[0] = of(made);
            buffer[0] = made.getByteBuffer(0, bytes).order(ByteOrder.nativeOrder());
        }
        return result;
    }

    @Override
    public int freePinned(long address) {
        return JCudaDriver.cuMemFreeHost(host(address));
    }

    @Override
    public int copyIn(long deviceAddress, long hostAddress, long bytes, long stream) {
        return JCudaDriver.cuMemcpyHtoDAsync(address(deviceAddress), host(hostAddress), bytes, stream(stream));
    }

    @Override
    public int copyOut(long hostAddress, long deviceAddress, long bytes, long stream) {
        return JCudaDriver.cuMemcpyDtoHAsync(host(hostAddress), address(deviceAddress), bytes, stream(stream));
    }

    @Override
    public int clear(long deviceAddress, long bytes, long stream) {
        return JCudaDriver.cuMemsetD8Async(address(deviceAddress), (byte) 0, bytes, stream(stream));
    }

    @Override
    public int loadModule(byte[] image, long[] module) {
        CUmodule made = new CUmodule();
        int result = JCudaDriver.cuModuleLoadData(made, image);
        module[0] = of(made);
        return result;
    }

    @Override
    public int unloadModule(long module) {
        return JCudaDriver.cuModuleUnload(with(new CUmodule(), module));
    }

    @Override
    public int function(long module, String symbol, long[] function) {
        CUfunction made = new CUfunction();
        int result = JCudaDriver.cuModuleGetFunction(made, with(new CUmodule(), module), symbol);
        function[0] = of(made);
        return result;
    }

    @Override
    public int launch(long function, LaunchShape shape, long stream, ByteBuffer given) {
        Arguments own = arguments.get();
        own.struct.put(0, given, 0, given.limit());
        return JCudaDriver.cuLaunchKernel(with(new CUfunction(), function), shape.blocks(), 1, 1, shape.threads(), 1, 1,
                shape.sharedBytes(), stream(stream), own.parameters, null);
    }
}
