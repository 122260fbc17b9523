#pragma once
// The gradient of a pixel under a softmax with index labels, for losses that depend on the sums and on the probability
// of the true class. With p the probabilities and d = dL/dp, it is dL/dz_c = p_c (d_c - mean), where the mean is that
// of d, weighted by p. Here d_c is the same number b_c for all pixels, except that of the label's class. That class is
// held apart: its own slope is p (d (1 - p) - rest), with 1 - p and the rest of the mean summed over the other classes,
// so no digits are lost where it has nearly all of the probability.
#include "seg/count/hard_counts.cuh"
#include "seg/grad/gradient_squares.cuh"

#if SEG_IS_INDEXED_SOFTMAX || SEG_HAS_ONE_HOT
namespace seg {

// Turns the exponentials of a pixel into dL/dz. That of label's class y is returned, and its place among the others
// holds no useful number. `own` is the exponential of class y. `split` adds up the other ones and their products with
// b, and may find the first. `losses` adds to the slope by log p of class y what pixel losses have of it, and may read
// b again.
template <typename Split, typename Losses>
SEG_DEVICE Real softmaxGradient(const Slopes& slopes, Real (&b)[SEG_CLASSES], Real weight, int y, Real own,
                                Real (&e)[SEG_CLASSES], const Split& split, const Losses& losses) {
    Real others = 0;
    Real rest = 0;
    split(others, rest, own);
    Real sum = others + own;
    Real inverse = reciprocal(sum);
    Real p = own * inverse;
    Real complement = others * inverse;
    rest *= inverse;
    Real ofLabel = p * slopes.table.ofLabel(y);
#if SEG_HAS_SMOOTHED_LABELS
    rest += slopes.table.smoothingOfOthers(y);
#endif
    losses(p, complement, ofLabel);
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
    slopes.table.eachSmoothing([&](int c, Real slope) { e[c] = fused(weight, slope, e[c]); });
#endif
    return weight * fused(complement, ofLabel, -(p * rest));
}

}  // namespace seg
#endif

#if SEG_IS_INDEXED_SOFTMAX
namespace seg {

// The same with the pixel losses of the label's class. For few classes `own` is 0 and found here.
SEG_DEVICE Real softmaxGradient(const Slopes& slopes, Real (&b)[SEG_CLASSES], Real weight, int y, Real own,
                                Real (&e)[SEG_CLASSES]) {
    auto split = [&](Real& others, Real& rest, Real& found) { addOthers<0>(e, b, y, others, rest, found); };
    return softmaxGradient(slopes, b, weight, y, own, e, split, [&](Real p, Real complement, Real& ofLabel) {
#if SEG_EXTENT == SEG_EXACT && SEG_TERMS != SEG_NO_TERMS
        ofLabel += slopes.table.entropies[y];
#if !SEG_HAS_SMOOTHED_LABELS
        // Beside smoothing there are no other curves.
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
#endif
#else
        if (SEG_TERMS == SEG_OWN_TERMS) {
            ofLabel += slopeByLog(slopes, y, {p, complement});
            forgetMemory();
            slopes.table.readB(b);
        }
#endif
    });
}

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
        return softmaxGradient(slopes, b, SEG_HAS_SMOOTHED_LABELS ? 1 : weight, y, own, e);
    }
};
#endif

}  // namespace seg
#endif
