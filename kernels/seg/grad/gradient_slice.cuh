#pragma once
// The gradient of 32 pixels with many classes. All warps of a block compute it together, a slice of the channels each.
#include "seg/grad/gradient.cuh"
#include "seg/pixel/sliced_pixel.cuh"

#if SEG_SUMS == SEG_SLICES
namespace seg {

// Writes the gradient of pixels [first, first + 32) of example n that are below `to`, one for each lane. All threads of
// the block must call it.
SEG_DEVICE void gradientOfSlices(const Slopes& slopes, i64 n, i64 first, i64 to, Exchange& exchange) {
    const Inputs& in = slopes.args.in;
    const Tensor& out = slopes.args.gradient;
    i64 s = first + lane();
    SlicedPixel<true> sliced;
    sliced.read(in, n, s, s < to, exchange);
    const Pixel& pixel = sliced.pixel;
    int y = pixel.trueClass(in);
    Real others = sliced.activate(in, exchange, [&](int c) { return slopes.ofScores(pixel, c); });
    if (s >= to) {
        return;
    }
    Real own = 0;
    if (y >= 0 && pixel.weight != 0) {
        own = pixel.weight * slopes.table.a(y);
        own += SEG_TERMS == SEG_NO_TERMS ? 0 : slopes.ofOwnTerms(pixel, y, sliced.ownProbability(in));
    }
    bool isTop = y == pixel.top;
    MeanSlope mean = {0, 0};
    if (SEG_ACTIVATION == SEG_SOFTMAX) {
        mean.others = others + (isTop || y < 0 ? 0 : sliced.own * pixel.inverse * own);
        mean.top = slopes.ofScores(pixel, pixel.top) + (isTop ? own : 0);
    }
    i64 at = n * out.exampleStride + s * out.pixelStride;
#pragma unroll
    for (int i = 0; i < SEG_SLICE; i++) {
        int c = SlicedPixel<true>::channel(i);
        if (c < SEG_CLASSES) {
            Real d = slopes.ofScores(pixel, c) + (c == y ? own : 0);
            Real dz = throughActivation(pixel, mean, d, sliced.probability(i), c == pixel.top, pixel.inverse);
            writeReal(out.address, (int) out.type, at + c * out.channelStride, pixel.weight == 0 ? 0 : dz);
        }
    }
}

}  // namespace seg
#endif
