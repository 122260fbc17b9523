#pragma once
// Pixel losses that depend on nothing but the probability of the true class, which is in a register already.
#include "seg/loss/pixel_term.cuh"

namespace seg {

#if SEG_CLASSES > 0
// The probability of true class y. The probabilities of all classes are p times factor, as `exponentials` leaves them.
SEG_DEVICE Probability ownProbability(const Inputs& in, const Pixel& pixel, const Real (&p)[SEG_CLASSES], Real factor,
                                      int y) {
    if (SEG_ACTIVATION == SEG_SIGMOID) {
        return probability(in, pixel, y);
    }
    Real own = pick<0, SEG_CLASSES>(p, y) * factor;
    return {own, SEG_ACTIVATION == SEG_SOFTMAX && y == pixel.top ? pixel.topComplement : 1 - own};
}
#endif

// The same as pixelLoss, for a term that depends on nothing but the probability of true class y.
SEG_DEVICE Real ownLoss(const Inputs& in, const Pixel& pixel, const PixelTerm& term, int y, const Probability& u) {
    return term.multiplicity(classes(in), y) == 0
            ? 0
            : pixel.weight * term.weight(y) * curveValue(term.positive(), u.p, u.complement);
}

// Adds the float sums of the pixel terms over the lanes of a warp to its double sums, and sets them to 0. The sums of
// one lane are 32 apart.
SEG_DEVICE void flushTerms(const Inputs& in, Real* terms, double* sums) {
    for (i64 t = 0; SEG_TERMS != SEG_NO_TERMS && t < in.pixelTerms; t++) {
        Real sum = warpSum(terms[32 * t]);
        terms[32 * t] = 0;
        if (lane() == 0) {
            sums[t] += sum;
        }
    }
}

}  // namespace seg
