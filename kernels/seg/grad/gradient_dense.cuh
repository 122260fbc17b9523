#pragma once
// The gradient of a pixel with dense labels, for losses that depend on the sums alone. With p the probabilities of a
// softmax and d = dL/dp, it is dL/dz_c = p_c (d_c - mean), where the mean is that of d, weighted by p. It does not
// change if the same number is subtracted from all d. That number is the d of the largest probability, which then is 0,
// so no digits are lost where this class has nearly all of the probability.
#include "seg/grad/gradient.cuh"
#include "seg/pixel/dense_group.cuh"

#if SEG_IS_QUICK && SEG_IS_DENSE
namespace seg {

// dL/dp of the region scores of all classes, with truths g.
SEG_DEVICE void denseSlopes(const Coefficients& table, const Real (&g)[SEG_CLASSES], Real (&d)[SEG_CLASSES]) {
    constexpr int WIDE = 16 / (int) sizeof(Real);
#pragma unroll
    for (int c = 0; c < SEG_CLASSES; c += WIDE) {
        Pack<Real, WIDE> a = readPack<Real, WIDE>(table.shared + SharedCoefficients::A + c);
        Pack<Real, WIDE> b = readPack<Real, WIDE>(table.shared + SharedCoefficients::B + c);
#pragma unroll
        for (int k = 0; k < WIDE && c + k < SEG_CLASSES; k++) {
            d[c + k] = fused(a.of[k], g[c + k], b.of[k]);
        }
    }
}

#if SEG_DISTANCES
// Adds a slope to a sum, with the other sign where x is positive: nothing where x is 0, and NaN where it is NaN.
SEG_DEVICE void addAgainstSign(Real x, Real slope, Real& sum) {
#if SEG_IS_PREDICATED
    // Under a softmax, a NaN is in all probabilities of a pixel, so that it is felt without this slope.
    if (SEG_ACTIVATION == SEG_SOFTMAX) {
        asm("{.reg .pred is;\n.reg .b32 turned;\nsetp.neu.f32 is, %1, 0f00000000;\n"
            "lop3.b32 turned, %2, %1, 0x80000000, 0xd2;\n@is add.f32 %0, %0, turned;}"
            : "+f"(sum)
            : "f"(x), "f"(slope));
        return;
    }
#endif
    sum = fused(slope, x > 0 ? -1 : x < 0 ? 1 : x, sum);
}
#endif

#if SEG_SQUARES || SEG_DISTANCES
// Adds those of further statistics, with probabilities e times factor.
SEG_DEVICE void addFurtherSlopes(const Coefficients& table, const Real (&g)[SEG_CLASSES], const Real (&e)[SEG_CLASSES],
                                 Real factor, Real (&d)[SEG_CLASSES]) {
#if SEG_SQUARES
#pragma unroll
    for (int c = 0; c < SEG_CLASSES; c++) {
        d[c] = fused(table.ofSquare(c), e[c] * factor, d[c]);
    }
#endif
#if SEG_DISTANCES
    constexpr int WIDE = 16 / (int) sizeof(Real);
#pragma unroll
    for (int c = 0; c < SEG_CLASSES; c += WIDE) {
        Pack<Real, WIDE> distance = readPack<Real, WIDE>(table.shared + SharedCoefficients::DISTANCE + c);
#pragma unroll
        for (int k = 0; k < WIDE && c + k < SEG_CLASSES; k++) {
            addAgainstSign(fused(e[c + k], -factor, g[c + k]), distance.of[k], d[c + k]);
        }
    }
#endif
}
#endif

struct DenseGradient {
    static constexpr bool NEEDS_MAXIMA = SEG_ACTIVATION == SEG_SOFTMAX;
    const Slopes& slopes;

    // Turns the predictions of a pixel into dL/dz, but for its weight.
    SEG_MEMBER void operator()(Real, const Real (&g)[SEG_CLASSES], Real max, Real (&values)[SEG_CLASSES]) const {
        if (SEG_ACTIVATION == SEG_SOFTMAX) {
            throughSoftmax(g, max, values);
            return;
        }
        Real d[SEG_CLASSES];
        denseSlopes(slopes.table, g, d);
        Probability u[SEG_CLASSES];
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            u[c] = SEG_ACTIVATION == SEG_SIGMOID ? sigmoid(values[c]) : Probability{values[c], 0};
            values[c] = u[c].p;
        }
#if SEG_SQUARES || SEG_DISTANCES
        addFurtherSlopes(slopes.table, g, values, 1, d);
#endif
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            values[c] = SEG_ACTIVATION == SEG_SIGMOID ? throughSigmoid(u[c].p, u[c].complement, d[c]) : d[c];
        }
    }

    SEG_MEMBER void throughSoftmax(const Real (&g)[SEG_CLASSES], Real max, Real (&e)[SEG_CLASSES]) const {
        Real shift = shiftOf(max);
        Real largest = exponentialFrom(shift, max);
        Real sum = 0;
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            e[c] = exponentialFrom(shift, e[c]);
            sum += e[c];
        }
        Real inverse = reciprocal(sum);
        Real d[SEG_CLASSES];
        denseSlopes(slopes.table, g, d);
#if SEG_SQUARES
        // With probabilities in place of exponentials, fewer registers are taken.
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            e[c] *= inverse;
        }
        addFurtherSlopes(slopes.table, g, e, 1, d);
        largest *= inverse;
        inverse = 1;
#elif SEG_DISTANCES
        addFurtherSlopes(slopes.table, g, e, inverse, d);
#endif
        Real ofLargest = 0;
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            ofLargest = e[c] == largest ? d[c] : ofLargest;
        }
        Real mean = 0;
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            d[c] -= ofLargest;
            mean = fused(e[c], d[c], mean);
        }
        mean *= inverse * inverse;
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            e[c] *= fused(inverse, d[c], -mean);
        }
    }
};

}  // namespace seg
#endif
