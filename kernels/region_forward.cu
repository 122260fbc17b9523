// The forward sweep. It fuses the activation, the sums I, P, G and M of every class (intersection, predicted mass, true
// mass, weight), the sums of the pixel losses, and what would otherwise be a second kernel: the block that finishes
// last computes the value of the loss and the coefficients of its gradient from the sums. One launch therefore gives
// the loss, and the launch for the gradient can follow with no host synchronisation.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the structs. N is the
// number of examples, C of classes, S of pixels in an example, R of region terms, T of pixel terms:
//   predictions [N, C, S] of type SEG_ELEMENT, any strides: read.
//   labels      [N, 1, S] integers, or [N, C, S] of any type, any strides: read.
//   mask        [N, 1, S] or [N, C, S] of any type, any strides, or absent: read.
//   curves      [T, CurveRow] float, or double if SEG_ELEMENT is DOUBLE: the pixel terms, read.
//   regions     [R, RegionRow] double, or WideRegionRow beyond plain losses: the region terms, read. R is 0 if the host
//               finalises the loss.
//   means       [T, MeanRow] double, or DivisorRow: what the means of the pixel terms divide by, read.
//   partials    [grid, or N * parts if there are sums for each example; at most SumsLayout] double: scratch.
//   pooled      [SumsLayout + N] double, or null if shared memory has room for it: scratch.
//   sums        [1 or N, SumsLayout] double: written.
//   table       [CoefficientsLayout] double: written.
//   state       the value of the loss, what bad input was found, and the ticket that is zero between launches: written.
//
// With SEG_COUNTS it also counts (true class, predicted class) pairs, and gets beside these arguments:
//   counts      [K, K] unsigned 64-bit, by true class and then by predicted class, where K is C, or 2 for one channel:
//               added to, so the caller clears it. Of labels that may occur together, what outcomes.cu has.
//
// Block b takes part b % parts of the examples b / parts, b / parts + grid / parts, and so on. SEG_SUMS says where the
// sums are kept, and SEG_VECTOR how many pixels a thread takes at a time; both only matter for speed.
//
// Papers: Salehi et al. 2017 (arXiv 1706.05721) for Jaccard, Dice and Tversky scores in one form, Lin et al. 2017
// (arXiv 1708.02002) for focal loss.
//
// Deterministic: yes. Floats are added in a thread and in a warp, doubles in a block and across blocks, each in a fixed
// order that depends on the shape, the grid, the variant and the alignment of addresses. There are no floating-point
// atomics, and it does not matter which block finishes last.
#include "seg/base/common.cuh"
#include "seg/final/last_block.cuh"
#include "seg/sums/sums_of_block.cuh"

#if SEG_COUNTS
extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, SEG_RESIDENT)
        SEG_SYMBOL(const seg::CountingForwardArguments counting) {
    const seg::ForwardArguments& args = counting.forward;
#else
extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, SEG_RESIDENT)
        SEG_SYMBOL(const seg::ForwardArguments args) {
#endif
    seg::Sums sums;
#if SEG_COUNTS
    sums.hard.open(args.in, counting.counting);
#endif
    seg::sumsOfBlock(args, sums);
#if SEG_COUNTS
    sums.hard.close();
#endif
    if (seg::isLastBlock(args.in.state)) {
        seg::finaliseAll(args);
        seg::resetTicket(args.in.state);
    }
}
