// Counts (truth, prediction) pairs: the prediction is the channel of the largest value, or for one channel whether the
// probability is above the threshold. Pixels without weight, ignored labels and pixels without a class are left out.
//
// Arguments, all device memory of the caller (seg/base/arguments.cuh):
//   predictions [N, C, S] SEG_ELEMENT, read; labels [N, 1, S] integers or [N, C, S] of any type, read;
//   mask [N, 1, S] or [N, C, S] of any type, read, may be absent;
//   counts [K, K] 64-bit, row = truth, K = C or 2 for one channel: added to, so zero at first; state: bad input.
//
// Block b takes part b % parts of the examples b / parts, b / parts + grid / parts, ...
//
// What is made of the counts: Everingham et al. 2010, The Pascal Visual Object Classes Challenge.
//
// Deterministic: integer atomics, whose sum does not depend on the order. A block counts in shared memory first, where
// K * K numbers of 32 bits fit; it sees fewer than 2^32 pixels.
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
            seg::HardPixel pixel = {args, n, s};
            seg::i64 truth = pixel.isMasked() ? -1 : pixel.truth();
            if (truth >= 0) {
                counts.add(truth * kinds + pixel.prediction());
            }
        }
    }
    counts.close();
}
