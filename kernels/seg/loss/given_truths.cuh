#pragma once
// Keras' clipped curves of all classes where predictions are probabilities already and labels are dense. A pixel whose
// label is one-hot has one class, as with class indices; of any other, each class has a part.
#include "seg/loss/given_labels.cuh"
#include "seg/pixel/dense_group.cuh"

#if SEG_HAS_GIVEN_TRUTHS
namespace seg {

#if SEG_ELEMENT == SEG_DOUBLE
enum OneHot { NOT_ONE_HOT, NO_CLASS, ONE_CLASS };

// ONE_CLASS if no label is between 0 and 1.
SEG_DEVICE OneHot oneHotOf(const Real (&truths)[SEG_CLASSES]) {
    Real between = 0;
#pragma unroll
    for (int c = 0; c < SEG_CLASSES; c++) {
        between = fused(truths[c], 1 - truths[c], between);
    }
    return between == 0 ? ONE_CLASS : NOT_ONE_HOT;
}
#endif

// The number of the class whose label is 1, times 2^23; only 1 has bits there.
template <int C = 0>
SEG_DEVICE unsigned marksOfClass(const Real (&g)[SEG_CLASSES]) {
    if constexpr (C == SEG_CLASSES) {
        return 0;
    } else {
        unsigned marks = marksOfClass<C + 1>(g);
#ifdef __CUDACC__
        asm("lop3.b32 %0, %0, %1, %2, 0xf8;" : "+r"(marks) : "f"((float) g[C]), "n"(C << 23));
        return marks;
#else
        return marks | (__float_as_uint((float) g[C]) & C << 23);
#endif
    }
}

// A pixel with its label's class, or SEG_CLASSES if its label is not one-hot.
struct GivenTruths {
    GivenPixel pixel;
    int label;

    SEG_MEMBER GivenTruths(const Real (&p)[SEG_CLASSES], const Real (&g)[SEG_CLASSES], OneHot oneHot, bool divides) {
        Real own = 0;
        Real truths = 0;
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            own = fused(g[c], p[c], own);
            truths += g[c];
        }
        pixel = {own, sumOfShares(p, divides)};
        // Bits of 1 that several labels share have another sum.
        label = oneHot == ONE_CLASS && truths == 1 ? (int) (marksOfClass(g) >> 23) : SEG_CLASSES;
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
SEG_DEVICE void addGivenTruths(const Inputs& in, const DenseGroup<W>& pixels, bool divides, Real* sums) {
#pragma unroll
    for (int v = 0; v < W; v++) {
        Real p[SEG_CLASSES];
        pixels.channels.get(v, p);
#if SEG_HAS_ONE_HOT_BITS
        GivenTruths at(p, pixels.truths[v], pixels.oneHot[v], divides);
#else
        GivenTruths at(p, pixels.truths[v], oneHotOf(pixels.truths[v]), divides);
#endif
#pragma unroll 1
        for (int t = 0; t < (int) in.pixelTerms; t++) {
            Real loss = givenLoss(wideTerm(in, t), at, p, pixels.truths[v]);
            sums[32 * t] += pixels.weight[v] == 0 ? 0 : pixels.weight[v] * loss;
        }
    }
}

}  // namespace seg
#endif
