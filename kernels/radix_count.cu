// One pass of a stable sort of the places of rows by their errors, first part: where the places of each digit and tile
// begin.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the structs:
//   numbers [rows, places] errors in the order so far, float, or double if SEG_ELEMENT is DOUBLE: read.
//   counts  [rows, blocks, RANK_DIGITS] unsigned: written.
//   tickets [rows] unsigned 64-bit, zero: counted, and zero again.
//
// Block b takes tile b % blocks of row b / blocks. The last block of a row adds up what all have counted.
//
// Paper: Merrill and Grimshaw 2011, High Performance and Scalable Radix Sorting.
//
// Deterministic: yes. All atomics are on integers.
#include "seg/rank/rank.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::RankArguments args) {
    seg::countDigits(args);
}
