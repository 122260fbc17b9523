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
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        bool counts = pixels[v].weight != 0;
        if (counts) {
            ownPixel(slopes, pixels[v], values[v], sums);
        }
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            values[v][c] = counts ? values[v][c] : 0;
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
    int y = pixel.trueClass(in);
    Probability u = {0, 1};
    Real slope = 0;
    if (y >= 0 && pixel.weight != 0) {
        u = sliced.ownProbability(in);
        slope = ownLosses(slopes, pixel, y, u, sums, warp() == 0);
    }
    i64 at = n * out.exampleStride + s * out.pixelStride;
#pragma unroll
    for (int i = 0; i < SEG_SLICE; i++) {
        int c = SlicedPixel<true>::channel(i);
        if (s < to && c < SEG_CLASSES) {
            Real dz = throughOwn(slope, sliced.p[i], u, c == y);
            writeReal(out.address, (int) out.type, at + c * out.channelStride, pixel.weight == 0 ? 0 : dz);
        }
    }
    sums.took(in, 1);
}
#endif

}  // namespace seg
