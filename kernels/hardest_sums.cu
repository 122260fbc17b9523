// Value and divisor of the cross-entropy over the pixels that are kept.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the structs:
//   losses, masses, ranked [places] float, or double if SEG_ELEMENT is DOUBLE: read.
//   partials               [blocks, 2] double: scratch.
//   ticket                 unsigned 64-bit, zero: counted.
//   selection              from select_digit.cu: read; the factor of the gradient is written.
//   state                  the value of the term: written.
//
// Paper: Shrivastava et al. 2016 (arXiv 1604.03540).
//
// Deterministic: yes. Sums are added in double, in an order that depends on the numbers of places and blocks.
#include "seg/rank/hardest.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::HardestArguments args) {
    seg::sumsOfKept(args);
}
