// Counts the (true class, predicted class) pairs of pixels. It fuses the choice of both classes with the count: the
// predicted class is the channel with the largest value, or for one channel whether its prediction has the probability
// of the threshold. Pixels without weight, with the ignored label or without a true class are left out.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the structs. N is the
// number of examples, C of channels, S of pixels in an example, and K is C, or 2 for one channel:
//   predictions [N, C, S] of type SEG_ELEMENT, any strides: read.
//   labels      [N, 1, S] integers, or [N, C, S] of any type, any strides: read.
//   mask        [N, 1, S] or [N, C, S] of any type, any strides, or absent: read.
//   counts      [K, K] unsigned 64-bit, by true class and then by predicted class: added to, so the caller clears it.
//   state       what bad input was found: written.
//
// Block b takes part b % parts of the examples b / parts, b / parts + grid / parts, and so on.
//
// Paper: Everingham et al. 2010, The Pascal Visual Object Classes Challenge, for the metrics that come from the counts.
//
// Deterministic: yes, since all atomics are on integers, whose sum does not depend on the order. Where K * K numbers of
// 32 bits fit into shared memory, a block counts there first; it sees fewer than 2^32 pixels, so they cannot overflow.
#include "seg/base/common.cuh"
#include "seg/count/hard_pixel.cuh"
#include "seg/count/block_counts.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::ConfusionArguments args) {
    const seg::Inputs& in = args.in;
    seg::i64 from = blockIdx.x % in.parts * in.chunk;
    seg::i64 to = seg::smaller(from + in.chunk, in.pixels);
    seg::i64 kinds = in.classes == 1 ? 2 : in.classes;
    seg::BlockCounts counts = {args.shared ? (unsigned*) segShared : nullptr, args.counts, kinds * kinds};
    counts.open();
    for (seg::i64 n = blockIdx.x / in.parts; n < in.examples; n += gridDim.x / in.parts) {
        for (seg::i64 s = from + threadIdx.x; s < to; s += blockDim.x) {
            seg::HardPixel pixel = {in, args.cut, in.state, n, s};
            seg::i64 truth = pixel.isMasked() ? -1 : pixel.truth();
            if (truth >= 0) {
                counts.add(truth * kinds + pixel.prediction(in.state));
            }
        }
    }
    counts.close();
}
