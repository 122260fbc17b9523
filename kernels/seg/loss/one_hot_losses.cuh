#pragma once
// Pixel losses of dense labels under a softmax where labels are one-hot: the class that is 1 alone is asked, so its
// probability and a logarithm of it are all that a pixel needs.
#include "seg/loss/own_term.cuh"
#include "seg/loss/truth_losses.cuh"

#if SEG_FINDS_ONE_HOT
namespace seg {

// Whether one-hot labels ask nothing of the classes that are 0. Smoothed ones do.
SEG_DEVICE bool asksOneClass(const Inputs& in) {
    bool is = true;
    for (i64 t = 0; t < in.pixelTerms; t++) {
        is = is && !wideTerm(in, t).isSmoothed();
    }
    return is;
}

// What the term of a row asks of a pixel whose only truth is that of class y, if there is one.
SEG_DEVICE Real askedOfClass(const Real* row, int y) { return y < SEG_CLASSES ? row[TruthRow::FACTOR + y] : 0; }

// A probability that curves look at in a loop through terms. `keep` stands there: what only some curves compute of the
// probability, the compilers would otherwise compute before the loop for all.
struct OneHotSide : Side {
    SEG_MEMBER void keep() {
        u = kept(u);
        v = kept(v);
    }
};

#if SEG_HAS_ONE_HOT
// The probability u of class y, which pixel s of example n has for its label, with its logarithm.
SEG_DEVICE OneHotSide oneHotSide(const Inputs& in, i64 n, i64 s, const Real* row, int y, Real u, Real v) {
    OneHotSide at;
    at.u = u;
    at.v = v;
    at.log = logarithmBeside1(u, v);
    if (u < SEG_TINY && y < SEG_CLASSES) {
        seldom();
        at.log = logarithmOfTiny(in, n, s, row, y);
    }
    return at;
}
#endif

// The losses of some pixels, added up, under the term of a row.
template <int W>
struct OneHotLosses {
    const Real* row;
    const Real (&weight)[W];
    const Real (&asked)[W];  // of the label's class
    const OneHotSide (&at)[W];

    template <int KIND>
    SEG_MEMBER Real of() const {
        Real loss = 0;
#pragma unroll
        for (int v = 0; v < W; v++) {
            // What weighs nothing is not asked, not even where the loss is infinite.
            if (asked[v] != 0) {
                loss += weight[v] * (asked[v] * truthPoint<KIND>(row, at[v]).value);
            }
        }
        return loss;
    }
};

// The loss of one pixel, which it returns, and its slope by the logarithm of the probability, both under the term of a
// row and without what that asks.
struct OneHotPoint {
    const Real* row;
    const Side& at;
    Real& slope;

    template <int KIND>
    SEG_MEMBER Real of() const {
        CurvePoint point = truthPoint<KIND>(row, at);
        slope = point.slope;
        return point.value;
    }
};

}  // namespace seg
#endif
