#pragma once
// The errors of the pixels of a set, and the gradient that their slopes make.
#include "seg/pixel/activation.cuh"

namespace seg {

// Writes error and masses of one channel for each pixel of the set.
SEG_DEVICE void errorsOfSet(const SetArguments& args) {
    const Inputs& in = args.in;
    i64 all = args.count * in.pixels;
    i64 step = (i64) gridDim.x * blockDim.x;
    for (i64 k = (i64) blockIdx.x * blockDim.x + threadIdx.x; k < all; k += step) {
        i64 n = k / in.pixels;
        i64 s = k - n * in.pixels;
        Pixel pixel = {};
        pixel.load(in, args.from + n, s);
        i64 place = args.hinge ? (n * classes(in) + args.channel) * in.pixels + s : k;
        Real weight = pixel.weightOf(in, args.channel);
        Real g = 0;
        Real error = 0;
        if (weight != 0) {
            g = pixel.truth(in, args.channel);
            if (args.hinge) {
                error = 1 - pixel.prediction(in, args.channel) * (2 * g - 1);
            } else {
                prepare(in, pixel);
                Probability own = probability(in, pixel, args.channel);
                error = g == 1 ? -own.complement : own.p - g;
            }
        }
        args.errors[place] = error;
        args.truth[place] = weight * g;
        args.other[place] = weight * (1 - g);
    }
}

// The derivative by the probability or, of the hinge, by the error of a channel; 0 where there is none.
SEG_DEVICE Real slopeOf(const SetArguments& args, const Pixel& pixel, i64 c, i64 place) {
    double factor = args.table[c];
    i64 row = (i64) args.table[classes(args.in) + c];
    return row < 0 || factor == 0 || pixel.weightOf(args.in, c) == 0
            ? 0
            : (Real) (factor * args.errors[row * args.rowStride + place]);
}

SEG_DEVICE void addSlope(const SetArguments& args, i64 n, i64 c, i64 s, Real slope) {
    const Tensor& out = args.gradient;
    i64 at = n * out.exampleStride + c * out.channelStride + s * out.pixelStride;
    addReal(out.address, (int) out.type, at, args.scale * slope);
}

// Adds to the gradient of one pixel, which is not void.
SEG_DEVICE void addSlopes(const SetArguments& args, Pixel& pixel, i64 n, i64 s) {
    const Inputs& in = args.in;
    i64 place = n * in.pixels + s;
    Real mean = 0;
    if (!args.hinge) {
        prepare(in, pixel);
        for (i64 c = 0; SEG_ACTIVATION == SEG_SOFTMAX && c < classes(in); c++) {
            mean += probability(in, pixel, c).p * slopeOf(args, pixel, c, place);
        }
    }
    for (i64 c = 0; c < classes(in); c++) {
        Real slope = slopeOf(args, pixel, c, args.hinge ? (n * classes(in) + c) * in.pixels + s : place);
        if (args.hinge) {
            slope *= 1 - 2 * pixel.truth(in, c);
        } else if (SEG_ACTIVATION == SEG_SOFTMAX) {
            slope = probability(in, pixel, c).p * (slope - mean);
        } else if (SEG_ACTIVATION == SEG_SIGMOID && slope != 0) {
            Probability own = probability(in, pixel, c);
            slope *= own.p * own.complement;
        }
        if (slope != 0) {
            addSlope(args, args.from + n, c, s, slope);
        }
    }
}

SEG_DEVICE void gradientOfSet(const SetArguments& args) {
    const Inputs& in = args.in;
    i64 all = args.count * in.pixels;
    i64 step = (i64) gridDim.x * blockDim.x;
    for (i64 k = (i64) blockIdx.x * blockDim.x + threadIdx.x; k < all; k += step) {
        i64 n = k / in.pixels;
        i64 s = k - n * in.pixels;
        Pixel pixel = {};
        pixel.load(in, args.from + n, s);
        if (!pixel.isVoid(in)) {
            addSlopes(args, pixel, n, s);
        }
    }
}

}  // namespace seg
