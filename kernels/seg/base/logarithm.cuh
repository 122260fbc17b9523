#pragma once
// The logarithm of a number that may be near 1, from which its difference is known, in few instructions.
#include "seg/base/elements.cuh"

namespace seg {

// Below this, the logarithm of a probability comes from the predictions.
#define SEG_TINY ((Real) (SEG_ELEMENT == SEG_DOUBLE ? 1e-290 : 1e-30))
// The least normal number.
#define SEG_LEAST_NORMAL ((Real) (SEG_ELEMENT == SEG_DOUBLE ? 2.2250738585072014e-308 : 1.1754943508222875e-38))

// log(u), where v is 1 - u. The caller knows v exactly even near u = 1, so the logarithm is exact there, too. u is a
// normal number above 0; NaN gives NaN.
SEG_DEVICE double logarithmBeside1(double u, double v) { return u < 0.5 ? logarithm(u) : logarithmOfOnePlus(-v); }

#if SEG_EXTENT == SEG_EXACT && defined(__CUDACC__)
// Constants stand in the instructions, which the compilers would write to registers first.
#define SEG_HORNER(R, F, BITS) asm("fma.rn.f32 %0, %0, %1, " BITS ";" : "+f"(R) : "f"(F))

// The same numbers as below.
SEG_DEVICE float logarithmQuotient(float f) {
    float r;
    asm("fma.rn.f32 %0, %1, 0f3E0D8837, 0fBE1ADC94;" : "=f"(r) : "f"(f));
    SEG_HORNER(r, f, "0f3E0FCA82");
    SEG_HORNER(r, f, "0fBE28ACD7");
    SEG_HORNER(r, f, "0f3E4CE196");
    SEG_HORNER(r, f, "0fBE80058F");
    SEG_HORNER(r, f, "0f3EAAAA94");
    SEG_HORNER(r, f, "0fBF000000");
    return r;
}

// u as 2^k (1 + f), where the exponent is k in units of 2^23: f, which is -v if k is 0.
SEG_DEVICE float mantissaBeside1(float u, float v, unsigned exponent) {
    float f;
    asm("{.reg .pred near;\n.reg .b32 scale;\nsub.u32 scale, 0x3f800000, %3;\nfma.rn.f32 %0, %1, scale, 0fBF800000;\n"
        "setp.eq.u32 near, %3, 0;\n@near neg.f32 %0, %2;}"
        : "=&f"(f)
        : "f"(u), "f"(v), "r"(exponent));
    return f;
}
#else
// (log(1 + f) - f) / f^2 for f from -1/3 to 1/3.
SEG_DEVICE float logarithmQuotient(float f) {
    float r = fmaf(0.138214931f, f, -0.151232064f);
    r = fmaf(r, f, 0.140420943f);
    r = fmaf(r, f, -0.164721832f);
    r = fmaf(r, f, 0.200079292f);
    r = fmaf(r, f, -0.250042409f);
    r = fmaf(r, f, 0.333332658f);
    r = fmaf(r, f, -0.5f);
    return r;
}

SEG_DEVICE float mantissaBeside1(float u, float v, unsigned exponent) {
    // A product, so that a NaN stays one.
    return exponent == 0 ? -v : fmaf(u, floatOfBits(0x3f800000u - exponent), -1.0f);
}
#endif

// As k log(2) + log(1 + f) with u = 2^k (1 + f) and f from -1/3 to 1/3. Near 1, f is -v. The polynomial is the best one
// of its degree that begins with f - f^2 / 2; its relative error is below 4e-8.
SEG_DEVICE float logarithmBeside1(float u, float v) {
    unsigned bits = __float_as_uint(u);
    unsigned exponent = (bits - 0x3f2aaaabu) & 0xff800000u;
    float f = mantissaBeside1(u, v, exponent);
    float r = logarithmQuotient(f);
    r = fmaf(r * f, f, f);
    // The exponent counts units of 2^23.
    return fmaf((float) (int) exponent, 8.26295829e-8f, r);
}

#if SEG_EXTENT == SEG_EXACT
// log(1 + e) for e from 0 to 1, by the best polynomial of its degree that begins with e, without a branch. Its relative
// error is below 4e-8, that of its arithmetic below 1.5e-7.
SEG_DEVICE double logarithmOfOneAnd(double e) { return logarithmOfOnePlus(e); }

SEG_DEVICE float logarithmOfOneAnd(float e) {
#ifdef __CUDACC__
    float r;
    asm("fma.rn.f32 %0, %1, 0f3BAFCB6C, 0fBCF64C8D;" : "=f"(r) : "f"(e));
    SEG_HORNER(r, e, "0f3DA235FE");
    SEG_HORNER(r, e, "0fBE0CD6C5");
    SEG_HORNER(r, e, "0f3E442229");
    SEG_HORNER(r, e, "0fBE7E8990");
    SEG_HORNER(r, e, "0f3EAA9AED");
    SEG_HORNER(r, e, "0fBEFFFF8A");
#else
    float r = fmaf(0.005364826f, e, -0.0300658f);
    r = fmaf(r, e, 0.079204547f);
    r = fmaf(r, e, -0.137538033f);
    r = fmaf(r, e, 0.191536554f);
    r = fmaf(r, e, -0.248571638f);
    r = fmaf(r, e, 0.333213226f);
    r = fmaf(r, e, -0.49999648f);
#endif
    return fmaf(r * e, e, e);
}
#endif

}  // namespace seg
