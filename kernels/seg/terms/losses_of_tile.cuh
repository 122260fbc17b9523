#pragma once
// Losses and gradient of the pixels that a warp, or a block, takes at a time.
#include "seg/grad/gradient_tile.cuh"
#include "seg/terms/softmax_losses.cuh"

namespace seg {

#if SEG_IS_QUICK && !SEG_IS_INDEXED_SOFTMAX
// Adds the losses of a group and computes its gradient, where that of all classes but the true one is 0. Writes it, or
// puts it over the channels in shared memory if `outRow` is not null.
SEG_DEVICE void lossesOfGroup(const Slopes& slopes, const ExamplePlaces& places, const Group& group, const Real* row,
                              Real* outRow, const TermSums& sums) {
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
        sums.add(t, pixelLoss(in, pixel, pixelTerm(in, t)));
    }
    gradientOfAny(slopes, pixel, counts, n * out.exampleStride + s * out.pixelStride, byRows ? row : nullptr);
}

// Adds the losses of the tile that begins at pixel `tile` and writes its gradient, for those of its pixels that are in
// [from, to). `work` is what to do with a pixel under a softmax with index labels. All threads of the warp must call
// it.
template <typename Work>
SEG_DEVICE void lossesOfTile(const Slopes& slopes, const ExamplePlaces& places, i64 n, i64 tile, i64 from, i64 to,
                             double* stage, TermSums& sums, Work& work) {
    const Inputs& in = slopes.args.in;
#if SEG_CLASSES > 0
    const Tensor& out = slopes.args.gradient;
    Real* rows = rowsOfWarp(stage);
    bool byRows = SEG_STAGED && out.channelStride == 1;
    bringTile(in, n, tile, to, rows);
    Real* row = rows + lane() * SEG_PITCH;
#if SEG_IS_QUICK
    Group group = {n, tile + lane() * SEG_VECTOR, from, to};
#if SEG_IS_INDEXED_SOFTMAX
    softmaxGroup(slopes.args, places, group, row, byRows ? row : nullptr, work);
#else
    lossesOfGroup(slopes, places, group, row, byRows ? row : nullptr, sums);
#endif
#else
    if (tile + lane() < to) {
        lossesOfAny(slopes, n, tile + lane(), row, byRows, sums);
    }
#endif
    if (byRows) {
        writeRows(out, n * out.exampleStride + tile * out.pixelStride, (int) smaller(to - tile, (i64) 32), rows);
    }
#else
    if (tile + lane() < to) {
        lossesOfAny(slopes, n, tile + lane(), nullptr, false, sums);
    }
#endif
}

#if SEG_SUMS == SEG_SLICES
// The same for 32 pixels with many classes, which all warps of the block share. Warp 0 adds the losses. All threads of
// the block must call it.
SEG_DEVICE void lossesOfSlices(const Slopes& slopes, i64 n, i64 first, i64 to, Exchange& exchange, TermSums& sums) {
    const Inputs& in = slopes.args.in;
    const Tensor& out = slopes.args.gradient;
    i64 s = first + lane();
    SlicedPixel<true> sliced;
    sliced.read(in, n, s, s < to, exchange);
    const Pixel& pixel = sliced.pixel;
    sliced.activate(in, exchange, [](int) { return (Real) 0; });
    int y = pixel.trueClass(in);
    bool has = pixel.weight != 0 && y >= 0;
    OwnPixel own[1] = {{has ? y : SEG_CLASSES, pixel.weight, {0, 1}}};
    if (has) {
        own[0].u = sliced.ownProbability(in);
    }
    Real slope[1];
    ownLosses(slopes, own, sums, warp() == 0, slope);
    i64 at = n * out.exampleStride + s * out.pixelStride;
#pragma unroll
    for (int i = 0; i < SEG_SLICE; i++) {
        int c = SlicedPixel<true>::channel(i);
        if (s < to && c < SEG_CLASSES) {
            Real dz = throughOwn(slope[0], sliced.p[i], own[0].u, c == own[0].y);
            writeReal(out.address, (int) out.type, at + c * out.channelStride, pixel.weight == 0 ? 0 : dz);
        }
    }
}
#endif

}  // namespace seg
