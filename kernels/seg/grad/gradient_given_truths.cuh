#pragma once
// The gradient of a pixel with dense labels whose predictions are probabilities already. Scores have the slope
// a_c g_c + b_c for each class c. Of a one-hot label, curves have a slope by the probability of its class, and one by
// all others; of any other label, a curve f_k of q_k = p_k / S, where S is the sum of all p, has the slope
// (f'_c(q_c) - the sum of f'_k(q_k) q_k) / S for class c.
#include "seg/grad/gradient_dense.cuh"
#include "seg/grad/gradient_given.cuh"
#include "seg/loss/given_truths.cuh"

#if SEG_HAS_GIVEN_TRUTHS
namespace seg {

// HAS_SCORES says whether there are region scores. The number of each pixel term and its loss go to `take`.
template <bool HAS_SCORES, typename Take>
struct GivenTruthGradient {
    static constexpr bool NEEDS_MAXIMA = false;
    const Slopes& slopes;
    const Take& take;

    // Turns the probabilities of a pixel into the gradient, but for its weight. If its labels are one-hot, y is the
    // class of the 1, or SEG_CLASSES.
    SEG_MEMBER void operator()(Real weight, const Real (&g)[SEG_CLASSES], bool isOneHot, int y,
                               Real (&p)[SEG_CLASSES]) const {
        GivenPixel pixel = givenPixel(p, g, slopes.args.keepsSlopes != 0);
        if (isOneHot) {
            oneHotSlopes(weight, g, y, pixel, p);
            return;
        }
        seldom();
        softSlopes(weight, g, pixel, p);
        if (HAS_SCORES) {
            Real d[SEG_CLASSES];
            denseSlopes(slopes.table, g, d);
#pragma unroll
            for (int c = 0; c < SEG_CLASSES; c++) {
                p[c] += d[c];
            }
        }
    }

    // The same of one-hot labels. Only the label's class has another slope by scores than b, and by curves than the
    // others.
    SEG_MEMBER void oneHotSlopes(Real weight, const Real (&g)[SEG_CLASSES], int y, const GivenPixel& pixel,
                                 Real (&p)[SEG_CLASSES]) const {
        GivenSlopes own;
#pragma unroll 1
        for (int t = 0; t < (int) slopes.args.in.pixelTerms; t++) {
            take(t, weight == 0 ? 0 : weight * own.add(slopes, t, 1, y, pixel));
        }
        Real b[SEG_CLASSES] = {};
        if (HAS_SCORES) {
            slopes.table.readB(b);
            own.ofLabel += y < SEG_CLASSES ? slopes.table.a(y) + slopes.table.b(y) : 0;
        }
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            p[c] = g[c] != 0 ? own.ofLabel : HAS_SCORES ? b[c] + own.ofOthers : own.ofOthers;
        }
    }

    // Turns probabilities into the slopes of curves, of any label.
    SEG_MEMBER void softSlopes(Real weight, const Real (&g)[SEG_CLASSES], const GivenPixel& pixel,
                               Real (&p)[SEG_CLASSES]) const {
        Real s[SEG_CLASSES] = {};
#pragma unroll 1
        for (int t = 0; t < (int) slopes.args.in.pixelTerms; t++) {
            WideTerm term = wideTerm(slopes.args.in, t);
            Real factor = slopes.table.factor(t) * (divides(term) ? pixel.inverse : 1);
            Real loss = 0;
            Real mean = 0;
            eachGivenTruth(term, pixel, p, g, [&](int c, Real u, const CurvePoint& point, Real asked) {
                loss = fused(asked, point.value, loss);
                Real slope = factor == 0 ? 0 : asked * factor * point.slope;
                s[c] += slope;
                mean = fused(slope, u, mean);
            });
#pragma unroll
            for (int c = 0; c < SEG_CLASSES; c++) {
                s[c] -= divides(term) ? mean : 0;
            }
            take(t, weight == 0 ? 0 : weight * loss);
        }
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            p[c] = s[c];
        }
    }
};

}  // namespace seg
#endif
