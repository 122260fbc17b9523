#pragma once
// Ranks places by their errors, from the largest to the least: a stable sort by digits of a number, beginning with the
// least significant one. A block takes a tile of consecutive places, and a thread a run of consecutive ones in it, so
// that places with equal errors keep their order.
#include "seg/base/arguments.cuh"

namespace seg {

enum { RANK_THREADS = 256, RANK_RUN = 16, RANK_TILE = RANK_THREADS * RANK_RUN, RANK_BITS = 4, RANK_DIGITS = 16 };

// The error of a number. NaN stays NaN.
SEG_DEVICE Real magnitude(const RankArguments& args, Real number) {
    return !args.hinge ? absolute(number) : number <= 0 ? 0 : number;
}

// Bits that grow with a number that is not below 0; those of NaN are the largest.
SEG_DEVICE u64 orderedBits(float number) { return __float_as_uint(number); }
SEG_DEVICE u64 orderedBits(double number) { return (u64) __double_as_longlong(number); }

SEG_DEVICE i64 placeAt(const RankArguments& args, i64 k) { return args.from == nullptr ? k : args.from[k]; }

// The digit by which a place is sorted. It falls where the error grows.
SEG_DEVICE int digitOf(const RankArguments& args, i64 place) {
    u64 bits = ~orderedBits(magnitude(args, args.errors[place]));
    return (int) (bits >> args.shift & (RANK_DIGITS - 1));
}

// Counts the digits of a tile.
SEG_DEVICE void countDigits(const RankArguments& args) {
    unsigned* counters = (unsigned*) segShared;
    if (threadIdx.x < RANK_DIGITS) {
        counters[threadIdx.x] = 0;
    }
    __syncthreads();
    i64 tile = (i64) blockIdx.x * RANK_TILE;
    for (int j = 0; j < RANK_RUN; j++) {
        i64 k = tile + j * RANK_THREADS + threadIdx.x;
        if (k < args.places) {
            atomicAdd(&counters[digitOf(args, placeAt(args, k))], 1u);
        }
    }
    __syncthreads();
    if (threadIdx.x < RANK_DIGITS) {
        args.counts[threadIdx.x * args.blocks + blockIdx.x] = counters[threadIdx.x];
    }
}

// Replaces numbers by the sums of all before each of them. One block; returns the sum of all.
template <typename T>
SEG_DEVICE T sumsBefore(T* numbers, i64 count) {
    T* sums = (T*) segShared;
    i64 run = (count + RANK_THREADS - 1) / RANK_THREADS;
    i64 first = smaller(threadIdx.x * run, count);
    i64 end = smaller(first + run, count);
    T own = 0;
    for (i64 k = first; k < end; k++) {
        own += numbers[k];
    }
    sums[threadIdx.x] = own;
    __syncthreads();
    T before = 0;
    T all = 0;
    // Unrolled altogether, the loads would take all registers.
#pragma unroll 8
    for (int t = 0; t < RANK_THREADS; t++) {
        before = t == (int) threadIdx.x ? all : before;
        all += sums[t];
    }
    for (i64 k = first; k < end; k++) {
        T number = numbers[k];
        numbers[k] = before;
        before += number;
    }
    __syncthreads();
    return all;
}

// Moves the places of a tile to where their digits belong. Shared memory has a counter for each digit and thread, and
// one for each digit and group of 16 threads. A tile that is the only one needs no counts of others.
SEG_DEVICE void scatter(const RankArguments& args) {
    unsigned* counters = (unsigned*) segShared;
    unsigned* groups = counters + RANK_DIGITS * RANK_THREADS;
    int thread = (int) threadIdx.x;
    for (int d = 0; d < RANK_DIGITS; d++) {
        counters[d * RANK_THREADS + thread] = 0;
    }
    i64 first = (i64) blockIdx.x * RANK_TILE + thread * RANK_RUN;
    i64 end = smaller(first + RANK_RUN, args.places);
    for (i64 k = first; k < end; k++) {
        counters[digitOf(args, placeAt(args, k)) * RANK_THREADS + thread]++;
    }
    __syncthreads();
    // 16 threads share a digit, each with the counters of 16 threads.
    int row = thread / 16 * RANK_THREADS + thread % 16 * 16;
    unsigned sum = 0;
    for (int t = 0; t < 16; t++) {
        sum += counters[row + t];
    }
    groups[thread] = sum;
    __syncthreads();
    bool isOnly = args.blocks == 1;
    unsigned before = 0;
    for (int g = isOnly ? 0 : thread / 16 * 16; g < thread; g++) {
        before += groups[g];
    }
    for (int t = 0; t < 16; t++) {
        unsigned count = counters[row + t];
        counters[row + t] = before;
        before += count;
    }
    __syncthreads();
    for (i64 k = first; k < end; k++) {
        i64 place = placeAt(args, k);
        int digit = digitOf(args, place);
        unsigned at = counters[digit * RANK_THREADS + thread]++;
        args.to[(isOnly ? 0 : args.counts[digit * args.blocks + blockIdx.x]) + at] = place;
    }
}

}  // namespace seg
