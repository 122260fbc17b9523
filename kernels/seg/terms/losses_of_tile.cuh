#pragma once
// Losses and gradient of the pixels that a warp, or a block, takes at a time.
#include "seg/grad/gradient_tile.cuh"
#include "seg/loss/smoothed_slice.cuh"
#include "seg/pixel/slice_counts.cuh"
#include "seg/terms/softmax_losses.cuh"

namespace seg {

#if SEG_HAS_SHARED_TRUTHS || SEG_HAS_GIVEN_SHARES
// Adds the losses of each term.
struct AddedLosses {
    static constexpr bool IS_ASKED = true;
    const TermSums& sums;
    SEG_MEMBER void operator()(int t, Real loss) const { sums.add(t, loss); }
};
#endif

#if SEG_HAS_SLICED_TRUTHS
// Adds the losses of a tile of pixels with many classes and writes its gradient, which all warps of the block share.
// All threads of the block must call it.
SEG_DEVICE void lossesOfSlices(const Slopes& slopes, const ExamplePlaces& places, i64 n, i64 tile, i64 from, i64 to,
                               const HardCounts*, Exchange& exchange, const TermSums& sums) {
    AddedLosses take = {sums};
    gradientOfTruthSlices<false>(slopes, places, n, tile, from, to, exchange, take);
}
#elif SEG_HAS_SHARED_TRUTHS || SEG_HAS_GIVEN_TRUTHS
// Adds the losses of a group and computes its gradient, for curves of the probabilities of dense labels. Writes it, or
// puts it over the channels in shared memory if `outRow` is not null.
SEG_DEVICE void lossesOfGroup(const Slopes& slopes, const ExamplePlaces& places, const Group& group, const Real* row,
                              const LaneTruths& truths, Real* outRow, const TermSums& sums) {
    AddedLosses take = {sums};
#if SEG_HAS_GIVEN_TRUTHS
    GivenTruthGradient<false, AddedLosses> gradient = {slopes, take};
#else
    TruthGradient<false, AddedLosses> gradient = {slopes, take};
#endif
    eachOfGroup(slopes.args, places, group, row, truths, outRow, gradient);
}
#elif SEG_IS_QUICK && !SEG_TAKES_INDEXED_GROUPS && !SEG_IS_DENSE
// Adds the losses of a group and computes its gradient, where that of all classes but the true one is 0. Writes it, or
// puts it over the channels in shared memory if `outRow` is not null.
SEG_DEVICE void lossesOfGroup(const Slopes& slopes, const ExamplePlaces& places, const Group& group, const Real* row,
                              const LaneTruths&, Real* outRow, const TermSums& sums) {
    const Inputs& in = slopes.args.in;
    OwnPixel own[SEG_VECTOR];
    Pixel pixels[SEG_VECTOR];
    group.readPixels(in, row, pixels);
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        int y = pixels[v].trueClass(in);
        bool has = pixels[v].weight != 0 && y >= 0;
        own[v] = {has ? y : SEG_CLASSES, pixels[v].weight, {0, 1}};
        if (has) {
            own[v].u = probability(in, pixels[v], y);
        }
    }
    Real slope[SEG_VECTOR];
    ownLosses(slopes, own, sums, true, slope);
    Real values[SEG_VECTOR][SEG_CLASSES];
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            values[v][c] = throughOwn(slope[v], 0, own[v].u, c == own[v].y);
        }
    }
    putGroup(slopes.args.gradient, places, group, values, outRow);
}
#endif

// Adds the losses of pixel s of example n and writes its gradient, for any pixel losses. Writes it to the tensor, or
// over the channels in shared memory if `byRows` is set.
SEG_DEVICE void lossesOfAny(const Slopes& slopes, i64 n, i64 s, Real* row, bool byRows, TermSums& sums) {
    const Inputs& in = slopes.args.in;
    const Tensor& out = slopes.args.gradient;
    Pixel pixel = {};
    pixel.row = row;
    pixel.load(in, n, s);
    bool counts = !pixel.isVoid(in);
    if (counts) {
        prepare(in, pixel);
    }
    for (i64 t = 0; counts && t < in.pixelTerms; t++) {
#if SEG_EXTENT == SEG_GENERAL
        sums.add(t, wideLoss(in, pixel, wideTerm(in, t)));
#else
        sums.add(t, pixelLoss(in, pixel, pixelTerm(in, t)));
#endif
    }
    gradientOfAny(slopes, pixel, counts, n * out.exampleStride + s * out.pixelStride, byRows ? row : nullptr);
}

// Adds the losses of the tile that begins at pixel `tile` and writes its gradient, for those of its pixels that are in
// [from, to). `work` is what to do with a pixel under a softmax with index labels. All threads of the warp must call
// it.
template <typename Work>
SEG_DEVICE void lossesOfTile(const Slopes& slopes, const ExamplePlaces& places, i64 n, i64 tile, i64 from, i64 to,
                             double* stage, TermSums& sums, Work& work) {
#if SEG_CLASSES > 0
    const Inputs& in = slopes.args.in;
    const Tensor& out = slopes.args.gradient;
    Real* rows = rowsOfWarp(stage);
    bool byRows = SEG_STAGED && out.channelStride == 1;
#if SEG_IS_QUICK
    LaneTruths truths;
    bringTile(in, places, n, tile, to, rows, truths);
#else
    bringTile(in, n, tile, to, rows);
#endif
    Real* row = rows + lane() * SEG_PITCH;
#if SEG_IS_QUICK
    Group group = {n, tile + lane() * SEG_VECTOR, from, to};
#if SEG_TAKES_INDEXED_GROUPS
    eachOfGroup(slopes.args, places, group, row, truths, byRows ? row : nullptr, work);
#elif SEG_HAS_SHARED_TRUTHS || SEG_HAS_GIVEN_TRUTHS || !SEG_IS_DENSE
#if SEG_COUNTS
    work.hard->readGroup(in, group);
#endif
    lossesOfGroup(slopes, places, group, row, truths, byRows ? row : nullptr, sums);
#endif
#else
    if (tile + lane() < to) {
#if SEG_COUNTS
        work.hard->read(in, n, tile + lane());
#endif
        lossesOfAny(slopes, n, tile + lane(), row, byRows, sums);
    }
#endif
    if (byRows) {
        writeRows(out, n * out.exampleStride + tile * out.pixelStride, (int) smaller(to - tile, (i64) 32), rows);
    }
#else
    if (tile + lane() < to) {
#if SEG_COUNTS
        work.hard->read(slopes.args.in, n, tile + lane());
#endif
        lossesOfAny(slopes, n, tile + lane(), nullptr, false, sums);
    }
#endif
}

#if SEG_HAS_SMOOTHED_SLICES
// The losses of a tile, as slopesOfSlice calls them.
struct SliceLosses {
    SmoothedSlices losses;
    bool isReader;  // whether this warp has read the labels

    SEG_MEMBER void addLogits(const SlicedGroup& sliced, const Real (&shift)[SEG_VECTOR]) const {
        losses.addBelowReference(sliced, shift);
    }
    SEG_MEMBER void addExponentials(const SlicedGroup& sliced) const {
        losses.addShares(sliced);
        if (isReader) {
            losses.addAboveReference(sliced);
        }
    }
};

// Adds the losses of a tile of pixels with many classes and writes its gradient, which all warps of the block share.
// All threads of the block must call it.
SEG_DEVICE void lossesOfSlices(const Slopes& slopes, const ExamplePlaces& places, i64 n, i64 tile, i64 from, i64 to,
                               const HardCounts* hard, Exchange& exchange, TermSums& sums) {
    const Inputs& in = slopes.args.in;
    SlicedGroup sliced;
    ApartSlope truth;
    ApartSlope top = {};
    int reader = readSlices(in, n, tile, from, to, sliced, exchange);
    SliceLosses losses = {{in, sums.smoothed, sums.terms}, warp() == reader};
    bool anySaturated = slopesOfSlice(slopes, sliced, exchange, truth, top, losses);
#if SEG_COUNTS
    if (losses.isReader) {
        countSlices(*hard, in, n, tile, sliced.label, exchange);
    }
#endif
    putSlices(slopes.args.gradient, places, sliced, exchange, truth, top, anySaturated);
}
#elif SEG_HAS_INDEX_SLICES
// The same for a tile of pixels with many classes, which all warps of the block share. The warp that reads labels adds
// the losses. All threads of the block must call it.
SEG_DEVICE void lossesOfSlices(const Slopes& slopes, const ExamplePlaces& places, i64 n, i64 tile, i64 from, i64 to,
                               const HardCounts* hard, Exchange& exchange, TermSums& sums) {
    SlicedGroup sliced;
    int reader = readSlices(slopes.args.in, n, tile, from, to, sliced, exchange);
    Real none[SEG_VECTOR];
    sliced.activate<true, false>(exchange, none);
#if SEG_COUNTS
    if (warp() == reader) {
        countSlices(*hard, slopes.args.in, n, tile, sliced.label, exchange);
    }
#endif
    OwnPixel own[SEG_VECTOR];
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        int y = sliced.label[v];
        own[v] = {y, sliced.weight[v], y < SEG_CLASSES ? sliced.ownProbability(v) : Probability{0, 1}};
    }
    Real slope[SEG_VECTOR];
#if SEG_HAS_EXACT_SLICES
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        slope[v] = own[v].weight * slopeByOwnLog(slopes, sliced, v);
    }
    // Only what is charged needs logarithms, if there is nothing but cross-entropy.
    if (warp() == reader) {
        OwnShare at[SEG_VECTOR];
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            at[v] = {own[v].u.p, own[v].u.complement, sliced.ownLogarithm(v)};
        }
        addOwnLosses<SEG_VECTOR>(slopes.args.in, slopes.table.families, sliced.weight, sliced.label, at, sums.terms);
    }
#else
    ownLosses(slopes, own, sums, warp() == reader, slope);
#endif
    ApartSlope truth;
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        truth.channel[v] = own[v].y;
        truth.dz[v] = throughOwn(slope[v], 0, own[v].u, true);
        // Of a void pixel, 0 and not -0.
        Real factor = (0 - slope[v]) * sliced.inverse[v];
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            sliced.p[i][v] = SEG_ACTIVATION == SEG_SOFTMAX ? sliced.p[i][v] * factor : 0;
        }
    }
    putSlices(slopes.args.gradient, places, sliced, exchange, truth, truth, false);
}
#endif

}  // namespace seg
