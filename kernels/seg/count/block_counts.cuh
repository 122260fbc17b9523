#pragma once
// Counters of a block: in shared memory first, where they fit, so that global memory sees each once per block.
#include "seg/base/common.cuh"

namespace seg {

struct BlockCounts {
    unsigned* shared;   // [size], or null
    u64* counts;        // [size] in global memory
    i64 size;

    // Starts at 0. All threads come here.
    SEG_MEMBER void open() const {
        for (i64 k = threadIdx.x; shared != nullptr && k < size; k += blockDim.x) {
            shared[k] = 0;
        }
        __syncthreads();
    }

    SEG_MEMBER void add(i64 k) const {
        if (shared != nullptr) {
            atomicAdd(shared + k, 1u);
        } else {
            atomicAdd(counts + k, (u64) 1);
        }
    }

    // Adds what was counted to global memory. All threads come here.
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
