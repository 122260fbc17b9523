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

// Adds a number to a sum, and the same times b to a second sum, unless `apart` is C.
template <int C>
SEG_DEVICE void addUnless(int apart, Real e, Real b, Real& sum, Real& weighted) {
#if defined(__CUDACC__) && SEG_ELEMENT != SEG_DOUBLE
    // A comparison and additions that depend on it. The compilers would choose between numbers first.
    asm("{.reg .pred other;\nsetp.ne.s32 other, %2, %3;\n@other add.f32 %0, %0, %4;\n"
        "@other fma.rn.f32 %1, %4, %5, %1;}"
        : "+f"(sum), "+f"(weighted)
        : "r"(apart), "n"(C), "f"(e), "f"(b));
#else
    sum += C == apart ? 0 : e;
    weighted = C == apart ? weighted : fused(e, b, weighted);
#endif
}

#if SEG_CLASSES > 0
// The number of channel y, or 0 if there is no such channel. For few classes.
template <int C>
SEG_DEVICE Real chosen(const Real (&e)[SEG_CLASSES], int y) {
    if constexpr (C == SEG_CLASSES) {
        return 0;
    } else {
        return y == C ? e[C] : chosen<C + 1>(e, y);
    }
}

// Adds the numbers of channels C and above, except that of channel `apart`, to a sum.
template <int C>
SEG_DEVICE void addOthers(const Real (&e)[SEG_CLASSES], int apart, Real& sum) {
#if defined(__CUDACC__) && SEG_ELEMENT != SEG_DOUBLE
    // A comparison and an addition that depends on it. The compilers would choose between numbers first.
    asm("{.reg .pred other;\nsetp.ne.s32 other, %1, %2;\n@other add.f32 %0, %0, %3;}"
        : "+f"(sum)
        : "r"(apart), "n"(C), "f"(e[C]));
#else
    sum += C == apart ? 0 : e[C];
#endif
    if constexpr (C + 1 < SEG_CLASSES) {
        addOthers<C + 1>(e, apart, sum);
    }
}

// The same, which also adds each of these numbers times b to a second sum.
template <int C>
SEG_DEVICE void addOthers(const Real (&e)[SEG_CLASSES], const Real (&b)[SEG_CLASSES], int apart, Real& sum,
                          Real& weighted) {
    addUnless<C>(apart, e[C], b[C], sum, weighted);
    if constexpr (C + 1 < SEG_CLASSES) {
        addOthers<C + 1>(e, b, apart, sum, weighted);
    }
}
#endif

}  // namespace seg
