#pragma once
// The gradient of a tile by a warp: 32 groups of pixels, one group per thread.
#include "seg/gradient_slice.cuh"

// Whether losses are known to ask for no more than quickGradient gives.
#define SEG_IS_QUICK (SEG_CLASSES > 0 && SEG_TERMS != SEG_ANY_TERMS && SEG_SUMS != SEG_SLICES)

namespace seg {

// Pixel s of example n, for any loss. A staged row is overwritten if the gradient is written by rows, too.
SEG_DEVICE void anyGradient(const Slopes& slopes, i64 n, i64 s, Real* row, bool byRows) {
    const Inputs& in = slopes.args.in;
    const Tensor& out = slopes.args.gradient;
    i64 at = n * out.exampleStride + s * out.pixelStride;
    Pixel pixel = {};
    pixel.row = row;
    pixel.load(in, n, s);
    if (!pixel.isVoid(in)) {
        prepare(in, pixel);
        generalGradient(slopes, pixel, at, byRows ? row : nullptr);
        return;
    }
    for (i64 c = 0; c < classes(in); c++) {
        if (byRows) {
            row[c] = 0;
        } else {
            writeReal(out.address, (int) out.type, at + c * out.channelStride, 0);
        }
    }
}

#if SEG_IS_QUICK
// Writes the gradient of a group, whose type is known where this is called.
SEG_DEVICE void writeGroup(const Tensor& out, int type, const Group& group,
                           const Real (&dz)[SEG_VECTOR][SEG_CLASSES]) {
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        i64 at = group.n * out.exampleStride + (group.first + v) * out.pixelStride;
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            if (group.has(v)) {
                writeReal(out.address, type, at + c * out.channelStride, dz[v][c]);
            }
        }
    }
}

// The same where the pixels of a channel lie side by side, aligned, and are of the type of the predictions.
SEG_DEVICE void writeWideGroup(const Tensor& out, const Group& group, const Real (&dz)[SEG_VECTOR][SEG_CLASSES]) {
#if SEG_VECTOR > 1
    i64 at = group.n * out.exampleStride + group.first;
#pragma unroll
    for (int c = 0; c < SEG_CLASSES; c++) {
        Real some[SEG_VECTOR];
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            some[v] = dz[v][c];
        }
        writeReals(out.address, at + c * out.channelStride, some);
    }
#endif
}

SEG_DEVICE bool isWide(const Tensor& out, const Group& group) {
    return SEG_VECTOR > 1 && out.type == SEG_ELEMENT && out.pixelStride == 1 && group.isWhole()
            && (out.channelStride & (SEG_VECTOR - 1)) == 0 && startOfTiles(out, group.n, group.first) == group.first;
}

// Turns what is in registers into the gradient of a group, and writes it or leaves it in the staged row.
SEG_DEVICE void quickGroup(const Slopes& slopes, const Group& group, Real* row, bool byRows) {
    const Inputs& in = slopes.args.in;
    const Tensor& out = slopes.args.gradient;
    Real values[SEG_VECTOR][SEG_CLASSES];
    Pixel pixels[SEG_VECTOR];
    // First of all, so that predictions and labels wait for memory together.
    group.readChannels(in, row, values);
    group.readPixels(in, row, pixels);
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        bool counts = pixels[v].weight != 0;
        if (counts) {
            quickGradient(slopes, pixels[v], values[v]);
        }
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            values[v][c] = counts ? values[v][c] : 0;
        }
    }
    if (byRows) {
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            row[c] = values[0][c];
        }
    } else if (isWide(out, group)) {
        writeWideGroup(out, group, values);
    } else if (out.type == SEG_ELEMENT) {
        writeGroup(out, SEG_ELEMENT, group, values);
    } else {
        writeGroup(out, (int) out.type, group, values);
    }
}
#endif

// The groups of a warp that begin at pixel `tile`, of pixels [from, to). All threads of a warp come here together.
SEG_DEVICE void gradientOfTile(const Slopes& slopes, i64 n, i64 tile, i64 from, i64 to, double* stage) {
#if SEG_CLASSES > 0
    const Inputs& in = slopes.args.in;
    const Tensor& out = slopes.args.gradient;
    Real* rows = rowsOfWarp(stage);
    bool byRows = SEG_STAGED && out.channelStride == 1;
    bringTile(in, n, tile, to, rows);
    Real* row = rows + lane() * SEG_PITCH;
#if SEG_IS_QUICK
    quickGroup(slopes, {n, tile + lane() * SEG_VECTOR, from, to}, row, byRows);
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

// Pixels that a block takes at a time, and numbers that it needs in shared memory for that.
SEG_DEVICE i64 pixelsOfBlock() { return SEG_SUMS == SEG_SLICES ? 32 : blockDim.x * SEG_VECTOR; }

SEG_DEVICE int realsOfTiles() {
#if SEG_SUMS == SEG_SLICES
    return sizeof(Exchange) / sizeof(Real);
#else
    return SEG_STAGED ? blockDim.x * (SEG_CLASSES | 1) : 0;
#endif
}

// As many pixels, from `first` on, of those in [from, to). All threads of a block come here together.
SEG_DEVICE void gradientOfTiles(const Slopes& slopes, i64 n, i64 first, i64 from, i64 to, double* shared) {
#if SEG_SUMS == SEG_SLICES
    gradientOfSlices(slopes, n, first, to, *(Exchange*) shared);
#else
    i64 tile = first + warp() * 32 * SEG_VECTOR;
    if (tile < to) {
        gradientOfTile(slopes, n, tile, from, to, shared);
    }
#endif
}

}  // namespace seg
