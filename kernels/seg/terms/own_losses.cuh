#pragma once
// Loss and gradient of a pixel from pixel losses that depend on nothing but the probability u of its true class y. With
// s = dL/dlog u, a softmax has dL/dz_c = -s p_c, but s (1 - u) for the true class; a sigmoid has s (1 - u) for the true
// class and 0 for the others. Both need no difference of nearly equal numbers, since 1 - u is known exactly.
#include "seg/grad/slopes.cuh"
#include "seg/loss/own_term.cuh"
#include "seg/terms/term_sums.cuh"

namespace seg {

// What the pixel losses of a pixel are made of.
struct OwnPixel {
    int y;  // its true class, or SEG_CLASSES if it has none or is void
    Real weight;
    Probability u;
#if SEG_IS_WIDE
    Real log;  // of u
#endif

    SEG_MEMBER CurvePoint point(const OwnCurve& curve) const {
#if SEG_IS_WIDE
        return widePoint<true>(curve, {u.p, u.complement, log});
#else
        return curvePoint < SEG_ACTIVATION != SEG_IDENTITY > (curve, u.p, u.complement);
#endif
    }
};

// Adds the losses of some pixels, and finds for each of them scale * dL/dlog u or, without an activation, scale *
// dL/du. `charges` says whether this thread is the one to add the losses.
template <int COUNT>
SEG_DEVICE void ownLosses(const Slopes& slopes, const OwnPixel (&pixels)[COUNT], const TermSums& sums, bool charges,
                          Real (&slope)[COUNT]) {
    const Inputs& in = slopes.args.in;
#pragma unroll
    for (int v = 0; v < COUNT; v++) {
        slope[v] = 0;
    }
    for (int t = 0; t < (int) in.pixelTerms; t++) {
        OwnTerm term = ownTerm(in, t);
        OwnCurve curve = term.positive();
        Real factor = slopes.table.factor(t);
        Real loss = 0;
#pragma unroll
        for (int v = 0; v < COUNT; v++) {
            int y = pixels[v].y;
            Real weight = y < SEG_CLASSES ? pixels[v].weight * term.weight(y) : 0;
#if SEG_IS_WIDE
            // What weighs nothing is not asked, not even where the loss is infinite.
            if (weight != 0) {
#else
            // The loss of a class that the term does not gather is not even NaN.
            if (weight != 0 || (y < SEG_CLASSES && term.multiplicity(SEG_CLASSES, y) != 0)) {
#endif
                CurvePoint point = pixels[v].point(curve);
                loss += weight * point.value;
                // A weight of 0 asks nothing, also of NaN.
                weight *= factor;
                slope[v] += weight == 0 ? 0 : weight * point.slope;
            }
        }
        if (charges) {
            sums.add(t, loss);
        }
    }
}

// dL/dz of one channel, whose probability is p, from what ownLosses returns. u is the probability of the true class.
SEG_DEVICE Real throughOwn(Real slope, Real p, const Probability& u, bool isOwn) {
    if (SEG_ACTIVATION == SEG_IDENTITY) {
        return isOwn ? slope : 0;
    }
    if (SEG_ACTIVATION == SEG_SIGMOID) {
        // Where the slope is 0, a NaN prediction must not propagate into the gradient.
        return isOwn && slope != 0 ? slope * u.complement : 0;
    }
    return isOwn ? slope * u.complement : -slope * p;
}

}  // namespace seg
