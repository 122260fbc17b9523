#pragma once
// Exact cross-entropy under a softmax of truths that several classes may share: soft labels, or smoothed ones. Each
// class is asked q, its weight times its truth; the loss is the sum of q (log(sum of exp(z)) - z). Relative to the
// largest logit no part of it is negative, so nothing cancels.
#include "seg/loss/own_term.cuh"

#if SEG_HAS_SHARED_TRUTHS
namespace seg {

// The loss of a pixel that is not void under one term. Its softmax must have been activated, and its predictions are
// read again.
SEG_DEVICE Real truthEntropy(const Inputs& in, const Pixel& pixel, i64 t) {
    WideTerm term = wideTerm(in, t);
    Real scale = term.row[TermRow::SCALE];
    Real shift = term.row[TermRow::SHIFT];
    Real all = 0;
    Real below = 0;
#pragma unroll
    for (int c = 0; c < SEG_CLASSES; c++) {
        Real weight = term.multiplicity(SEG_CLASSES, c) == 0 ? 0 : term.weight(c);
        Real q = weight * (scale * pixel.truth(in, c) + shift);
        all += q;
        below += q == 0 ? 0 : q * (pixel.max - pixel.prediction(in, c));
    }
    Real log = logarithmBeside1(pixel.inverse, pixel.topComplement);
    return all == 0 ? 0 : pixel.weight * term.positive().a * (below - all * log);
}

}  // namespace seg
#endif
