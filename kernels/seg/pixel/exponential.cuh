#pragma once
// The exponentials of a softmax, e^(z - max), each from one multiplication and addition and one instruction for 2^x.
#include "seg/base/elements.cuh"
#include "seg/base/quick_math.cuh"

namespace seg {

#define SEG_LOG2_E 1.44269504f

// A logit whose magnitude is below this may be scaled before the maximum is subtracted. The rounding of the scaled
// maximum is a factor that all exponentials of a pixel share. Below this limit it is within 0.3 % of 1, and it cancels
// in the probabilities.
#define SEG_LARGE_LOGIT 65536

// What exponentialFrom subtracts, from the largest logit of a pixel.
SEG_DEVICE float shiftOf(float max) { return max * SEG_LOG2_E; }
SEG_DEVICE double shiftOf(double max) { return max; }

SEG_DEVICE float fused(float a, float b, float c) { return fmaf(a, b, c); }
SEG_DEVICE double fused(double a, double b, double c) { return fma(a, b, c); }

#ifdef __CUDACC__
SEG_DEVICE float exponentialFrom(float shift, float z) {
    float value;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(value) : "f"(fused(z, SEG_LOG2_E, -shift)));
    return value;
}
#else
SEG_DEVICE float exponentialFrom(float shift, float z) { return exp2f(fused(z, SEG_LOG2_E, -shift)); }
#endif
SEG_DEVICE double exponentialFrom(double shift, double z) { return exponential(z - shift); }

#if SEG_HAS_SMOOTHED_LABELS
// exponentialFrom(shift, z) is e to the power of ((z * SEG_LOG_SCALE) - shift) * SEG_LOG_UNIT.
#define SEG_LOG_SCALE ((Real) (SEG_ELEMENT == SEG_DOUBLE ? 1 : SEG_LOG2_E))
#define SEG_LOG_UNIT ((Real) (SEG_ELEMENT == SEG_DOUBLE ? 1 : 0.693147181f))
#endif

// The following functions do something else for channel `apart` than for the others. In PTX that is a comparison and
// what depends on it; of C++ the compilers make choices between numbers, or branches.
#if defined(__CUDACC__) && SEG_ELEMENT != SEG_DOUBLE
#define SEG_IS_PREDICATED 1
#else
#define SEG_IS_PREDICATED 0
#endif

// Adds the number of channel C to a sum, and the same times b to a second sum, unless `apart` is C.
template <int C>
SEG_DEVICE void addUnless(int apart, Real e, Real b, Real& sum, Real& weighted) {
#if SEG_IS_PREDICATED
    asm("{.reg .pred other;\nsetp.ne.s32 other, %2, %3;\n@other add.f32 %0, %0, %4;\n"
        "@other fma.rn.f32 %1, %4, %5, %1;}"
        : "+f"(sum), "+f"(weighted)
        : "r"(apart), "n"(C), "f"(e), "f"(b));
#else
    sum += C == apart ? 0 : e;
    weighted = C == apart ? weighted : fused(e, b, weighted);
#endif
}

#if SEG_SQUARES
// The same, and the product of the number and another one that it is part of to a third sum.
template <int C>
SEG_DEVICE void addUnless(int apart, Real e, Real b, Real product, Real& sum, Real& weighted, Real& squares) {
#if SEG_IS_PREDICATED
    asm("{.reg .pred other;\nsetp.ne.s32 other, %3, %4;\n@other add.f32 %0, %0, %5;\n"
        "@other fma.rn.f32 %1, %5, %6, %1;\n@other fma.rn.f32 %2, %5, %7, %2;}"
        : "+f"(sum), "+f"(weighted), "+f"(squares)
        : "r"(apart), "n"(C), "f"(e), "f"(b), "f"(product));
#else
    addUnless<C>(apart, e, b, sum, weighted);
    squares = C == apart ? squares : fused(e, product, squares);
#endif
}
#endif

#if SEG_CLASSES > 0
// Up to this number of classes, what belongs to the label's class is chosen in registers; above, memory is read or
// written once more, which takes fewer instructions than a choice for each class.
#define SEG_CHOSEN 4

// Finds the number of channel `apart` among those from C on. Leaves `found` as it is if there is none.
template <int C>
SEG_DEVICE void find(const Real (&e)[SEG_CLASSES], int apart, Real& found) {
#if SEG_IS_PREDICATED
    asm("{.reg .pred is;\nsetp.eq.s32 is, %1, %2;\n@is mov.f32 %0, %3;}" : "+f"(found) : "r"(apart), "n"(C), "f"(e[C]));
#else
    found = C == apart ? e[C] : found;
#endif
    if constexpr (C + 1 < SEG_CLASSES) {
        find<C + 1>(e, apart, found);
    }
}

// Replaces the number of channel `apart` if that is C or a later one.
template <int C>
SEG_DEVICE void replace(Real (&e)[SEG_CLASSES], int apart, Real number) {
#if SEG_IS_PREDICATED
    asm("{.reg .pred is;\nsetp.eq.s32 is, %1, %2;\n@is mov.f32 %0, %3;}"
        : "+f"(e[C])
        : "r"(apart), "n"(C), "f"(number));
#else
    e[C] = C == apart ? number : e[C];
#endif
    if constexpr (C + 1 < SEG_CLASSES) {
        replace<C + 1>(e, apart, number);
    }
}

#if SEG_HAS_ONE_HOT
// Of one-hot labels g, finds the class y whose label is 1 among those from C on, and its number. Adds up the numbers of
// the other classes. Leaves y and `own` as they are if there is no such class.
template <int C>
SEG_DEVICE void splitByLabel(const Real (&e)[SEG_CLASSES], const Real (&g)[SEG_CLASSES], int& y, Real& sum, Real& own) {
#if SEG_IS_PREDICATED
    asm("{.reg .pred other;\nsetp.neu.f32 other, %3, 0f3F800000;\n@other add.f32 %0, %0, %4;\n"
        "@!other mov.f32 %1, %4;\n@!other mov.b32 %2, %5;}"
        : "+f"(sum), "+f"(own), "+r"(y)
        : "f"(g[C]), "f"(e[C]), "n"(C));
#else
    sum += g[C] == 1 ? 0 : e[C];
    own = g[C] == 1 ? e[C] : own;
    y = g[C] == 1 ? C : y;
#endif
    if constexpr (C + 1 < SEG_CLASSES) {
        splitByLabel<C + 1>(e, g, y, sum, own);
    }
}

// The same, and the sum of the products of the other classes' numbers and b.
template <int C>
SEG_DEVICE void splitByLabel(const Real (&e)[SEG_CLASSES], const Real (&g)[SEG_CLASSES], const Real (&b)[SEG_CLASSES],
                             int& y, Real& sum, Real& weighted, Real& own) {
#if SEG_IS_PREDICATED
    asm("{.reg .pred other;\nsetp.neu.f32 other, %4, 0f3F800000;\n@other add.f32 %0, %0, %5;\n"
        "@other fma.rn.f32 %1, %5, %6, %1;\n@!other mov.f32 %2, %5;\n@!other mov.b32 %3, %7;}"
        : "+f"(sum), "+f"(weighted), "+f"(own), "+r"(y)
        : "f"(g[C]), "f"(e[C]), "f"(b[C]), "n"(C));
#else
    sum += g[C] == 1 ? 0 : e[C];
    weighted = g[C] == 1 ? weighted : fused(e[C], b[C], weighted);
    own = g[C] == 1 ? e[C] : own;
    y = g[C] == 1 ? C : y;
#endif
    if constexpr (C + 1 < SEG_CLASSES) {
        splitByLabel<C + 1>(e, g, b, y, sum, weighted, own);
    }
}
#endif

// Adds x to a sum and y to another one if C is channel `apart`.
template <int C>
SEG_DEVICE void addWhere(int apart, Real x, Real y, Real& sum, Real& other) {
#if SEG_IS_PREDICATED
    asm("{.reg .pred is;\nsetp.eq.s32 is, %2, %3;\n@is add.f32 %0, %0, %4;\n@is add.f32 %1, %1, %5;}"
        : "+f"(sum), "+f"(other)
        : "r"(apart), "n"(C), "f"(x), "f"(y));
#else
    sum += C == apart ? x : 0;
    other += C == apart ? y : 0;
#endif
}

#if SEG_SQUARES
// Adds the numbers of all channels from C on to a sum, but that of `apart`, which becomes 0. For few classes it is what
// `found` becomes.
template <int C>
SEG_DEVICE void takeApart(Real (&e)[SEG_CLASSES], int apart, Real& sum, Real& found) {
    constexpr bool FEW = SEG_CLASSES <= SEG_CHOSEN;
#if SEG_IS_PREDICATED
    if constexpr (FEW) {
        asm("{.reg .pred other;\nsetp.ne.s32 other, %3, %4;\n@!other mov.f32 %2, %1;\n"
            "@!other mov.f32 %1, 0f00000000;\n@other add.f32 %0, %0, %1;}"
            : "+f"(sum), "+f"(e[C]), "+f"(found)
            : "r"(apart), "n"(C));
    } else {
        asm("{.reg .pred other;\nsetp.ne.s32 other, %2, %3;\n@!other mov.f32 %1, 0f00000000;\n"
            "@other add.f32 %0, %0, %1;}"
            : "+f"(sum), "+f"(e[C])
            : "r"(apart), "n"(C));
    }
#else
    found = FEW && C == apart ? e[C] : found;
    e[C] = C == apart ? 0 : e[C];
    sum += e[C];
#endif
    if constexpr (C + 1 < SEG_CLASSES) {
        takeApart<C + 1>(e, apart, sum, found);
    }
}
#endif

// Adds up the numbers of all channels from C on but `apart`.
template <int C>
SEG_DEVICE void addOthers(const Real (&e)[SEG_CLASSES], int apart, Real& sum) {
#if SEG_IS_PREDICATED
    if constexpr (C == 0) {
        asm("{.reg .pred other;\nsetp.ne.s32 other, %1, 0;\nselp.f32 %0, %2, 0f00000000, other;}"
            : "=f"(sum)
            : "r"(apart), "f"(e[0]));
    } else {
        asm("{.reg .pred other;\nsetp.ne.s32 other, %1, %2;\n@other add.f32 %0, %0, %3;}"
            : "+f"(sum)
            : "r"(apart), "n"(C), "f"(e[C]));
    }
#else
    sum = (C == 0 ? 0 : sum) + (C == apart ? 0 : e[C]);
#endif
    if constexpr (C + 1 < SEG_CLASSES) {
        addOthers<C + 1>(e, apart, sum);
    }
}

// The same, and the sum of the products of these numbers and b. For few classes it finds the number of channel `apart`,
// too, or 0 if there is none.
template <int C>
SEG_DEVICE void addOthers(const Real (&e)[SEG_CLASSES], const Real (&b)[SEG_CLASSES], int apart, Real& sum,
                          Real& weighted, Real& found) {
    constexpr bool FEW = SEG_CLASSES <= SEG_CHOSEN;
#if SEG_IS_PREDICATED
    if constexpr (C == 0 && FEW) {
        asm("{.reg .pred other;\nsetp.ne.s32 other, %2, 0;\nselp.f32 %0, %3, 0f00000000, other;\n"
            "selp.f32 %1, 0f00000000, %3, other;}"
            : "=&f"(sum), "=&f"(found)
            : "r"(apart), "f"(e[0]));
        weighted = sum * b[0];
    } else if constexpr (C == 0) {
        asm("{.reg .pred other;\nsetp.ne.s32 other, %1, 0;\nselp.f32 %0, %2, 0f00000000, other;}"
            : "=f"(sum)
            : "r"(apart), "f"(e[0]));
        weighted = sum * b[0];
    } else if constexpr (FEW) {
        asm("{.reg .pred other;\nsetp.ne.s32 other, %3, %4;\n@other add.f32 %0, %0, %5;\n"
            "@other fma.rn.f32 %1, %5, %6, %1;\n@!other mov.f32 %2, %5;}"
            : "+f"(sum), "+f"(weighted), "+f"(found)
            : "r"(apart), "n"(C), "f"(e[C]), "f"(b[C]));
    } else {
        addUnless<C>(apart, e[C], b[C], sum, weighted);
    }
#else
    sum = (C == 0 ? 0 : sum) + (C == apart ? 0 : e[C]);
    weighted = fused(C == apart ? 0 : e[C], b[C], C == 0 ? 0 : weighted);
    found = FEW && C == apart ? e[C] : FEW && C == 0 ? 0 : found;
#endif
    if constexpr (C + 1 < SEG_CLASSES) {
        addOthers<C + 1>(e, b, apart, sum, weighted, found);
    }
}
#endif

}  // namespace seg
