// Reads predictions, labels and mask once more and writes scale * dL/dpredictions: the slopes of the region scores, which
// are two numbers a class, together with those of the pixel losses. Knows no loss by name. Exactly 0 for void pixels.
//
// Arguments, all device memory of the caller (seg/base/arguments.cuh):
//   predictions [N, C, S] SEG_ELEMENT, read; labels [N, 1, S] integers or [N, C, S] of any type, read;
//   mask [N, 1, S] or [N, C, S] of any type, read, may be absent;
//   curves [T, 8 + 2C] float (double for DOUBLE): the pixel losses, read;
//   table [2 * rows * C + T] double, from the forward sweep or the host, read;
//   gradient [N, C, S] of any floating-point type and strides, written; must not overlap what is read.
//
// Block b takes part b % parts of the examples b / parts, b / parts + grid / parts, ..., from the last of its pixels to
// the first if so told: the forward sweep read those last, and the second-level cache may still hold them.
//
// The slopes: Salehi et al. 2017 (arXiv 1706.05721) for the scores, Lin et al. 2017 (arXiv 1708.02002) for focal loss.
//
// Deterministic: every element is computed by one thread from its pixel and the table.
#include "seg/base/common.cuh"
#include "seg/grad/gradient_of_block.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, SEG_RESIDENT) SEG_SYMBOL(const seg::BackwardArguments args) {
    seg::gradientOfBlock(args);
}
