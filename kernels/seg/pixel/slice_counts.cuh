#pragma once
// SEG_COUNTS for many classes: the counts of (true class, predicted class) pairs, where warps share the channels.
#include "seg/count/hard_counts.cuh"
#include "seg/pixel/exchange.cuh"

#if SEG_COUNTS && SEG_HAS_INDEX_SLICES
namespace seg {

// Counts the pixels of this lane in a tile of example n, once the warps have told which channels are the largest.
// `label` are their true classes, SEG_CLASSES where there is none.
SEG_DEVICE void countSlices(const HardCounts& hard, const Inputs& in, i64 n, i64 tile, const int (&label)[SEG_VECTOR],
                            const Exchange& exchange) {
    int best[SEG_VECTOR];
    exchange.readBest(best);
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        if (label[v] < SEG_CLASSES && best[v] < 0) {
            hard.report(in, n, tile + lane() * SEG_VECTOR + v);
        } else if (label[v] < SEG_CLASSES) {
            hard.add(label[v], best[v]);
        }
    }
}

}  // namespace seg
#endif
