#pragma once
// The gradient of a pixel with one class whose predictions are probabilities already. Scores have the slope b_c for
// each class c, and a_y more for the label's class y. A curve f of q = p_y / S, where S is the sum of all p, has the
// slope f'(q) (1 - q) / S for class y, and -f'(q) q / S for all others.
#include "seg/count/hard_counts.cuh"
#include "seg/grad/slopes.cuh"
#include "seg/loss/given_labels.cuh"
#include "seg/pixel/indexed_group.cuh"

#if SEG_HAS_GIVEN_SHARES
namespace seg {

// The slopes of the terms of a pixel with the class y by the probability of this class, and by each other one.
struct GivenSlopes {
    Real ofLabel;
    Real ofOthers;

    SEG_MEMBER GivenSlopes() : ofLabel(0), ofOthers(0) {}

    // Adds those of term t. Returns its loss.
    SEG_MEMBER Real add(const Slopes& slopes, int t, Real weight, int y, const GivenPixel& pixel) {
        WideTerm term = wideTerm(slopes.args.in, t);
        Real factor = slopes.table.factor(t);
        Real loss = 0;
        eachGiven<1>(term, {weight}, {y}, {pixel}, [&](int, Real u, const CurvePoint& point, Real ofPixel) {
            loss = ofPixel * point.value;
            Real slope = factor == 0 ? 0 : ofPixel * factor * point.slope;
            if (divides(term)) {
                slope *= pixel.inverse;
                ofLabel = fused(slope, 1 - u, ofLabel);
                ofOthers = fused(-slope, u, ofOthers);
            } else {
                ofLabel += slope;
            }
        });
        return loss;
    }
};

// Leaves the losses to the forward sweep.
struct NoGivenLosses {
    SEG_MEMBER void operator()(int, Real) const {}
};

#if SEG_HAS_GIVEN_LABELS
// HAS_SCORES says whether there are region scores. The number of each pixel term and its loss go to `take`.
template <bool HAS_SCORES, typename Take>
struct GivenGradient {
    const Slopes& slopes;
    const Take& take;
    Real b[SEG_CLASSES];
#if SEG_COUNTS
    const HardCounts* hard;
#endif

    SEG_MEMBER GivenGradient(const Slopes& some, const Take& losses) : slopes(some), take(losses) {
        if (HAS_SCORES) {
            slopes.table.readB(b);
        }
    }

    // Nothing is asked of the pixel that its probabilities do not tell.
    SEG_MEMBER void locate(i64, i64, const Real*) const {}

    static SEG_MEMBER Real sumOfAll(const Real (&p)[SEG_CLASSES]) { return sumOfShares(p, true); }

    // Turns the probabilities of a pixel into the gradient. That of label's class y is returned. `own` is its
    // probability; for few classes it is 0 and found here.
    SEG_MEMBER Real operator()(Real weight, int y, Real own, Real (&p)[SEG_CLASSES]) const {
        if (SEG_CLASSES <= SEG_CHOSEN) {
            find<0>(p, y, own);
        }
        GivenPixel pixel(own, sumOfShares(p, slopes.args.keepsSlopes != 0));
        GivenSlopes of;
#pragma unroll 1
        for (int t = 0; t < (int) slopes.args.in.pixelTerms; t++) {
            take(t, of.add(slopes, t, weight, y, pixel));
        }
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            p[c] = HAS_SCORES ? fused(weight, b[c], of.ofOthers) : of.ofOthers;
        }
        return HAS_SCORES ? fused(weight, slopes.table.ofLabel(y), of.ofLabel) : of.ofLabel;
    }
};
#endif

}  // namespace seg
#endif
