// One pass of a stable sort of places by their errors, third part: every place goes where its digit belongs, behind
// those of the same digit before it.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the structs:
//   errors [places] float, or double if SEG_ELEMENT is DOUBLE: read.
//   from   [places] 64-bit places in the order so far, or absent: read.
//   counts [RANK_DIGITS, blocks] 64-bit, from radix_scan.cu: read.
//   to     [places] 64-bit: written. It is not `from`.
//
// Block b takes tile b.
//
// Paper: Merrill and Grimshaw 2011, High Performance and Scalable Radix Sorting.
//
// Deterministic: yes. Where a place goes depends on nothing but the errors.
#include "seg/rank/rank.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::RankArguments args) {
    seg::scatter(args);
}
