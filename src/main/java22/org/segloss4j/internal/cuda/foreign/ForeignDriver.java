package org.segloss4j.internal.cuda.foreign;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.segloss4j.internal.cuda.foreign.ForeignLibrary.call;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.segloss4j.internal.cuda.driver.Driver;
import org.segloss4j.internal.cuda.plan.LaunchShape;

/**
 * The driver through java.lang.foreign. Handles and addresses are passed as 64-bit integers, which 64-bit systems pass
 * as they pass pointers.
 */
final class ForeignDriver implements Driver {

    private static final int NON_BLOCKING = 1;
    private static final int PORTABLE = 1;

    /** Created once per thread, so that no call allocates native memory. */
    private final ThreadLocal<Memory> memory = ThreadLocal.withInitial(Memory::new);

    private final MethodHandle getErrorName;
    private final MethodHandle init;
    private final MethodHandle driverGetVersion;
    private final MethodHandle deviceGetCount;
    private final MethodHandle deviceGet;
    private final MethodHandle deviceGetName;
    private final MethodHandle deviceTotalMem;
    private final MethodHandle deviceGetAttribute;
    private final MethodHandle primaryCtxRetain;
    private final MethodHandle primaryCtxRelease;
    private final MethodHandle ctxGetCurrent;
    private final MethodHandle ctxGetDevice;
    private final MethodHandle ctxSetCurrent;
    private final MethodHandle streamCreate;
    private final MethodHandle streamDestroy;
    private final MethodHandle streamSynchronize;
    private final MethodHandle memAlloc;
    private final MethodHandle memFree;
    private final MethodHandle memHostAlloc;
    private final MethodHandle memFreeHost;
    private final MethodHandle memcpyHtoD;
    private final MethodHandle memcpyDtoH;
    private final MethodHandle memset;
    private final MethodHandle moduleLoadData;
    private final MethodHandle moduleUnload;
    private final MethodHandle moduleGetFunction;
    private final MethodHandle launchKernel;

    /**
     * Loads the driver.
     *
     * @throws LinkageError if it, or a function of it, is missing
     */
    ForeignDriver() {
        ForeignLibrary driver = new ForeignLibrary("libcuda.so.1");
        getErrorName = driver.optional("cuGetErrorName", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
        init = driver.function("cuInit", JAVA_INT);
        driverGetVersion = driver.function("cuDriverGetVersion", ADDRESS);
        deviceGetCount = driver.function("cuDeviceGetCount", ADDRESS);
        deviceGet = driver.function("cuDeviceGet", ADDRESS, JAVA_INT);
        deviceGetName = driver.function("cuDeviceGetName", ADDRESS, JAVA_INT, JAVA_INT);
        deviceTotalMem = driver.function("cuDeviceTotalMem_v2", ADDRESS, JAVA_INT);
        deviceGetAttribute = driver.function("cuDeviceGetAttribute", ADDRESS, JAVA_INT, JAVA_INT);
        primaryCtxRetain = driver.function("cuDevicePrimaryCtxRetain", ADDRESS, JAVA_INT);
        primaryCtxRelease = driver.function("cuDevicePrimaryCtxRelease_v2", JAVA_INT);
        ctxGetCurrent = driver.function("cuCtxGetCurrent", ADDRESS);
        ctxGetDevice = driver.function("cuCtxGetDevice", ADDRESS);
        ctxSetCurrent = driver.function("cuCtxSetCurrent", JAVA_LONG);
        streamCreate = driver.function("cuStreamCreate", ADDRESS, JAVA_INT);
        streamDestroy = driver.function("cuStreamDestroy_v2", JAVA_LONG);
        streamSynchronize = driver.function("cuStreamSynchronize", JAVA_LONG);
        memAlloc = driver.function("cuMemAlloc_v2", ADDRESS, JAVA_LONG);
        memFree = driver.function("cuMemFree_v2", JAVA_LONG);
        memHostAlloc = driver.function("cuMemHostAlloc", ADDRESS, JAVA_LONG, JAVA_INT);
        memFreeHost = driver.function("cuMemFreeHost", JAVA_LONG);
        memcpyHtoD = driver.function("cuMemcpyHtoDAsync_v2", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        memcpyDtoH = driver.function("cuMemcpyDtoHAsync_v2", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        memset = driver.function("cuMemsetD8Async", JAVA_LONG, JAVA_BYTE, JAVA_LONG, JAVA_LONG);
        moduleLoadData = driver.function("cuModuleLoadData", ADDRESS, ADDRESS);
        moduleUnload = driver.function("cuModuleUnload", JAVA_LONG);
        moduleGetFunction = driver.function("cuModuleGetFunction", ADDRESS, JAVA_LONG, ADDRESS);
        launchKernel = driver.function("cuLaunchKernel", JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT,
                JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS);
    }

    /** What calls of one thread write to and read from. */
    private static final class Memory {
        private final Arena arena = Arena.ofAuto();
        private final MemorySegment result = arena.allocate(JAVA_LONG);
        private final MemorySegment struct = arena.allocate(MOST_ARGUMENTS, Long.BYTES);
        private final ByteBuffer arguments = struct.asByteBuffer();
        private final MemorySegment parameters = arena.allocateFrom(ADDRESS, struct);
    }

    /** A call with a place for its result. */
    private interface Writing {
        int run(MemorySegment result) throws Throwable;
    }

    private int writing(int[] value, Writing function) {
        MemorySegment result = memory.get().result.fill((byte) 0);
        int code = call(() -> function.run(result));
        value[0] = result.get(JAVA_INT, 0);
        return code;
    }

    private int writing(long[] value, Writing function) {
        MemorySegment result = memory.get().result.fill((byte) 0);
        int code = call(() -> function.run(result));
        value[0] = result.get(JAVA_LONG, 0);
        return code;
    }

    /** A call that takes a CUdevice. */
    private interface OnDevice {
        int run(int device);
    }

    /** A CUdevice has always been the ordinal, but only cuDeviceGet is documented. */
    private int onDevice(int ordinal, OnDevice function) {
        int[] device = new int[1];
        int result = writing(device, at -> (int) deviceGet.invokeExact(at, ordinal));
        return result == SUCCESS ? function.run(device[0]) : result;
    }

    @Override
    public String errorName(int result) {
        if (getErrorName != null) {
            long[] name = new long[1];
            int code = writing(name, at -> (int) getErrorName.invokeExact(result, at));
            if (code == SUCCESS && name[0] != 0) {
                return ForeignLibrary.text(MemorySegment.ofAddress(name[0]));
            }
        }
        return "CUresult " + result;
    }

    @Override
    public int init() {
        return call(() -> (int) init.invokeExact(0));
    }

    @Override
    public int version(int[] version) {
        return writing(version, at -> (int) driverGetVersion.invokeExact(at));
    }

    @Override
    public int deviceCount(int[] count) {
        return writing(count, at -> (int) deviceGetCount.invokeExact(at));
    }

    @Override
    public int deviceName(int device, byte[] name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment written = arena.allocate(name.length);
            int result = onDevice(device, one -> call(() ->
                    (int) deviceGetName.invokeExact(written, name.length, one)));
            if (result == SUCCESS) {
                MemorySegment.copy(written, JAVA_BYTE, 0, name, 0, name.length);
            }
            return result;
        }
    }

    @Override
    public int deviceMemory(int device, long[] bytes) {
        return onDevice(device, one -> writing(bytes, at -> (int) deviceTotalMem.invokeExact(at, one)));
    }

    @Override
    public int deviceAttribute(int device, int attribute, int[] value) {
        return onDevice(device, one -> writing(value,
                at -> (int) deviceGetAttribute.invokeExact(at, attribute, one)));
    }

    @Override
    public int retainPrimaryContext(int device, long[] context) {
        return onDevice(device, one -> writing(context, at -> (int) primaryCtxRetain.invokeExact(at, one)));
    }

    @Override
    public int releasePrimaryContext(int device) {
        return onDevice(device, one -> call(() -> (int) primaryCtxRelease.invokeExact(one)));
    }

    @Override
    public int currentContext(long[] context) {
        return writing(context, at -> (int) ctxGetCurrent.invokeExact(at));
    }

    @Override
    public int currentDevice(int[] device) {
        int[] current = new int[1];
        int result = writing(current, at -> (int) ctxGetDevice.invokeExact(at));
        int[] count = new int[1];
        if (result == SUCCESS) {
            result = deviceCount(count);
        }
        for (int ordinal = 0; ordinal < count[0]; ordinal++) {
            int number = ordinal;
            onDevice(ordinal, one -> {
                if (one == current[0]) {
                    device[0] = number;
                }
                return SUCCESS;
            });
        }
        return result;
    }

    @Override
    public int setCurrentContext(long context) {
        return call(() -> (int) ctxSetCurrent.invokeExact(context));
    }

    @Override
    public int createStream(long[] stream) {
        return writing(stream, at -> (int) streamCreate.invokeExact(at, NON_BLOCKING));
    }

    @Override
    public int destroyStream(long stream) {
        return call(() -> (int) streamDestroy.invokeExact(stream));
    }

    @Override
    public int synchronizeStream(long stream) {
        return call(() -> (int) streamSynchronize.invokeExact(stream));
    }

    @Override
    public int allocate(long bytes, long[] address) {
        return writing(address, at -> (int) memAlloc.invokeExact(at, bytes));
    }

    @Override
    public int free(long address) {
        return call(() -> (int) memFree.invokeExact(address));
    }

    @Override
    @SuppressWarnings("restricted")
    public int allocatePinned(int bytes, long[] address, ByteBuffer[] buffer) {
        long[] made = new long[1];
        int result = writing(made, at -> (int) memHostAlloc.invokeExact(at, (long) bytes, PORTABLE));
        if (result == SUCCESS) {
            address[0] = made[0];
            buffer[0] = MemorySegment.ofAddress(made[0]).reinterpret(bytes).asByteBuffer()
                    .order(ByteOrder.nativeOrder());
        }
        return result;
    }

    @Override
    public int freePinned(long address) {
        return call(() -> (int) memFreeHost.invokeExact(address));
    }

    @Override
    public int copyIn(long deviceAddress, long hostAddress, long bytes, long stream) {
        return call(() -> (int) memcpyHtoD.invokeExact(deviceAddress, hostAddress, bytes, stream));
    }

    @Override
    public int copyOut(long hostAddress, long deviceAddress, long bytes, long stream) {
        return call(() -> (int) memcpyDtoH.invokeExact(hostAddress, deviceAddress, bytes, stream));
    }

    @Override
    public int clear(long deviceAddress, long bytes, long stream) {
        return call(() -> (int) memset.invokeExact(deviceAddress, (byte) 0, bytes, stream));
    }

    @Override
    public int loadModule(byte[] image, long[] module) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment code = arena.allocate(image.length, Long.BYTES).copyFrom(MemorySegment.ofArray(image));
            return writing(module, at -> (int) moduleLoadData.invokeExact(at, code));
        }
    }

    @Override
    public int unloadModule(long module) {
        return call(() -> (int) moduleUnload.invokeExact(module));
    }

    @Override
    public int function(long module, String symbol, long[] function) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(symbol);
            return writing(function, at -> (int) moduleGetFunction.invokeExact(at, module, name));
        }
    }

    @Override
    public int launch(long function, LaunchShape shape, long stream, ByteBuffer given) {
        Memory own = memory.get();
        own.arguments.put(0, given, 0, given.limit());
        return call(() -> (int) launchKernel.invokeExact(function, shape.blocks(), 1, 1, shape.threads(), 1, 1,
                shape.sharedBytes(), stream, own.parameters, MemorySegment.NULL));
    }
}
