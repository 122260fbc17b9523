#pragma once
// What one block does when value and gradient are computed in one sweep: block b takes part b % parts of the examples
// b / parts, b / parts + grid / parts, and so on.
#include "seg/final/last_block.cuh"
#include "seg/grad/gradient_of_block.cuh"
#include "seg/terms/losses_of_channel.cuh"
#include "seg/terms/losses_of_tile.cuh"

namespace seg {

// Writes the gradient of this block's pixels and adds their losses. After each tile it calls `settle` for the lanes of
// the warp, which have added the losses of so many pixels each.
template <typename Work, typename Settle>
SEG_DEVICE void takePixels(const Slopes& slopes, const HardCounts* hard, TermSums& sums, Work& work,
                           const Settle& settle) {
    const Inputs& in = slopes.args.in;
    i64 from = blockIdx.x % in.parts * in.chunk;
    i64 to = smaller(from + in.chunk, in.pixels);
    for (i64 n = blockIdx.x / in.parts; n < in.examples; n += gridDim.x / in.parts) {
#if SEG_SUMS == SEG_SLICES
        i64 start = startOfTiles(in.predictions, n, from);
        ExamplePlaces places = placesOf(slopes.args, n, start);
        for (i64 tile = start; tile < to; tile += pixelsOfBlock()) {
            lossesOfSlices(slopes, places, n, tile, from, to, hard, *(Exchange*) segShared, sums);
            settle(SEG_VECTOR);
        }
#elif SEG_HAS_OUTPUT_TERMS
        gradientOfOutputs<false>(slopes, n, from, to, hard, sums);
#elif SEG_SUMS == SEG_CHANNELS
        lossesOfChannels(slopes, n, from, to, hard, sums);
#else
        i64 start = startOfTiles(in.predictions, n, from);
        ExamplePlaces places = placesOf(slopes.args, n, start);
        for (i64 tile = start + warp() * 32 * SEG_VECTOR; tile < to; tile += pixelsOfBlock()) {
            lossesOfTile(slopes, places, n, tile, from, to, segShared, sums, work);
            settle(SEG_VECTOR);
        }
#endif
    }
}

// What counts beside any losses.
struct OnlyCounts {
    const HardCounts* hard;
};

// Writes the gradient of this block's pixels and the partial sums of their losses, and counts by the way if `hard` is
// not null.
SEG_DEVICE void lossesOfBlock(const PixelLossArguments& args, const HardCounts* hard) {
    const Inputs& in = args.backward.in;
    GradientMemory memory = gradientMemory(args.backward);
    Coefficients table = bringCoefficients(args.backward, 0, memory.coefficients);
    Slopes slopes = {args.backward, table, memory.renormalised + threadIdx.x};
    TermSums sums;
    sums.open(in, memory.end);
#if SEG_HAS_SMOOTHED_SLICES
    Real* rows = memory.coefficients + SharedCoefficients::smoothedRows(in.pixelTerms);
    bringSlopesOfSlices(table, segShared);
    bringSmoothedRows(in, rows);
    sums.smoothed = rows;
#elif SEG_HAS_SMOOTHED_LABELS
    Real* rows = memory.coefficients + SharedCoefficients::smoothedRows(in.pixelTerms);
    bringSmoothedRows(in, rows);
#if SEG_COUNTS
    SmoothedLosses smoothed = {slopes, sums, rows, hard};
#else
    SmoothedLosses smoothed = {slopes, sums, rows};
#endif
    if (table.families.hasOthers() && areSharesAsked(in, rows)) {
        LinearLosses work = {smoothed};
        takePixels(slopes, hard, sums, work, [&](int pixels) {
            if (sums.isDue(pixels)) {
                sums.flush(in);
            }
        });
    } else
#elif SEG_IS_INDEXED_SOFTMAX
    CrossEntropyLosses crossEntropy(slopes);
#if SEG_COUNTS
    crossEntropy.hard = hard;
#endif
    if (crossEntropy.fits(in)) {
        takePixels(slopes, hard, sums, crossEntropy, [&](int pixels) {
            if (sums.isDue(pixels)) {
                sums.add(0, crossEntropy.taken());
                sums.flush(in);
            }
        });
        sums.add(0, crossEntropy.taken());
    } else
#endif
    {
#if SEG_HAS_SMOOTHED_LABELS && !SEG_HAS_SMOOTHED_SLICES
        SmoothedLosses& work = smoothed;
#elif SEG_IS_INDEXED_SOFTMAX
#if SEG_COUNTS
        SoftmaxLosses work = {slopes, sums, hard};
#else
        SoftmaxLosses work = {slopes, sums};
#endif
#elif SEG_HAS_GIVEN_LABELS
        AddedLosses take = {sums};
        GivenGradient<false, AddedLosses> work(slopes, take);
#if SEG_COUNTS
        work.hard = hard;
#endif
#else
        OnlyCounts work = {hard};
#endif
        takePixels(slopes, hard, sums, work, [&](int pixels) {
            if (sums.isDue(pixels)) {
                sums.flush(in);
            }
        });
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
