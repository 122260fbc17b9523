// The driver's functions as the self-test calls them, and what its files share.
#pragma once
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

extern "C" {
int cuInit(unsigned);
int cuDeviceGetCount(int*);
int cuDeviceCanAccessPeer(int*, int, int);
int cuDevicePrimaryCtxRetain(void**, int);
int cuCtxSetCurrent(void*);
int cuCtxGetDevice(int*);
int cuCtxSynchronize();
int cuCtxEnablePeerAccess(void*, unsigned);
int cuCtxDisablePeerAccess(void*);
int cuMemAlloc_v2(uint64_t*, size_t);
int cuMemFree_v2(uint64_t);
int cuMemGetInfo_v2(size_t*, size_t*);
int cuMemcpy(uint64_t, uint64_t, size_t);
int cuMemcpyHtoD_v2(uint64_t, const void*, size_t);
int cuMemcpyDtoH_v2(void*, uint64_t, size_t);
int cuMemcpyHtoDAsync_v2(uint64_t, const void*, size_t, void*);
int cuMemcpyPeer(uint64_t, void*, uint64_t, void*, size_t);
int cuMemcpyPeerAsync(uint64_t, void*, uint64_t, void*, size_t, void*);
int cuModuleLoadData(void**, const void*);
int cuModuleGetFunction(void**, void*, const char*);
int cuLaunchKernel(void*, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void*, void**, void**);
int cuLaunchCooperativeKernel(void*, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void*,
                              void**);
int cuStreamCreate(void**, unsigned);
int cuStreamDestroy_v2(void*);
int cuStreamSynchronize(void*);
int cuStreamWaitEvent(void*, void*, unsigned);
int cuEventCreate(void**, unsigned);
int cuEventDestroy_v2(void*);
int cuEventRecord(void*, void*);
int cuEventSynchronize(void*);
int cuEventElapsedTime(float*, void*, void*);
}

/** Says whether something is as it should be, and counts what is not. */
void expect(bool is, const std::string& what);

/** The text of kernels.cu as PTX. */
extern std::string ptx;
/** It, loaded for the first device. */
extern void* module;

/** Memory of the device of the current context. */
template <typename T>
struct Device {
    uint64_t at = 0;
    size_t count;
    explicit Device(size_t count) : count(count) { cuMemAlloc_v2(&at, count * sizeof(T)); }
    explicit Device(const std::vector<T>& from) : Device(from.size()) {
        cuMemcpyHtoD_v2(at, from.data(), count * sizeof(T));
    }
    Device(const Device&) = delete;
    ~Device() { cuMemFree_v2(at); }
    std::vector<T> get() const {
        std::vector<T> to(count);
        cuMemcpyDtoH_v2(to.data(), at, count * sizeof(T));
        return to;
    }
};

/** Launches a kernel of a module in a stream, without waiting. */
template <typename... A>
int enqueue(void* of, void* stream, const char* name, unsigned grid, unsigned block, A... arguments) {
    void* function = nullptr;
    if (cuModuleGetFunction(&function, of, name)) {
        return -1;
    }
    void* pointers[] = {&arguments..., nullptr};
    return cuLaunchKernel(function, grid, 1, 1, block, 1, 1, 0, stream, pointers, nullptr);
}

/** Launches a kernel on the first device and waits for its end. */
template <typename... A>
int launch(const char* name, unsigned grid, unsigned block, unsigned shared, bool cooperative, A... arguments) {
    void* function = nullptr;
    if (cuModuleGetFunction(&function, module, name)) {
        return -1;
    }
    void* pointers[] = {&arguments..., nullptr};
    int result = cooperative ? cuLaunchCooperativeKernel(function, grid, 1, 1, block, 1, 1, shared, nullptr, pointers)
            : cuLaunchKernel(function, grid, 1, 1, block, 1, 1, shared, nullptr, pointers, nullptr);
    return result ? result : cuStreamSynchronize(nullptr);
}

// Each checks one thing.
void checkGlobalOrder();
void checkDevices();
void checkThreads();
