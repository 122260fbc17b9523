#pragma once
// Losses and gradient of the pixels that a warp, or a block, takes at a time.
#include "seg/grad/gradient_tile.cuh"
#include "seg/terms/own_losses.cuh"

namespace seg {

#if SEG_IS_QUICK
// Reads a group, adds its losses and writes its gradient.
SEG_DEVICE void lossesOfGroup(const Slopes& slopes, const Group& group, Real* row, bool byRows, TermSums& sums) {
    const Inputs& in = slopes.args.in;
    Real values[SEG_VECTOR][SEG_CLASSES];
    Pixel pixels[SEG_VECTOR];
    group.readChannels(in, row, values);
    group.readPixels(in, row, pixels);
    OwnPixel own[SEG_VECTOR];
    Real factor[SEG_VECTOR];
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        factor[v] = exponentials<true>(pixels[v], values[v]);
        int y = pixels[v].weight == 0 ? -1 : pixels[v].trueClass(in);
        own[v] = {y, pixels[v].weight, {0, 1}};
        if (y >= 0) {
            own[v].u = ownProbability(in, pixels[v], values[v], factor[v], y);
        }
    }
    Real slope[SEG_VECTOR];
    ownLosses(slopes, own, sums, true, slope);
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            Real dz = throughOwn(slope[v], values[v][c] * factor[v], own[v].u, c == own[v].y);
            values[v][c] = pixels[v].weight == 0 ? 0 : dz;
        }
    }
    writeGradient(slopes.args.gradient, group, values, row, byRows);
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
// [from, to). All threads of the warp must call it.
SEG_DEVICE void lossesOfTile(const Slopes& slopes, i64 n, i64 tile, i64 from, i64 to, double* stage, TermSums& sums) {
    const Inputs& in = slopes.args.in;
#if SEG_CLASSES > 0
    const Tensor& out = slopes.args.gradient;
    Real* rows = rowsOfWarp(stage);
    bool byRows = SEG_STAGED && out.channelStride == 1;
    bringTile(in, n, tile, to, rows);
    Real* row = rows + lane() * SEG_PITCH;
#if SEG_IS_QUICK
    lossesOfGroup(slopes, {n, tile + lane() * SEG_VECTOR, from, to}, row, byRows, sums);
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
    sums.took(in, SEG_VECTOR);
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
    OwnPixel own[1] = {{pixel.weight == 0 ? -1 : pixel.trueClass(in), pixel.weight, {0, 1}}};
    if (own[0].y >= 0) {
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
    sums.took(in, 1);
}
#endif

}  // namespace seg
