#pragma once
// What one block does in the forward sweep: block b takes part b % parts of the examples b / parts,
// b / parts + grid / parts, and so on.
#include "seg/sums/channel_sums.cuh"
#include "seg/sums/dense_slice_sums.cuh"
#include "seg/sums/dense_sums.cuh"
#include "seg/sums/slice_sums.cuh"
#include "seg/sums/thread_sums.cuh"
#include "seg/sums/tile_sums.cuh"

namespace seg {

// Writes the partial sums of this block. All threads of the block must call it.
SEG_DEVICE void sumsOfBlock(const ForwardArguments& args, Sums& sums) {
    i64 part = blockIdx.x % args.in.parts;
    i64 groups = gridDim.x / args.in.parts;
    i64 from = part * args.in.chunk;
    i64 to = smaller(from + args.in.chunk, args.in.pixels);
    sums.start(args.in);
    // There is a row of partial sums for each part of an example or, if examples are pooled, one for each block.
    i64 row = blockIdx.x;
    for (i64 n = blockIdx.x / args.in.parts; n < args.in.examples; n += groups) {
        bool first = n == blockIdx.x / args.in.parts;
        row = args.in.perImage ? n * args.in.parts + part : row;
        if (first || args.in.perImage) {
            sums.open(args, row);
        }
        sums.sweep(args, n, from, to);
        if (args.in.perImage || n + groups >= args.in.examples) {
            sums.close(args, row);
        }
    }
}

}  // namespace seg
