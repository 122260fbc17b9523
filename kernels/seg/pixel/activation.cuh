#pragma once
// Makes probabilities of predictions without overflow, each with its complement 1 - p as exact as p itself.
#include "seg/base/quick_math.cuh"
#include "seg/pixel/group.cuh"

namespace seg {

struct Probability {
    Real p;
    Real complement;
};

// A sigmoid and its complement, without saying which is which.
struct SigmoidParts {
    Real smaller;
    Real larger;
};

SEG_DEVICE SigmoidParts sigmoidParts(Real z) {
    Real e = exponentialOfMinus(absolute(z));
    Real larger = reciprocal(1 + e);
    return {e * larger, larger};
}

SEG_DEVICE Probability sigmoid(Real z) {
    SigmoidParts parts = sigmoidParts(z);
    return z < 0 ? Probability{parts.smaller, parts.larger} : Probability{parts.larger, parts.smaller};
}

// A sigmoid where nobody asks for its complement. Both of its ends are exact: where the exponential is 0, it is 1, and
// where that is infinite, 0.
SEG_DEVICE Real sigmoidAlone(Real z) { return reciprocal(1 + exponentialOfMinus(z)); }

// The probability of one channel, read from memory. For a softmax, prepare or activate must have been called before.
SEG_DEVICE Probability probability(const Inputs& in, const Pixel& pixel, i64 c) {
    Real z = pixel.prediction(in, c);
    if (SEG_ACTIVATION == SEG_SIGMOID) {
        return sigmoid(z);
    }
    if (SEG_ACTIVATION == SEG_IDENTITY) {
        return {z, 1 - z};
    }
    Real p = exponentialOfLogit(z - pixel.max) * pixel.inverse;
    return {p, c == pixel.top ? pixel.topComplement : 1 - p};
}

// Finishes a softmax from the exponential of the largest channel and the sum of the others. If one channel has nearly
// all of the probability, 1 - p loses its digits by cancellation; the sum of the others does not.
SEG_DEVICE void finish(Pixel& pixel, Real own, Real others) {
    pixel.inverse = 1 / (own + others);
    pixel.topComplement = others * pixel.inverse;
}

// The least finite logit. The difference of -infinity from it is -infinity, but from -infinity it would be NaN.
#define SEG_LEAST_LOGIT ((Real) (SEG_ELEMENT == SEG_DOUBLE ? -1.7976931348623157e308 : -3.4028234663852886e38))

#if SEG_EXTENT == SEG_GENERAL
// Prepares a softmax: reads the channels twice, for the two largest and for the sum of exponentials.
SEG_DEVICE void prepare(const Inputs& in, Pixel& pixel) {
    if (SEG_ACTIVATION != SEG_SOFTMAX) {
        return;
    }
    pixel.max = pixel.prediction(in, 0);
    pixel.top = 0;
    pixel.second = pixel.max;
    for (i64 c = 1; c < classes(in); c++) {
        Real z = pixel.prediction(in, c);
        if (z > pixel.max) {
            pixel.second = pixel.max;
            pixel.max = z;
            pixel.top = (int) c;
        } else if (c == 1 || z > pixel.second) {
            pixel.second = z;
        }
    }
    // Where all other channels are -infinity, their sum is 0.
    pixel.second = pixel.second < SEG_LEAST_LOGIT ? SEG_LEAST_LOGIT : pixel.second;
    pixel.otherTotal = 0;
    for (i64 c = 0; c < classes(in); c++) {
        pixel.otherTotal += c == pixel.top ? 0 : exponentialOfLogit(pixel.prediction(in, c) - pixel.second);
    }
    Real others = pixel.otherTotal * exponentialOfLogit(pixel.second - pixel.max);
    // NaN where the largest prediction is infinite, as the probabilities are.
    pixel.logTotal = logarithmOfOnePlus(others) + (pixel.max - pixel.max);
    finish(pixel, exponentialOfLogit(pixel.max - pixel.max), others);
}
#else
// Prepares a softmax: reads the channels twice, for the maximum and for the sum of exponentials.
SEG_DEVICE void prepare(const Inputs& in, Pixel& pixel) {
    if (SEG_ACTIVATION != SEG_SOFTMAX) {
        return;
    }
    pixel.max = pixel.prediction(in, 0);
    pixel.top = 0;
    for (i64 c = 1; c < classes(in); c++) {
        Real z = pixel.prediction(in, c);
        if (z > pixel.max) {
            pixel.max = z;
            pixel.top = (int) c;
        }
    }
    Real others = 0;
    for (i64 c = 0; c < classes(in); c++) {
        others += c == pixel.top ? 0 : exponentialOfLogit(pixel.prediction(in, c) - pixel.max);
    }
    finish(pixel, exponentialOfLogit(pixel.max - pixel.max), others);
}
#endif

#if SEG_CLASSES > 0
// Turns the predictions of all channels, in registers, into numbers that become probabilities when multiplied by the
// factor that it returns. TOP says whether the caller needs the largest channel and its complement.
template <bool TOP>
SEG_DEVICE Real exponentials(Pixel& pixel, Real (&p)[SEG_CLASSES]) {
    if (SEG_ACTIVATION == SEG_SIGMOID) {
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            p[c] = sigmoid(p[c]).p;
        }
    }
    if (SEG_ACTIVATION != SEG_SOFTMAX) {
        return 1;
    }
    pixel.max = p[0];
    pixel.top = TOP ? 0 : -1;
#pragma unroll
    for (int c = 1; c < SEG_CLASSES; c++) {
        if (TOP) {
            pixel.top = p[c] > pixel.max ? c : pixel.top;
            pixel.max = p[c] > pixel.max ? p[c] : pixel.max;
        } else {
            pixel.max = larger(pixel.max, p[c]);
        }
    }
    Real others = 0;
#pragma unroll
    for (int c = 0; c < SEG_CLASSES; c++) {
        p[c] = exponentialOfLogit(p[c] - pixel.max);
        others += c == pixel.top ? 0 : p[c];
    }
    // The largest channel's exponential is 1, or NaN.
    finish(pixel, TOP ? exponentialOfLogit(pixel.max - pixel.max) : 0, others);
    return pixel.inverse;
}

// Turns the predictions of all channels, in registers, into probabilities.
SEG_DEVICE void activate(Pixel& pixel, Real (&p)[SEG_CLASSES]) {
    Real factor = exponentials<true>(pixel, p);
#pragma unroll
    for (int c = 0; c < SEG_CLASSES && SEG_ACTIVATION == SEG_SOFTMAX; c++) {
        p[c] *= factor;
    }
}

// Element y of an array in registers. Each bit of y selects one half of the remaining elements.
template <int FROM, int COUNT, int ALL>
SEG_DEVICE Real pick(const Real (&p)[ALL], int y) {
    if constexpr (COUNT == 1) {
        return p[FROM];
    } else {
        constexpr int HALF = COUNT > 16 ? 16 : COUNT > 8 ? 8 : COUNT > 4 ? 4 : COUNT > 2 ? 2 : 1;
        Real low = pick<FROM, HALF>(p, y);
        Real high = pick<FROM + HALF, COUNT - HALF>(p, y);
        return (y & HALF) != 0 ? high : low;
    }
}
#endif

// A probability as a metric sees it: whether it, in the predictions' type, is above the threshold, if there is one. NaN
// stays what it is.
SEG_DEVICE Real harden(const ForwardArguments& args, Real p) {
    if (!args.hasThreshold) {
        return p;
    }
    p = rounded(p);
    return p > args.threshold ? 1 : p <= args.threshold ? 0 : p;
}

#if SEG_CLASSES > 0
// The same for all channels, whose probabilities are p times factor. Returns the factor that p then has.
SEG_DEVICE Real hardenAll(const ForwardArguments& args, Real (&p)[SEG_CLASSES], Real factor) {
    if (!args.hasThreshold) {
        return factor;
    }
#pragma unroll
    for (int c = 0; c < SEG_CLASSES; c++) {
        p[c] = harden(args, p[c] * factor);
    }
    return 1;
}
#endif

// log p up to a constant that is the same for all channels. Only with an activation.
SEG_DEVICE Real logProbability(const Inputs& in, const Pixel& pixel, i64 c) {
    Real z = pixel.prediction(in, c);
    return SEG_ACTIVATION == SEG_SOFTMAX ? z : smaller(z, (Real) 0) - logarithmOfOnePlus(exponential(-absolute(z)));
}

}  // namespace seg
