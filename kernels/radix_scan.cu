// One pass of a stable sort of places by their errors, second part: where the places of each digit and tile begin.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the structs:
//   counts [RANK_DIGITS, blocks] 64-bit: read, and written over by the sums of all before.
//
// There is one block.
//
// Paper: Merrill and Grimshaw 2011, High Performance and Scalable Radix Sorting.
//
// Deterministic: yes. The sums are of integers.
#include "seg/rank/rank.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::RankArguments args) {
    seg::sumsBefore(args.counts, seg::RANK_DIGITS * args.blocks);
}
