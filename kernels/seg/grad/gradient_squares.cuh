#pragma once
// The gradient of a pixel under a softmax with index labels where the slope by a probability depends on that
// probability, as that of squares does.
#include "seg/grad/slope_by_log.cuh"

// Where another class than the label's has at least this share of the probability, it is held apart, too.
#define SEG_WRONG_SHARE ((Real) 0.99)

#if SEG_IS_INDEXED_SOFTMAX
namespace seg {

#if SEG_HAS_OWN_SLOPES
// The coefficients that every pixel needs, in registers for few classes, or read from shared memory.
struct OwnSlopes {
    enum { PACKED = 16 / (int) sizeof(Real) };
#if SEG_CLASSES <= SEG_CHOSEN
#if !SEG_PAIRS
    Real b[SEG_CLASSES];
#endif
    Pack<Real, PACKED> s[(SEG_CLASSES + PACKED - 1) / PACKED];
#endif

    SEG_MEMBER OwnSlopes(const Coefficients& table) {
#if SEG_CLASSES <= SEG_CHOSEN
#if !SEG_PAIRS
        table.readB(b, 0);
#endif
#pragma unroll
        for (int c = 0; SEG_SQUARES && c < SEG_CLASSES; c += PACKED) {
            s[c / PACKED] = readPack<Real, PACKED>(table.shared + SharedCoefficients::SQUARES + c);
        }
#endif
    }

    // b for a pixel of class y.
    SEG_MEMBER void readB(const Coefficients& table, int y, Real (&all)[SEG_CLASSES]) const {
#if SEG_CLASSES <= SEG_CHOSEN && !SEG_PAIRS
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            all[c] = b[c];
        }
#else
        table.readB(all, y);
#endif
    }

    // What dL/dp has times p, of classes c, c + 1, and so on, where c is a multiple of their number.
    SEG_MEMBER Pack<Real, PACKED> squares(const Coefficients& table, int c) const {
#if SEG_CLASSES <= SEG_CHOSEN
        return s[c / PACKED];
#else
        return readPack<Real, PACKED>(table.shared + SharedCoefficients::SQUARES + c);
#endif
    }
};
#endif

#if SEG_SQUARES
// Turns the exponentials of a pixel into dL/dz, and returns that of label's class y. Its number among the others
// becomes 0, and those become probabilities, once their sum is known. `own` is as for softmaxGradient.
SEG_DEVICE Real squaresGradient(const Slopes& slopes, const OwnSlopes& held, Real weight, int y, Real own,
                                Real (&e)[SEG_CLASSES]) {
    Real others = 0;
    takeApart<0>(e, y, others, own);
    Real sum = others + own;
    Real inverse = reciprocal(sum);
    Real p = own * inverse;
    Real complement = others * inverse;
    Real ofLabel = p * (slopes.table.ofLabel(y) + slopes.table.ofSquare(y) * p);
    if (SEG_TERMS == SEG_OWN_TERMS) {
        ofLabel += slopes.table.entropies[y];
        if (!slopes.table.families.areEntropies()) {
            ofLabel += slopeByLog(slopes, y, {p, complement});
        }
    }
    Real d[SEG_CLASSES];
    held.readB(slopes.table, y, d);
    Real rest = 0;
    constexpr int WIDE = 16 / (int) sizeof(Real);
#pragma unroll
    for (int c = 0; c < SEG_CLASSES; c += WIDE) {
        Pack<Real, WIDE> some = held.squares(slopes.table, c);
#pragma unroll
        for (int k = 0; k < WIDE && c + k < SEG_CLASSES; k++) {
            e[c + k] *= inverse;
            d[c + k] = fused(some.of[k], e[c + k], d[c + k]);
            rest = fused(e[c + k], d[c + k], rest);
        }
    }
    Real mean = weight * (ofLabel + rest);
    // All exponentials were relative to the largest one, which is nearly 1.
    if (sum < 1 / SEG_WRONG_SHARE && own < (Real) 0.5) {
        seldom();
        int top = SEG_CLASSES;
        Real dTop = 0;
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            top = e[c] > (Real) 0.5 ? c : top;
            dTop = e[c] > (Real) 0.5 ? d[c] : dTop;
        }
        Real beside = p;
        Real slope = ofLabel;
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            beside += c == top ? 0 : e[c];
            slope += c == top ? 0 : e[c] * d[c];
        }
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            e[c] *= c == top ? weight * fused(beside, dTop, -slope) : fused(weight, d[c], -mean);
        }
    } else {
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            e[c] *= fused(weight, d[c], -mean);
        }
    }
    return weight * fused(complement, ofLabel, -(p * rest));
}
#endif

}  // namespace seg
#endif
