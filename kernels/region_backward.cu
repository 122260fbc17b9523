// The backward sweep. It reads predictions, labels and mask once more and writes scale * dL/dpredictions. It fuses the
// slopes of the region scores, which are two coefficients for each class, the slopes of the pixel losses, and the
// backward step of the activation. The kernel knows no loss by its name. The gradient of a void pixel is exactly 0.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the structs. N is the
// number of examples, C of classes, S of pixels in an example, R of region terms, T of pixel terms:
//   predictions [N, C, S] of type SEG_ELEMENT, any strides: read.
//   labels      [N, 1, S] integers, or [N, C, S] of any type, any strides: read.
//   mask        [N, 1, S] or [N, C, S] of any type, any strides, or absent: read.
//   curves      [T, CurveRow] float, or double if SEG_ELEMENT is DOUBLE: the pixel terms, read.
//   table       [CoefficientsLayout] double, from the forward sweep or from the host: read.
//   gradient    [N, C, S] of any floating-point type, any strides: written. It must not overlap what is read, unless it
//               is the predictions: the same address, strides and type.
//   state       what bad input was found, or null if a forward sweep has reported it: written.
//
// In place. The gradient may be written over the predictions, so in every form of this kernel
//   - nothing is written to a pixel before all threads that work on it have read of it what they need. Where several
//     threads share pixels, a barrier stands between the last read and the first write. A thread that has a pixel to
//     itself may read a channel again for as long as it has not written that channel.
//   - what is read of other pixels, such as those before the part at the start of an aligned tile, reaches no result.
//   - predictions are read by plain loads, never through the read-only cache (__ldg, ld.global.nc).
//
// Block b takes part b % parts of the examples b / parts, b / parts + grid / parts, and so on. If `reverse` is set, it
// goes from the last of its pixels to the first: the forward sweep read the last ones last, so the L2 cache may still
// hold them.
//
// Papers: Salehi et al. 2017 (arXiv 1706.05721) for the scores, Lin et al. 2017 (arXiv 1708.02002) for focal loss.
//
// Deterministic: yes. One thread computes each element, from its pixel and the table alone.
#include "seg/base/common.cuh"
#include "seg/grad/gradient_of_block.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, SEG_RESIDENT)
        SEG_SYMBOL(const seg::BackwardArguments args) {
    seg::gradientOfBlock(args);
}
