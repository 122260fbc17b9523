// The true and the other mass of each bin of errors from 0 to 1, where masses are whole numbers.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the struct:
//   errors, truth, other [places] float, or double if SEG_ELEMENT is DOUBLE: read.
//   counts [ERROR_BINS, 2] unsigned 64-bit, then the number of NaN: added to, so the caller clears it.
//
// Paper: Berman et al. 2018 (arXiv 1705.08790).
//
// Deterministic: yes. All atomics are on integers.
#include "seg/rank/bins.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::RankArguments args) {
    seg::countErrors(args);
}
