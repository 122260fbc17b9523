// Two devices: whose memory it is, which copies cross, and what belongs to a context.
#include "driver.h"

void checkDevices() {
    int count = 0;
    cuDeviceGetCount(&count);
    if (count < 2) {
        expect(false, "two devices: VGPU_DEVICES is not set");
        return;
    }
    void *first, *second, *none = nullptr;
    expect(cuDevicePrimaryCtxRetain(&first, 0) == 0 && cuDevicePrimaryCtxRetain(&second, 1) == 0 && first != second,
           "each device has a context");
    expect(cuDevicePrimaryCtxRetain(&none, count) == 101, "there is no device of that number");
    int device = -1;
    cuCtxSetCurrent(second);
    expect(cuCtxGetDevice(&device) == 0 && device == 1, "the current context is the second device's");
    size_t before, after, total;
    cuMemGetInfo_v2(&before, &total);
    Device<float> there(std::vector<float>(64, 3));
    cuMemGetInfo_v2(&after, &total);
    expect(before - after == 256, "memory is the current device's");
    void *module2, *stream2, *event2;
    expect(cuModuleLoadData(&module2, ptx.c_str()) == 0, "the second device loads the module");
    expect(cuStreamCreate(&stream2, 0) == 0 && cuEventCreate(&event2, 0) == 0, "it has a stream and an event");
    Device<float> y2(64);
    expect(enqueue(module2, stream2, "saxpy", 1, 64, 64, 2.0f, there.at, there.at) == 0
           && cuStreamSynchronize(stream2) == 0 && there.get()[63] == 9, "it runs a kernel");

    cuCtxSetCurrent(first);
    Device<float> here(std::vector<float>(64, 1));
    expect(enqueue(module, stream2, "saxpy", 1, 64, 64, 1.0f, here.at, here.at) == 400, "a stream of another context");
    expect(enqueue(module2, nullptr, "saxpy", 1, 64, 64, 1.0f, here.at, here.at) == 400, "a kernel of another context");
    void *stream, *event;
    cuStreamCreate(&stream, 0);
    cuEventCreate(&event, 0);
    expect(cuEventRecord(event2, stream) == 400, "an event of another context is not recorded");
    float ms;
    expect(cuEventRecord(event, stream) == 0 && cuEventSynchronize(event) == 0
           && cuEventElapsedTime(&ms, event, event2) == 400, "no time passes between events of two contexts");
    cuCtxSetCurrent(second);
    expect(cuStreamWaitEvent(stream2, event, 0) == 0 && cuStreamSynchronize(stream2) == 0,
           "a stream may wait for an event of another context");
    cuCtxSetCurrent(first);

    expect(launch("saxpy", 1, 64, 0, false, 64, 1.0f, there.at, here.at) == 700, "memory of another device");
    int can = -1;
    expect(cuDeviceCanAccessPeer(&can, 0, 1) == 0 && can == 1 && cuDeviceCanAccessPeer(&can, 1, 1) == 0 && can == 0,
           "devices may be peers of others");
    expect(cuCtxEnablePeerAccess(second, 0) == 0 && cuCtxEnablePeerAccess(second, 0) == 704, "it is allowed once");
    expect(cuCtxEnablePeerAccess(first, 0) == 101, "no device is its own peer");
    expect(launch("saxpy", 1, 64, 0, false, 64, 1.0f, there.at, here.at) == 0 && here.get()[0] == 10,
           "it is in reach of a peer");
    expect(cuCtxDisablePeerAccess(second) == 0 && cuCtxDisablePeerAccess(second) == 705, "it is forbidden once");
    expect(launch("saxpy", 1, 64, 0, false, 64, 1.0f, there.at, here.at) == 700, "and out of reach again");

    expect(cuMemcpyPeer(here.at, first, there.at, second, 256) == 0 && here.get()[5] == 9, "a copy between devices");
    expect(cuMemcpyPeer(here.at, second, there.at, second, 256) == 1, "a copy to memory that is another device's");
    std::vector<float> ones(64, 1), got(64);
    cuMemcpyHtoD_v2(here.at, ones.data(), 256);
    expect(cuMemcpyPeerAsync(there.at, second, here.at, first, 256, stream) == 0 && cuStreamSynchronize(stream) == 0
           && there.get()[5] == 1, "one in a stream");
    cuMemcpyHtoD_v2(here.at, got.data(), 256);
    expect(cuMemcpy(there.at, here.at, 256) == 0 && there.get()[5] == 0, "addresses say whose memory it is");
    expect(cuMemcpy((uint64_t) (uintptr_t) ones.data(), here.at, 256) == 0 && ones[7] == 0, "or that it is the host's");
    cuStreamDestroy_v2(stream);
    cuStreamDestroy_v2(stream2);
    cuEventDestroy_v2(event);
    expect(cuEventDestroy_v2(event2) == 0 && cuEventDestroy_v2(event2) == 400, "an event ends once");
}
