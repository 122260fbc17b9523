#pragma once
// Pixel losses that concern nothing but the probability of the true class: no need to read predictions again.
#include "seg/loss/pixel_term.cuh"

namespace seg {

#if SEG_CLASSES > 0
// The probability of true class y, from the registers that `exponentials` left.
SEG_DEVICE Probability ownProbability(const Inputs& in, const Pixel& pixel, const Real (&p)[SEG_CLASSES], Real factor,
                                      int y) {
    if (SEG_ACTIVATION == SEG_SIGMOID) {
        return probability(in, pixel, y);
    }
    Real own = pick<0, SEG_CLASSES>(p, y) * factor;
    return {own, SEG_ACTIVATION == SEG_SOFTMAX && y == pixel.top ? pixel.topComplement : 1 - own};
}
#endif

// The same as pixelLoss of a term that concerns nothing but the probability of true class y.
SEG_DEVICE Real ownLoss(const Inputs& in, const Pixel& pixel, const PixelTerm& term, int y, const Probability& u) {
    return term.multiplicity(classes(in), y) == 0 ? 0
            : pixel.weight * term.weight(y) * curveValue(term.positive(), u.p, u.complement);
}

// Adds what each lane has summed of the terms to the doubles of its warp, and starts again at 0. Each lane's numbers lie
// 32 apart.
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
