// Both sweeps of region_forward.cu and region_backward.cu in one launch: each block adds up its part of the pixels, the
// last one to finish makes of all sums the value and the coefficients while the others wait, then each block writes the
// gradient of the same part, from its last pixel to its first. So one launch gives the loss and its gradient; the tiles
// that a block has read last are still in its shared memory (seg/window.cuh), and those before them may be in the
// second-level cache.
//
// For index labels, channels that lie apart (SEG_CHANNELS_FIRST), up to 32 classes, and pixel losses that concern the
// true class alone. The launch must be a cooperative one.
//
// Arguments, all device memory of the caller (seg/arguments.cuh): those of both kernels. `sums` says how the pixels are
// spread over blocks, for both sweeps; slopes.table is sums.table, and slopes.in.state is null, as the first sweep
// has reported already.
//
// Scores: Salehi et al. 2017 (arXiv 1706.05721); pixel losses: Lin et al. 2017 (arXiv 1708.02002).
//
// Deterministic: as the two kernels. Which block is the last one does not matter.
#define SEG_KEEPS true
#include "seg/common.cuh"
#include "seg/grid_barrier.cuh"
#include "seg/last_block.cuh"
#include "seg/sums_of_block.cuh"
#include "seg/gradient_of_block.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, SEG_RESIDENT) SEG_SYMBOL(const seg::FusedArguments args) {
    seg::Sums sums;
    seg::sumsOfBlock(args.sums, sums);
    if (seg::isLastBlock(args.sums.in.state)) {
        seg::finaliseAll(args.sums);
        seg::openGrid(args.sums.in.state);
    }
    seg::awaitGrid(args.sums.in.state);
    seg::gradientOfBlock(args.slopes);
}
