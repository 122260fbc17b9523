// The true and the other mass before each tile of ranked places, and all true mass of each row.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the structs:
//   truth, other [rows, places] float, or double if SEG_ELEMENT is DOUBLE; absent if each place has the mass 1: read.
//   numbers      [rows, places] errors in their order, whose sign says which mass is 1: read if there are no masses.
//   from         [rows, places] unsigned places in the order of errors: read if there are masses.
//   partials     [rows, blocks, 2] double: written.
//   totals       [rows] double: written.
//   tickets      [rows] unsigned 64-bit, zero: counted, and zero again.
//
// Block b takes tile b % blocks of row b / blocks. The last block of a row adds up what all have counted.
//
// Paper: Berman et al. 2018 (arXiv 1705.08790).
//
// Deterministic: yes. Masses are whole numbers, or added in double in an order that depends on the number of places.
#include "seg/rank/lovasz.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::RankArguments args) {
    seg::massesOfTile(args);
}
