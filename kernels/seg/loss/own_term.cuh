#pragma once
// Pixel losses that depend on nothing but the probability of the true class, which is in a register already.
#include "seg/loss/wide_term.cuh"
#include "seg/pixel/exponential.cuh"

namespace seg {

// What such a loss is made of: Keras' clipped curves or, beyond plain losses, exact ones.
#if SEG_IS_WIDE
typedef WideTerm OwnTerm;
typedef WideCurve OwnCurve;
typedef Side OwnShare;

SEG_DEVICE OwnTerm ownTerm(const Inputs& in, i64 t) { return wideTerm(in, t); }
// Where u is 0, the logarithm is finite, in double, too, so that a slope that has it times u is 0.
SEG_DEVICE OwnShare ownShare(Real u, Real v) {
    Real least = SEG_ELEMENT == SEG_DOUBLE && u < SEG_LEAST_NORMAL ? SEG_LEAST_NORMAL : u;
    return {u, v, logarithmBeside1(least, v)};
}
template <bool BY_LOG>
SEG_DEVICE CurvePoint ownPoint(const OwnCurve& curve, const OwnShare& at) {
    return widePoint<BY_LOG>(curve, at);
}

// Families of curves. The terms of each have a loop of their own, as compilers compute ahead of a loop whatever it may
// need for some term.
#define SEG_ENTROPIES 1
#define SEG_SQUARED_FOCALS 2  // focal losses that are not reduced and have the exponent 2
#define SEG_FOCALS 4  // or another exponent, which is that of the first of them
#define SEG_OTHER_FOCALS 8
#define SEG_OTHER_CURVES 16

// The exponent of the first focal loss that is not reduced, or 2.
SEG_DEVICE Real exponentOfFocals(const Inputs& in) {
    Real exponent = 2;
#pragma unroll 1
    for (i64 t = in.pixelTerms - 1; t >= 0; t--) {
        OwnCurve curve = ownTerm(in, t).positive();
        bool is = curve.kind == TermRow::FOCAL_CURVE && curve.shape != 0 && curve.offset == 0;
        exponent = is ? curve.shape : exponent;
    }
    return exponent;
}

SEG_DEVICE int familyOf(const OwnCurve& curve, Real exponent) {
    return curve.kind != TermRow::FOCAL_CURVE              ? SEG_OTHER_CURVES
            : curve.shape == 0                             ? SEG_ENTROPIES
            : curve.shape == exponent && curve.offset == 0 ? (exponent == 2 ? SEG_SQUARED_FOCALS : SEG_FOCALS)
                                                           : SEG_OTHER_FOCALS;
}

// Which families a loss has.
struct Families {
    int all;
    Real exponent;  // of focal losses that have the same

    SEG_MEMBER void find(const Inputs& in) {
        exponent = exponentOfFocals(in);
        int found = 0;
#pragma unroll 1
        for (i64 t = 0; t < in.pixelTerms; t++) {
            found |= familyOf(ownTerm(in, t).positive(), exponent);
        }
        all = kept(found);
    }
    SEG_MEMBER bool has(int family) const { return (all & family) != 0; }
    // Whether there are curves whose slopes take a loop through the terms.
    SEG_MEMBER bool hasOthers() const { return all >= SEG_OTHER_FOCALS; }
    SEG_MEMBER bool areEntropies() const { return all <= SEG_ENTROPIES; }
    SEG_MEMBER bool areSquares() const { return all <= SEG_ENTROPIES + SEG_SQUARED_FOCALS; }

    // The slope by log u of focal losses that have the same exponent, without their factor.
    SEG_MEMBER Real slopeOfFocals(const OwnShare& at) const {
        return has(SEG_FOCALS) ? focalPoint<true>({TermRow::FOCAL_CURVE, 1, exponent, 0}, at).slope
                               : slopeOfSquares(at);
    }
    static SEG_MEMBER Real slopeOfSquares(const OwnShare& at) { return at.v * fused(2 * at.u, at.log, -at.v); }
};

// The same as ownPoint for a curve of one of the families.
template <int FAMILY, bool BY_LOG>
SEG_DEVICE CurvePoint pointOfFamily(const OwnCurve& curve, const OwnShare& at) {
    return FAMILY == SEG_OTHER_FOCALS ? focalPoint<BY_LOG>(curve, at) : widePoint<BY_LOG>(curve, at);
}

#if SEG_EXTENT == SEG_EXACT
// Adds the losses of pixels by one family of curves to the sums of the terms, which are 32 apart.
template <int FAMILY, int W>
SEG_DEVICE void addFamily(const Inputs& in, const Families& families, const Real (&weight)[W], const int (&label)[W],
                          const OwnShare (&at)[W], Real* terms) {
#pragma unroll 1
    for (int t = 0; t < (int) in.pixelTerms; t++) {
        OwnTerm term = ownTerm(in, t);
        OwnCurve curve = term.positive();
        if (families.all != FAMILY && familyOf(curve, families.exponent) != FAMILY) {
            continue;
        }
        Real loss = 0;
#pragma unroll
        for (int v = 0; v < W; v++) {
            int y = label[v];
            Real own = y < SEG_CLASSES ? term.weight(y) : 0;
            // What weighs nothing is not asked, not even where the loss is infinite.
            if (own != 0) {
                Real value = FAMILY == SEG_ENTROPIES   ? -curve.a * at[v].log
                        : FAMILY == SEG_SQUARED_FOCALS ? -curve.a * (at[v].v * at[v].v * at[v].log)
                        : FAMILY == SEG_FOCALS         ? -curve.a * (widePower(at[v].v, families.exponent) * at[v].log)
                                                       : pointOfFamily<FAMILY, true>(curve, at[v]).value;
                loss += weight[v] * own * value;
            }
        }
        terms[32 * t] += loss;
    }
}

// The same of all families that there are.
template <int W>
SEG_DEVICE void addOwnLosses(const Inputs& in, const Families& families, const Real (&weight)[W], const int (&label)[W],
                             const OwnShare (&at)[W], Real* terms) {
    if (families.has(SEG_ENTROPIES)) {
        addFamily<SEG_ENTROPIES, W>(in, families, weight, label, at, terms);
    }
    if (families.has(SEG_SQUARED_FOCALS)) {
        addFamily<SEG_SQUARED_FOCALS, W>(in, families, weight, label, at, terms);
    }
    if (families.areSquares()) {
        return;
    }
    if (families.has(SEG_FOCALS)) {
        addFamily<SEG_FOCALS, W>(in, families, weight, label, at, terms);
    }
    if (families.has(SEG_OTHER_FOCALS)) {
        addFamily<SEG_OTHER_FOCALS, W>(in, families, weight, label, at, terms);
    }
    if (families.has(SEG_OTHER_CURVES)) {
        addFamily<SEG_OTHER_CURVES, W>(in, families, weight, label, at, terms);
    }
}
#endif

// The logarithm of the probability of class y under a softmax, from the predictions of pixel s of example n.
SEG_DEVICE Real logarithmOfTiny(const Inputs& in, i64 n, i64 s, const Real* row, int y) {
    Pixel pixel = {};
    pixel.row = row;
    pixel.locate(in, n, s);
    Real max = pixel.prediction(in, 0);
#pragma unroll 1
    for (i64 c = 1; c < classes(in); c++) {
        max = larger(max, pixel.prediction(in, c));
    }
    Real sum = 0;
#pragma unroll 1
    for (i64 c = 0; c < classes(in); c++) {
        sum += exponential(pixel.prediction(in, c) - max);
    }
    return pixel.prediction(in, y) - max - logarithm(sum);
}
#else
typedef PixelTerm OwnTerm;
typedef Curve OwnCurve;
typedef ClippedProbability OwnShare;

SEG_DEVICE OwnTerm ownTerm(const Inputs& in, i64 t) { return pixelTerm(in, t); }
SEG_DEVICE OwnShare ownShare(Real u, Real v) { return clipped(u, v); }
template <bool BY_LOG>
SEG_DEVICE CurvePoint ownPoint(const OwnCurve& curve, const OwnShare& at) {
    return curvePoint<BY_LOG>(curve, at);
}
#endif

#if SEG_CLASSES > 0
// The probability of true class y. The probabilities of all classes are p times factor, as `exponentials` leaves them.
SEG_DEVICE Probability ownProbability(const Inputs& in, const Pixel& pixel, const Real (&p)[SEG_CLASSES], Real factor,
                                      int y) {
    if (SEG_ACTIVATION == SEG_SIGMOID) {
        return probability(in, pixel, y);
    }
    Real own = pick<0, SEG_CLASSES>(p, y) * factor;
    return {own, SEG_ACTIVATION == SEG_SOFTMAX && y == pixel.top ? pixel.topComplement : 1 - own};
}
#endif

// The same as pixelLoss, for a term that depends on nothing but the probability of true class y.
SEG_DEVICE Real ownLoss(const Inputs& in, const Pixel& pixel, const PixelTerm& term, int y, const Probability& u) {
    return term.multiplicity(classes(in), y) == 0
            ? 0
            : pixel.weight * term.weight(y) * curveValue(term.positive(), u.p, u.complement);
}

// Adds the float sums of the pixel terms over the lanes of a warp to its double sums, and sets them to 0. The sums of
// one lane are 32 apart.
SEG_DEVICE void flushTerms(const Inputs& in, Real* terms, double* sums) {
    for (i64 t = 0; SEG_TERMS != SEG_NO_TERMS && t < in.pixelTerms; t++) {
        Real sum = warpSum(terms[32 * t]);
        terms[32 * t] = 0;
        if (lane() == 0) {
            sums[t] += sum;
        }
    }
}

}  // namespace seg
