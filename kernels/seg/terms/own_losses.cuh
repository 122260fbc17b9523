#pragma once
// Loss and gradient of a pixel from pixel losses that depend on nothing but the probability u of its true class y. With
// s = dL/dlog u, a softmax has dL/dz_c = -s p_c, but s (1 - u) for the true class; a sigmoid has s (1 - u) for the true
// class and 0 for the others. Both need no difference of nearly equal numbers, since 1 - u is known exactly.
#include "seg/grad/slopes.cuh"
#include "seg/loss/own_term.cuh"
#include "seg/terms/term_sums.cuh"

namespace seg {

// Adds the losses of a pixel that is not void and has a true class. Returns scale * dL/dlog u or, without an
// activation, scale * dL/du. `charges` says whether this thread is the one to add the losses.
SEG_DEVICE Real ownLosses(const Slopes& slopes, const Pixel& pixel, int y, const Probability& u, const TermSums& sums,
                          bool charges) {
    const Inputs& in = slopes.args.in;
    Real slope = 0;
    for (i64 t = 0; t < in.pixelTerms; t++) {
        PixelTerm term = pixelTerm(in, t);
        if (term.multiplicity(classes(in), y) == 0) {
            continue;
        }
        CurvePoint point = curvePoint < SEG_ACTIVATION != SEG_IDENTITY > (term.positive(), u.p, u.complement);
        Real weight = pixel.weight * term.weight(y);
        if (charges) {
            sums.add(t, weight * point.value);
        }
        // A weight of 0 asks nothing, also of NaN.
        weight *= slopes.table.factor(t);
        slope += weight == 0 ? 0 : weight * point.slope;
    }
    return slope;
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

#if SEG_CLASSES > 0
// Adds the losses of a pixel that is not void, and turns its predictions, in registers, into dL/dz.
SEG_DEVICE void ownPixel(const Slopes& slopes, Pixel& pixel, Real (&p)[SEG_CLASSES], const TermSums& sums) {
    const Inputs& in = slopes.args.in;
    int y = pixel.trueClass(in);
    Real factor = exponentials<true>(pixel, p);
    Probability u = {0, 1};
    Real slope = 0;
    if (y >= 0) {
        u = ownProbability(in, pixel, p, factor, y);
        slope = ownLosses(slopes, pixel, y, u, sums, true);
    }
#pragma unroll
    for (int c = 0; c < SEG_CLASSES; c++) {
        p[c] = throughOwn(slope, p[c] * factor, u, c == y);
    }
}
#endif

}  // namespace seg
