#pragma once
// The errors of the pixels of sets, all rows of a pixel at a time, and the gradient that the slopes make.
#include "seg/rank/bins.cuh"
#include "seg/rank/pixels.cuh"

namespace seg {

// The row of the set in which a channel is ranked, or -1.
SEG_DEVICE i64 rowOf(const SetArguments& args, i64 c) { return args.hinge ? 0 : (i64) args.table[c]; }

// Where the error of a channel is.
SEG_DEVICE i64 placeOf(const SetArguments& args, i64 n, i64 c, i64 s, i64 row) {
    i64 set = n / args.together;
    i64 within = n - set * args.together;
    within = args.hinge ? within * classes(args.in) + c : within;
    return (set * args.rows + row) * args.places + within * args.in.pixels + s;
}

// The error of a channel with the sign of p - g. prepare must have been called, unless it is that of the hinge.
SEG_DEVICE Real errorOf(const SetArguments& args, const Pixel& pixel, i64 c, Real g) {
    if (args.hinge) {
        return 1 - pixel.prediction(args.in, c) * (2 * g - 1);
    }
    Probability own = probability(args.in, pixel, c);
    return g == 1 ? -own.complement : own.p - g;
}

// An error where each place has the mass 1: minus its magnitude for the true class, which 0 and NaN must show, too.
SEG_DEVICE Real signedError(const SetArguments& args, Real error, bool isTrue) {
    Real size = args.hinge && error <= 0 ? 0 : absolute(error);
    return isTrue ? -size : size;
}

// Writes errors and masses.
SEG_DEVICE void errorsOfSets(const SetArguments& args) {
    const Inputs& in = args.in;
    forEachPixel(in, args.from, args.count, [&](Pixel& pixel, i64 n, i64 s) {
        if (!args.hinge && !pixel.isVoid(in)) {
            prepare(in, pixel);
        }
        for (i64 c = 0; c < classes(in); c++) {
            i64 row = rowOf(args, c);
            if (row < 0) {
                continue;
            }
            Real weight = pixel.weightOf(in, c);
            Real g = weight == 0 ? 0 : pixel.truth(in, c);
            Real error = weight == 0 ? 0 : errorOf(args, pixel, c, g);
            i64 place = placeOf(args, n, c, s, row);
            if (args.truth == nullptr) {
                args.errors[place] = signedError(args, error, g == 1);
            } else {
                args.errors[place] = error;
                args.truth[place] = weight * g;
                args.other[place] = weight * (1 - g);
            }
        }
    });
}

// Counts errors in bins. All lanes of a warp go together, so that those of one bin are one atomic operation.
SEG_DEVICE void countErrorsOfSets(const SetArguments& args) {
    const Inputs& in = args.in;
    i64 all = args.count * in.pixels;
    i64 step = (i64) gridDim.x * blockDim.x;
    bool isOne = in.mask.address == nullptr;
    for (i64 first = (i64) blockIdx.x * blockDim.x + warp() * 32; first < all; first += step) {
        i64 k = first + lane();
        i64 n = k / in.pixels;
        Pixel pixel = {};
        if (k < all) {
            pixel.load(in, args.from + n, k - n * in.pixels);
            if (!pixel.isVoid(in)) {
                prepare(in, pixel);
            }
        }
        i64 set = n / args.together;
        for (i64 c = 0; c < classes(in); c++) {
            i64 row = rowOf(args, c);
            if (row < 0) {
                continue;
            }
            Real weight = k < all ? pixel.weightOf(in, c) : 0;
            Real g = weight == 0 ? 0 : pixel.truth(in, c);
            Real error = weight == 0 ? 0 : errorOf(args, pixel, c, g);
            countError(args.counts + (set * args.rows + row) * BIN_COUNTS, error, weight, g == 1, set, isOne);
        }
    }
}

// The derivative by the probability or, of the hinge, by the error of a channel; 0 where there is none.
SEG_DEVICE Real slopeOf(const SetArguments& args, const Pixel& pixel, i64 n, i64 c, i64 s) {
    i64 row = rowOf(args, c);
    i64 set = n / args.together;
    double factor = args.table[classes(args.in) * (1 + set) + c];
    Real weight = pixel.weightOf(args.in, c);
    if (row < 0 || factor == 0 || weight == 0) {
        return 0;
    }
    if (args.slopes == nullptr) {
        return (Real) (factor * args.errors[placeOf(args, n, c, s, row)]);
    }
    Real g = pixel.truth(args.in, c);
    double slope =
            slopeOfBin(args.slopes + (set * args.rows + row) * 2 * ERROR_BINS, errorOf(args, pixel, c, g), g == 1);
    return (Real) (factor * weight * slope);
}

SEG_DEVICE void gradientOfSets(const SetArguments& args) {
    const Inputs& in = args.in;
    forEachPixel(in, args.from, args.count, [&](Pixel& pixel, i64 n, i64 s) {
        if (pixel.isVoid(in)) {
            return;
        }
        if (args.hinge) {
            for (i64 c = 0; c < classes(in); c++) {
                Real slope = slopeOf(args, pixel, n, c, s) * (1 - 2 * pixel.truth(in, c));
                if (slope != 0) {
                    addToGradient(args.gradient, args.from + n, c, s, (Real) (args.scale * slope));
                }
            }
            return;
        }
        prepare(in, pixel);
        addThroughActivation(in, args.gradient, args.scale, pixel, args.from + n, s,
                             [&](i64 c) { return slopeOf(args, pixel, n, c, s); });
    });
}

}  // namespace seg
