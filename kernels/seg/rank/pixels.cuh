#pragma once
// Goes through pixels one at a time and adds to their gradients, for terms that make passes of their own. Where the
// number of classes is known, the channels of a pixel are in registers; otherwise each use reads them again.
#include "seg/pixel/activation.cuh"

namespace seg {

#if SEG_CLASSES > 0
#define SEG_UNROLLED _Pragma("unroll")
#else
#define SEG_UNROLLED
#endif

// A pixel and its channels.
struct Channels {
    const Inputs& in;
    Pixel pixel;
#if SEG_CLASSES > 0
    Real numbers[SEG_CLASSES];  // probabilities of a softmax, or else predictions
#endif

    // Reads label and weight of pixel s of example n.
    SEG_MEMBER Channels(const Inputs& inputs, i64 n, i64 s) : in(inputs) {
        pixel = {};
        pixel.load(in, n, s);
    }

    SEG_MEMBER bool isVoid() const { return pixel.isVoid(in); }
    SEG_MEMBER int count() const { return (int) classes(in); }
    SEG_MEMBER Real truth(int c) const { return pixel.truth(in, c); }
    SEG_MEMBER Real weight(int c) const { return pixel.weightOf(in, c); }

    // Must have been called before prediction and probability.
    SEG_MEMBER void read() {
#if SEG_CLASSES > 0
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            numbers[c] = pixel.prediction(in, c);
        }
        if (SEG_ACTIVATION == SEG_SOFTMAX) {
            activate(pixel, numbers);
        }
#else
        prepare(in, pixel);
#endif
    }

    // A prediction, unless there is a softmax.
    SEG_MEMBER Real prediction(int c) const {
#if SEG_CLASSES > 0
        return numbers[c];
#else
        return pixel.prediction(in, c);
#endif
    }

    SEG_MEMBER Probability probability(int c) const {
#if SEG_CLASSES > 0
        Real number = numbers[c];
        if (SEG_ACTIVATION == SEG_SIGMOID) {
            return sigmoid(number);
        }
        return {number, SEG_ACTIVATION == SEG_SOFTMAX && c == pixel.top ? pixel.topComplement : 1 - number};
#else
        return seg::probability(in, pixel, c);
#endif
    }
};

// Calls a function with each pixel s of the examples from + n, whose channels are not read.
template <typename Use>
SEG_DEVICE void forEachPixel(const Inputs& in, i64 from, i64 count, Use use) {
    i64 all = count * in.pixels;
    i64 step = (i64) gridDim.x * blockDim.x;
    for (i64 k = (i64) blockIdx.x * blockDim.x + threadIdx.x; k < all; k += step) {
        i64 n = k / in.pixels;
        Channels channels(in, from + n, k - n * in.pixels);
        use(channels, n, k - n * in.pixels);
    }
}

// The gradient of one pixel.
struct PixelGradient {
    const Tensor& out;
    i64 start;

    SEG_MEMBER PixelGradient(const Tensor& gradient, i64 n, i64 s) : out(gradient) {
        start = n * out.exampleStride + s * out.pixelStride;
    }

    // Adds to it. Its type is that of the predictions, mostly.
    SEG_MEMBER void add(int c, Real number) const {
        i64 at = start + c * out.channelStride;
        if (out.type == SEG_ELEMENT) {
            writeReal(out.address, SEG_ELEMENT, at, readReal(out.address, SEG_ELEMENT, at) + number);
        } else {
            addReal(out.address, (int) out.type, at, number);
        }
    }

    // Adds scale * dL/dz, given dL/dp of each channel.
    template <typename Slope>
    SEG_MEMBER void addThroughActivation(const Channels& channels, double scale, Slope slopeOf) const {
        // Only differences of slopes matter under a softmax. Measured from the slope of the largest probability, which
        // may be nearly 1, they keep the digits of what that one lacks of 1.
        Real ofTop = 0;
#if SEG_CLASSES > 0
        Real slopes[SEG_CLASSES];
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            Real slope = slopeOf(c);
            slopes[c] = slope;
            ofTop = c == channels.pixel.top ? slope : ofTop;
        }
#define SEG_SLOPE(c) slopes[c]
#else
        if constexpr (SEG_ACTIVATION == SEG_SOFTMAX) {
            ofTop = slopeOf(channels.pixel.top);
        }
#define SEG_SLOPE(c) slopeOf(c)
#endif
        Real mean = 0;
        SEG_UNROLLED
        for (int c = 0; c < channels.count() && SEG_ACTIVATION == SEG_SOFTMAX; c++) {
            mean += channels.probability(c).p * (SEG_SLOPE(c) - ofTop);
        }
        SEG_UNROLLED
        for (int c = 0; c < channels.count(); c++) {
            Real slope = SEG_SLOPE(c);
            if constexpr (SEG_ACTIVATION == SEG_SOFTMAX) {
                slope = channels.probability(c).p * (slope - ofTop - mean);
            } else if (SEG_ACTIVATION == SEG_SIGMOID && slope != 0) {
                Probability own = channels.probability(c);
                slope *= own.p * own.complement;
            }
            if (slope != 0) {
                add(c, (Real) scale * slope);
            }
        }
    }
};

}  // namespace seg
