#pragma once
// What the warps of a block tell one another about the pixels of a tile, through shared memory, when each of them holds
// a slice of the channels.
#include "seg/pixel/activation.cuh"
#include "seg/pixel/channel_slice.cuh"

#if SEG_HAS_INDEX_SLICES
namespace seg {

// Every member is written after one of the two barriers of a tile and read after the next one, so no third barrier is
// needed. Beside that, the slopes by the channels of each warp, for the gradient: from shared memory one instruction
// reads four of them, and registers are scarce.
struct Exchange : LaneNumbers {
    enum { NO_BEST = -1 };

    typedef Real OfPixels[32 * SEG_VECTOR];

    OfPixels max[SEG_WARPS];
    // For each lane, the sums of its pixels' exponentials without that of the true class, then those of exponentials
    // times slopes.
    Real sums[SEG_WARPS][64 * SEG_VECTOR];
    OfPixels weight;
    OfPixels own;  // prediction of the true class
    OfPixels top;  // slope of the largest channel, where gradientOfSlices asks for it
    int label[32 * SEG_VECTOR];
#if SEG_COUNTS
    // The first channel of each warp that has the largest prediction of all, or a channel behind the last one; NO_BEST
    // if one of the warp's predictions is NaN.
    int best[SEG_WARPS][32 * SEG_VECTOR];
#endif
    alignas(16) Real slopes[SEG_WARPS][SEG_PADDED_SLICE];
#if SEG_SQUARES
    Real squares[SEG_WARPS][SEG_PADDED_SLICE];  // directly behind the slopes, what dL/dp has times p
    OfPixels sumsOfSquares[SEG_WARPS];  // those of squared exponentials times these numbers

    SEG_MEMBER Real square(int i) const { return squares[warp()][i]; }
#endif

#if SEG_COUNTS
    // The predicted classes of this lane's pixels, NO_BEST for one with a NaN.
    SEG_MEMBER void readBest(int (&all)[SEG_VECTOR]) const {
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            all[v] = SEG_CLASSES;
        }
        // One warp after the other, since registers are scarce.
#pragma unroll 1
        for (int w = 0; w < SEG_WARPS; w++) {
            Pack<int, SEG_VECTOR> ofWarp = readPack<int, SEG_VECTOR>(best[w] + lane() * SEG_VECTOR);
#pragma unroll
            for (int v = 0; v < SEG_VECTOR; v++) {
                all[v] = smaller(all[v], ofWarp.of[v]);
            }
        }
    }
#endif
};

}  // namespace seg
#endif
