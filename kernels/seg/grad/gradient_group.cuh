#pragma once
// The gradient of the group of pixels that a thread takes at a time, with all channels in registers.
#include "seg/grad/gradient.cuh"

// Whether quickGradient is enough for every loss that this kernel can get.
#define SEG_IS_QUICK (SEG_CLASSES > 0 && SEG_TERMS != SEG_ANY_TERMS && SEG_SUMS != SEG_SLICES)

namespace seg {

#if SEG_IS_QUICK
// Writes the gradient of a group, one element at a time. Callers pass a constant type where they know it.
SEG_DEVICE void writeGroup(const Tensor& out, int type, const Group& group, const Real (&dz)[SEG_VECTOR][SEG_CLASSES]) {
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

// Writes the gradient of a group by one store for each channel, if isWide says so.
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

// Whether the pixels of a channel are contiguous and aligned in the gradient, and have the type of the predictions.
SEG_DEVICE bool isWide(const Tensor& out, const Group& group) {
    return SEG_VECTOR > 1 && out.type == SEG_ELEMENT && out.pixelStride == 1 && group.isWhole()
            && (out.channelStride & (SEG_VECTOR - 1)) == 0 && startOfTiles(out, group.n, group.first) == group.first;
}

// Writes the gradient of a group to the tensor, or over the channels in shared memory if `byRows` is set.
SEG_DEVICE void writeGradient(const Tensor& out, const Group& group, const Real (&values)[SEG_VECTOR][SEG_CLASSES],
                              Real* row, bool byRows) {
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

// Reads a group, computes its gradient in registers and writes it.
SEG_DEVICE void quickGroup(const Slopes& slopes, const Group& group, Real* row, bool byRows) {
    const Inputs& in = slopes.args.in;
    Real values[SEG_VECTOR][SEG_CLASSES];
    Pixel pixels[SEG_VECTOR];
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
    writeGradient(slopes.args.gradient, group, values, row, byRows);
}
#endif

}  // namespace seg
