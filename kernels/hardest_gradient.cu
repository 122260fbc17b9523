// Adds the gradient of the cross-entropy over the pixels that are kept to that of the other terms. The channels of no
// other pixel are read.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the structs. N is the
// number of examples, C of channels, S of pixels in an example:
//   predictions, labels, mask, weights as hardest_losses.cu has them: read.
//   losses, masses, ranked [places] float, or double if SEG_ELEMENT is DOUBLE: read.
//   selection   from hardest_sums.cu: read.
//   gradient    [N, C, S] of any floating-point type, any strides: added to.
//
// Paper: Shrivastava et al. 2016 (arXiv 1604.03540).
//
// Deterministic: yes. One thread computes each element.
#include "seg/rank/hardest.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::HardestArguments args) {
    seg::gradientOfHardest(args);
}
