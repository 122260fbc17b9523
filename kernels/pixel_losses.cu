// Value and gradient of a loss that is a sum of pixel losses alone, in one sweep: it reads the predictions once and
// writes scale * dL/dpredictions in the same loop. What the means divide by is known from pixel_weights.cu. It fuses
// the activation, the pixel losses, their slopes, the backward step of the activation and, in the block that finishes
// last, the value of the loss. The kernel knows no loss by its name. The gradient of a void pixel is exactly 0.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the structs. N is the
// number of examples, C of classes, S of pixels in an example, T of pixel terms:
//   predictions [N, C, S] of type SEG_ELEMENT, any strides: read.
//   labels      [N, 1, S] integers, or [N, C, S] of any type, any strides: read.
//   mask        [N, 1, S] or [N, C, S] of any type, any strides, or absent: read.
//   curves      [T, CurveRow] float, or double if SEG_ELEMENT is DOUBLE: the pixel terms, read.
//   table       [CoefficientsLayout] double, from pixel_weights.cu or from the host: read.
//   gradient    [N, C, S] of any floating-point type, any strides: written. It must not overlap what is read, unless it
//               is the predictions: the same address, strides and type. Then what region_backward.cu says holds here,
//               too.
//   partials    [grid, T] double: scratch.
//   sums        [SumsLayout] double: the pixel terms are written.
//   state       the value of the loss, what bad input was found, and the ticket that is zero between launches: written.
//
// With SEG_COUNTS it also counts (true class, predicted class) pairs, and gets beside these arguments:
//   counts      [K, K] unsigned 64-bit, by true class and then by predicted class, where K is C, or 2 for one channel:
//               added to, so the caller clears it. Of labels that may occur together, what outcomes.cu has.
//
// Block b takes part b % parts of the examples b / parts, b / parts + grid / parts, and so on.
//
// Paper: Lin et al. 2017 (arXiv 1708.02002) for focal loss.
//
// Deterministic: yes. One thread computes each element of the gradient. Losses are added as floats in a thread and in a
// warp, as doubles in a block and across blocks, each in an order that depends on the shape, the grid, the variant and
// the alignment of addresses.
#include "seg/base/common.cuh"
#include "seg/final/last_block.cuh"
#include "seg/terms/losses_of_block.cuh"

#if SEG_COUNTS
extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, SEG_RESIDENT)
        SEG_SYMBOL(const seg::CountingLossArguments counting) {
    const seg::PixelLossArguments& args = counting.losses;
    seg::HardCounts hard;
    hard.open(args.backward.in, counting.counting);
    seg::lossesOfBlock(args, &hard);
    hard.close();
#else
extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, SEG_RESIDENT)
        SEG_SYMBOL(const seg::PixelLossArguments args) {
    seg::lossesOfBlock(args, nullptr);
#endif
    if (seg::isLastBlock(args.backward.in.state)) {
        seg::finaliseLosses(args);
        seg::resetTicket(args.backward.in.state);
    }
}
