#pragma once
// Sums over the threads of a block in an order that never changes, and the block that finishes last.
#include "seg/base/common.cuh"

namespace seg {

// Which lanes of the warp a condition holds in.
SEG_DEVICE unsigned lanesWhere(bool condition) { return __ballot_sync(0xffffffffu, condition); }

// The sum over the threads of the block, in each of them; numbers have 8 bytes. All threads must call it. It takes the
// first words of shared memory.
template <typename T>
SEG_DEVICE T sumOfBlock(T own) {
    T* sums = (T*) segShared;
    own = warpSum(own);
    __syncthreads();
    if (lane() == 0) {
        sums[warp()] = own;
    }
    __syncthreads();
    T all = 0;
    for (int w = 0; w < warps(); w++) {
        all += sums[w];
    }
    __syncthreads();
    return all;
}

// The sum over the threads before this one, and over all of them. All threads must call it. Shared memory has a number
// for each thread.
template <typename T>
SEG_DEVICE T sumBefore(T own, T& all) {
    T* sums = (T*) segShared;
    __syncthreads();
    sums[threadIdx.x] = own;
    __syncthreads();
    T before = 0;
    all = 0;
    // Unrolled altogether, the loads would take all registers.
#pragma unroll 8
    for (int t = 0; t < (int) blockDim.x; t++) {
        before = t == (int) threadIdx.x ? all : before;
        all += sums[t];
    }
    __syncthreads();
    return before;
}

// Whether all other blocks of those that share a ticket have written what they had to. All threads must call it.
SEG_DEVICE bool isLastOf(u64* ticket, i64 blocks) {
    u64* word = (u64*) segShared;
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0) {
        *word = atomicAdd(ticket, (u64) 1);
    }
    __syncthreads();
    bool isLast = *word == (u64) (blocks - 1);
    __syncthreads();
    __threadfence();
    return isLast;
}

}  // namespace seg
