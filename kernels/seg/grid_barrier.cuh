#pragma once
// The barrier between the two sweeps of one launch. All blocks must be on the device at a time, which a cooperative
// launch sees to.
#include "seg/arguments.cuh"

namespace seg {

// Lets the other blocks go on, by resetting the ticket: what this block has written before, they see behind awaitGrid.
// That is a release, as the fence stands between the block's barrier and the store, and awaitGrid the acquire.
SEG_DEVICE void openGrid(State* state) {
    __syncthreads();
    if (threadIdx.x == 0) {
        __threadfence();
        *(volatile u64*) &state->ticket = 0;
    }
}

// Waits until the last block has reset the ticket, which each block has counted itself in before: so it cannot be 0
// earlier, nor can it be counted up again in this launch.
SEG_DEVICE void awaitGrid(const State* state) {
    if (threadIdx.x == 0) {
        while (*(const volatile u64*) &state->ticket != 0) {
            __nanosleep(40);
        }
        __threadfence();
    }
    __syncthreads();
}

}  // namespace seg
