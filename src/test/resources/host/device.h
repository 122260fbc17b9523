// Plays a CUDA device for a host compiler: the text of a kernel is compiled behind this header, unmodified, and run by
// runtime.cpp, which is compiled once for all of them. So this header includes little: the library of a kernel takes a
// quarter of a second, of which the headers of threads and jumps, and what needs them, would be a fifth.
// The threads of a block are fibers on one processor thread. They switch only where they wait for one another, and who
// goes first is drawn from a seed: a warp runs as far as it can before the next one starts, so data that another warp
// has yet to write, without a barrier between, is really missing. Shared memory starts as NaN and must not be
// overrun; a barrier that not all threads reach is an error, not a hang. Blocks run one after the other.
#include <stddef.h>
#include <stdint.h>

// What kernels call of the C library.
extern "C" {
double exp(double), expm1(double), fabs(double), fma(double, double, double), fmax(double, double),
    fmin(double, double), log(double), log1p(double);
float exp2f(float), expf(float), expm1f(float), fabsf(float), fmaf(float, float, float), fmaxf(float, float),
    fminf(float, float), log1pf(float), logf(float);
}

#define __global__
#define __device__
#define __shared__
#define __forceinline__ inline
#define __launch_bounds__(...)

struct HostDim {
    unsigned x;
};

enum HostState { HOST_READY, HOST_AT_WARP, HOST_AT_BLOCK, HOST_DONE };

// Each library has its own.
#pragma GCC visibility push(hidden)
// With external linkage, so that the compiler reckons with changes wherever fibers switch.
extern HostDim threadIdx, blockIdx, blockDim, gridDim;
alignas(16) extern double segShared[];

// Goes on with other fibers until this one's turn comes again; who waits with a warp says at what.
void hostYield(HostState state, int tag);

// Wide loads and stores name their addresses; the thread of a bad one goes no further.
void hostRequireAligned(uint64_t address, size_t bytes);

// Waits for the warp. Returns what each of its lanes gave; it stays until the exchange after the next one.
struct HostExchange {
    const uint64_t (*lanes)[2];
    int slot;

    uint64_t of(int lane) const { return lanes[lane][slot]; }
};
HostExchange hostExchange(uint64_t bits, int tag);

// Runs a grid, its blocks in an order drawn from the seed. Returns null or what went wrong.
const char* hostLaunch(void (*run)(const void*), const void* arguments, int blocks, int threads, int sharedBytes,
                       uint64_t seed);
#pragma GCC visibility pop

#define SEG_REQUIRE_ALIGNED(address, bytes) hostRequireAligned((uint64_t) (address), bytes)

static void __syncthreads() { hostYield(HOST_AT_BLOCK, 0); }

static void __syncwarp() { hostYield(HOST_AT_WARP, 0); }

template <typename T>
static T hostOfLane(T value, int tag, int lane) {
    uint64_t bits = 0;
    __builtin_memcpy(&bits, &value, sizeof value);
    bits = hostExchange(bits, tag).of(lane);
    __builtin_memcpy(&value, &bits, sizeof value);
    return value;
}

template <typename T>
static T __shfl_xor_sync(unsigned, T value, int distance) {
    return hostOfLane(value, distance, (int) threadIdx.x % 32 ^ distance);
}

template <typename T>
static T __shfl_up_sync(unsigned, T value, int distance) {
    int lane = (int) threadIdx.x % 32;
    return hostOfLane(value, 64 + distance, lane < distance ? lane : lane - distance);
}

static int __any_sync(unsigned mask, int condition) {
    for (int distance = 16; distance > 0; distance /= 2) {
        condition |= __shfl_xor_sync(mask, condition, distance);
    }
    return condition;
}

static unsigned __match_any_sync(unsigned, int value) {
    HostExchange all = hostExchange((uint32_t) value, 32);
    unsigned same = 0;
    for (int l = 0; l < 32; l++) {
        same |= (unsigned) (all.of(l) == (uint64_t) (uint32_t) value) << l;
    }
    return same;
}

static unsigned __ballot_sync(unsigned, int condition) {
    HostExchange all = hostExchange(condition != 0, 32);
    unsigned trues = 0;
    for (int l = 0; l < 32; l++) {
        trues |= (unsigned) all.of(l) << l;
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

static unsigned __float_as_uint(float value) {
    unsigned bits;
    __builtin_memcpy(&bits, &value, sizeof bits);
    return bits;
}

static long long __double_as_longlong(double value) {
    long long bits;
    __builtin_memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float __uint_as_float(unsigned bits) {
    float value;
    __builtin_memcpy(&value, &bits, sizeof value);
    return value;
}
