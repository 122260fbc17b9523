#pragma once
// SEG_PAIRS: sums over pairs of a true and a predicted class, in which each pair has a factor: the sum over pixels and
// pairs of the factor times the probability of the predicted class, where the label is the true one. Each thread adds
// its pixels in float; its first sums are in registers, and the others in shared memory.
#include "seg/loss/wide_term.cuh"

#if SEG_PAIRS && (SEG_SUMS == SEG_REGISTERS || SEG_SUMS == SEG_BINS)
namespace seg {

#define SEG_HELD_PAIRS (SEG_PAIRS < 4 ? SEG_PAIRS : 4)
#define SEG_STORED_PAIRS (SEG_PAIRS - SEG_HELD_PAIRS)

struct PairSums {
    Real held[SEG_HELD_PAIRS];
    Real* stored;  // of this lane, 32 apart
    Real* factors;  // [SEG_PAIRS, C + 1, PADDED], by true class and by predicted class; 0 without a class

    // Takes shared memory from `rest` on, copies the factors to it, and returns what is behind. All threads of the
    // block must call it.
    SEG_MEMBER Real* start(const Inputs& in, Real* rest) {
        constexpr int ROWS = SEG_CLASSES + 1;
        stored = rest + warp() * 32 * SEG_STORED_PAIRS + lane();
        factors = rest + blockDim.x * SEG_STORED_PAIRS;
        const Real* from = statisticsRow(in);
        for (int j = threadIdx.x; j < SEG_PAIRS * ROWS * SharedCoefficients::PADDED; j += blockDim.x) {
            int c = j % SharedCoefficients::PADDED;
            int y = j / SharedCoefficients::PADDED % ROWS;
            int k = j / SharedCoefficients::PADDED / ROWS;
            factors[j] = y < SEG_CLASSES && c < SEG_CLASSES ? from[StatisticsRow{SEG_CLASSES}.factor(k, y, c)] : 0;
        }
        __syncthreads();
        return factors + SEG_PAIRS * ROWS * SharedCoefficients::PADDED;
    }

    // Sets the sums to 0.
    SEG_MEMBER void open() {
        for (int k = 0; k < SEG_STORED_PAIRS; k++) {
            stored[32 * k] = 0;
        }
        clear();
    }

    // Sets the sums in registers to 0.
    SEG_MEMBER void clear() {
#pragma unroll
        for (int k = 0; k < SEG_HELD_PAIRS; k++) {
            held[k] = 0;
        }
    }

    // Adds a pixel of class y, whose probabilities times its weight are e times the factor.
    SEG_MEMBER void add(const Real (&e)[SEG_CLASSES], int y, Real factor) {
#pragma unroll
        for (int k = 0; k < SEG_HELD_PAIRS; k++) {
            held[k] = fused(ofLabel(e, k, y), factor, held[k]);
        }
#pragma unroll 1
        for (int k = 0; k < SEG_STORED_PAIRS; k++) {
            stored[32 * k] = fused(ofLabel(e, SEG_HELD_PAIRS + k, y), factor, stored[32 * k]);
        }
    }

    // The sum of e over the predicted classes, times the factors of sum k for the true class y.
    SEG_MEMBER Real ofLabel(const Real (&e)[SEG_CLASSES], int k, int y) const {
        constexpr int WIDE = 16 / (int) sizeof(Real);
        const Real* row = factors + (k * (SEG_CLASSES + 1) + y) * SharedCoefficients::PADDED;
        Real sum = 0;
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c += WIDE) {
            Pack<Real, WIDE> some = readPack<Real, WIDE>(row + c);
#pragma unroll
            for (int i = 0; i < WIDE && c + i < SEG_CLASSES; i++) {
                sum = c + i == 0 ? e[0] * some.of[0] : fused(e[c + i], some.of[i], sum);
            }
        }
        return sum;
    }

    // Adds the sums of the warp to the SEG_PAIRS sums of `own`, and sets those in shared memory to 0.
    SEG_MEMBER void flush(double* own) {
#pragma unroll
        for (int k = 0; k < SEG_PAIRS; k++) {
            Real sum =
                    warpSum(k < SEG_HELD_PAIRS ? held[k < SEG_HELD_PAIRS ? k : 0] : stored[32 * (k - SEG_HELD_PAIRS)]);
            if (k >= SEG_HELD_PAIRS) {
                stored[32 * (k - SEG_HELD_PAIRS)] = 0;
            }
            if (lane() == 0) {
                own[k] += sum;
            }
        }
    }
};

}  // namespace seg
#endif
