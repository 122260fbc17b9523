#pragma once
// The counters of a block. If they fit, they are in shared memory first, so that a block adds to each counter in global
// memory only once.
#include "seg/base/common.cuh"

namespace seg {

struct BlockCounts {
    unsigned* shared;  // [size], or null
    u64* counts;  // [size] in global memory
    i64 size;

    // Sets the shared counters to 0. All threads of the block must call it.
    SEG_MEMBER void open() const {
        for (i64 k = threadIdx.x; shared != nullptr && k < size; k += blockDim.x) {
            shared[k] = 0;
        }
        __syncthreads();
    }

    SEG_MEMBER void add(i64 k, unsigned count = 1) const {
        if (shared != nullptr) {
            atomicAdd(shared + k, count);
        } else {
            atomicAdd(counts + k, (u64) count);
        }
    }

    // Adds the shared counters to global memory. All threads of the block must call it.
    SEG_MEMBER void close() const {
        __syncthreads();
        for (i64 k = threadIdx.x; shared != nullptr && k < size; k += blockDim.x) {
            if (shared[k] != 0) {
                atomicAdd(counts + k, (u64) shared[k]);
            }
        }
        __syncthreads();
    }
};

}  // namespace seg
