// Plays a CUDA device for a host compiler: the text of a kernel is compiled behind this header, unmodified, and run.
// The threads of a block are fibers on one processor thread. They switch only where they wait for one another, and who
// goes first is drawn from a seed: a warp runs as far as it can before the next one starts, so data that another warp
// has yet to write, without a barrier between, is really missing. Shared memory starts as NaN and must not be
// overrun; a barrier that not all threads reach is an error, not a hang.
#include <cmath>
#include <csetjmp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <ucontext.h>

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
static const size_t HOST_SHARED = 48 * 1024;
static const size_t HOST_GUARD = 4096;
alignas(16) double segShared[(HOST_SHARED + HOST_GUARD) / sizeof(double)];

enum HostState { HOST_READY, HOST_AT_WARP, HOST_AT_BLOCK, HOST_DONE };

struct HostFiber {
    HostState state;
    int tag;              // what it waits at
    int calls;            // of exchanges, whose slots alternate
    jmp_buf at;
    char* stack;
};

HostFiber hostFibers[HOST_THREADS];
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

static void hostFiberMain() {
    for (;;) {
        hostRun(hostArguments);
        hostYield(HOST_DONE, 0);
    }
}

// Goes on with a fiber until it waits.
static void hostResume(int thread, bool isNew) {
    hostCurrent = thread;
    threadIdx.x = (unsigned) thread;
    if (_setjmp(hostScheduler) == 0) {
        if (!isNew) {
            _longjmp(hostFibers[thread].at, 1);
        }
        ucontext_t context;
        getcontext(&context);
        context.uc_stack.ss_sp = hostFibers[thread].stack;
        context.uc_stack.ss_size = HOST_STACK;
        context.uc_link = nullptr;
        makecontext(&context, hostFiberMain, 0);
        setcontext(&context);
    }
}

static unsigned hostRandom(uint64_t& seed) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned) (seed >> 33);
}

// Runs a warp until its threads wait for the block or are done.
static bool hostRunWarp(int warp, uint64_t& seed, bool isNew) {
    for (;;) {
        unsigned first = hostRandom(seed);
        unsigned step = hostRandom(seed) | 1;
        int waiting = 0;
        for (unsigned k = 0; k < 32; k++) {
            int thread = warp * 32 + (int) ((first + k * step) % 32);
            if (hostFibers[thread].state == HOST_READY) {
                hostResume(thread, isNew);
            }
            waiting += hostFibers[thread].state == HOST_AT_WARP;
        }
        isNew = false;
        if (waiting == 0) {
            return true;
        }
        for (int lane = 0; lane < 32; lane++) {
            HostFiber& fiber = hostFibers[warp * 32 + lane];
            if (waiting < 32 || fiber.tag != hostFibers[warp * 32].tag) {
                snprintf(hostError, sizeof hostError, "threads of warp %d of block %u wait at different places", warp,
                         blockIdx.x);
                return false;
            }
        }
        for (int lane = 0; lane < 32; lane++) {
            hostFibers[warp * 32 + lane].state = HOST_READY;
        }
    }
}

static bool hostRunBlock(int threads, size_t sharedBytes, uint64_t& seed, bool isNew) {
    memset(segShared, 0xff, sizeof segShared);
    for (int t = 0; t < threads; t++) {
        hostFibers[t].state = HOST_READY;
        hostFibers[t].calls = 0;
    }
    int warps = threads / 32;
    for (int done = 0; done < threads;) {
        unsigned first = hostRandom(seed);
        bool backwards = hostRandom(seed) & 1;
        for (int k = 0; k < warps; k++) {
            int warp = (int) ((first + (unsigned) (backwards ? warps - k : k)) % (unsigned) warps);
            if (!hostRunWarp(warp, seed, isNew)) {
                return false;
            }
        }
        isNew = false;
        done = 0;
        for (int t = 0; t < threads; t++) {
            done += hostFibers[t].state == HOST_DONE;
        }
        if (done != 0 && done != threads) {
            snprintf(hostError, sizeof hostError, "%d of %d threads of block %u never reach a barrier", done, threads,
                     blockIdx.x);
            return false;
        }
        for (int t = 0; t < threads && done == 0; t++) {
            hostFibers[t].state = HOST_READY;
        }
    }
    for (size_t k = sharedBytes; k < sizeof segShared; k++) {
        if (((const unsigned char*) segShared)[k] != 0xff) {
            snprintf(hostError, sizeof hostError, "block %u writes beyond its %zu bytes of shared memory", blockIdx.x,
                     sharedBytes);
            return false;
        }
    }
    return true;
}

// Runs a grid, its blocks in an order drawn from the seed. Returns null or what went wrong.
static const char* hostLaunch(void (*run)(const void*), const void* arguments, int blocks, int threads, int sharedBytes,
                              uint64_t seed) {
    static std::mutex mutex;
    std::lock_guard<std::mutex> lock(mutex);
    if (threads % 32 != 0 || threads > HOST_THREADS || sharedBytes > (int) HOST_SHARED || blocks < 1) {
        return "the launch has too many threads or too much shared memory";
    }
    for (int t = 0; t < threads; t++) {
        if (hostFibers[t].stack == nullptr) {
            hostFibers[t].stack = (char*) malloc(HOST_STACK);
        }
    }
    hostMisaligned = false;
    hostRun = run;
    hostArguments = arguments;
    blockDim.x = (unsigned) threads;
    gridDim.x = (unsigned) blocks;
    unsigned first = hostRandom(seed);
    bool backwards = hostRandom(seed) & 1;
    for (int k = 0; k < blocks; k++) {
        blockIdx.x = (first + (unsigned) (backwards ? blocks - k : k)) % (unsigned) blocks;
        bool ends = hostRunBlock(threads, (size_t) sharedBytes, seed, k == 0);
        if (hostMisaligned || !ends) {
            return hostMisaligned ? "a wide access is not aligned" : hostError;
        }
    }
    return nullptr;
}
