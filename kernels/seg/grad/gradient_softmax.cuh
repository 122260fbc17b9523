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

#if SEG_IS_INDEXED_SOFTMAX
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
    if (SEG_TERMS == SEG_OWN_TERMS) {
        ofLabel += slopeByLog(slopes, y, {p, complement});
        // The slopes of all classes are read again, so that they take no registers meanwhile.
        forgetMemory();
        slopes.table.readB(b);
    }
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
        slope = slope * inverse + ofLabel - (y < SEG_CLASSES ? p * slopes.table.b(y) : 0);
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
    return weight * fused(complement, ofLabel, -(p * rest));
}

// The gradient of scores, and of pixel losses beside them.
struct ScoreGradient {
    const Slopes& slopes;
    Real b[SEG_CLASSES];
#if SEG_COUNTS
    const HardCounts* hard = nullptr;  // a sweep that counts does not compute this gradient
#endif

    SEG_MEMBER ScoreGradient(const Slopes& some) : slopes(some) { slopes.table.readB(b); }

    // Nothing is asked of the pixel that the exponentials do not tell.
    SEG_MEMBER void locate(i64, i64, const Real*) const {}

    SEG_MEMBER Real operator()(Real weight, int y, Real own, Real (&e)[SEG_CLASSES]) {
        return softmaxGradient(slopes, b, weight, y, own, e);
    }
};

}  // namespace seg
#endif
