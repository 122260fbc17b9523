// One read of predictions, labels and mask: activation, the sums I, P, G and M of every class and the sums of the pixel
// losses; the last block to finish makes of them the value of the loss and the coefficients of its gradient. So one
// launch gives the loss, and that of the gradient can follow with no host synchronisation.
//
// Arguments, all device memory of the caller (seg/base/arguments.cuh):
//   predictions [N, C, S] SEG_ELEMENT, read; labels [N, 1, S] integers or [N, C, S] of any type, read;
//   mask [N, 1, S] or [N, C, S] of any type, read, may be absent;
//   curves [T, 8 + 2C] float (double for DOUBLE), regions [R, 9 + 2C] and means [T, 1 + C] double: the loss, read;
//   partials [blocks or N * parts, at most 4C + T], pooled [4C + T + N] double: scratch;
//   sums [1 or N, 4C + T], table [2 * rows * C + T] double, state: results.
//
// Block b takes part b % parts of the examples b / parts, b / parts + grid / parts, ... The sums are kept in one of five
// ways (SEG_SUMS), and a thread takes SEG_VECTOR pixels at a time; both are choices of speed alone.
//
// Scores: Jaccard, Dice and Tversky in the form of Salehi et al. 2017 (arXiv 1706.05721); pixel losses: focal loss, Lin
// et al. 2017 (arXiv 1708.02002).
//
// Deterministic: floats add up in a thread and in a warp, doubles in a block and across blocks, each in a fixed order
// that depends on the shape, the grid, the variant and how addresses are aligned. There are no floating-point atomics.
// Which block is the last one does not matter.
#include "seg/base/common.cuh"
#include "seg/final/last_block.cuh"
#include "seg/sums/sums_of_block.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, SEG_RESIDENT) SEG_SYMBOL(const seg::ForwardArguments args) {
    seg::Sums sums;
    seg::sumsOfBlock(args, sums);
    if (seg::isLastBlock(args.in.state)) {
        seg::finaliseAll(args);
        seg::resetTicket(args.in.state);
    }
}
