// The average calibration error of each image and class, and the slope by each probability in a bin.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the structs:
//   counts  [N, C, bins, BIN_NUMBERS] unsigned 64-bit, from calibration_count.cu: read.
//   largest unsigned 64-bit, as calibration_count.cu has it: read.
//   values  [N, C] double: written.
//   slopes  [N, C, bins] double: written.
//
// Paper: Barfoot et al. 2024 (arXiv 2403.06759).
//
// Deterministic: yes. A warp adds up each row, always in the same order.
#include "seg/rank/calibration.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::CalibrationArguments args) {
    seg::slopesOfCalibration(args);
}
