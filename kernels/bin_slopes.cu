// The slope by each error from that of its bin.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the struct:
//   truth, other [places] float, or double if SEG_ELEMENT is DOUBLE: read.
//   partials [ERROR_BINS, 2] double, from bin_steps.cu: read.
//   errors   [places] of the type of the masses: read, and written over by the slopes.
//
// Paper: Berman et al. 2018 (arXiv 1705.08790).
//
// Deterministic: yes. One thread computes each place.
#include "seg/rank/bins.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::RankArguments args) {
    seg::slopesOfBins(args);
}
