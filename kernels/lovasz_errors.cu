// The errors of one class, or of one channel for the hinge, which Lovasz losses rank. It fuses the activation with the
// error |p - g| or max(0, 1 - z(2g - 1)), which are kept with a sign.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the structs. N is the
// number of examples, C of channels, S of pixels in an example:
//   predictions [N, C, S] of type SEG_ELEMENT, any strides: read.
//   labels      [N, 1, S] integers, or [N, C, S] of any type, any strides: read.
//   mask        [N, 1, S] or [N, C, S] of any type, any strides, or absent: read.
//   errors      [places] float, or double if SEG_ELEMENT is DOUBLE; void pixels have the error 0: written.
//   truth       [places] of the same type, weight times g: written.
//   other       [places] of the same type, weight times 1 - g: written.
//   state       what bad input was found: written.
//
// Paper: Berman et al. 2018 (arXiv 1705.08790).
//
// Deterministic: yes. One thread computes each place.
#include "seg/rank/set.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::SetArguments args) {
    seg::errorsOfSet(args);
}
