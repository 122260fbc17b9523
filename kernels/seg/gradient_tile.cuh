#pragma once
// The gradient of 32 pixels by a warp, one pixel per thread.
#include "seg/gradient.cuh"

namespace seg {

#if SEG_CLASSES > 0
// Writes the registers of a pixel, whose type is known where this is called.
SEG_DEVICE void writePixel(const Tensor& out, int type, i64 at, const Real (&dz)[SEG_CLASSES]) {
#pragma unroll
    for (int c = 0; c < SEG_CLASSES; c++) {
        writeReal(out.address, type, at + c * out.channelStride, dz[c]);
    }
}

SEG_DEVICE void writePixelOfAnyType(const Tensor& out, i64 at, const Real (&dz)[SEG_CLASSES]) {
    switch (out.type) {
        case SEG_ELEMENT: writePixel(out, SEG_ELEMENT, at, dz); break;
        default:
#pragma unroll
            for (int c = 0; c < SEG_CLASSES; c++) {
                writeReal(out.address, (int) out.type, at + c * out.channelStride, dz[c]);
            }
    }
}
#endif

// Pixels first + lane, up to `to`, of example n. All threads of a warp come here together.
SEG_DEVICE void gradientOfTile(const Slopes& slopes, i64 n, i64 first, i64 to, double* stage) {
    const BackwardArguments& args = slopes.args;
    const Inputs& in = args.in;
    i64 s = first + lane();
    i64 at = n * args.gradient.exampleStride + s * args.gradient.pixelStride;
    Pixel pixel = {};
#if SEG_CLASSES > 0
    Real values[SEG_CLASSES];
    Real* row = nullptr;
    bool stagedOut = SEG_STAGED && args.gradient.channelStride == 1;
    int count = (int) smaller(to - first, (i64) 32);
    if (SEG_STAGED) {
        i64 from = n * in.predictions.exampleStride + first * in.predictions.pixelStride;
        bringRows(in.predictions, from, count, rowsOfWarp(stage));
        row = rowsOfWarp(stage) + lane() * SEG_PITCH;
        pixel.row = row;
    }
    if (s < to) {
        // First of all, so that predictions and label wait for memory together.
        pixel.locate(in, n, s);
        readChannels(in, pixel, values);
        pixel.load(in, n, s);
        bool counts = pixel.weight != 0;
        if (counts) {
            activate(pixel, values);
        }
        // Telling types of labels apart in an unrolled loop takes more registers than there are.
        if (counts && (args.general || SEG_LABELS == SEG_DENSE_ANY)) {
            generalGradient(slopes, pixel, at, stagedOut ? row : nullptr);
        } else {
            if (counts && SEG_LABELS != SEG_DENSE_ANY) {
                quickGradient(slopes, pixel, values);
            }
#pragma unroll
            for (int c = 0; c < SEG_CLASSES; c++) {
                values[c] = counts ? values[c] : 0;
                if (stagedOut) {
                    row[c] = values[c];
                }
            }
            if (!stagedOut) {
                writePixelOfAnyType(args.gradient, at, values);
            }
        }
    }
    if (stagedOut) {
        writeRows(args.gradient, n * args.gradient.exampleStride + first * args.gradient.pixelStride, count,
                rowsOfWarp(stage));
    }
#else
    if (s < to) {
        pixel.load(in, n, s);
        if (!pixel.isVoid(in)) {
            prepare(in, pixel);
            generalGradient(slopes, pixel, at, nullptr);
            return;
        }
        for (i64 c = 0; c < in.classes; c++) {
            writeReal(args.gradient.address, (int) args.gradient.type, at + c * args.gradient.channelStride, 0);
        }
    }
#endif
}

}  // namespace seg
