// The weights, probabilities and truths in each bin of probabilities, for each image and class. It fuses the activation
// with the sums, in whole units.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the structs. N is the
// number of examples, C of channels, S of pixels in an example:
//   predictions [N, C, S] of type SEG_ELEMENT, any strides: read.
//   labels      [N, 1, S] integers, or [N, C, S] of any type, any strides: read.
//   mask        [N, 1, S] or [N, C, S] of any type, any strides, or absent: read.
//   table       [C] double, 0 for classes that are left out: read.
//   largest     unsigned 64-bit, from calibration_unit.cu if there is a mask: read.
//   counts      [N, C, bins, BIN_NUMBERS] unsigned 64-bit: added to, so the caller clears it.
//   state       what bad input was found: written.
//
// Block b takes part b % parts of the examples b / parts, b / parts + grid / parts, and so on.
//
// Paper: Barfoot et al. 2024 (arXiv 2403.06759).
//
// Deterministic: yes. All atomics are on integers.
#include "seg/rank/calibration.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::CalibrationArguments args) {
    seg::countBins(args);
}
