// Plays a CUDA device for a host compiler: the text of a kernel is compiled behind this header, unmodified, and run by
// launch.h.
// The threads of a block are fibers on one processor thread. They switch only where they wait for one another, and who
// goes first is drawn from a seed: a warp runs as far as it can before the next one starts, so data that another warp
// has yet to write, without a barrier between, is really missing. Shared memory starts as NaN and must not be
// overrun; a barrier that not all threads reach is an error, not a hang. Blocks run one after the other.
#include <pthread.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

// What kernels call of the C library. The headers of C++ that declare it, <cmath> and <cstdlib>, would be a fifth of the
// time that a kernel takes to compile.
extern "C" {
double exp(double), expm1(double), fabs(double), fma(double, double, double), fmax(double, double),
    fmin(double, double), log(double), log1p(double);
float exp2f(float), expf(float), expm1f(float), fabsf(float), fmaf(float, float, float), fmaxf(float, float),
    fminf(float, float), log1pf(float), logf(float);
void* malloc(size_t);
}

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
static pthread_mutex_t hostMutex = PTHREAD_MUTEX_INITIALIZER;

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
static T __shfl_up_sync(unsigned, T value, int distance) {
    HostFiber& fiber = hostFibers[hostCurrent];
    int slot = fiber.calls++ & 1;
    int thread = hostCurrent;
    memcpy(&hostSlots[thread][slot], &value, sizeof value);
    hostYield(HOST_AT_WARP, 64 + distance);
    int from = thread % 32 < distance ? thread : thread - distance;
    memcpy(&value, &hostSlots[from][slot], sizeof value);
    return value;
}

static int __any_sync(unsigned mask, int condition) {
    for (int distance = 16; distance > 0; distance /= 2) {
        condition |= __shfl_xor_sync(mask, condition, distance);
    }
    return condition;
}

// The numbers of all lanes, one after the other; they stay until the exchange after the next one.
static const uint64_t (*hostExchange(int value, int& slot))[2] {
    HostFiber& fiber = hostFibers[hostCurrent];
    slot = fiber.calls++ & 1;
    int thread = hostCurrent;
    hostSlots[thread][slot] = (uint64_t) (uint32_t) value;
    hostYield(HOST_AT_WARP, 32);
    return hostSlots + thread / 32 * 32;
}

static unsigned __match_any_sync(unsigned, int value) {
    int slot;
    const uint64_t(*all)[2] = hostExchange(value, slot);
    unsigned same = 0;
    for (int l = 0; l < 32; l++) {
        same |= (unsigned) (all[l][slot] == (uint64_t) (uint32_t) value) << l;
    }
    return same;
}

static unsigned __ballot_sync(unsigned, int condition) {
    int slot;
    const uint64_t(*all)[2] = hostExchange(condition != 0, slot);
    unsigned trues = 0;
    for (int l = 0; l < 32; l++) {
        trues |= (unsigned) all[l][slot] << l;
    }
    return trues;
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

static unsigned hostRandom(uint64_t& seed) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned) (seed >> 33);
}

static unsigned __float_as_uint(float value) {
    unsigned bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static long long __double_as_longlong(double value) {
    long long bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float __uint_as_float(unsigned bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}
