#pragma once
// The slope of pixel losses of the true class by the logarithm of its probability.
#include "seg/grad/slopes.cuh"
#include "seg/loss/own_term.cuh"
#include "seg/pixel/indexed_group.cuh"

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

#if SEG_IS_INDEXED_SOFTMAX && SEG_EXTENT != SEG_EXACT
namespace seg {

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

}  // namespace seg
#endif
