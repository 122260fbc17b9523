// The cross-entropy of each pixel, its mass and what pixels are ranked by. It fuses the activation with the logarithm.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the structs. N is the
// number of examples, C of channels, S of pixels in an example:
//   predictions [N, C, S] of type SEG_ELEMENT, any strides: read.
//   labels      [N, 1, S] integers, or [N, C, S] of any type, any strides: read.
//   mask        [N, 1, S] or [N, C, S] of any type, any strides, or absent: read.
//   weights     [C] double: read.
//   losses      [places] float, or double if SEG_ELEMENT is DOUBLE: written.
//   masses      [places] of the same type, 0 for void pixels: written.
//   ranked      [places] of the same type, losses without weights, or -1 where the probability of the truth is
//               below the threshold: written if there is one.
//   state       what bad input was found: written.
//
// Paper: Shrivastava et al. 2016 (arXiv 1604.03540).
//
// Deterministic: yes. One thread computes each pixel.
#include "seg/rank/hardest.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::HardestArguments args) {
    seg::lossesOfPixels(args);
}
