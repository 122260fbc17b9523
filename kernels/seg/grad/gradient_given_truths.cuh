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

    // Turns the probabilities of a pixel into the gradient, but for its weight.
    SEG_MEMBER void operator()(Real weight, const Real (&g)[SEG_CLASSES], Real, Real (&p)[SEG_CLASSES]) const {
        GivenTruths at(p, g, oneHotOf(g), slopes.args.keepsSlopes != 0);
        Real d[SEG_CLASSES];
        if (HAS_SCORES) {
            denseSlopes(slopes.table, g, d);
        }
        if (at.isOneHot()) {
            GivenSlopes own;
#pragma unroll 1
            for (int t = 0; t < (int) slopes.args.in.pixelTerms; t++) {
                take(t, weight == 0 ? 0 : weight * own.add(slopes, t, 1, at.label, at.pixel));
            }
#pragma unroll
            for (int c = 0; c < SEG_CLASSES; c++) {
                p[c] = g[c] != 0 ? own.ofLabel : own.ofOthers;
            }
        } else {
            seldom();
            softSlopes(weight, g, at, p);
        }
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            p[c] = HAS_SCORES ? p[c] + d[c] : p[c];
        }
    }

    // Turns probabilities into the slopes of curves, of any label.
    SEG_MEMBER void softSlopes(Real weight, const Real (&g)[SEG_CLASSES], const GivenTruths& at,
                               Real (&p)[SEG_CLASSES]) const {
        Real s[SEG_CLASSES] = {};
#pragma unroll 1
        for (int t = 0; t < (int) slopes.args.in.pixelTerms; t++) {
            WideTerm term = wideTerm(slopes.args.in, t);
            Real factor = slopes.table.factor(t) * (divides(term) ? at.pixel.inverse : 1);
            Real loss = 0;
            Real mean = 0;
            eachGivenTruth(term, at.pixel, p, g, [&](int c, Real u, const CurvePoint& point, Real asked) {
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
