#pragma once
// What the sums of a known number of classes have in common, however they are kept.
#include "seg/loss/own_term.cuh"
#include "seg/pixel/tile.cuh"

namespace seg {

SEG_DEVICE SumsLayout sumsLayout(const Inputs& in) { return {in.classes, in.pixelTerms}; }

// Numbers in a row of partial sums: I, P and G of each class; M of each class or, since it is the same for all of a
// known number, once; the pixel terms.
SEG_DEVICE i64 partialWidth(const Inputs& in) {
    return (SEG_CLASSES > 0 ? PartialLayout::term(0) : sumsLayout(in).term(0)) + in.pixelTerms;
}

// The sum of class first + lane over the bins of all lanes, 32 numbers a class, for lanes below `count`; `bins` are
// those of this lane. Each lane begins at a bank of its own.
SEG_DEVICE Real sumOfBins(const Real* bins, int first, int count) {
    const Real* ofClass = bins - lane() + 32 * (first + lane());
    Real sum = 0;
#pragma unroll 8
    for (int k = 0; k < 32 && lane() < count; k++) {
        sum += ofClass[(k + lane()) % 32];
    }
    return sum;
}

// Of sums that all threads hold, those of this lane's class over the warp.
template <int COUNT>
SEG_DEVICE Real sumOfLane(const Real (&held)[COUNT]) {
    Real mine = 0;
#pragma unroll
    for (int c = 0; c < COUNT; c++) {
        Real sum = warpSum(held[c]);
        mine = lane() == c ? sum : mine;
    }
    return mine;
}

#if SEG_CLASSES > 0
// The loss of a pixel that is not void under one term; p times factor are its probabilities.
SEG_DEVICE Real lossOfTerm(const Inputs& in, const Pixel& pixel, const Real (&p)[SEG_CLASSES], Real factor, i64 t) {
    PixelTerm term = pixelTerm(in, t);
    if (SEG_TERMS == SEG_ANY_TERMS) {
        return pixelLoss(in, pixel, term);
    }
    int y = pixel.trueClass(in);
    return y < 0 ? 0 : ownLoss(in, pixel, term, y, ownProbability(in, pixel, p, factor, y));
}
#endif

}  // namespace seg
