// The true and the other mass of each tile of ranked places.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the structs:
//   truth, other [places] float, or double if SEG_ELEMENT is DOUBLE: read.
//   from         [places] 64-bit places in the order of errors: read.
//   partials     [2, blocks] double: written.
//
// Block b takes tile b.
//
// Paper: Berman et al. 2018 (arXiv 1705.08790).
//
// Deterministic: yes. Masses are added in double, in an order that depends on the number of places.
#include "seg/rank/lovasz.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::RankArguments args) {
    seg::massesOfTile(args);
}
