// Counts of each class in index labels, from which class weights are made, and of void pixels.
//
// Arguments, all device memory of the caller (seg/base/arguments.cuh):
//   labels [N, 1, S] of an integer type, read;
//   counts [N, C + 1] 64-bit, of each class and of void: added to, so zero at first; state: bad labels.
//
// Block b takes part b % parts of the examples b / parts, b / parts + grid / parts, ...
//
// What the counts are for: Eigen and Fergus 2015 (arXiv 1411.4734), median frequency balancing, among others.
//
// Deterministic: integer atomics, whose sum does not depend on the order. A block counts in shared memory first, where
// C + 1 numbers of 32 bits fit; it sees fewer than 2^32 pixels of an example.
#include "seg/base/common.cuh"
#include "seg/base/bad_input.cuh"
#include "seg/count/block_counts.cuh"
#include "seg/base/elements.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::HistogramArguments args) {
    seg::i64 from = blockIdx.x % args.parts * args.chunk;
    seg::i64 to = seg::smaller(from + args.chunk, args.pixels);
    seg::i64 width = args.classes + 1;
    for (seg::i64 n = blockIdx.x / args.parts; n < args.examples; n += gridDim.x / args.parts) {
        seg::BlockCounts counts = {args.shared ? (unsigned*) segShared : nullptr, args.counts + n * width, width};
        counts.open();
        for (seg::i64 s = from + threadIdx.x; s < to; s += blockDim.x) {
            seg::i64 at = n * args.labels.exampleStride + s * args.labels.pixelStride;
            seg::i64 label = seg::readIndex(args.labels.address, (int) args.labels.type, at);
            if (args.hasIgnore && label == args.ignore) {
                counts.add(args.classes);
            } else if (label >= 0 && label < args.classes) {
                counts.add(label);
            } else {
                seg::reportLabel(args.state, n * args.pixels + s);
            }
        }
        counts.close();
    }
}
