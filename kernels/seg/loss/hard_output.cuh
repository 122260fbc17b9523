#pragma once
// An output whose label is 0 or 1, in few instructions. With t = z for the label 0 and -z for the label 1, v =
// sigmoid(t) is the probability that the label's side lacks, u = 1 - v the one that it has, and its cross-entropy
// -log u = log(1 + e^t). Nothing here is a difference of numbers that are nearly equal, so u and v are both exact.
#include "seg/base/logarithm.cuh"
#include "seg/pixel/channel_tile.cuh"
#include "seg/pixel/exponential.cuh"

#if SEG_HAS_OUTPUT_TERMS
namespace seg {

// Above this, 1 + e^t or a product of such numbers may have no reciprocal, and the output is for other loops.
#define SEG_TOO_LARGE ((Real) (SEG_ELEMENT == SEG_DOUBLE ? 1e300 : 8e37))
// Below this, the logarithm comes from a polynomial: that of the device may err by 2^-22 near 1.
#define SEG_NEARLY_RIGHT 0.0625f

// log2(u) where v = 1 - u is known, with a relative error below 4e-6: of the device near 1 / 16, of the polynomial
// 2.6e-6 there and less below.
SEG_DEVICE Real logarithmOfRight(Real u, Real v) {
#if SEG_ELEMENT == SEG_DOUBLE
    return logarithmBeside1(u, v) * 1.4426950408889634;
#elif defined(__CUDACC__)
    float log = quickLogarithm2(u);
    asm("{.reg .pred near;\n.reg .f32 r;\nsetp.lt.f32 near, %1, 0f3D800000;\n"
        "fma.rn.f32 r, %1, 0fBF039DD4, 0fBF387F59;\n@near fma.rn.f32 r, r, %1, 0fBFB8AA3B;\n"
        "@near mul.f32 %0, r, %1;}"
        : "+f"(log)
        : "f"(v));
    return log;
#else
    float r = fmaf(fmaf(v, -0.51412702f, -0.72069317f), v, -1.44269504f);
    return v < SEG_NEARLY_RIGHT ? r * v : quickLogarithm2(u);
#endif
}

struct HardOutput {
    unsigned side;  // the highest bit is set if the label is 1
    Real t;
    Real e;  // e^t
    Real grown;  // 1 + e^t
    Real u;
    Real v;

    static SEG_MEMBER HardOutput of(unsigned side, Real z) {
        Real t = negatedBy(side, z);
        Real e = exponentialWithin(t);
        Real u = reciprocal(1 + e);
        return {side, t, e, 1 + e, u, e * u};
    }

    SEG_MEMBER Real logarithm() const { return logarithmOfRight(u, v); }

    // A power of v, given log2(u); that of 0 is taken of the least normal number.
    SEG_MEMBER Real powerOfOther(Real log, Real exponent) const {
        Real least = SEG_ELEMENT == SEG_DOUBLE ? -1022 : -126;
        return powerOf2(exponent * larger(fused(t, (Real) 1.4426950408889634, log), least));
    }
};

// Two numbers that belong to the labels 1 and 0.
struct Sides {
    Real ofTrue;
    Real ofFalse;

    SEG_MEMBER Real of(unsigned side) const { return side >> 31 != 0 ? ofTrue : ofFalse; }
};

// What follows chooses by the label. In PTX each instruction has a predicate; of C++ the compilers make choices between
// numbers. A register that only instructions with predicates write is one that has a value before, as assemblers keep
// it free from the beginning of the loop otherwise.

// Adds one of two numbers to the sum of its side.
SEG_DEVICE void addOne(unsigned side, Real one, Real other, Sides& sums) {
#if SEG_IS_PREDICATED
    asm("{.reg .pred is;\nsetp.lt.s32 is, %2, 0;\n@is add.f32 %0, %0, %3;\n@!is add.f32 %1, %1, %4;}"
        : "+f"(sums.ofTrue), "+f"(sums.ofFalse)
        : "r"(side), "f"(one), "f"(other));
#else
    bool is = side >> 31 != 0;
    sums.ofTrue += is ? one : 0;
    sums.ofFalse += is ? 0 : other;
#endif
}

#if SEG_SQUARES
// Adds the square of one of two numbers to a sum.
SEG_DEVICE void addSquare(unsigned side, Real one, Real other, Real& sum) {
#if SEG_IS_PREDICATED
    asm("{.reg .pred is;\nsetp.lt.s32 is, %1, 0;\n@is fma.rn.f32 %0, %2, %2, %0;\n@!is fma.rn.f32 %0, %3, %3, %0;}"
        : "+f"(sum)
        : "r"(side), "f"(one), "f"(other));
#else
    Real own = side >> 31 != 0 ? one : other;
    sum = fused(own, own, sum);
#endif
}

// The number of a side and a multiple of one of two numbers.
SEG_DEVICE Real plusMultiple(unsigned side, const Sides& number, Real factor, Real one, Real other) {
#if SEG_IS_PREDICATED
    Real sum = number.ofFalse;
    asm("{.reg .pred is;\nsetp.lt.s32 is, %1, 0;\n@is fma.rn.f32 %0, %3, %4, %2;\n@!is fma.rn.f32 %0, %3, %5, %0;}"
        : "+f"(sum)
        : "r"(side), "f"(number.ofTrue), "f"(factor), "f"(one), "f"(other));
    return sum;
#else
    bool is = side >> 31 != 0;
    return fused(factor, is ? one : other, number.of(side));
#endif
}
#endif

// Adds a product to the sum of a side.
SEG_DEVICE void addProduct(unsigned side, Real a, Real b, Sides& sums) {
#if SEG_IS_PREDICATED
    asm("{.reg .pred is;\nsetp.lt.s32 is, %2, 0;\n@is fma.rn.f32 %0, %3, %4, %0;\n@!is fma.rn.f32 %1, %3, %4, %1;}"
        : "+f"(sums.ofTrue), "+f"(sums.ofFalse)
        : "r"(side), "f"(a), "f"(b));
#else
    bool is = side >> 31 != 0;
    sums.ofTrue = is ? fused(a, b, sums.ofTrue) : sums.ofTrue;
    sums.ofFalse = is ? sums.ofFalse : fused(a, b, sums.ofFalse);
#endif
}

// Both.
SEG_DEVICE void addBoth(unsigned side, Real one, Real other, Sides& sums, Real a, Real b, Sides& products) {
#if SEG_IS_PREDICATED
    asm("{.reg .pred is;\nsetp.lt.s32 is, %4, 0;\n@is add.f32 %0, %0, %5;\n@!is add.f32 %1, %1, %6;\n"
        "@is fma.rn.f32 %2, %7, %8, %2;\n@!is fma.rn.f32 %3, %7, %8, %3;}"
        : "+f"(sums.ofTrue), "+f"(sums.ofFalse), "+f"(products.ofTrue), "+f"(products.ofFalse)
        : "r"(side), "f"(one), "f"(other), "f"(a), "f"(b));
#else
    addOne(side, one, other, sums);
    addProduct(side, a, b, products);
#endif
}

// Multiplies 1 and the number of a side by 1 and another one.
SEG_DEVICE void grow(unsigned side, Real e, Sides& products) {
#if SEG_IS_PREDICATED
    asm("{.reg .pred is;\nsetp.lt.s32 is, %2, 0;\n@is fma.rn.f32 %0, %3, %0, %0;\n@is add.f32 %0, %0, %3;\n"
        "@!is fma.rn.f32 %1, %3, %1, %1;\n@!is add.f32 %1, %1, %3;}"
        : "+f"(products.ofTrue), "+f"(products.ofFalse)
        : "r"(side), "f"(e));
#else
    bool is = side >> 31 != 0;
    products.ofTrue = is ? fused(e, products.ofTrue, products.ofTrue) + e : products.ofTrue;
    products.ofFalse = is ? products.ofFalse : fused(e, products.ofFalse, products.ofFalse) + e;
#endif
}

// v (u a + f) + k, or the same without u a, with the numbers of the side.
template <bool HAS_SCORES>
SEG_DEVICE Real slopeOfSide(unsigned side, Real u, Real v, const Sides& a, const Sides& f, const Sides& k) {
#if SEG_IS_PREDICATED
    if constexpr (HAS_SCORES) {
        asm("{.reg .pred is;\nsetp.lt.s32 is, %1, 0;\n@is fma.rn.f32 %0, %0, %3, %5;\n@!is fma.rn.f32 %0, %0, %4, %6;\n"
            "@is fma.rn.f32 %0, %2, %0, %7;\n@!is fma.rn.f32 %0, %2, %0, %8;}"
            : "+f"(u)
            : "r"(side), "f"(v), "f"(a.ofTrue), "f"(a.ofFalse), "f"(f.ofTrue), "f"(f.ofFalse), "f"(k.ofTrue),
              "f"(k.ofFalse));
        return u;
    } else {
        asm("{.reg .pred is;\nsetp.lt.s32 is, %1, 0;\n@is fma.rn.f32 %0, %0, %2, %4;\n@!is fma.rn.f32 %0, %0, %3, %5;}"
            : "+f"(v)
            : "r"(side), "f"(f.ofTrue), "f"(f.ofFalse), "f"(k.ofTrue), "f"(k.ofFalse));
        return v;
    }
#else
    return fused(v, HAS_SCORES ? fused(u, a.of(side), f.of(side)) : f.of(side), k.of(side));
#endif
}

// x f, and a if there are scores, with the numbers of the side.
template <bool HAS_SCORES>
SEG_DEVICE Real slopeOfProbability(unsigned side, Real x, const Sides& a, const Sides& f) {
#if SEG_IS_PREDICATED
    if constexpr (HAS_SCORES) {
        asm("{.reg .pred is;\nsetp.lt.s32 is, %1, 0;\n@is fma.rn.f32 %0, %0, %4, %2;\n"
            "@!is fma.rn.f32 %0, %0, %5, %3;}"
            : "+f"(x)
            : "r"(side), "f"(a.ofTrue), "f"(a.ofFalse), "f"(f.ofTrue), "f"(f.ofFalse));
    } else {
        asm("{.reg .pred is;\nsetp.lt.s32 is, %1, 0;\n@is mul.f32 %0, %0, %2;\n@!is mul.f32 %0, %0, %3;}"
            : "+f"(x)
            : "r"(side), "f"(f.ofTrue), "f"(f.ofFalse));
    }
    return x;
#else
    return HAS_SCORES ? fused(x, f.of(side), a.of(side)) : x * f.of(side);
#endif
}

// v (u a + x f), or the same without u a, with the numbers of the side.
template <bool HAS_SCORES>
SEG_DEVICE Real slopeOfSide(unsigned side, Real u, Real v, const Sides& a, Real x, const Sides& f) {
#if SEG_IS_PREDICATED
    if constexpr (HAS_SCORES) {
        asm("{.reg .pred is;\nsetp.lt.s32 is, %1, 0;\n@is mul.f32 %0, %0, %5;\n@!is mul.f32 %0, %0, %6;\n"
            "@is fma.rn.f32 %0, %2, %3, %0;\n@!is fma.rn.f32 %0, %2, %4, %0;}"
            : "+f"(x)
            : "r"(side), "f"(u), "f"(a.ofTrue), "f"(a.ofFalse), "f"(f.ofTrue), "f"(f.ofFalse));
    } else {
        asm("{.reg .pred is;\nsetp.lt.s32 is, %1, 0;\n@is mul.f32 %0, %0, %2;\n@!is mul.f32 %0, %0, %3;}"
            : "+f"(x)
            : "r"(side), "f"(f.ofTrue), "f"(f.ofFalse));
    }
    return v * x;
#else
    Real slope = x * f.of(side);
    return v * (HAS_SCORES ? fused(u, a.of(side), slope) : slope);
#endif
}

}  // namespace seg
#endif
