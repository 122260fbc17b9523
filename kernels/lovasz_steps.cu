// The Lovasz extension of the Jaccard loss at ranked errors: what each tile adds to it, and the slope by each error.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the structs:
//   truth, other [rows, places] float, or double if SEG_ELEMENT is DOUBLE; absent if each place has the mass 1: read.
//   numbers      [rows, places] errors in their order: read.
//   from         [rows, places] unsigned places in the order of errors: read.
//   partials     [rows, blocks, 2] double, from lovasz_masses.cu: read.
//   totals       [rows] double: read.
//   errors       [rows, places] of the type of the masses: written over by the slopes.
//   values       [rows, blocks] double: written.
//
// Block b takes tile b % blocks of row b / blocks.
//
// Paper: Berman et al. 2018 (arXiv 1705.08790).
//
// Deterministic: yes. Masses and values are added in an order that depends on the number of places.
#include "seg/rank/lovasz.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::RankArguments args) {
    seg::stepsOfTile(args);
}
