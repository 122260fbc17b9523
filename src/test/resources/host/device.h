// Plays a CUDA device for a host compiler: the text of a kernel is compiled behind this header, unmodified, and run by
// launch.h.
// The threads of a block are fibers on one processor thread. They switch only where they wait for one another, and who
// goes first is drawn from a seed: a warp runs as far as it can before the next one starts, so data that another warp
// has yet to write, without a barrier between, is really missing. Shared memory starts as NaN and must not be
// overrun; a barrier that not all threads reach is an error, not a hang. Blocks run one after the other or, in a
// cooperative launch, one after the other until each waits for others.
#include <cmath>
#include <csetjmp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <ucontext.h>
#include <vector>

#define __global__
#define __device__
#define __shared__
#define __forceinline__ inline
#define __launch_bounds__(...)

struct HostDim {
    unsigned x;
};
// With external linkage, so that the compiler reckons with changes wherever fibers switch.
HostDim threadIdx, blockIdx, blockDim, gridDim;

static const int HOST_THREADS = 256;
static const size_t HOST_STACK = 128 * 1024;
static const size_t HOST_SHARED = 99 * 1024;
static const size_t HOST_GUARD = 4096;
alignas(16) double segShared[(HOST_SHARED + HOST_GUARD) / sizeof(double)];

enum HostState { HOST_READY, HOST_AT_WARP, HOST_AT_BLOCK, HOST_ASLEEP, HOST_DONE };

// A copy to shared memory that is under way, and how many groups of copies were closed before.
struct HostCopy {
    void* to;
    const void* from;
    size_t bytes;
    int group;
};

struct HostFiber {
    HostState state;
    int tag;              // what it waits at
    int calls;            // of exchanges, whose slots alternate
    jmp_buf at;
    char* stack;
    int groups;           // of copies that were closed
    std::vector<HostCopy> copies;
};

struct HostBlock {
    HostFiber fibers[HOST_THREADS];
    bool ended;
    std::vector<char> shared;   // while another block runs
};

static std::vector<HostBlock*> hostBlocks;
HostFiber* hostFibers;          // of the block that runs
static uint64_t hostCopySeed;
static uint64_t hostBarriers;   // that blocks have left so far
uint64_t hostSlots[HOST_THREADS][2];
int hostCurrent;
jmp_buf hostScheduler;
static void (*hostRun)(const void*);
static const void* hostArguments;
static char hostError[256];
static bool hostMisaligned;

static void hostYield(HostState state, int tag) {
    HostFiber& fiber = hostFibers[hostCurrent];
    fiber.state = state;
    fiber.tag = tag;
    if (_setjmp(fiber.at) == 0) {
        _longjmp(hostScheduler, 1);
    }
}

// Wide loads and stores name their addresses; the thread of a bad one goes no further.
#define SEG_REQUIRE_ALIGNED(address, bytes) hostRequireAligned((uint64_t) (address), bytes)

static void hostRequireAligned(uint64_t address, size_t bytes) {
    if (address % bytes != 0) {
        hostMisaligned = true;
        hostYield(HOST_DONE, 0);
    }
}

static void __syncthreads() { hostYield(HOST_AT_BLOCK, 0); }

static void __syncwarp() { hostYield(HOST_AT_WARP, 0); }

template <typename T>
static T __shfl_xor_sync(unsigned, T value, int distance) {
    HostFiber& fiber = hostFibers[hostCurrent];
    int slot = fiber.calls++ & 1;
    int thread = hostCurrent;
    memcpy(&hostSlots[thread][slot], &value, sizeof value);
    hostYield(HOST_AT_WARP, distance);
    memcpy(&value, &hostSlots[thread ^ distance][slot], sizeof value);
    return value;
}

template <typename T>
static T atomicAdd(T* at, T value) {
    T old = *at;
    *at += value;
    return old;
}

template <typename T>
static T atomicMax(T* at, T value) {
    T old = *at;
    *at = value > old ? value : old;
    return old;
}

static void __threadfence() {}

// Other blocks run meanwhile.
static void __nanosleep(unsigned) { hostYield(HOST_ASLEEP, 0); }

static unsigned hostRandom(uint64_t& seed) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned) (seed >> 33);
}

// A copy is done at once, or no earlier than somebody waits for it: whoever is too early or too late notices.
static void hostCopyAsync(void* to, const void* from, size_t bytes) {
    HostFiber& fiber = hostFibers[hostCurrent];
    if (hostRandom(hostCopySeed) & 1) {
        memcpy(to, from, bytes);
    } else {
        fiber.copies.push_back({to, from, bytes, fiber.groups});
    }
}

static void hostCloseCopies() { hostFibers[hostCurrent].groups++; }

static void hostAwaitCopies(int open) {
    HostFiber& fiber = hostFibers[hostCurrent];
    std::vector<HostCopy> later;
    for (const HostCopy& copy : fiber.copies) {
        if (copy.group < fiber.groups - open) {
            memcpy(copy.to, copy.from, copy.bytes);
        } else {
            later.push_back(copy);
        }
    }
    fiber.copies = later;
}

static unsigned __float_as_uint(float value) {
    unsigned bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float __uint_as_float(unsigned bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}
