#pragma once
// The probabilities of a softmax with their logarithms, for a pixel whose classes may all have a part in a loss.
#include "seg/base/logarithm.cuh"
#include "seg/base/quick_math.cuh"
#include "seg/loss/wide_term.cuh"
#include "seg/pixel/exponential.cuh"

#if SEG_HAS_SHARED_TRUTHS
namespace seg {

// Adds x to one sum where the exponential e is 1, as that of the largest prediction is, and elsewhere to another one.
SEG_DEVICE void addApart(Real e, Real x, Real& apart, Real& others) {
#if SEG_IS_PREDICATED
    asm("{.reg .pred is;\nsetp.eq.f32 is, %2, 0f3F800000;\n@is add.f32 %0, %0, %3;\n@!is add.f32 %1, %1, %3;}"
        : "+f"(apart), "+f"(others)
        : "f"(e), "f"(x));
#else
    apart += e == 1 ? x : 0;
    others += e == 1 ? 0 : x;
#endif
}

// Replaces x where the exponential e is a given one.
SEG_DEVICE void replaceWhere(Real e, Real given, Real number, Real& x) {
#if SEG_IS_PREDICATED
    asm("{.reg .pred is;\nsetp.eq.f32 is, %1, %2;\n@is mov.f32 %0, %3;}" : "+f"(x) : "f"(e), "f"(given), "f"(number));
#else
    x = e == given ? number : x;
#endif
}

// The largest probability has the sum of the others for its complement, so no digits are lost where it is nearly 1.
struct SoftmaxShares {
    // Of many classes, there are no registers for exponentials beside logarithms and sums, so they are computed again.
    static constexpr bool IS_CROWDED = SEG_CLASSES > 24;
    static constexpr int COUNT = SEG_CLASSES;

    Real e[SEG_CLASSES];  // exponentials of the differences from the largest prediction
    Real log[SEG_CLASSES];  // these differences, until `findLogarithms` adds the logarithm of the largest probability
    Real count;  // how many exponentials are 1, which is that of the largest prediction
    Real others;  // the sum of all exponentials but one that is 1
    Real inverse;  // of the sum of all, which is the largest probability
    Real complement;  // 1 less that
    Real ofLargest;  // the logarithm of the largest probability, from `findLogarithms` on

    SEG_MEMBER void open(const Real (&z)[SEG_CLASSES]) {
        Real max = z[0];
#pragma unroll
        for (int c = 1; c < SEG_CLASSES; c++) {
            max = larger(max, z[c]);
        }
        count = 0;
        others = 0;
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            log[c] = z[c] - max;
            e[c] = exponentialFrom(0, log[c]);
            addApart(e[c], e[c], count, others);
        }
        others += count - 1;
        inverse = reciprocal(1 + others);
        complement = others * inverse;
    }

    // All logarithms come from those of predictions and of the largest probability, so none of them underflows.
    SEG_MEMBER void findLogarithms() {
        ofLargest = -(others <= 1 ? logarithmOfOneAnd(others) : quickLogarithm(1 + others));
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            log[c] += ofLargest;
        }
    }

    // What follows does not use probabilities that were computed before, for which there are no registers.
    SEG_MEMBER void forget() { inverse = kept(inverse); }

    SEG_MEMBER Real logOf(int c) const { return log[c]; }

    SEG_MEMBER Real p(int c) const { return IS_CROWDED ? exponentialFrom(0, log[c]) : e[c] * inverse; }

    // Gives numbers that become probabilities when multiplied by the factor that it returns.
    SEG_MEMBER Real takeAll(Real (&p)[SEG_CLASSES]) const {
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            p[c] = IS_CROWDED ? exponentialFrom(0, log[c]) : e[c];
        }
        return IS_CROWDED ? 1 : inverse;
    }

    SEG_MEMBER Side side(int c) const {
        bool isLargest = IS_CROWDED ? log[c] == ofLargest : e[c] == 1;
        return {p(c), isLargest ? complement : 1 - p(c), log[c]};
    }

    // Turns slopes by the logarithms of the probabilities, as if these did not depend on one another, into slopes by
    // the predictions: s_c less p_c times the sum of all s. For the largest probability p that is (1 - p) s less p
    // times the sum of the others. Where several are the largest, no digits are lost.
    SEG_MEMBER void slopesOfPredictions(Real (&s)[SEG_CLASSES]) const {
        Real top = 0;
        Real others = 0;
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            addApart(e[c], s[c], top, others);
        }
        Real minusAll = -((top + others) * inverse);
        Real ofTop = fused(top, complement, -(inverse * others));
        Real eOfTop = count == 1 ? 1 : 2;
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            s[c] = fused(e[c], minusAll, s[c]);
            replaceWhere(e[c], eOfTop, ofTop, s[c]);
        }
    }
};

}  // namespace seg
#endif
