#pragma once
// What the different ways to keep sums have in common.
#include "seg/count/hard_counts.cuh"
#include "seg/loss/given_labels.cuh"
#include "seg/loss/one_hot_losses.cuh"
#include "seg/loss/own_term.cuh"
#include "seg/loss/smoothed_entropy.cuh"
#include "seg/loss/truth_losses.cuh"
#include "seg/loss/wide_loss.cuh"
#include "seg/pixel/tile.cuh"

namespace seg {

// How many numbers a row of partial sums has. Its layout is PartialLayout for a known number of classes, or else
// SumsLayout.
SEG_DEVICE i64 partialWidth(const Inputs& in) {
    return (SEG_CLASSES > 0 ? PartialLayout::TERMS + SEG_PAIRS : sumsLayout(in).term(0)) + in.pixelTerms;
}

// Passes the number and the value of each sum of the block, of which each warp has `width` at `block`, to `write`. All
// threads of the block must call it.
template <typename W>
SEG_DEVICE void eachSumOfWarps(const double* block, int width, const W& write) {
    __syncthreads();
    for (int j = threadIdx.x; j < width; j += blockDim.x) {
        double sum = 0;
        for (int w = 0; w < warps(); w++) {
            sum += block[w * width + j];
        }
        write(j, sum);
    }
    __syncthreads();
}

// Writes them as one row of partial sums.
SEG_DEVICE void writeSumsOfWarps(const ForwardArguments& args, i64 row, const double* block, int width) {
    eachSumOfWarps(block, width, [&](int j, double sum) { args.partials[row * width + j] = sum; });
}

// Adds up rows of 32 times K numbers in shared memory, each of the K apart. There is a row for each of the first lanes.
// Each lane begins at another bank.
template <int K, int ROWS = SEG_CLASSES>
SEG_DEVICE void sumsOfRow(const Real* row, Real (&sums)[K]) {
    const int wide = 16 / (int) sizeof(Real);
    const int packs = 32 * K / wide;
#pragma unroll
    for (int k = 0; k < K; k++) {
        sums[k] = 0;
    }
    if (lane() < ROWS) {
#pragma unroll
        for (int k = 0; k < packs; k++) {
            Pack<Real, wide> pack = readPack<Real, wide>(row + (k + (unsigned) lane()) % packs * wide);
#pragma unroll
            for (int i = 0; i < wide; i++) {
                sums[i % K] += pack.of[i];
            }
        }
    }
}

// Each thread has sums of all classes. Returns the sum over the warp for the class with the number of this lane.
template <int COUNT>
SEG_DEVICE Real sumOfLane(const Real (&held)[COUNT]) {
    Real mine = 0;
#pragma unroll
    for (int c = 0; c < COUNT; c++) {
        Real sum = warpSum(held[c]);
        mine = lane() == c ? sum : mine;
    }
    return mine;
}

// The same in fewer instructions: lanes exchange halves of what they have, until each has one number. Only the first
// COUNT lanes get a sum.
template <int COUNT, int DISTANCE = 16>
SEG_DEVICE Real exchangedSum(const Real (&held)[COUNT]) {
    if constexpr (DISTANCE == 0) {
        return held[0];
    } else {
        constexpr int HALF = COUNT < DISTANCE ? COUNT : DISTANCE;
        bool isUpper = (lane() & DISTANCE) != 0;
        Real kept[HALF];
#pragma unroll
        for (int k = 0; k < HALF; k++) {
            Real other = held[k];
            kept[k] = held[k];
            if (k + DISTANCE < COUNT) {
                other = isUpper ? held[k] : held[k + DISTANCE];
                kept[k] = isUpper ? held[k + DISTANCE] : held[k];
            }
            kept[k] += __shfl_xor_sync(0xffffffffu, other, DISTANCE);
        }
        return exchangedSum<HALF, DISTANCE / 2>(kept);
    }
}

}  // namespace seg
