#pragma once
// The gradient of a pixel with dense labels under a softmax, beside curves of its probabilities. The slopes of all
// exact cross-entropies by the logarithms of the probabilities are what they ask of each class, so they are added up
// once for all pixels; other curves are looked at for each pixel.
#include "seg/grad/gradient_dense.cuh"
#include "seg/loss/truth_losses.cuh"

#if SEG_HAS_SHARED_TRUTHS
namespace seg {

// Which terms there are: cross-entropies whose slopes are added up, and others.
#define SEG_SUMMED_TRUTHS 1
#define SEG_OTHER_TRUTHS 2

// Whether the slopes of a term are added up. With an infinite factor they would be NaN where nothing is asked.
SEG_DEVICE int truthFamily(const Real* row, Real factor) {
    bool isFinite = factor - factor == 0;
    return row[TruthRow::KIND] == SEG_TRUTH_ENTROPY && isFinite ? SEG_SUMMED_TRUTHS : SEG_OTHER_TRUTHS;
}

// Adds up the slopes of cross-entropies, from the rows and factors of all terms in shared memory. Returns which terms
// there are. All threads of the block must call it.
SEG_DEVICE int bringTruthSlopes(const Inputs& in, Real* shared, const Real* rows) {
    Real* slopes = shared + SharedCoefficients::truthSlopes(in.pixelTerms);
    const Real* factors = shared + SharedCoefficients::TERMS;
    for (int k = threadIdx.x; k < TruthRow::KIND; k += blockDim.x) {
        slopes[k] = 0;
    }
    int families = 0;
    for (int t = 0; t < (int) in.pixelTerms; t++) {
        const Real* row = rows + t * TruthRow::WIDTH;
        int family = truthFamily(row, factors[t]);
        families |= family;
        for (int k = threadIdx.x; family == SEG_SUMMED_TRUTHS && k < TruthRow::KIND; k += blockDim.x) {
            slopes[k] -= factors[t] * row[k];
        }
    }
    __syncthreads();
    return families;
}

// Adds the slopes of all terms but those that are added up already, and gives the losses to `take`.
template <typename Take, typename Shares>
SEG_DEVICE void addTruthTerms(const Slopes& slopes, const Take& take, Real weight, const Real (&g)[Shares::COUNT],
                              Shares& shares, Real (&s)[Shares::COUNT]) {
#pragma unroll 1
    for (int t = 0; t < (int) slopes.args.in.pixelTerms; t++) {
        const Real* row = slopes.table.truthRows + t * TruthRow::WIDTH;
        Real factor = slopes.table.factor(t);
        shares.forget();
        Real loss = 0;
        if (truthFamily(row, factor) == SEG_OTHER_TRUTHS) {
            loss = truthLoss<true>(row, shares, g, factor, s);
        } else if (Take::IS_ASKED) {
            loss = truthEntropy(row, shares, g);
        }
        take(t, weight == 0 ? 0 : weight * loss);
    }
}

#if SEG_IS_QUICK
// HAS_SCORES says whether there are region scores. The number of each pixel term and its loss go to `take`.
template <bool HAS_SCORES, typename Take>
struct TruthGradient {
    static constexpr bool NEEDS_MAXIMA = false;
    const Slopes& slopes;
    const Take& take;

    // Turns the predictions of a pixel into dL/dz, but for its weight.
    SEG_MEMBER void operator()(Real weight, const Real (&g)[SEG_CLASSES], Real, Real (&values)[SEG_CLASSES]) const {
        SoftmaxShares shares;
        shares.open(values);
        Real(&s)[SEG_CLASSES] = values;
        if (HAS_SCORES) {
            denseSlopes(slopes.table, g, s);
        }
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            s[c] = HAS_SCORES ? shares.e[c] * shares.inverse * s[c] : 0;
        }
        if ((slopes.table.truthFamilies & SEG_SUMMED_TRUTHS) != 0) {
            addSummed(g, s);
        }
        if (Take::IS_ASKED || (slopes.table.truthFamilies & SEG_OTHER_TRUTHS) != 0) {
            shares.findLogarithms();
            addTruthTerms(slopes, take, weight, g, shares, s);
        }
        shares.slopesOfPredictions(s);
    }

    // Adds the slopes of cross-entropies.
    SEG_MEMBER void addSummed(const Real (&g)[SEG_CLASSES], Real (&s)[SEG_CLASSES]) const {
        const Real* row = slopes.table.shared + SharedCoefficients::truthSlopes(slopes.args.in.pixelTerms);
        eachAsked(row, g, [&](int c, Real slope) { s[c] += slope; });
    }
};
#endif

// Leaves the losses to the forward sweep.
struct NoTruthLosses {
    static constexpr bool IS_ASKED = false;
    SEG_MEMBER void operator()(int, Real) const {}
};

}  // namespace seg
#endif
