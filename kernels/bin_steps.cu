// The Lovasz extension of the Jaccard loss at errors in bins, and the slope by a true and by another error of each bin.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the struct:
//   bins   [rows, BIN_COUNTS] unsigned 64-bit, from set_errors.cu: read.
//   slopes [rows, ERROR_BINS, 2] double: those of bins that hold any are written.
//   values [rows] double: written.
//   totals [rows] double, all true mass: written.
//
// Block b takes row b.
//
// Paper: Berman et al. 2018 (arXiv 1705.08790).
//
// Deterministic: yes. Masses are integers, and values are added in the order of the bins.
#include "seg/rank/bins.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::RankArguments args) {
    seg::stepsOfBins(args);
}
