// The Lovasz extension of the Jaccard loss at errors in bins, and the slope by a true and by another error of each bin.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the struct:
//   counts   [ERROR_BINS, 2] 64-bit, then the number of NaN, from bin_count.cu: read.
//   partials [ERROR_BINS, 2] double: the slopes of bins that hold any are written.
//   values   double: written.
//   total    double, all true mass: written.
//
// There is one block.
//
// Paper: Berman et al. 2018 (arXiv 1705.08790).
//
// Deterministic: yes. Masses are integers, and values are added in the order of the bins.
#include "seg/rank/bins.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::RankArguments args) {
    seg::stepsOfBins(args);
}
