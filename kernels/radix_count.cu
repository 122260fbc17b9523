// One pass of a stable sort of places by their errors, first part: how often each digit occurs in each tile.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the structs:
//   errors [places] float, or double if SEG_ELEMENT is DOUBLE: read.
//   from   [places] 64-bit places in the order so far, or absent: read.
//   counts [RANK_DIGITS, blocks] 64-bit: written.
//
// Block b takes tile b.
//
// Paper: Merrill and Grimshaw 2011, High Performance and Scalable Radix Sorting.
//
// Deterministic: yes. All atomics are on integers.
#include "seg/rank/rank.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::RankArguments args) {
    seg::countDigits(args);
}
