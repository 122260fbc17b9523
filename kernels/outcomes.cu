// Counts true and false positives and negatives of each image and label, where labels do not exclude one another. It
// fuses the comparison of predictions and of labels with the count: a label is predicted if its prediction is not below
// its cut, and true if its value is not below 0.5. Outputs without weight or with the ignored label are left out.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the structs. N is the
// number of examples, C of channels, and S of pixels in an example:
//   predictions [N, C, S] of type SEG_ELEMENT, any strides: read.
//   labels      [N, 1, S] integers, or [N, C, S] of any type, any strides: read.
//   mask        [N, 1, S] or [N, C, S] of any type, any strides, or absent: read.
//   counts      [N, C, OutcomeCounts::COUNT] unsigned 64-bit: added to, so the caller clears it. Behind them are the
//               cuts, [C] double: read.
//   state       what bad input was found: written.
//
// Block b takes part b % parts of the examples b / parts, b / parts + grid / parts, and so on.
//
// Paper: none; the counts are those of get_stats in segmentation_models.pytorch.
//
// Deterministic: yes, since all atomics are on integers, whose sum does not depend on the order.
#include "seg/base/common.cuh"
#include "seg/count/outcome_counts.cuh"
#include "seg/pixel/pixel.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::OutcomeArguments args) {
    const seg::Inputs& in = args.in;
    seg::OutcomeCounts counts = {args.counts, in.state};
    seg::i64 from = blockIdx.x % in.parts * in.chunk;
    seg::i64 to = seg::smaller(from + in.chunk, in.pixels);
    for (seg::i64 n = blockIdx.x / in.parts; n < in.examples; n += gridDim.x / in.parts) {
        for (seg::i64 c = 0; c < in.classes; c++) {
            seg::Outcomes seen = {0, 0, 0, 0};
            seg::Real cut = (seg::Real) counts.cut(in, c);
            for (seg::i64 s = from + threadIdx.x; s < to; s += blockDim.x) {
                seg::Pixel pixel = {};
                pixel.loadChannel(in, n, s, (int) c);
                if (pixel.weightOf(in, c) == 0) {
                    continue;
                }
                seg::Real z = pixel.prediction(in, c);
                seen.add(z >= cut, pixel.truth(in, c) >= (seg::Real) 0.5);
                if (z != z) {
                    counts.report(in, n, s);
                }
            }
            counts.add(in, n, c, seen);
        }
    }
}
