#pragma once
// Double sums of a channel where each thread always has the same one, as in SEG_ROWS: each thread has its own in shared
// memory, and the block adds them in the end.
#include "seg/base/layout.cuh"

#if SEG_LAYOUT == SEG_ROWS
namespace seg {

// In the order of PartialLayout, which has C numbers of a kind, and here all threads have one each.
struct RowSums {
    enum { KINDS = PartialLayout::WEIGHT / SEG_CLASSES + 1 };
    double* own;  // of this thread

    static SEG_MEMBER int place(int column) { return column / SEG_CLASSES * SEG_MAX_THREADS; }

    SEG_MEMBER void clear() const {
#pragma unroll
        for (int k = 0; k < KINDS; k++) {
            own[k * SEG_MAX_THREADS] = 0;
        }
    }

    // Adds to what stands in a column of PartialLayout for the first class, and for others behind it.
    SEG_MEMBER void add(int column, double sum) const { own[place(column)] += sum; }

    // Writes the sums of the block, which are always added in the same order, in PartialLayout. All threads of the
    // block must call it.
    SEG_MEMBER void write(double* to) const {
        int at = (int) threadIdx.x / SEG_CLASSES;
#pragma unroll 1
        for (int apart = SEG_MAX_THREADS / 2; apart > 0; apart /= 2) {
            __syncthreads();
            if (at < apart && at + apart < SEG_MAX_THREADS / SEG_CLASSES) {
#pragma unroll
                for (int k = 0; k < KINDS; k++) {
                    own[k * SEG_MAX_THREADS] += own[k * SEG_MAX_THREADS + apart * SEG_CLASSES];
                }
            }
        }
        // The first thread of each channel has those of all.
        if (at == 0) {
#pragma unroll
            for (int k = 0; k + 1 < KINDS; k++) {
                to[k * SEG_CLASSES + threadIdx.x] = own[k * SEG_MAX_THREADS];
            }
        }
#if SEG_OWN_WEIGHTS
        if (at == 0) {
            to[PartialLayout::WEIGHT + threadIdx.x] = own[place(PartialLayout::WEIGHT)];
        }
#else
        if (threadIdx.x == 0) {
            to[PartialLayout::WEIGHT] = own[place(PartialLayout::WEIGHT)];
        }
#endif
    }
};

}  // namespace seg
#endif
