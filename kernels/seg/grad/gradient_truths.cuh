#pragma once
// The gradient of a pixel with dense labels under a softmax, beside curves of its probabilities. Where s_c is the slope
// by log p_c, as if probabilities did not depend on one another, dL/dz_c is s_c - p_c times the sum of all s. For the
// largest probability p that is (1 - p) s less p times the sum of the others, so no digits are lost where it is nearly
// 1.
#include "seg/grad/gradient_dense.cuh"
#include "seg/loss/truth_losses.cuh"

#if SEG_HAS_SHARED_TRUTHS
namespace seg {

// HAS_SCORES says whether there are region scores. The number of each pixel term and its loss go to `take`.
template <bool HAS_SCORES, typename Take>
struct TruthGradient {
    static constexpr bool NEEDS_MAXIMA = false;
    const Slopes& slopes;
    const Take& take;

    // Turns the predictions of a pixel into dL/dz.
    SEG_MEMBER void operator()(Real weight, const Real (&g)[SEG_CLASSES], Real, Real (&values)[SEG_CLASSES]) const {
        if (weight == 0) {
            seldom();
            return;
        }
        SoftmaxShares shares(values);
        Real d[SEG_CLASSES];
        if (HAS_SCORES) {
            denseSlopes(slopes.table, g, d);
        }
        Real(&s)[SEG_CLASSES] = values;
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            s[c] = HAS_SCORES ? weight * (shares.p(c) * d[c]) : 0;
        }
#pragma unroll 1
        for (int t = 0; t < (int) slopes.args.in.pixelTerms; t++) {
            const Real* row = slopes.table.truthRows + t * TruthRow::WIDTH;
            take(t, weight * truthLoss<true>(row, shares, g, weight * slopes.table.factor(t), s));
        }
        Real top = 0;
        Real others = 0;
        find<0>(s, shares.top, top);
        addOthers<0>(s, shares.top, others);
        Real all = top + others;
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            s[c] = fused(-shares.p(c), all, s[c]);
        }
        replace<0>(s, shares.top, fused(top, shares.complement, -(shares.largest * others)));
    }
};

// Leaves the losses to the forward sweep.
struct NoTruthLosses {
    SEG_MEMBER void operator()(int, Real) const {}
};

}  // namespace seg
#endif
