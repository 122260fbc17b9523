#pragma once
// Goes through pixels one at a time and adds to their gradients, for terms that make passes of their own.
#include "seg/pixel/activation.cuh"

namespace seg {

// Calls a function with each pixel s of the examples from + n. The pixel is loaded, but its channels are not.
template <typename Use>
SEG_DEVICE void forEachPixel(const Inputs& in, i64 from, i64 count, Use use) {
    i64 all = count * in.pixels;
    i64 step = (i64) gridDim.x * blockDim.x;
    for (i64 k = (i64) blockIdx.x * blockDim.x + threadIdx.x; k < all; k += step) {
        i64 n = k / in.pixels;
        Pixel pixel = {};
        pixel.load(in, from + n, k - n * in.pixels);
        use(pixel, n, k - n * in.pixels);
    }
}

SEG_DEVICE void addToGradient(const Tensor& out, i64 n, i64 c, i64 s, Real number) {
    i64 at = n * out.exampleStride + c * out.channelStride + s * out.pixelStride;
    addReal(out.address, (int) out.type, at, number);
}

// Adds scale * dL/dz of one pixel, given dL/dp of each channel. prepare must have been called.
template <typename Slope>
SEG_DEVICE void addThroughActivation(const Inputs& in, const Tensor& out, double scale, const Pixel& pixel, i64 n,
                                     i64 s, Slope slopeOf) {
    Real mean = 0;
    for (i64 c = 0; SEG_ACTIVATION == SEG_SOFTMAX && c < classes(in); c++) {
        mean += probability(in, pixel, c).p * slopeOf(c);
    }
    for (i64 c = 0; c < classes(in); c++) {
        Real slope = slopeOf(c);
        if (SEG_ACTIVATION == SEG_SOFTMAX) {
            slope = probability(in, pixel, c).p * (slope - mean);
        } else if (SEG_ACTIVATION == SEG_SIGMOID && slope != 0) {
            Probability own = probability(in, pixel, c);
            slope *= own.p * own.complement;
        }
        if (slope != 0) {
            addToGradient(out, n, c, s, (Real) (scale * slope));
        }
    }
}

}  // namespace seg
