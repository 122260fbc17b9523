#pragma once
// The gradient of a tile, which is what a warp takes at a time: 32 groups of pixels, one for each thread.
#include "seg/grad/gradient_dense_slice.cuh"
#include "seg/grad/gradient_group.cuh"
#include "seg/grad/gradient_slice.cuh"
#include "seg/grad/gradient_slice_truths.cuh"
#include "seg/grad/wide_gradient.cuh"

namespace seg {

// Computes the gradient of a pixel, for any loss, or zeros if it does not count. Writes it to the tensor, where channel
// 0 is element `at`, or over the channels in shared memory if `row` is not null.
SEG_DEVICE void gradientOfAny(const Slopes& slopes, const Pixel& pixel, bool counts, i64 at, Real* row) {
    const Tensor& out = slopes.args.gradient;
    if (counts) {
#if SEG_EXTENT == SEG_GENERAL
        wideGradient(slopes, pixel, at);
#else
        generalGradient(slopes, pixel, at, row);
#endif
        return;
    }
    for (i64 c = 0; c < classes(slopes.args.in); c++) {
        if (row != nullptr) {
            row[c] = 0;
        } else {
            writeReal(out.address, (int) out.type, at + c * out.channelStride, 0);
        }
    }
}

// Computes the gradient of pixel s of example n, for any loss. Writes it to the tensor, or over the channels in shared
// memory if `byRows` is set.
SEG_DEVICE void anyGradient(const Slopes& slopes, i64 n, i64 s, Real* row, bool byRows) {
    const Inputs& in = slopes.args.in;
    const Tensor& out = slopes.args.gradient;
    Pixel pixel = {};
    pixel.row = row;
    pixel.load(in, n, s);
    bool counts = !pixel.isVoid(in);
    if (counts) {
        prepare(in, pixel);
    }
    gradientOfAny(slopes, pixel, counts, n * out.exampleStride + s * out.pixelStride, byRows ? row : nullptr);
}

// Computes the gradient of the tile that begins at pixel `tile`, for those of its pixels that are in [from, to). All
// threads of the warp must call it.
SEG_DEVICE void gradientOfTile(const Slopes& slopes, const ExamplePlaces& places, i64 n, i64 tile, i64 from, i64 to,
                               double* stage) {
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
    Group group = {n, tile + (places.ofLane & (32 * SEG_VECTOR - 1)), from, to};
    quickGroup(slopes, places, group, row, truths, byRows ? row : nullptr);
#else
    if (tile + lane() < to) {
        anyGradient(slopes, n, tile + lane(), row, byRows);
    }
#endif
    if (byRows) {
        writeRows(out, n * out.exampleStride + tile * out.pixelStride, (int) smaller(to - tile, (i64) 32), rows);
    }
#else
    if (tile + lane() < to) {
        anyGradient(slopes, n, tile + lane(), nullptr, false);
    }
#endif
}

// Number of pixels that a block takes at a time.
SEG_DEVICE i64 pixelsOfBlock() { return (SEG_SUMS == SEG_SLICES ? 32 : blockDim.x) * SEG_VECTOR; }

// Number of Reals in shared memory that the block needs for these pixels.
SEG_DEVICE int realsOfTiles() {
#if SEG_SUMS == SEG_SLICES
    return sizeof(Exchange) / sizeof(Real) + (SEG_STAGED ? 32 * SEG_PITCH : 0);
#else
    return SEG_STAGED ? blockDim.x * (SEG_CLASSES | 1) : 0;
#endif
}

// Computes the gradient of the next pixelsOfBlock() pixels, which begin at `first`, for those that are in [from, to).
// All threads of the block must call it.
SEG_DEVICE void gradientOfTiles(const Slopes& slopes, const ExamplePlaces& places, i64 n, i64 first, i64 from, i64 to,
                                double* shared) {
#if SEG_SUMS == SEG_SLICES
    gradientOfSlices(slopes, places, n, first, from, to, *(Exchange*) shared);
#else
#if SEG_IS_QUICK
    if (!SEG_STAGED) {
        quickGroup(slopes, places, {n, first + places.ofLane, from, to}, nullptr, {}, nullptr);
        return;
    }
#endif
    i64 tile = first + warp() * 32 * SEG_VECTOR;
    if (tile < to) {
        gradientOfTile(slopes, places, n, tile, from, to, shared);
    }
#endif
}

}  // namespace seg
