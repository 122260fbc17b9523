#pragma once
// The sums of the pixel terms over the pixels of a block. A thread adds SEG_LOSS_RUN pixels in float, which are then
// added over the warp; all further sums are double.
#include "seg/loss/own_term.cuh"

namespace seg {

#define SEG_LOSS_RUN 32

struct TermSums {
    enum { ARE_WANTED = true };
    Real* terms;  // of this lane, [T], 32 apart
    double* block;  // of all warps
    double* own;  // of this warp, [T]
    int taken;  // pixels since the last flush
#if SEG_HAS_SMOOTHED_SLICES
    const Real* smoothed;  // a SmoothedRow of each term
#endif

    // Takes shared memory that is aligned for a double, and sets the sums to 0.
    SEG_MEMBER void open(const Inputs& in, double* shared) {
        block = shared;
        own = block + warp() * in.pixelTerms;
        terms = (Real*) (block + warps() * in.pixelTerms) + warp() * 32 * in.pixelTerms + lane();
        taken = 0;
        for (i64 t = 0; t < in.pixelTerms; t++) {
            terms[32 * t] = 0;
        }
        for (i64 t = lane(); t < in.pixelTerms; t += 32) {
            own[t] = 0;
        }
        __syncwarp();
    }

    SEG_MEMBER void add(i64 t, Real loss) const { terms[32 * t] += loss; }

    // Counts pixels that each thread of the warp has added. Returns whether they are to be flushed.
    SEG_MEMBER bool isDue(int pixels) {
        taken += pixels;
        return taken >= SEG_LOSS_RUN;
    }

    // Adds the float sums to the double sums of the warp, and sets them to 0. All threads of the warp must call it.
    SEG_MEMBER void flush(const Inputs& in) {
        flushTerms(in, terms, own);
        taken = 0;
    }

    // Writes the sums of the block as one row of partial sums. All threads of the block must call it.
    SEG_MEMBER void close(const Inputs& in, double* partials) {
        flushTerms(in, terms, own);
        __syncthreads();
        for (i64 t = threadIdx.x; t < in.pixelTerms; t += blockDim.x) {
            double sum = 0;
            for (int w = 0; w < warps(); w++) {
                sum += block[w * in.pixelTerms + t];
            }
            partials[blockIdx.x * in.pixelTerms + t] = sum;
        }
    }
};

}  // namespace seg
