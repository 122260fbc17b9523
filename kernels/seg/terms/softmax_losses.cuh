#pragma once
// Losses and gradient of a pixel under a softmax with index labels. Like ScoreGradient, these turn the exponentials of
// all classes into dL/dz; that of label's class y is returned, and its place among the others holds no useful number.
#include "seg/count/hard_counts.cuh"
#include "seg/grad/gradient_softmax.cuh"
#include "seg/pixel/indexed_group.cuh"
#include "seg/terms/own_losses.cuh"

#if SEG_IS_INDEXED_SOFTMAX
namespace seg {

// The inverse of the sum of a pixel's exponentials, and the probability of class y, whose exponential is `own`; for
// few classes that is 0 and found here.
struct Shares {
    Real inverse;
    Probability u;

    SEG_MEMBER Shares(const Real (&e)[SEG_CLASSES], int y, Real own) {
        Real others = 0;
        addOthers<0>(e, y, others);
        if (SEG_CLASSES <= SEG_CHOSEN) {
            find<0>(e, y, own);
        }
        inverse = reciprocal(others + own);
        u = {own * inverse, others * inverse};
    }

    // Turns exponentials into dL/dz, given -dL/dlog u.
    SEG_MEMBER Real gradient(Real fall, Real (&e)[SEG_CLASSES]) const {
        Real factor = fall * inverse;
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            e[c] *= factor;
        }
        // Of a void pixel, 0 and not -0.
        return 0 - fall * u.complement;
    }
};

#if SEG_IS_WIDE
// Where the predictions of the pixel at hand are.
struct PixelPlace {
    i64 n;
    i64 s;
    const Real* row;

    // log u of class y.
    SEG_MEMBER Real logarithm(const Inputs& in, int y, const Probability& u) const {
        Real log = logarithmBeside1(u.p, u.complement);
        if (u.p < SEG_TINY && y < SEG_CLASSES) {
            seldom();
            log = logarithmOfTiny(in, n, s, row, y);
        }
        return log;
    }
};
#endif

// Any sum of terms.
struct SoftmaxLosses {
    const Slopes& slopes;
    const TermSums& sums;
#if SEG_COUNTS
    const HardCounts* hard;
#endif
#if SEG_IS_WIDE
    PixelPlace place;

    SEG_MEMBER void locate(i64 n, i64 s, const Real* row) { place = {n, s, row}; }
#endif

    SEG_MEMBER Real operator()(Real weight, int y, Real own, Real (&e)[SEG_CLASSES]) const {
        Shares shares(e, y, own);
#if SEG_IS_WIDE
        OwnPixel pixel[1] = {{y, weight, shares.u, place.logarithm(slopes.args.in, y, shares.u)}};
#else
        OwnPixel pixel[1] = {{y, weight, shares.u}};
#endif
        Real slope[1];
        ownLosses(slopes, pixel, sums, true, slope);
        return shares.gradient(0 - slope[0], e);
    }
};

#if SEG_HAS_SMOOTHED_LABELS
// Cross-entropies of smoothed labels, and terms that ask the same of the probabilities of all classes but the label's.
struct SmoothedLosses {
    const Slopes& slopes;
    const TermSums& sums;
    const Real* rows;  // a SmoothedRow of each term
#if SEG_COUNTS
    const HardCounts* hard;
#endif
    PixelPlace place;

    SEG_MEMBER void locate(i64 n, i64 s, const Real* row) { place = {n, s, row}; }

    // Activates pixel v, and adds the part of its loss under the first term that its logits tell.
    template <int W>
    SEG_MEMBER Real activate(const IndexedGroup<W>& pixels, int v, i64 n, i64 first, const Real* row,
                             Real (&e)[SEG_CLASSES]) const {
        Real loss;
        Real own = activateSmoothed(slopes.args.in, pixels, v, n, first + v, row, rows, e, loss);
        sums.add(0, loss);
        return own;
    }

    // Adds that part under all other terms, before logits are turned into exponentials.
    template <int W>
    SEG_MEMBER void look(const IndexedGroup<W>& pixels, i64 n, i64 first, const Real* row) const {
#pragma unroll 1
        for (int t = 1; t < (int) slopes.args.in.pixelTerms; t++) {
            const Real* asked = rows + t * SmoothedRow::WIDTH;
            if (asked[SmoothedRow::IS_LINEAR] == 0) {
                sums.add(t, belowReference(slopes.args.in, pixels, n, first, row, asked));
            }
        }
    }

    SEG_MEMBER Real operator()(Real weight, int y, Real own, Real (&e)[SEG_CLASSES]) const {
        const Inputs& in = slopes.args.in;
        Shares shares(e, y, own);
        Real log = place.logarithm(in, y, shares.u);
        Real logInverse = quickLogarithm(shares.inverse);
#pragma unroll 1
        for (int t = 0; t < (int) in.pixelTerms; t++) {
            const Real* row = rows + t * SmoothedRow::WIDTH;
            sums.add(t, -weight * aboveReference(row, y, shares.u, log, logInverse));
        }
        Real ofLabel = fused(shares.u.p, slopes.table.ofLabel(y), slopes.table.entropies[y]);
        Real ofOthers = slopes.table.smoothingOfOthers(y);
        Real factor = -shares.inverse * (ofLabel + ofOthers);
        slopes.table.eachSmoothing([&](int c, Real slope) { e[c] = fused(e[c], factor, slope); });
        return fused(ofLabel, shares.u.complement, -(shares.u.p * ofOthers));
    }
};

// The same where linear terms ask more of some probabilities than of others. Their slopes are those of scores.
struct LinearLosses : SmoothedLosses {
    SEG_MEMBER Real operator()(Real weight, int y, Real own, Real (&e)[SEG_CLASSES]) const {
        const Inputs& in = slopes.args.in;
        Real b[SEG_CLASSES];
        slopes.table.readB(b);
        Real sum = 0;
        auto split = [&](Real& others, Real& rest, Real& found) {
            addOthers<0>(e, b, y, others, rest, found);
            sum = others + found;
        };
        return softmaxGradient(slopes, b, 1, y, own, e, split, [&](Real p, Real complement, Real& ofLabel) {
            Probability u = {p, complement};
            Real log = place.logarithm(in, y, u);
            Real inverse = reciprocal(sum);
            Real logInverse = quickLogarithm(inverse);
            Real taken = weight * inverse;
#pragma unroll 1
            for (int t = 0; t < (int) in.pixelTerms; t++) {
                const Real* asked = rows + t * SmoothedRow::WIDTH;
                Real loss = -weight * aboveReference(asked, y, u, log, logInverse);
                if (asked[SmoothedRow::IS_LINEAR] != 0) {
                    loss += taken == 0 ? 0 : taken * sumOfShares(asked, e);
                }
                sums.add(t, loss);
            }
            ofLabel += slopes.table.entropies[y];
        });
    }
};
#else
// One term that is cross-entropy, perhaps with weights of classes. What it needs stays in registers.
struct CrossEntropyLosses {
    OwnTerm term;
#if SEG_IS_WIDE
    const Inputs& in;
    PixelPlace place;

    SEG_MEMBER void locate(i64 n, i64 s, const Real* row) { place = {n, s, row}; }
#endif
    Real a;
    Real factor;  // of the gradient, times a
    Real loss;  // of this thread's pixels since the last flush, divided by a
#if SEG_COUNTS
    const HardCounts* hard;
#endif

#if SEG_IS_WIDE
    SEG_MEMBER CrossEntropyLosses(const Slopes& slopes)
            : term(ownTerm(slopes.args.in, 0)), in(slopes.args.in), place(), loss(0){
#else
    SEG_MEMBER CrossEntropyLosses(const Slopes& slopes) : term(ownTerm(slopes.args.in, 0)), loss(0) {
#endif
                                                                                     a = term.positive().a;
    factor = a * slopes.table.factor(0);
}

    // Whether this is all that a loss asks. An infinite factor, or none, takes more care.
SEG_MEMBER bool
fits(const Inputs& in) const {
    return in.pixelTerms == 1 && term.positive().isCrossEntropy() && factor > 0 && factor < (Real) 1e30;
}

SEG_MEMBER Real operator()(Real weight, int y, Real own, Real (&e)[SEG_CLASSES]) {
    Shares shares(e, y, own);
    Real fall = 0;
    if (y < SEG_CLASSES) {
        weight *= term.weight(y);
#if SEG_IS_WIDE
        CurvePoint point = {-place.logarithm(in, y, shares.u), -1};
#else
            CurvePoint point = curvePoint<true>({1, 0, 0}, shares.u.p, shares.u.complement);
#endif
        if (weight != 0) {
            loss += weight * point.value;
            fall = weight * factor * -point.slope;
        }
#if !SEG_IS_WIDE
        else if (term.multiplicity(SEG_CLASSES, y) != 0) {
            // The loss of a class that the term does not gather is not even NaN. With a clip it is finite.
            loss += 0 * point.value;
        }
#endif
    }
    return shares.gradient(fall, e);
}

// The loss since the last call.
SEG_MEMBER Real taken() {
    Real sum = a * loss;
    loss = 0;
    return sum;
}
};  // namespace seg
#endif

}  // namespace seg
#endif
