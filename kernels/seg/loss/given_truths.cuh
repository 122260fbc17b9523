#pragma once
// Keras' clipped curves of all classes where predictions are probabilities already and labels are dense. A pixel whose
// label is one-hot has one class, as with class indices; of any other, each class has a part.
#include "seg/loss/given_labels.cuh"
#include "seg/pixel/dense_group.cuh"

#if SEG_HAS_GIVEN_TRUTHS
namespace seg {

// What terms look at in a pixel with dense labels. Only of one-hot labels is there one probability that they ask for.
SEG_DEVICE GivenPixel givenPixel(const Real (&p)[SEG_CLASSES], const Real (&g)[SEG_CLASSES], bool divides) {
    Real own = 0;
#pragma unroll
    for (int c = 0; c < SEG_CLASSES; c++) {
        own = fused(g[c], p[c], own);
    }
    if (own - own != 0) {
        // A prediction that is not finite must not be felt where labels are 0.
        seldom();
        own = 0;
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            own = g[c] != 0 ? p[c] : own;
        }
    }
    return {own, sumOfShares(p, divides)};
}

// Calls `take` for each class that a term asks something of, with its probability, the curve's point there, and the
// weight of that.
template <typename Take>
SEG_DEVICE void eachGivenTruth(const WideTerm& term, const GivenPixel& pixel, const Real (&p)[SEG_CLASSES],
                               const Real (&g)[SEG_CLASSES], const Take& take) {
    WideCurve curve = term.positive();
    if (divides(term) && pixel.inverse == 0) {
        return;
    }
#pragma unroll
    for (int c = 0; c < SEG_CLASSES; c++) {
        Real asked = g[c] * term.weight(c);
        if (asked != 0) {
            seldom();
            Real u = divides(term) ? p[c] * pixel.inverse : p[c];
            take(c, u, givenPoint(curve, clipped(u, 1 - u)), asked);
        }
    }
}

// The loss of a pixel without its weight under a term, whatever its labels are.
SEG_DEVICE Real givenLoss(const WideTerm& term, const GivenPixel& pixel, const Real (&p)[SEG_CLASSES],
                          const Real (&g)[SEG_CLASSES]) {
    Real loss = 0;
    eachGivenTruth(term, pixel, p, g,
                   [&](int, Real, const CurvePoint& point, Real asked) { loss = fused(asked, point.value, loss); });
    return loss;
}

// Adds the losses of a group to the sums of the terms, which are 32 apart. Several pixels are one-hot.
template <int W>
SEG_DEVICE void addGivenTruths(const Inputs& in, const DenseGroup<W>& pixels, bool divides, Real* sums) {
    Real p[W][SEG_CLASSES];
    GivenPixel at[W];
#pragma unroll
    for (int v = 0; v < W; v++) {
        pixels.channels.get(v, p[v]);
        at[v] = givenPixel(p[v], pixels.truths[v], divides);
    }
    if (W > 1 || pixels.areOneHot) {
        addGivenLosses<W>(in, pixels.weight, pixels.label, at, sums);
        return;
    }
    seldom();
#pragma unroll 1
    for (int t = 0; W == 1 && t < (int) in.pixelTerms; t++) {
        Real loss = givenLoss(wideTerm(in, t), at[0], p[0], pixels.truths[0]);
        sums[32 * t] += pixels.weight[0] == 0 ? 0 : pixels.weight[0] * loss;
    }
}

}  // namespace seg
#endif
