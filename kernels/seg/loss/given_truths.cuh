#pragma once
// Keras' clipped curves of all classes where predictions are probabilities already and labels are dense. A pixel whose
// label is one-hot has one class, as with class indices; of any other, each class has a part.
#include "seg/loss/given_labels.cuh"
#include "seg/pixel/dense_group.cuh"

#if SEG_HAS_GIVEN_TRUTHS
namespace seg {

// A pixel with its label's class, or SEG_CLASSES if its label is not one-hot.
struct GivenTruths {
    GivenPixel pixel;
    int label;

    SEG_MEMBER GivenTruths(const Real (&p)[SEG_CLASSES], const Real (&g)[SEG_CLASSES]) {
        Real sum = 0;
        Real own = 0;
        Real truths = 0;
        Real between = 0;  // more than 0 if some label is neither 0 nor 1
        Real number = 0;
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            sum += p[c];
            own = fused(g[c], p[c], own);
            truths += g[c];
            between = fused(g[c], 1 - g[c], between);
            number = fused(g[c], (Real) c, number);
        }
        pixel = {own, sum};
        label = truths == 1 && between == 0 ? (int) number : SEG_CLASSES;
    }

    SEG_MEMBER bool isOneHot() const { return label < SEG_CLASSES; }
};

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

// The loss of a pixel without its weight under a term.
SEG_DEVICE Real givenLoss(const WideTerm& term, const GivenTruths& at, const Real (&p)[SEG_CLASSES],
                          const Real (&g)[SEG_CLASSES]) {
    Real loss = 0;
    if (at.isOneHot()) {
        eachGiven<1>(term, {1}, {at.label}, {at.pixel},
                     [&](int, Real, const CurvePoint& point, Real ofPixel) { loss = ofPixel * point.value; });
    } else {
        seldom();
        eachGivenTruth(term, at.pixel, p, g,
                       [&](int, Real, const CurvePoint& point, Real asked) { loss = fused(asked, point.value, loss); });
    }
    return loss;
}

// Adds the losses of a group to the sums of the terms, which are 32 apart.
template <int W>
SEG_DEVICE void addGivenTruths(const Inputs& in, const DenseGroup<W>& pixels, Real* sums) {
#pragma unroll
    for (int v = 0; v < W; v++) {
        Real p[SEG_CLASSES];
        pixels.channels.get(v, p);
        GivenTruths at(p, pixels.truths[v]);
#pragma unroll 1
        for (int t = 0; t < (int) in.pixelTerms; t++) {
            Real loss = givenLoss(wideTerm(in, t), at, p, pixels.truths[v]);
            sums[32 * t] += pixels.weight[v] == 0 ? 0 : pixels.weight[v] * loss;
        }
    }
}

}  // namespace seg
#endif
