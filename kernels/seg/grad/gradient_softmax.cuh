#pragma once
// The gradient of a pixel under a softmax with index labels, for losses that depend on the sums and on the probability
// of the true class. With p the probabilities and d = dL/dp, it is dL/dz_c = p_c (d_c - mean), where the mean is that
// of d, weighted by p. Here d_c is the same number b_c for all pixels, except that of the label's class. That class is
// held apart: its own slope is p (d (1 - p) - rest), with 1 - p and the rest of the mean summed over the other classes,
// so no digits are lost where it has nearly all of the probability.
#include "seg/count/hard_counts.cuh"
#include "seg/grad/slopes.cuh"
#include "seg/loss/own_term.cuh"
#include "seg/pixel/indexed_group.cuh"

// Where another class than the label's has at least this share of the probability, it is held apart, too.
#define SEG_WRONG_SHARE ((Real) 0.99)

#if SEG_CLASSES > 0 && SEG_EXTENT == SEG_EXACT
namespace seg {

// The slope of pixel losses of class y by log u, where u is the probability of that class, of one family of curves.
template <int FAMILY>
SEG_DEVICE Real slopeOfFamily(const Slopes& slopes, int y, const OwnShare& at) {
    const Inputs& in = slopes.args.in;
    Real slope = 0;
#pragma unroll 1
    for (int t = 0; t < (int) in.pixelTerms; t++) {
        OwnTerm term = ownTerm(in, t);
        OwnCurve curve = term.positive();
        Real factor =
                familyOf(curve, slopes.table.families.exponent) == FAMILY ? slopes.table.factor(t) * term.weight(y) : 0;
        slope += factor == 0 ? 0 : factor * pointOfFamily<FAMILY, true>(curve, at).slope;
    }
    return slope;
}

// The same of focal losses that have the same exponent, whose factors are those of all pixels of a class.
SEG_DEVICE Real slopeOfFocals(const Slopes& slopes, int y, const OwnShare& at) {
    return slopes.table.focals(y) * slopes.table.families.slopeOfFocals(at);
}

// The same of the curves that have no factor for all pixels of a class.
SEG_DEVICE Real slopeOfOthers(const Slopes& slopes, int y, const OwnShare& at) {
    Real slope = 0;
    if (y < SEG_CLASSES) {
        if (slopes.table.families.has(SEG_OTHER_FOCALS)) {
            slope += slopeOfFamily<SEG_OTHER_FOCALS>(slopes, y, at);
        }
        if (slopes.table.families.has(SEG_OTHER_CURVES)) {
            slope += slopeOfFamily<SEG_OTHER_CURVES>(slopes, y, at);
        }
    }
    return slope;
}

// The same of all curves but cross-entropies, whose slope is that of all pixels of a class.
SEG_DEVICE Real slopeByLogAt(const Slopes& slopes, int y, const OwnShare& at) {
    // Where nothing is asked, an infinite logarithm is not felt.
    Real slope = slopes.table.focals(y) == 0 ? 0 : slopeOfFocals(slopes, y, at);
    return slope + (slopes.table.families.hasOthers() ? slopeOfOthers(slopes, y, at) : 0);
}

SEG_DEVICE Real slopeByLog(const Slopes& slopes, int y, const Probability& u) {
    return y < SEG_CLASSES ? slopeByLogAt(slopes, y, ownShare(u.p, u.complement)) : 0;
}

}  // namespace seg
#endif

#if SEG_IS_INDEXED_SOFTMAX
namespace seg {

#if SEG_EXTENT != SEG_EXACT
// The slope of pixel losses of class y by log u, where u is the probability of that class.
SEG_DEVICE Real slopeByLog(const Slopes& slopes, int y, const Probability& u) {
    const Inputs& in = slopes.args.in;
    Real slope = 0;
    OwnShare at = ownShare(u.p, u.complement);
#pragma unroll 1
    for (int t = 0; t < (int) in.pixelTerms && y < SEG_CLASSES; t++) {
        OwnTerm term = ownTerm(in, t);
        Real factor = slopes.table.factor(t) * term.weight(y);
        slope += factor == 0 ? 0 : factor * ownPoint<true>(term.positive(), at).slope;
    }
    return slope;
}
#endif

// Turns the exponentials of a pixel into dL/dz. That of label's class y is returned, and its place among the others
// holds no useful number. `own` is the exponential of class y; for few classes it is 0 and found here.
SEG_DEVICE Real softmaxGradient(const Slopes& slopes, Real (&b)[SEG_CLASSES], Real weight, int y, Real own,
                                Real (&e)[SEG_CLASSES]) {
    Real others = 0;
    Real rest = 0;
    addOthers<0>(e, b, y, others, rest, own);
    Real sum = others + own;
    Real inverse = reciprocal(sum);
    Real p = own * inverse;
    Real complement = others * inverse;
    rest *= inverse;
    Real ofLabel = p * slopes.table.ofLabel(y);
#if SEG_EXTENT == SEG_EXACT && SEG_TERMS != SEG_NO_TERMS
    ofLabel += slopes.table.entropies[y];
#if SEG_HAS_SMOOTHED_LABELS
    rest += slopes.table.smoothingOfOthers(y);
#endif
    if (!slopes.table.families.areEntropies()) {
        OwnShare at = ownShare(p, complement);
        if (slopes.table.families.areSquares()) {
            ofLabel += slopes.table.focals(y) * Families::slopeOfSquares(at);
        } else {
            ofLabel += slopeOfFocals(slopes, y, at);
            if (slopes.table.families.hasOthers()) {
                ofLabel += slopeOfOthers(slopes, y, at);
                // The slopes of all classes are read again, so that they take no registers meanwhile.
                forgetMemory();
#if SEG_PAIRS
                slopes.table.readB(b, y);
#else
                slopes.table.readB(b);
#endif
            }
        }
    }
#else
    if (SEG_TERMS == SEG_OWN_TERMS) {
        ofLabel += slopeByLog(slopes, y, {p, complement});
        forgetMemory();
        slopes.table.readB(b);
    }
#endif
    Real factor = inverse * weight;
    Real mean = factor * (ofLabel + rest);
    // All exponentials are relative to the largest one, which is nearly 1.
    if (sum < 1 / SEG_WRONG_SHARE && own < (Real) 0.5) {
        seldom();
        int top = SEG_CLASSES;
        Real bTop = 0;
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            top = e[c] > (Real) 0.5 ? c : top;
            bTop = e[c] > (Real) 0.5 ? b[c] : bTop;
        }
        Real beside = 0;
        Real slope = 0;
        Real found = 0;
        addOthers<0>(e, b, top, beside, slope, found);
        slope = slope * inverse + ofLabel - (y < SEG_CLASSES ? p * slopes.table.bOfLabel(y) : 0);
#if SEG_HAS_SMOOTHED_LABELS
        slope += slopes.table.smoothingOfOthers(y);
#endif
        Real ofTop = (sum - beside) * factor * (beside * inverse * bTop - slope);
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            e[c] = c == top ? ofTop : e[c] * fused(factor, b[c], -mean);
        }
    } else {
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            e[c] *= fused(factor, b[c], -mean);
        }
    }
#if SEG_HAS_SMOOTHED_LABELS
    slopes.table.addSmoothing(weight, e);
#endif
    return weight * fused(complement, ofLabel, -(p * rest));
}

#if SEG_HAS_OWN_SLOPES
// The coefficients that every pixel needs, in registers for few classes, or read from shared memory.
struct OwnSlopes {
    enum { PACKED = 16 / (int) sizeof(Real) };
#if SEG_CLASSES <= SEG_CHOSEN
#if !SEG_PAIRS
    Real b[SEG_CLASSES];
#endif
    Pack<Real, PACKED> s[(SEG_CLASSES + PACKED - 1) / PACKED];
#endif

    SEG_MEMBER OwnSlopes(const Coefficients& table) {
#if SEG_CLASSES <= SEG_CHOSEN
#if !SEG_PAIRS
        table.readB(b, 0);
#endif
#pragma unroll
        for (int c = 0; SEG_SQUARES && c < SEG_CLASSES; c += PACKED) {
            s[c / PACKED] = readPack<Real, PACKED>(table.shared + SharedCoefficients::SQUARES + c);
        }
#endif
    }

    // b for a pixel of class y.
    SEG_MEMBER void readB(const Coefficients& table, int y, Real (&all)[SEG_CLASSES]) const {
#if SEG_CLASSES <= SEG_CHOSEN && !SEG_PAIRS
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            all[c] = b[c];
        }
#else
        table.readB(all, y);
#endif
    }

    // What dL/dp has times p, of classes c, c + 1, and so on, where c is a multiple of their number.
    SEG_MEMBER Pack<Real, PACKED> squares(const Coefficients& table, int c) const {
#if SEG_CLASSES <= SEG_CHOSEN
        return s[c / PACKED];
#else
        return readPack<Real, PACKED>(table.shared + SharedCoefficients::SQUARES + c);
#endif
    }
};
#endif

#if SEG_SQUARES
// The same where the slope by p depends on p. The number of class y among the others becomes 0, and those become
// probabilities, once their sum is known.
SEG_DEVICE Real squaresGradient(const Slopes& slopes, const OwnSlopes& held, Real weight, int y, Real own,
                                Real (&e)[SEG_CLASSES]) {
    Real others = 0;
    takeApart<0>(e, y, others, own);
    Real sum = others + own;
    Real inverse = reciprocal(sum);
    Real p = own * inverse;
    Real complement = others * inverse;
    Real ofLabel = p * (slopes.table.ofLabel(y) + slopes.table.ofSquare(y) * p);
    if (SEG_TERMS == SEG_OWN_TERMS) {
        ofLabel += slopes.table.entropies[y];
        if (!slopes.table.families.areEntropies()) {
            ofLabel += slopeByLog(slopes, y, {p, complement});
        }
    }
    Real d[SEG_CLASSES];
    held.readB(slopes.table, y, d);
    Real rest = 0;
    constexpr int WIDE = 16 / (int) sizeof(Real);
#pragma unroll
    for (int c = 0; c < SEG_CLASSES; c += WIDE) {
        Pack<Real, WIDE> some = held.squares(slopes.table, c);
#pragma unroll
        for (int k = 0; k < WIDE && c + k < SEG_CLASSES; k++) {
            e[c + k] *= inverse;
            d[c + k] = fused(some.of[k], e[c + k], d[c + k]);
            rest = fused(e[c + k], d[c + k], rest);
        }
    }
    Real mean = weight * (ofLabel + rest);
    // All exponentials were relative to the largest one, which is nearly 1.
    if (sum < 1 / SEG_WRONG_SHARE && own < (Real) 0.5) {
        seldom();
        int top = SEG_CLASSES;
        Real dTop = 0;
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            top = e[c] > (Real) 0.5 ? c : top;
            dTop = e[c] > (Real) 0.5 ? d[c] : dTop;
        }
        Real beside = p;
        Real slope = ofLabel;
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            beside += c == top ? 0 : e[c];
            slope += c == top ? 0 : e[c] * d[c];
        }
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            e[c] *= c == top ? weight * fused(beside, dTop, -slope) : fused(weight, d[c], -mean);
        }
    } else {
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            e[c] *= fused(weight, d[c], -mean);
        }
    }
    return weight * fused(complement, ofLabel, -(p * rest));
}
#endif

// The gradient of scores, and of pixel losses beside them.
#if SEG_HAS_OWN_SLOPES
struct ScoreGradient {
    const Slopes& slopes;
    OwnSlopes held;

    SEG_MEMBER ScoreGradient(const Slopes& some) : slopes(some), held(some.table) {}

    SEG_MEMBER void locate(i64, i64, const Real*) const {}

    SEG_MEMBER Real operator()(Real weight, int y, Real own, Real (&e)[SEG_CLASSES]) {
#if SEG_SQUARES
        return squaresGradient(slopes, held, weight, y, own, e);
#else
        Real b[SEG_CLASSES];
        held.readB(slopes.table, y, b);
        return softmaxGradient(slopes, b, weight, y, own, e);
#endif
    }
};
#else
struct ScoreGradient {
    const Slopes& slopes;
    Real b[SEG_CLASSES];
#if SEG_COUNTS
    const HardCounts* hard = nullptr;  // a sweep that counts does not compute this gradient
#endif

    SEG_MEMBER ScoreGradient(const Slopes& some) : slopes(some) { slopes.table.readB(b); }

    // Nothing is asked of the pixel that the exponentials do not tell.
    SEG_MEMBER void locate(i64, i64, const Real*) const {}
#if SEG_HAS_SMOOTHED_LABELS
    template <int W>
    SEG_MEMBER Real activate(const IndexedGroup<W>& pixels, int v, i64, i64, const Real*,
                             Real (&e)[SEG_CLASSES]) const {
        return pixels.activate(v, e);
    }
    template <int W>
    SEG_MEMBER void look(const IndexedGroup<W>&, i64, i64, const Real*) const {}
#endif

    SEG_MEMBER Real operator()(Real weight, int y, Real own, Real (&e)[SEG_CLASSES]) {
        return softmaxGradient(slopes, b, weight, y, own, e);
    }
};
#endif

}  // namespace seg
#endif
