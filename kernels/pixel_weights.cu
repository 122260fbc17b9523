// The weights of a batch, from labels and mask alone: what the means of pixel losses divide by. With them, one sweep
// over the predictions (pixel_losses.cu) computes value and gradient of a loss that has no region term.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the struct. N is the
// number of examples, C of classes, S of pixels in an example, T of pixel terms:
//   labels   [N, 1, S] integers, or [N, C, S] of any type, any strides: read where a label may make a pixel void.
//   mask     [N, 1, S] or [N, C, S] of any type, any strides, or absent: read.
//   means    [T, MeanRow] double: what the means divide by, read.
//   partials [grid, 1 or C] double: scratch.
//   sums     [SumsLayout] double: written, the weight of each class and zeros.
//   table    [CoefficientsLayout] double: written, the factor of each pixel term and zeros.
//   state    the ticket that is zero between launches: written. Bad input is reported by the sweep that follows.
//
// Block b takes part b % parts of the examples b / parts, b / parts + grid / parts, and so on.
//
// Deterministic: yes. Pixels are counted in integers and weights are added in double, in an order that depends on the
// shape and the grid.
#include "seg/base/common.cuh"
#include "seg/final/last_block.cuh"
#include "seg/terms/weights.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::WeightArguments args) {
    seg::weightsOfBlock(args);
    if (seg::isLastBlock(args.state)) {
        seg::finaliseWeights(args);
        seg::resetTicket(args.state);
    }
}
