// The true and the other mass of all tiles before each tile of ranked places.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the structs:
//   partials [2, blocks] double, from lovasz_masses.cu: read, and written over.
//   total    double, all true mass: written.
//
// There is one block.
//
// Paper: Berman et al. 2018 (arXiv 1705.08790).
//
// Deterministic: yes. Masses are added in double, in an order that depends on the number of tiles.
#include "seg/rank/lovasz.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::RankArguments args) {
    double truth = seg::sumsBefore(args.partials, args.blocks);
    seg::sumsBefore(args.partials + args.blocks, args.blocks);
    if (threadIdx.x == 0) {
        *args.total = truth;
    }
}
