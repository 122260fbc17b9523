// Runs the blocks of a launch: threads as fibers, warp by warp, in an order drawn from a seed. See device.h.
#include "device.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

HostDim threadIdx, blockIdx, blockDim, gridDim;

static const int HOST_THREADS = 256;
static const size_t HOST_STACK = 128 * 1024;
static const size_t HOST_SHARED = 48 * 1024;
static const size_t HOST_GUARD = 4096;
alignas(16) double segShared[(HOST_SHARED + HOST_GUARD) / sizeof(double)];

struct HostFiber {
    HostState state;
    int tag;              // what it waits at
    int calls;            // of exchanges, whose slots alternate
    jmp_buf at;
    char* stack;
};

static HostFiber hostFibers[HOST_THREADS];
static uint64_t hostSlots[HOST_THREADS][2];
static int hostCurrent;
static jmp_buf hostScheduler;
static void (*hostRun)(const void*);
static const void* hostArguments;
static char hostError[256];
static bool hostMisaligned;
static pthread_mutex_t hostMutex = PTHREAD_MUTEX_INITIALIZER;

void hostYield(HostState state, int tag) {
    HostFiber& fiber = hostFibers[hostCurrent];
    fiber.state = state;
    fiber.tag = tag;
    if (_setjmp(fiber.at) == 0) {
        _longjmp(hostScheduler, 1);
    }
}

void hostRequireAligned(uint64_t address, size_t bytes) {
    if (address % bytes != 0) {
        hostMisaligned = true;
        hostYield(HOST_DONE, 0);
    }
}

HostExchange hostExchange(uint64_t bits, int tag) {
    int thread = hostCurrent;
    int slot = hostFibers[thread].calls++ & 1;
    hostSlots[thread][slot] = bits;
    hostYield(HOST_AT_WARP, tag);
    return {hostSlots + thread / 32 * 32, slot};
}

static unsigned hostRandom(uint64_t& seed) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned) (seed >> 33);
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

// Runs a block until its threads are done; false if something went wrong.
static bool hostRunBlock(int threads, size_t sharedBytes, uint64_t& seed, bool isNew) {
    for (int t = 0; t < threads; t++) {
        hostFibers[t].calls = 0;
        hostFibers[t].state = HOST_READY;
    }
    memset(segShared, 0xff, sharedBytes + HOST_GUARD);
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
    for (size_t k = sharedBytes; k < sharedBytes + HOST_GUARD; k++) {
        if (((const unsigned char*) segShared)[k] != 0xff) {
            snprintf(hostError, sizeof hostError, "block %u writes beyond its %zu bytes of shared memory", blockIdx.x,
                     sharedBytes);
            return false;
        }
    }
    return true;
}

static bool hostRunBlocks(int blocks, int threads, size_t sharedBytes, uint64_t& seed) {
    unsigned first = hostRandom(seed);
    bool backwards = hostRandom(seed) & 1;
    for (int k = 0; k < blocks; k++) {
        blockIdx.x = (first + (unsigned) (backwards ? blocks - k : k)) % (unsigned) blocks;
        if (!hostRunBlock(threads, sharedBytes, seed, k == 0) || hostMisaligned) {
            return false;
        }
    }
    return true;
}

// One launch at a time.
struct HostLock {
    HostLock() { pthread_mutex_lock(&hostMutex); }
    ~HostLock() { pthread_mutex_unlock(&hostMutex); }
};

const char* hostLaunch(void (*run)(const void*), const void* arguments, int blocks, int threads, int sharedBytes,
                       uint64_t seed) {
    HostLock lock;
    if (threads % 32 != 0 || threads > HOST_THREADS || sharedBytes > (int) HOST_SHARED || blocks < 1) {
        return "the launch has too many threads or too much shared memory";
    }
    hostMisaligned = false;
    hostRun = run;
    hostArguments = arguments;
    blockDim.x = (unsigned) threads;
    gridDim.x = (unsigned) blocks;
    for (int t = 0; t < threads; t++) {
        if (hostFibers[t].stack == nullptr) {
            hostFibers[t].stack = (char*) malloc(HOST_STACK);
        }
    }
    bool ends = hostRunBlocks(blocks, threads, (size_t) sharedBytes, seed);
    return hostMisaligned ? "a wide access is not aligned" : ends ? nullptr : hostError;
}
