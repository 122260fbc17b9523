// cuInit, devices, contexts, and who may use whose memory.
#include <cstdio>

#include "context.h"
#include "settings.h"

using namespace vgpu;

namespace {

int attribute(int which) {
    switch (which) {
        case 1: case 2: case 3: return which == 3 ? 64 : 1024;       // block
        case 4: return 1024;
        case 5: return 0x7fffffff;
        case 6: case 7: return 65535;
        case 8: return 48 << 10;
        case 9: return 64 << 10;
        case 10: return 32;
        case 12: case 82: return 65536;                               // registers
        case 13: return 1000000;                                      // kHz
        case 14: return 512;
        case 15: case 41: case 31: return 1;                          // overlap, unified addresses, concurrent kernels
        case 16: return settings().multiprocessors;
        case 39: return 2048;
        case 75: return settings().capability / 10;
        case 76: return settings().capability % 10;
        case 81: return settings().sharedOfMultiprocessor;
        case 95: return 1;
        case 97: return settings().sharedOfBlock;
        case 106: return 32;
        case 111: return 1024;
        default: return 0;
    }
}

}  // namespace

/** With the context of a device that there is. */
#define ENTER_DEVICE(device) \
    ENTER \
    [[maybe_unused]] Context* of = state().context(device); \
    REQUIRE(of, INVALID_DEVICE)

API cuInit(unsigned flags) {
    std::lock_guard<std::recursive_mutex> lock(state().mutex);
    REQUIRE(flags == 0, INVALID_VALUE)
    REQUIRE(settings().devices > 0, NO_DEVICE)
    while ((int) state().contexts.size() < settings().devices) {
        state().contexts.push_back(std::make_unique<Context>((int) state().contexts.size()));
    }
    state().initialised = true;
    return SUCCESS;
}
// NVRTC looks for a driver's private tables, and crashes where the function is missing that says there are none.
API cuGetExportTable(const void** table, const void*) { *table = nullptr; return NOT_FOUND; }
API cuDriverGetVersion(int* version) { *version = settings().driverVersion; return SUCCESS; }

API cuDeviceGetCount(int* count) { ENTER *count = settings().devices; return SUCCESS; }
API cuDeviceGet(int* device, int ordinal) { ENTER_DEVICE(ordinal) *device = ordinal; return SUCCESS; }
API cuDeviceGetName(char* name, int length, int device) {
    ENTER_DEVICE(device) std::snprintf(name, (size_t) length, "Virtual GPU"); return SUCCESS;
}
API cuDeviceTotalMem_v2(size_t* bytes, int device) { ENTER_DEVICE(device) *bytes = settings().memory; return SUCCESS; }
API cuDeviceGetAttribute(int* value, int which, int device) {
    ENTER_DEVICE(device) *value = attribute(which); return SUCCESS;
}
API cuDeviceCanAccessPeer(int* can, int device, int peer) {
    ENTER_DEVICE(device)
    REQUIRE(state().context(peer), INVALID_DEVICE)
    *can = device != peer;
    return SUCCESS;
}

API cuDevicePrimaryCtxRetain(void** context, int device) {
    ENTER_DEVICE(device) of->retained++; *context = of; return SUCCESS;
}
API cuDevicePrimaryCtxRelease_v2(int device) {
    ENTER_DEVICE(device) REQUIRE(of->retained > 0, INVALID_CONTEXT) of->retained--; return SUCCESS;
}
API cuDevicePrimaryCtxRelease(int device) { return cuDevicePrimaryCtxRelease_v2(device); }

API cuCtxGetCurrent(void** context) { ENTER *context = current; return SUCCESS; }
API cuCtxSetCurrent(void* context) {
    ENTER
    REQUIRE(!context || state().isContext(context), INVALID_CONTEXT)
    current = (Context*) context;
    return SUCCESS;
}
API cuCtxGetDevice(int* device) {
    ENTER REQUIRE(current, INVALID_CONTEXT) *device = current->device; return SUCCESS;
}
API cuCtxSynchronize() {
    ENTER_CONTEXT
    runAll(current);
    int result = drain(current->standard);
    for (Stream* each : state().streams) {
        int own = &each->context == current ? drain(*each) : SUCCESS;
        result = result ? result : own;
    }
    return result;
}
API cuCtxEnablePeerAccess(void* peer, unsigned flags) {
    ENTER_CONTEXT
    REQUIRE(flags == 0, INVALID_VALUE)
    REQUIRE(state().isContext(peer), INVALID_CONTEXT)
    int device = ((Context*) peer)->device;
    REQUIRE(device != current->device, INVALID_DEVICE)
    REQUIRE(!(current->peers >> device & 1), PEER_ACCESS_ALREADY_ENABLED)
    current->peers |= 1u << device;
    return SUCCESS;
}
API cuCtxDisablePeerAccess(void* peer) {
    ENTER_CONTEXT
    REQUIRE(state().isContext(peer), INVALID_CONTEXT)
    int device = ((Context*) peer)->device;
    REQUIRE(current->peers >> device & 1, PEER_ACCESS_NOT_ENABLED)
    current->peers &= ~(1u << device);
    return SUCCESS;
}
