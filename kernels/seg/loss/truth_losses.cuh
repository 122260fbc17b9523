#pragma once
// Pixel losses of dense labels under a softmax: of each class a curve of its probability, times its weight and its
// truth. A group has predictions and truths in registers.
#include "seg/loss/slice_shares.cuh"
#include "seg/loss/softmax_shares.cuh"

#if SEG_HAS_SHARED_TRUTHS
namespace seg {

// Kinds of curves, each with a loop of its own: cross-entropy and focal loss whose gamma is 2, both exact or clipped as
// in Keras, focal loss of any gamma, clipped, reduced or neither, its modulating factor alone, a power of u, and 1 - u.
#define SEG_TRUTH_ENTROPY 0
#define SEG_TRUTH_SQUARE 1
#define SEG_TRUTH_CLIPPED_ENTROPY 2
#define SEG_TRUTH_CLIPPED_SQUARE 3
#define SEG_TRUTH_POWER 4
#define SEG_TRUTH_REDUCED 5
#define SEG_TRUTH_FACTOR 6
#define SEG_TRUTH_BOUNDED 7
#define SEG_TRUTH_LINEAR 8
// Those from the reduced one on take registers that kernels without them have for a second block.
#define SEG_HAS_FURTHER_TRUTHS (SEG_TERMS == SEG_ANY_TERMS)
// Of doubles, so many loops take more registers than there are.
#define SEG_HAS_TRUTH_SQUARES (SEG_ELEMENT != SEG_DOUBLE)

// The kind of a curve.
SEG_DEVICE int truthKind(const WideCurve& curve) {
    // Without its logarithm, focal loss with the exponent 1 is a line.
    bool isLinear = curve.shape == 1 && curve.offset == 0;
    switch (curve.kind) {
        case TermRow::BOUNDED_CURVE: return isLinear ? SEG_TRUTH_LINEAR : SEG_TRUTH_BOUNDED;
        case TermRow::FACTOR_CURVE: return isLinear ? SEG_TRUTH_LINEAR : SEG_TRUTH_FACTOR;
        case TermRow::LOG_CURVE:
            return curve.shape == 0                             ? SEG_TRUTH_CLIPPED_ENTROPY
                    : SEG_HAS_TRUTH_SQUARES && curve.shape == 2 ? SEG_TRUTH_CLIPPED_SQUARE
                                                                : SEG_TRUTH_POWER;
        default:
            return curve.shape == 0                             ? SEG_TRUTH_ENTROPY
                    : curve.offset != 0                         ? SEG_TRUTH_REDUCED
                    : SEG_HAS_TRUTH_SQUARES && curve.shape == 2 ? SEG_TRUTH_SQUARE
                                                                : SEG_TRUTH_POWER;
    }
}

// Writes the row of each term. All threads of the block must call it.
SEG_DEVICE void bringTruthRows(const Inputs& in, Real* rows) {
    for (int j = threadIdx.x; j < (int) in.pixelTerms * TruthRow::WIDTH; j += blockDim.x) {
        WideTerm term = wideTerm(in, j / TruthRow::WIDTH);
        WideCurve curve = term.positive();
        bool isClipped = curve.kind == TermRow::LOG_CURVE;
        int k = j % TruthRow::WIDTH;
        int c = k % TruthRow::SHIFT;
        Real number = 0;
        if (k < TruthRow::KIND) {
            Real seen = term.row[k < TruthRow::SHIFT ? TermRow::SCALE : TermRow::SHIFT];
            bool isGathered = c < SEG_CLASSES && term.multiplicity(SEG_CLASSES, c) != 0;
            number = isGathered ? curve.a * term.weight(c) * seen : 0;
            number = curve.kind == TermRow::BOUNDED_CURVE ? number / curve.shape : number;
        } else if (k == TruthRow::KIND) {
            number = truthKind(curve);
        } else if (k == TruthRow::GAMMA) {
            number = curve.shape;
        } else if (k == TruthRow::LEAST) {
            number = isClipped ? SEG_EPSILON : -1;
        } else if (k == TruthRow::THRESHOLD) {
            number = isClipped ? 0 : curve.offset;
        }
        rows[j] = number;
    }
    __syncthreads();
}

// 1 - e^x for x up to 0, where e^x is known.
SEG_DEVICE double lackOfExponential(double x, double) { return -exponentialMinusOne(x); }
SEG_DEVICE float lackOfExponential(float x, float power) {
    float r = fmaf(1.0f / 720, x, 1.0f / 120);
    r = fmaf(r, x, 1.0f / 24);
    r = fmaf(r, x, 1.0f / 6);
    r = fmaf(r, x, 0.5f);
    return x > -0.25f ? -fmaf(r * x, x, x) : 1 - power;
}

// The curve of a row, without its factor, at a probability: its value, and its slope by the logarithm.
template <int KIND>
SEG_DEVICE CurvePoint truthPoint(const Real* row, Side at) {
    constexpr bool CLIPPED = KIND >= SEG_TRUTH_CLIPPED_ENTROPY && KIND <= SEG_TRUTH_POWER;
    if (KIND == SEG_TRUTH_BOUNDED) {
        // The factor is already divided by q.
        Real q = row[TruthRow::GAMMA];
        Real log = q * at.log;
        Real power = exponentialFrom(0, log);
        return {lackOfExponential(log, power), -q * power};
    }
    if (KIND == SEG_TRUTH_LINEAR) {
        return {at.v, -at.u};
    }
    Real gamma = row[TruthRow::GAMMA];
    if (KIND == SEG_TRUTH_FACTOR) {
        // At v = 0, where an exponent below 1 has an infinite slope, the slope is 0; so it is below the normal
        // numbers, whose negative powers overflow.
        Real fall = at.v < SEG_LEAST_NORMAL ? 0 : widePower(at.v, gamma - 1);
        return {fall * at.v, -gamma * fall * at.u};
    }
    Real least = KIND == SEG_TRUTH_POWER ? row[TruthRow::LEAST] : SEG_EPSILON;
    bool low = CLIPPED && at.u < least;
    bool high = CLIPPED && at.v < least;
    if (CLIPPED) {
        at.u = low ? SEG_EPSILON : high ? 1 - SEG_EPSILON : at.u;
        at.v = low ? 1 - SEG_EPSILON : high ? SEG_EPSILON : at.v;
        // log(1e-7) and log(1 - 1e-7).
        at.log = low ? (Real) -16.118095650958320 : high ? (Real) -1.00000005000000333e-7 : at.log;
    }
    // F is v to the power of gamma; F' is -gamma F / v, and log u / v tends to -1 with v.
    Real factor = 1;
    Real rise = -1;
    if (KIND == SEG_TRUTH_SQUARE || KIND == SEG_TRUTH_CLIPPED_SQUARE) {
        factor = at.v * at.v;
        rise = fused(2 * at.u * at.v, at.log, -factor);
    } else if (KIND == SEG_TRUTH_POWER) {
        factor = power(at.v, gamma);
        rise = factor * (gamma * at.u * (at.v == 0 ? -1 : at.log / at.v) - 1);
    } else if (KIND == SEG_TRUTH_REDUCED) {
        // Below the threshold the factor is 1.
        Real threshold = row[TruthRow::THRESHOLD];
        bool isModulated = !(at.u < threshold);
        factor = isModulated ? widePower(wideQuotient(at.v, threshold), gamma) : 1;
        rise = isModulated ? factor * (gamma * at.u * (at.v < SEG_TINY ? -1 : wideQuotient(at.log, at.v)) - 1) : -1;
    }
    return {-factor * at.log, low || high ? 0 : rise};
}

// The same at the probability of class c.
template <int KIND, typename Shares>
SEG_DEVICE CurvePoint truthPoint(const Real* row, const Shares& shares, int c) {
    return truthPoint<KIND>(row, shares.side(c));
}

// Calls `take` for each class of a pixel, with what is asked of it: factor times truth, and shift.
template <typename Take>
SEG_DEVICE void eachAsked(const Real* row, const Real (&truths)[SEG_CLASSES], const Take& take) {
    constexpr int WIDE = 16 / (int) sizeof(Real);
#pragma unroll
    for (int c = 0; c < SEG_CLASSES; c += WIDE) {
        Pack<Real, WIDE> factor = readPack<Real, WIDE>(row + TruthRow::FACTOR + c);
        Pack<Real, WIDE> shift = readPack<Real, WIDE>(row + TruthRow::SHIFT + c);
#pragma unroll
        for (int k = 0; k < WIDE && c + k < SEG_CLASSES; k++) {
            take(c + k, fused(factor.of[k], truths[c + k], shift.of[k]));
        }
    }
}

// The loss of a pixel under the term of a row. Adds `scale` times its slopes by the logarithms of the probabilities.
template <int KIND, bool SLOPES, typename Shares>
SEG_DEVICE Real truthLossOf(const Real* row, const Shares& shares, const Real (&truths)[Shares::COUNT], Real scale,
                            Real (&slopes)[Shares::COUNT]) {
    // A branch for each class takes registers that there are not beside the sums of many classes.
    constexpr bool BRANCHES = KIND > SEG_TRUTH_POWER && KIND != SEG_TRUTH_LINEAR && (SLOPES || !Shares::IS_CROWDED);
    Real loss = 0;
    eachAsked(row, truths, [&](int c, Real asked) {
        if (BRANCHES) {
            // So much for each class that it is left out where it can be, and done for one after the other.
            if (asked != 0) {
                seldom();
                CurvePoint point = truthPoint<KIND>(row, shares, c);
                loss = fused(asked, point.value, loss);
                slopes[c] = SLOPES ? fused(scale * asked, point.slope, slopes[c]) : slopes[c];
            }
            return;
        }
        // An infinite logarithm or scale must not be felt where nothing is asked.
        CurvePoint point = truthPoint<KIND>(row, shares, c);
        loss = asked == 0 ? loss : fused(asked, point.value, loss);
        if (SLOPES) {
            slopes[c] = asked == 0 ? slopes[c] : fused(scale * asked, point.slope, slopes[c]);
        }
    });
    return loss;
}

// Calls `take.of` for the kind of a row.
template <typename Take>
SEG_DEVICE Real ofTruthKind(const Real* row, const Take& take) {
    switch ((int) row[TruthRow::KIND]) {
        case SEG_TRUTH_ENTROPY: return take.template of<SEG_TRUTH_ENTROPY>();
        case SEG_TRUTH_CLIPPED_ENTROPY: return take.template of<SEG_TRUTH_CLIPPED_ENTROPY>();
#if SEG_HAS_TRUTH_SQUARES
        case SEG_TRUTH_SQUARE: return take.template of<SEG_TRUTH_SQUARE>();
        case SEG_TRUTH_CLIPPED_SQUARE: return take.template of<SEG_TRUTH_CLIPPED_SQUARE>();
#endif
#if SEG_HAS_FURTHER_TRUTHS
        case SEG_TRUTH_FACTOR: return take.template of<SEG_TRUTH_FACTOR>();
        case SEG_TRUTH_BOUNDED: return take.template of<SEG_TRUTH_BOUNDED>();
        case SEG_TRUTH_LINEAR: return take.template of<SEG_TRUTH_LINEAR>();
        case SEG_TRUTH_REDUCED: return take.template of<SEG_TRUTH_REDUCED>();
#endif
        default: return take.template of<SEG_TRUTH_POWER>();
    }
}

// The same of whatever kind.
template <bool SLOPES, typename Shares>
struct TruthLoss {
    const Real* row;
    const Shares& shares;
    const Real (&truths)[Shares::COUNT];
    Real scale;
    Real (&slopes)[Shares::COUNT];

    template <int KIND>
    SEG_MEMBER Real of() const {
        return truthLossOf<KIND, SLOPES>(row, shares, truths, scale, slopes);
    }
};

template <bool SLOPES, typename Shares>
SEG_DEVICE Real truthLoss(const Real* row, const Shares& shares, const Real (&truths)[Shares::COUNT], Real scale,
                          Real (&slopes)[Shares::COUNT]) {
    return ofTruthKind(row, TruthLoss<SLOPES, Shares>{row, shares, truths, scale, slopes});
}

// Adds a product to a sum, unless the first factor is 0: an infinite second one must not be felt there.
SEG_DEVICE void addAsked(Real asked, Real number, Real& sum) {
#if SEG_IS_PREDICATED
    asm("{.reg .pred is;\nsetp.neu.f32 is, %1, 0f00000000;\n@is fma.rn.f32 %0, %1, %2, %0;}"
        : "+f"(sum)
        : "f"(asked), "f"(number));
#else
    sum = asked == 0 ? sum : fused(asked, number, sum);
#endif
}

// The exact cross-entropy of a pixel under the term of a row.
template <typename Shares>
SEG_DEVICE Real truthEntropy(const Real* row, const Shares& shares, const Real (&truths)[Shares::COUNT]) {
    Real sum = 0;
    eachAsked(row, truths, [&](int c, Real asked) { addAsked(asked, shares.logOf(c), sum); });
    return -sum;
}

}  // namespace seg
#endif
