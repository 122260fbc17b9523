#pragma once
// Exponentials and reciprocals of floats in few instructions, as exact as expf and a division within two units in the
// last place: the approximate instructions of a device, with the rounding of an exponent's argument made good. Where
// there are no such instructions, for double and on the host of the tests, they are the plain functions.
#include "seg/base/common.cuh"

namespace seg {

#ifdef __CUDACC__
// 1/x. Above 2^126 it is 0.
SEG_DEVICE float reciprocal(float x) {
    float value;
    asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(value) : "f"(x));
    return value;
}

// e^-x as 2^t with t = -x log2(e). The rounding of t errs by c = t ln(2) + x, so that e^-x is 2^t e^-c, which 1 - c is
// near enough to. Where t or c is infinite, or x so large that c means nothing, 2^t is 0 or infinite; the factor is
// then kept between 0.5 and 1.5 so that it stays that. Saturation makes 0 of a NaN, so the NaN of x comes from 2^t.
SEG_DEVICE float exponentialOfMinus(float x) {
    float t = x * -1.44269504f;
    float power;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(power) : "f"(t));
    float factor;
    asm("sub.sat.f32 %0, 0f3F000000, %1;" : "=f"(factor) : "f"(fmaf(t, 0.693147181f, x)));
    return power * (factor + 0.5f);
}
// e^x for x up to 80, where the correction needs no care as long as x times log2(e) is finite.
SEG_DEVICE float exponentialWithin(float x) {
    float t = x * 1.44269504f;
    float power;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(power) : "f"(t));
    return fmaf(power, fmaf(t, -0.693147181f, x), power);
}
// -|x|.
SEG_DEVICE float minusMagnitude(float x) {
    float minus;
    asm("or.b32 %0, %1, 0x80000000;" : "=f"(minus) : "f"(x));
    return minus;
}
// 1 with the sign that x does not have.
SEG_DEVICE float oneOfOtherSign(float x) {
    float one;
    asm("lop3.b32 %0, %1, 0x80000000, 0xbf800000, 0x6a;" : "=f"(one) : "f"(x));
    return one;
}
// log(x) of a normal number, near 1 within 2^-22.
SEG_DEVICE float quickLogarithm(float x) {
    float value;
    asm("lg2.approx.ftz.f32 %0, %1;" : "=f"(value) : "f"(x));
    return value * 0.693147181f;
}
// log2(x), with the same error.
SEG_DEVICE float quickLogarithm2(float x) {
    float value;
    asm("lg2.approx.ftz.f32 %0, %1;" : "=f"(value) : "f"(x));
    return value;
}
// 2^x.
SEG_DEVICE float powerOf2(float x) {
    float value;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(value) : "f"(x));
    return value;
}
// A number, with the other sign if the highest bit of `bits` is set.
SEG_DEVICE float negatedBy(unsigned bits, float x) {
    float value;
    asm("lop3.b32 %0, %1, %2, 0x80000000, 0x78;" : "=f"(value) : "f"(x), "r"(bits));
    return value;
}
#else
SEG_DEVICE float quickLogarithm(float x) { return logarithm(x); }
SEG_DEVICE float quickLogarithm2(float x) { return logarithm(x) * 1.44269504f; }
SEG_DEVICE float powerOf2(float x) { return exp2f(x); }
SEG_DEVICE float negatedBy(unsigned bits, float x) { return bits >> 31 != 0 ? -x : x; }
SEG_DEVICE float reciprocal(float x) { return 1 / x; }
SEG_DEVICE float exponentialWithin(float x) { return exponential(x); }
SEG_DEVICE float exponentialOfMinus(float x) { return exponential(-x); }
SEG_DEVICE float minusMagnitude(float x) { return -absolute(x); }
SEG_DEVICE float oneOfOtherSign(float x) { return __float_as_uint(x) >> 31 != 0 ? 1 : -1; }
#endif
SEG_DEVICE double quickLogarithm(double x) { return logarithm(x); }
SEG_DEVICE double quickLogarithm2(double x) { return logarithm(x) * 1.4426950408889634; }
SEG_DEVICE double powerOf2(double x) { return exponential(x * 0.69314718055994531); }
SEG_DEVICE double negatedBy(unsigned bits, double x) { return bits >> 31 != 0 ? -x : x; }
SEG_DEVICE double reciprocal(double x) { return 1 / x; }
SEG_DEVICE double exponentialWithin(double x) { return exponential(x); }
SEG_DEVICE double exponentialOfMinus(double x) { return exponential(-x); }
SEG_DEVICE double minusMagnitude(double x) { return -absolute(x); }
SEG_DEVICE double oneOfOtherSign(double x) { return x < 0 ? 1 : -1; }

}  // namespace seg
