// One pass of a stable sort of the places of rows by their errors, second part: every place goes where its digit
// belongs, behind those of the same digit before it.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the structs:
//   numbers     [rows, places] errors in the order so far, float, or double if SEG_ELEMENT is DOUBLE: read.
//   from        [rows, places] unsigned places in the order so far, or absent: read.
//   counts      [rows, blocks, RANK_DIGITS] unsigned, from radix_count.cu: read.
//   numbersThen [rows, places] of the type of the errors: written. It is not `numbers`.
//   to          [rows, places] unsigned: written. It is not `from`.
//
// Block b takes tile b % blocks of row b / blocks.
//
// Paper: Merrill and Grimshaw 2011, High Performance and Scalable Radix Sorting.
//
// Deterministic: yes. Where a place goes depends on nothing but the errors.
#include "seg/rank/rank.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::RankArguments args) {
    seg::scatter(args);
}
