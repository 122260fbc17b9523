// Memory and copies. All devices and the host share one space of addresses, so that a copy need not say whose memory it
// is.
#include <cstring>

#include "context.h"
#include "settings.h"

using namespace vgpu;

namespace {

// Memory that is not pinned is read before the call returns, and written before it returns.
bool isPinned(const void* host, uint64_t bytes) {
    Allocation* a = reachable((uint64_t) host, bytes);
    return a && a->isPinned();
}

bool isThere(uint64_t address, uint64_t bytes) { return bytes == 0 || reachable(address, bytes); }

void giveCopy(Stream& s, uint64_t to, uint64_t from, uint64_t bytes) {
    give(s, [=] {
        std::vector<uint8_t> some(bytes);
        copyOut(some.data(), from, bytes);
        copyIn(to, some.data(), bytes);
    });
}

// Whether all bytes lie in memory of a device.
bool isOn(const void* context, uint64_t address, uint64_t bytes) {
    Allocation* a = reachable(address, bytes);
    return a && a->device == ((const Context*) context)->device;
}

}  // namespace

API cuMemAlloc_v2(uint64_t* address, size_t bytes) {
    ENTER_CONTEXT
    REQUIRE(bytes > 0, INVALID_VALUE)
    *address = deviceMemory().allocate(current->device, bytes, settings().memory);
    return *address ? SUCCESS : OUT_OF_MEMORY;
}
API cuMemFree_v2(uint64_t address) {
    ENTER_CONTEXT
    Allocation* a = deviceMemory().find(address);
    REQUIRE(a && !a->isPinned(), INVALID_VALUE)
    runAll(state().context(a->device));
    return deviceMemory().free(address, false) ? SUCCESS : INVALID_VALUE;
}
API cuMemHostAlloc(void** host, size_t bytes, unsigned) {
    ENTER_CONTEXT
    *host = deviceMemory().allocatePinned(bytes);
    return *host ? SUCCESS : OUT_OF_MEMORY;
}
API cuMemFreeHost(void* host) {
    ENTER_CONTEXT
    runAll(nullptr);
    return deviceMemory().free((uint64_t) host, true) ? SUCCESS : INVALID_VALUE;
}
API cuMemGetInfo_v2(size_t* unused, size_t* total) {
    ENTER_CONTEXT
    *total = settings().memory;
    *unused = settings().memory - deviceMemory().inUse(current->device);
    return SUCCESS;
}

API cuMemcpyHtoDAsync_v2(uint64_t to, const void* from, size_t bytes, void* stream) {
    ENTER_CONTEXT
    Stream* s = streamOf(stream);
    REQUIRE(s, INVALID_HANDLE)
    REQUIRE(isThere(to, bytes), INVALID_VALUE)
    if (isPinned(from, bytes)) {
        give(*s, [=] { copyIn(to, from, bytes); });
    } else {
        std::vector<uint8_t> staged((const uint8_t*) from, (const uint8_t*) from + bytes);
        give(*s, [=, staged = std::move(staged)] { copyIn(to, staged.data(), bytes); });
    }
    return SUCCESS;
}
API cuMemcpyDtoHAsync_v2(void* to, uint64_t from, size_t bytes, void* stream) {
    ENTER_CONTEXT
    Stream* s = streamOf(stream);
    REQUIRE(s, INVALID_HANDLE)
    REQUIRE(isThere(from, bytes), INVALID_VALUE)
    bool pinned = isPinned(to, bytes);
    give(*s, [=] { copyOut(to, from, bytes); });
    return pinned ? SUCCESS : drain(*s);
}
API cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, void* stream) {
    ENTER_CONTEXT
    Stream* s = streamOf(stream);
    REQUIRE(s, INVALID_HANDLE)
    REQUIRE(isThere(to, bytes) && isThere(from, bytes), INVALID_VALUE)
    giveCopy(*s, to, from, bytes);
    return SUCCESS;
}
API cuMemcpyHtoD_v2(uint64_t to, const void* from, size_t bytes) {
    ENTER_CONTEXT
    int result = cuMemcpyHtoDAsync_v2(to, from, bytes, nullptr);
    return result ? result : drain(current->standard);
}
API cuMemcpyDtoH_v2(void* to, uint64_t from, size_t bytes) {
    ENTER_CONTEXT
    int result = cuMemcpyDtoHAsync_v2(to, from, bytes, nullptr);
    return result ? result : drain(current->standard);
}
API cuMemcpyDtoD_v2(uint64_t to, uint64_t from, size_t bytes) {
    ENTER_CONTEXT
    int result = cuMemcpyDtoDAsync_v2(to, from, bytes, nullptr);
    return result ? result : drain(current->standard);
}
// Whatever is not allocated here is memory of the host.
API cuMemcpyAsync(uint64_t to, uint64_t from, size_t bytes, void* stream) {
    ENTER_CONTEXT
    bool toHost = !deviceMemory().find(to);
    bool fromHost = !deviceMemory().find(from);
    if (toHost && fromHost) {
        std::memmove((void*) to, (const void*) from, bytes);
        return SUCCESS;
    }
    return fromHost ? cuMemcpyHtoDAsync_v2(to, (const void*) from, bytes, stream)
            : toHost ? cuMemcpyDtoHAsync_v2((void*) to, from, bytes, stream)
            : cuMemcpyDtoDAsync_v2(to, from, bytes, stream);
}
API cuMemcpy(uint64_t to, uint64_t from, size_t bytes) {
    ENTER_CONTEXT
    int result = cuMemcpyAsync(to, from, bytes, nullptr);
    return result ? result : drain(current->standard);
}
API cuMemcpyPeerAsync(uint64_t to, void* toContext, uint64_t from, void* fromContext, size_t bytes, void* stream) {
    ENTER_CONTEXT
    Stream* s = streamOf(stream);
    REQUIRE(s, INVALID_HANDLE)
    REQUIRE(state().isContext(toContext) && state().isContext(fromContext), INVALID_CONTEXT)
    REQUIRE(bytes == 0 || (isOn(toContext, to, bytes) && isOn(fromContext, from, bytes)), INVALID_VALUE)
    giveCopy(*s, to, from, bytes);
    return SUCCESS;
}
API cuMemcpyPeer(uint64_t to, void* toContext, uint64_t from, void* fromContext, size_t bytes) {
    ENTER_CONTEXT
    int result = cuMemcpyPeerAsync(to, toContext, from, fromContext, bytes, nullptr);
    return result ? result : drain(current->standard);
}

API cuMemsetD8Async(uint64_t at, unsigned char value, size_t bytes, void* stream) {
    ENTER_CONTEXT
    Stream* s = streamOf(stream);
    REQUIRE(s, INVALID_HANDLE)
    REQUIRE(isThere(at, bytes), INVALID_VALUE)
    give(*s, [=] {
        std::vector<uint8_t> some(bytes, value);
        copyIn(at, some.data(), bytes);
    });
    return SUCCESS;
}
