#pragma once
// Keras' clipped curves of the label's class where predictions are probabilities already. A term may divide them by
// their sum over all classes first, as Keras' categorical cross-entropy does.
#include "seg/loss/own_term.cuh"

#if SEG_HAS_GIVEN_SHARES
namespace seg {

// What such terms look at in a pixel: the probability of its label's class, and the inverse of the sum of all.
struct GivenPixel {
    Real own;
    Real inverse;  // 0 if the sum is: then there is nothing to divide

    SEG_MEMBER GivenPixel() {}

    SEG_MEMBER GivenPixel(Real ofLabel, Real sum) : own(ofLabel), inverse(reciprocal(sum)) {
        if (!(sum > (Real) 1e-30 && sum < (Real) 1e30)) {
            seldom();
            // NaN if the sum is infinite.
            inverse = sum == 0 ? 0 : 1 / sum + (sum - sum);
        }
    }

    SEG_MEMBER Real share(bool divides) const { return divides ? own * inverse : own; }
};

SEG_DEVICE bool divides(const WideTerm& term) { return term.input() == SEG_RENORMALISED; }

// Whether any term does. Without one, the sum of all probabilities is not needed, and 1 stands for it.
SEG_DEVICE bool anyDivides(const Inputs& in) {
    bool any = false;
    for (int t = 0; t < (int) in.pixelTerms; t++) {
        any = any || divides(wideTerm(in, t));
    }
    return any;
}

SEG_DEVICE Real sumOfShares(const Real (&p)[SEG_CLASSES], bool isNeeded) {
    if (!isNeeded) {
        seldom();
        return 1;
    }
    Real sum = 0;
#pragma unroll
    for (int c = 0; c < SEG_CLASSES; c++) {
        sum += p[c];
    }
    return sum;
}

// A curve at a clipped probability. Cross-entropy alone has a branch of its own, which needs no logarithm for a slope.
SEG_DEVICE CurvePoint givenPoint(const WideCurve& curve, const ClippedProbability& at) {
    if (curve.shape == 0 && curve.offset == 0) {
        seldom();
        return {-curve.a * at.log, at.isClipped ? 0 : -curve.a * reciprocal(at.u)};
    }
    seldom();
    return curvePoint<false>({curve.a, curve.shape, curve.offset}, at);
}

// Calls `take` for each pixel with a class that weighs something, with what a term makes of its probability, the
// curve's point there, and the weight of that. One whose probabilities all are 0 has none that could be divided.
template <int W, typename Take>
SEG_DEVICE void eachGiven(const WideTerm& term, const Real (&weight)[W], const int (&label)[W],
                          const GivenPixel (&pixels)[W], const Take& take) {
    WideCurve curve = term.positive();
#pragma unroll
    for (int v = 0; v < W; v++) {
        Real asked = label[v] < SEG_CLASSES ? weight[v] * term.weight(label[v]) : 0;
        if (asked != 0 && !(divides(term) && pixels[v].inverse == 0)) {
            Real u = pixels[v].share(divides(term));
            take(v, u, givenPoint(curve, clipped(u, 1 - u)), asked);
        }
    }
}

// Adds the losses of some pixels to the sums of the terms, which are 32 apart.
template <int W>
SEG_DEVICE void addGivenLosses(const Inputs& in, const Real (&weight)[W], const int (&label)[W],
                               const GivenPixel (&pixels)[W], Real* sums) {
#pragma unroll 1
    for (int t = 0; t < (int) in.pixelTerms; t++) {
        Real loss = 0;
        eachGiven<W>(wideTerm(in, t), weight, label, pixels,
                     [&](int, Real, const CurvePoint& point, Real ofPixel) { loss += ofPixel * point.value; });
        sums[32 * t] += loss;
    }
}

}  // namespace seg
#endif
