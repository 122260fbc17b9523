#pragma once
// The gradient of a pixel with dense labels under a softmax, beside curves of its probabilities. The slopes of all
// exact cross-entropies by the logarithms of the probabilities are what they ask of each class, so they are added up
// once for all pixels; other curves are looked at for each pixel.
#include "seg/grad/gradient_dense.cuh"
#include "seg/grad/gradient_softmax.cuh"
#include "seg/loss/one_hot_losses.cuh"

#if SEG_HAS_SHARED_TRUTHS
namespace seg {

// Which terms there are: cross-entropies whose slopes are added up, and others.
#define SEG_SUMMED_TRUTHS 1
#define SEG_OTHER_TRUTHS 2
// Whether one-hot labels ask of one class alone.
#define SEG_ONE_CLASS 4

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
#if SEG_FINDS_ONE_HOT
    int families = asksOneClass(in) ? SEG_ONE_CLASS : 0;
#else
    int families = 0;
#endif
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

#if SEG_FINDS_ONE_HOT
// The slope by the logarithm of the probability of class y, which alone is true. `find` gives the probability, and is
// called only if a curve asks for it. Gives the losses to `take`.
template <typename Take, typename Find>
SEG_DEVICE Real slopeOfOneHot(const Slopes& slopes, const Take& take, Real weight, int y, const Find& find) {
    Real slope = askedOfClass(slopes.table.summedTruths(), y);
    if (!Take::IS_ASKED && (slopes.table.truthFamilies & SEG_OTHER_TRUTHS) == 0) {
        return slope;
    }
    OneHotSide at = find();
#pragma unroll 1
    for (int t = 0; t < (int) slopes.args.in.pixelTerms; t++) {
        const Real* row = slopes.table.truthRows + t * TruthRow::WIDTH;
        Real factor = slopes.table.factor(t);
        at.keep();
        Real asked = askedOfClass(row, y);
        // What weighs nothing is not asked, not even where the loss or the factor is infinite.
        if (asked != 0) {
            Real byLog;
            Real loss = asked * ofTruthKind(row, OneHotPoint{row, at, byLog});
            bool isOther = truthFamily(row, factor) == SEG_OTHER_TRUTHS;
            slope = isOther ? fused(factor * asked, byLog, slope) : slope;
            take(t, weight == 0 ? 0 : weight * loss);
        }
    }
    return slope;
}
#endif

#if SEG_IS_QUICK
// HAS_SCORES says whether there are region scores. The number of each pixel term and its loss go to `take`.
template <bool HAS_SCORES, typename Take>
struct TruthGradient {
    static constexpr bool NEEDS_MAXIMA = false;
    const Slopes& slopes;
    const Take& take;

#if SEG_HAS_ONE_HOT
    SEG_MEMBER bool asksOneClass() const { return (slopes.table.truthFamilies & SEG_ONE_CLASS) != 0; }
#endif

    // Turns the predictions of a pixel into dL/dz, but for its weight.
    SEG_MEMBER void operator()(Real weight, const Real (&g)[SEG_CLASSES], Real, Real (&values)[SEG_CLASSES]) const {
        SoftmaxShares shares;
        shares.open(values);
        Real(&s)[SEG_CLASSES] = values;
        if (HAS_SCORES) {
            denseSlopes(slopes.table, g, s);
#if SEG_SQUARES || SEG_DISTANCES
            addFurtherSlopes(slopes.table, g, shares.e, shares.inverse, s);
#endif
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

#if SEG_HAS_ONE_HOT
    // What the labels of a pixel make of its exponentials: the class y whose label is 1, its exponential, the sum of
    // the others, and that of their products with the slopes by the probabilities.
    struct Split {
        int y;
        Real own;
        Real others;
        Real rest;
    };

    // Splits the exponentials of all classes by one-hot labels. Returns whether they are.
    SEG_MEMBER bool split(OneHot oneHot, const Real (&g)[SEG_CLASSES], const Real (&e)[SEG_CLASSES],
                          Split& found) const {
        found = {SEG_CLASSES, 0, 0, 0};
        if (HAS_SCORES) {
            Real b[SEG_CLASSES];
            slopes.table.readB(b);
            splitByLabel<0>(e, g, b, found.y, found.others, found.rest, found.own);
        } else {
            splitByLabel<0>(e, g, found.y, found.others, found.own);
        }
        return found.y < SEG_CLASSES || oneHot == NO_CLASS;
    }

    // The same as below of pixel s of example n, whose labels are one-hot, from the exponentials of all classes.
    SEG_MEMBER void ofOneHot(Real weight, i64 n, i64 s, const Real* row, const Split& found,
                             Real (&e)[SEG_CLASSES]) const {
        int y = found.y;
        Real own = found.own;
        Real others = found.others;
        Real dz;
        if (HAS_SCORES) {
            Real b[SEG_CLASSES];
            slopes.table.readB(b);
            auto split = [&](Real& sum, Real& rest, Real&) {
                sum = others;
                rest = found.rest;
            };
            dz = softmaxGradient(slopes, b, 1, y, own, e, split, [&](Real p, Real v, Real& ofLabel) {
                ofLabel += slopeOfPixel(weight, n, s, row, y, p, v);
            });
        } else {
            Real inverse = reciprocal(others + own);
            Real complement = others * inverse;
            Real slope = slopeOfPixel(weight, n, s, row, y, own * inverse, complement);
            Real factor = -slope * inverse;
#pragma unroll
            for (int c = 0; c < SEG_CLASSES; c++) {
                e[c] *= factor;
            }
            dz = slope * complement;
        }
        replace<0>(e, y, dz);
    }

    // The slope by the logarithm of the probability u of class y.
    SEG_MEMBER Real slopeOfPixel(Real weight, i64 n, i64 s, const Real* row, int y, Real u, Real v) const {
        return slopeOfOneHot(slopes, take, weight, y, [&] { return oneHotSide(slopes.args.in, n, s, row, y, u, v); });
    }
#endif

    // Adds the slopes of cross-entropies.
    SEG_MEMBER void addSummed(const Real (&g)[SEG_CLASSES], Real (&s)[SEG_CLASSES]) const {
        eachAsked(slopes.table.summedTruths(), g, [&](int c, Real slope) { s[c] += slope; });
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
