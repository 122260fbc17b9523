package org.segloss4j.internal.cuda.driver;

import java.nio.ByteBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.segloss4j.internal.cuda.plan.LaunchShape;

/**
 * The calls of the CUDA driver that are used, with no added logic: handles and addresses are numbers, each call returns
 * a CUresult, and other results are written to arrays of length one. Tests can replace the driver by one that fails
 * where they want it to.
 */
public interface Driver {

    /** CUresult: it worked. */
    int SUCCESS = 0;
    /** Bytes of arguments that any kernel can take; more need CUDA 12.1 and compute capability 7.0. */
    int MOST_ARGUMENTS = 4096;
    /** CUdevice_attribute: number of multiprocessors. */
    int MULTIPROCESSORS = 16;
    /** CUdevice_attribute: compute capability before the dot. */
    int CAPABILITY_MAJOR = 75;
    /** CUdevice_attribute: compute capability behind the dot. */
    int CAPABILITY_MINOR = 76;

    /** The name of a CUresult. */
    String errorName(int result);

    /** cuInit. */
    int init();

    /** cuDriverGetVersion: 12060 is 12.6. */
    int version(int[] version);

    /** cuDeviceGetCount. */
    int deviceCount(int[] count);

    /** cuDeviceGetName, ending with NUL. */
    int deviceName(int device, byte[] name);

    /** cuDeviceTotalMem. */
    int deviceMemory(int device, long[] bytes);

    /** cuDeviceGetAttribute. */
    int deviceAttribute(int device, int attribute, int[] value);

    /** cuDevicePrimaryCtxRetain. */
    int retainPrimaryContext(int device, long[] context);

    /** cuDevicePrimaryCtxRelease. */
    int releasePrimaryContext(int device);

    /** cuCtxGetCurrent: 0 if there is none. */
    int currentContext(long[] context);

    /** cuCtxGetDevice: the device of the current context; not a success if there is none. */
    int currentDevice(int[] device);

    /** cuCtxSetCurrent. */
    int setCurrentContext(long context);

    /** cuStreamCreate, without implicit synchronisation with the default stream. */
    int createStream(long[] stream);

    /** cuStreamDestroy. */
    int destroyStream(long stream);

    /** cuStreamSynchronize. */
    int synchronizeStream(long stream);

    /** cuMemAlloc. */
    int allocate(long bytes, long[] address);

    /** cuMemFree. */
    int free(long address);

    /** cuMemHostAlloc, for all contexts; the memory also as a buffer. */
    int allocatePinned(int bytes, long[] address, ByteBuffer[] buffer);

    /** cuMemFreeHost. */
    int freePinned(long address);

    /** cuMemcpyHtoDAsync. */
    int copyIn(long deviceAddress, long hostAddress, long bytes, long stream);

    /** cuMemcpyDtoHAsync. */
    int copyOut(long hostAddress, long deviceAddress, long bytes, long stream);

    /** cuMemsetD8Async to 0. */
    int clear(long deviceAddress, long bytes, long stream);

    /** cuModuleLoadData. */
    int loadModule(byte[] image, long[] module);

    /** cuModuleUnload. */
    int unloadModule(long module);

    /** cuModuleGetFunction. */
    int function(long module, String symbol, long[] function);

    /** cuLaunchKernel in one dimension, with one struct by value: the bytes of a buffer up to its limit. */
    int launch(long function, LaunchShape shape, long stream, ByteBuffer arguments);

    /** Address of the first byte of a direct buffer. */
    static long addressOf(ByteBuffer direct) {
        try (BytePointer pointer = new BytePointer(direct)) {
            return pointer.address();
        }
    }
}
