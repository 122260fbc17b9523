// The largest weight of a mask, by which others are counted in whole units.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the structs:
//   mask    [N, 1, S] or [N, C, S] of any type, any strides: read.
//   largest unsigned 64-bit, zero: the bits of the weight as a float are written.
//
// Paper: Barfoot et al. 2024 (arXiv 2403.06759).
//
// Deterministic: yes. All atomics are on integers.
#include "seg/rank/calibration.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::CalibrationArguments args) {
    seg::largestWeight(args);
}
