#pragma once
// What one block does when value and gradient are computed in one sweep: block b takes part b % parts of the examples
// b / parts, b / parts + grid / parts, and so on.
#include "seg/final/last_block.cuh"
#include "seg/grad/gradient_of_block.cuh"
#include "seg/terms/losses_of_tile.cuh"

namespace seg {

// Writes the gradient of this block's pixels and the partial sums of their losses.
SEG_DEVICE void lossesOfBlock(const PixelLossArguments& args) {
    const Inputs& in = args.backward.in;
    i64 from = blockIdx.x % in.parts * in.chunk;
    i64 to = smaller(from + in.chunk, in.pixels);
    GradientMemory memory = gradientMemory(args.backward);
    Coefficients table = bringCoefficients(args.backward, 0, memory.coefficients);
    Slopes slopes = {args.backward, table, memory.renormalised + threadIdx.x};
    TermSums sums;
    sums.open(in, memory.end);
    for (i64 n = blockIdx.x / in.parts; n < in.examples; n += gridDim.x / in.parts) {
#if SEG_SUMS == SEG_SLICES
        for (i64 first = from; first < to; first += 32) {
            lossesOfSlices(slopes, n, first, to, *(Exchange*) segShared, sums);
        }
#else
        i64 tile = startOfTiles(in.predictions, n, from) + warp() * 32 * SEG_VECTOR;
        for (; tile < to; tile += pixelsOfBlock()) {
            lossesOfTile(slopes, n, tile, from, to, segShared, sums);
        }
#endif
    }
    sums.close(in, args.partials);
}

// Merges the partial sums, and writes the sums and the value of the loss. The last block calls it.
SEG_DEVICE void finaliseLosses(const PixelLossArguments& args) {
    const Inputs& in = args.backward.in;
    SumsLayout at = sumsLayout(in);
    const double* factors = args.backward.table + CoefficientsLayout{1, at.classes}.term(0);
    __threadfence();
    mergePartials(args.partials, at.terms, 1, gridDim.x, segShared + 32,
                  [&](i64, i64 t, double sum) { args.sums[at.term(t)] = sum; });
    double losses = 0;
    for (i64 t = threadIdx.x; t < at.terms; t += blockDim.x) {
        losses += factors[t] * args.sums[at.term(t)];
    }
    losses = blockSum(losses);
    if (threadIdx.x == 0) {
        in.state->value = losses;
    }
}

}  // namespace seg
