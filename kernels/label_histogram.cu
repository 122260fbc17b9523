// Counts the pixels of each class in index labels, and the void pixels, for each example.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the struct. N is the
// number of examples, C of classes, S of pixels in an example:
//   labels [N, 1, S] of any integer type, any strides: read.
//   counts [N, C + 1] unsigned 64-bit, of each class and then of void: added to, so the caller clears it.
//   state  what bad labels were found: written.
//
// Block b takes part b % parts of the examples b / parts, b / parts + grid / parts, and so on.
//
// Paper: Eigen and Fergus 2015 (arXiv 1411.4734), whose median frequency balancing makes class weights of the counts.
//
// Deterministic: yes, since all atomics are on integers, whose sum does not depend on the order. Where C + 1 numbers of
// 32 bits fit into shared memory, a block counts an example there first; an example's part has fewer than 2^32 pixels,
// so they cannot overflow.
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
