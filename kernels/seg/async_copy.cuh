#pragma once
// Copies from global to shared memory that a thread does not wait for until it asks for what it has copied.
#include "seg/vectors.cuh"

namespace seg {

#if !defined(__CUDACC__)
// The host that plays a device copies at once or not before somebody waits, as it likes.
template <int BYTES>
SEG_DEVICE void copyAsync(void* to, const void* from) {
    SEG_REQUIRE_ALIGNED(to, BYTES);
    SEG_REQUIRE_ALIGNED(from, BYTES);
    hostCopyAsync(to, from, BYTES);
}

SEG_DEVICE void closeCopies() { hostCloseCopies(); }

template <int OPEN>
SEG_DEVICE void awaitCopies() { hostAwaitCopies(OPEN); }
#elif __CUDA_ARCH__ >= 800
// 4, 8 or 16 bytes, from and to multiples of them; 16 go past the first-level cache, which nothing would read again.
template <int BYTES>
SEG_DEVICE void copyAsync(void* to, const void* from) {
    unsigned at = (unsigned) __cvta_generic_to_shared(to);
    if (BYTES == 16) {
        asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" : : "r"(at), "l"(from) : "memory");
    } else {
        asm volatile("cp.async.ca.shared.global [%0], [%1], %2;" : : "r"(at), "l"(from), "n"(BYTES) : "memory");
    }
}

// What was copied since the last time is one group.
SEG_DEVICE void closeCopies() { asm volatile("cp.async.commit_group;" : : : "memory"); }

// Waits for all groups of this thread but the last few.
template <int OPEN>
SEG_DEVICE void awaitCopies() { asm volatile("cp.async.wait_group %0;" : : "n"(OPEN) : "memory"); }
#else
// Before compute capability 8.0 an ordinary load stands in, and is waited for.
template <int BYTES>
SEG_DEVICE void copyAsync(void* to, const void* from) {
    *(Pack<unsigned, BYTES / 4>*) to = *(const Pack<unsigned, BYTES / 4>*) from;
}

SEG_DEVICE void closeCopies() {}

template <int OPEN>
SEG_DEVICE void awaitCopies() {}
#endif

}  // namespace seg
