// The errors that Lovasz losses rank, of all classes and sets at once. It fuses the activation with the error |p - g|
// or max(0, 1 - z(2g - 1)), and with the count of errors in bins where they are not sorted.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the structs. N is the
// number of examples, C of channels, S of pixels in an example:
//   predictions [N, C, S] of type SEG_ELEMENT, any strides: read.
//   labels      [N, 1, S] integers, or [N, C, S] of any type, any strides: read.
//   mask        [N, 1, S] or [N, C, S] of any type, any strides, or absent: read.
//   table       [C] double, the row of each class: read.
//   errors      [sets, rows, places] float, or double if SEG_ELEMENT is DOUBLE; of void pixels 0: written, unless there
//               are counts.
//   truth       [sets, rows, places] of the same type, weight times g, or absent: written.
//   other       [sets, rows, places] of the same type, weight times 1 - g, or absent: written.
//   counts      [sets, rows, BIN_COUNTS] unsigned 64-bit, or absent: added to, so the caller clears it.
//   state       what bad input was found: written.
//
// Paper: Berman et al. 2018 (arXiv 1705.08790).
//
// Deterministic: yes. One thread computes each place, and all atomics are on integers.
#include "seg/rank/set.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::SetArguments args) {
    if (args.counts == nullptr) {
        seg::errorsOfSets(args);
    } else {
        seg::countErrorsOfSets(args);
    }
}
