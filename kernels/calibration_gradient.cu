// Adds the gradient of the average calibration error to that of the other terms. It fuses the slopes of the bins with
// the backward step of the activation.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the structs. N is the
// number of examples, C of channels, S of pixels in an example:
//   predictions, labels, mask as calibration_count.cu has them: read.
//   table       [C] double: read.
//   slopes      [N, C, bins] double, from calibration_slopes.cu: read.
//   gradient    [N, C, S] of any floating-point type, any strides: added to.
//
// Paper: Barfoot et al. 2024 (arXiv 2403.06759).
//
// Deterministic: yes. One thread computes each element.
#include "seg/rank/calibration.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::CalibrationArguments args) {
    seg::gradientOfCalibration(args);
}
