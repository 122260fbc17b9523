#pragma once
// The errors of the pixels of sets, all rows of a pixel at a time, and the gradient that the slopes make.
#include "seg/rank/bins.cuh"
#include "seg/rank/pixels.cuh"

namespace seg {

// A pixel of a set: where its errors are.
struct SetPixel {
    const SetArguments& args;
    i64 set;
    i64 start;  // place of its first channel in the first row of the set

    SEG_MEMBER SetPixel(const SetArguments& arguments, i64 n, i64 s) : args(arguments) {
        set = args.together == args.count ? 0 : n / args.together;
        i64 within = n - set * args.together;
        i64 channels = args.hinge ? classes(args.in) : 1;
        start = set * args.rows * args.places + within * channels * args.in.pixels + s;
    }

    // The row of the set in which a channel is ranked, or -1.
    SEG_MEMBER int row(int c) const { return args.hinge ? 0 : (int) args.table[c]; }

    SEG_MEMBER i64 place(int c, int row) const { return start + (args.hinge ? c * args.in.pixels : row * args.places); }

    SEG_MEMBER i64 rowOfAll(int row) const { return set * args.rows + row; }
};

// The error of a channel with the sign of p - g.
SEG_DEVICE Real errorOf(const SetArguments& args, const Channels& channels, int c, Real g) {
    if (args.hinge) {
        return 1 - channels.prediction(c) * (2 * g - 1);
    }
    Probability own = channels.probability(c);
    return g == 1 ? -own.complement : own.p - g;
}

// An error where each place has the mass 1: minus its magnitude for the true class, which 0 and NaN must show, too.
SEG_DEVICE Real signedError(const SetArguments& args, Real error, bool isTrue) {
    Real size = args.hinge && error <= 0 ? 0 : absolute(error);
    return isTrue ? -size : size;
}

// Calls `take` for each class that is ranked, with the place of its set, its weight, truth and error. Outputs without a
// weight, and all if the pixel does not count, have the error 0.
template <typename Take>
SEG_DEVICE void forEachError(const SetArguments& args, Channels& channels, const SetPixel& at, bool isCounted,
                             const Take& take) {
    if (!channels.isVoid()) {
        channels.read();
    }
    SEG_UNROLLED
    for (int c = 0; c < channels.count(); c++) {
        int row = at.row(c);
        if (row < 0) {
            continue;
        }
        Real weight = isCounted ? channels.weight(c) : 0;
        Real g = weight == 0 ? 0 : channels.truth(c);
        take(c, row, weight, g, weight == 0 ? 0 : errorOf(args, channels, c, g));
    }
}

// Writes errors and masses.
SEG_DEVICE void errorsOfSets(const SetArguments& args) {
    forEachPixel(args.in, args.from, args.count, [&](Channels& channels, i64 n, i64 s) {
        SetPixel at(args, n, s);
        forEachError(args, channels, at, true, [&](int c, int row, Real weight, Real g, Real error) {
            i64 place = at.place(c, row);
            if (args.truth == nullptr) {
                args.errors[place] = signedError(args, error, g == 1);
            } else {
                args.errors[place] = error;
                args.truth[place] = weight * g;
                args.other[place] = weight * (1 - g);
            }
        });
    });
}

// Counts errors in bins. All lanes of a warp go together, so that those of one bin are one atomic operation.
SEG_DEVICE void countErrorsOfSets(const SetArguments& args) {
    const Inputs& in = args.in;
    i64 all = args.count * in.pixels;
    i64 step = (i64) gridDim.x * blockDim.x;
    bool isOne = in.mask.address == nullptr;
    for (i64 first = (i64) blockIdx.x * blockDim.x + warp() * 32; first < all; first += step) {
        bool is = first + lane() < all;
        i64 k = is ? first + lane() : first;
        i64 n = k / in.pixels;
        Channels channels(in, args.from + n, k - n * in.pixels);
        SetPixel at(args, n, k - n * in.pixels);
        forEachError(args, channels, at, is, [&](int, int row, Real weight, Real g, Real error) {
            countError(args.counts + at.rowOfAll(row) * BIN_COUNTS, error, weight, g == 1, at.set, isOne);
        });
    }
}

// The derivative by the probability or, of the hinge, by the error of a channel; 0 where there is none.
SEG_DEVICE Real slopeOf(const SetArguments& args, const Channels& channels, const SetPixel& at, int c) {
    int row = at.row(c);
    Real factor = (Real) args.table[classes(args.in) * (1 + at.set) + c];
    Real weight = channels.weight(c);
    if (row < 0 || factor == 0 || weight == 0) {
        return 0;
    }
    if (args.slopes == nullptr) {
        return factor * args.errors[at.place(c, row)];
    }
    Real g = channels.truth(c);
    const double* slopes = args.slopes + at.rowOfAll(row) * 2 * ERROR_BINS;
    return factor * weight * (Real) slopeOfBin(slopes, errorOf(args, channels, c, g), g == 1);
}

SEG_DEVICE void gradientOfSets(const SetArguments& args) {
    forEachPixel(args.in, args.from, args.count, [&](Channels& channels, i64 n, i64 s) {
        if (channels.isVoid()) {
            return;
        }
        SetPixel at(args, n, s);
        PixelGradient gradient(args.gradient, args.from + n, s);
        if (args.hinge) {
            SEG_UNROLLED
            for (int c = 0; c < channels.count(); c++) {
                Real slope = slopeOf(args, channels, at, c) * (1 - 2 * channels.truth(c));
                if (slope != 0) {
                    gradient.add(c, (Real) args.scale * slope);
                }
            }
            return;
        }
        channels.read();
        gradient.addThroughActivation(channels, args.scale, [&](int c) { return slopeOf(args, channels, at, c); });
    });
}

}  // namespace seg
