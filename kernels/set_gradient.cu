// Adds the gradient of a Lovasz loss, whose slopes by the errors are known, to that of the other terms. It fuses
// the slopes of all classes with the backward step of the activation.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the structs. N is the
// number of examples, C of channels, S of pixels in an example:
//   predictions, labels, mask as set_errors.cu has them: read.
//   errors      [sets, rows, places] of the slopes by p, or by the hinge: read, unless there are slopes of bins.
//   slopes      [sets, rows, ERROR_BINS, 2] double, from bin_steps.cu, or absent: read.
//   table       [C] and [sets, C] double: read.
//   gradient    [N, C, S] of any floating-point type, any strides: added to.
//
// Paper: Berman et al. 2018 (arXiv 1705.08790).
//
// Deterministic: yes. One thread computes each element.
#include "seg/rank/set.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::SetArguments args) {
    seg::gradientOfSets(args);
}
