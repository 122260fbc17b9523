package org.segloss4j.internal.cuda.driver;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.NativePointerObject;
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

    /** The private handle of JCuda's objects. Handles also come from elsewhere, such as ND4J's streams. */
    private static final VarHandle HANDLE;
    private static final int NON_BLOCKING = 1;
    private static final int PORTABLE = 1;

    static {
        try {
            HANDLE = MethodHandles.privateLookupIn(NativePointerObject.class, MethodHandles.lookup())
                    .findVarHandle(NativePointerObject.class, "nativePointer", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

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

    private static <T extends NativePointerObject> T with(T object, long handle) {
        HANDLE.set(object, handle);
        return object;
    }

    private static long of(NativePointerObject object) {
        return (long) HANDLE.get(object);
    }

    private static CUdevice device(int ordinal) {
        // A CUdevice has always been the ordinal, but only cuDeviceGet is documented.
        CUdevice device = new CUdevice();
        JCudaDriver.cuDeviceGet(device, ordinal);
        return device;
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
        return JCudaDriver.cuDeviceGetName(name, name.length, device(device));
    }

    @Override
    public int deviceMemory(int device, long[] bytes) {
        return JCudaDriver.cuDeviceTotalMem(bytes, device(device));
    }

    @Override
    public int deviceAttribute(int device, int attribute, int[] value) {
        return JCudaDriver.cuDeviceGetAttribute(value, attribute, device(device));
    }

    @Override
    public int retainPrimaryContext(int device, long[] context) {
        CUcontext made = new CUcontext();
        int result = JCudaDriver.cuDevicePrimaryCtxRetain(made, device(device));
        context[0] = of(made);
        return result;
    }

    @Override
    public int releasePrimaryContext(int device) {
        return JCudaDriver.cuDevicePrimaryCtxRelease(device(device));
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
            if (of(device(ordinal)) == of(current)) {
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
