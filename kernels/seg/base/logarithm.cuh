#pragma once
// The logarithm of a number that may be near 1, from which its difference is known, in few instructions.
#include "seg/base/elements.cuh"

namespace seg {

// log(u), where v is 1 - u. The caller knows v exactly even near u = 1, so the logarithm is exact there, too. u is a
// normal number above 0; NaN gives NaN.
SEG_DEVICE double logarithmBeside1(double u, double v) { return u < 0.5 ? logarithm(u) : logarithmOfOnePlus(-v); }

// As k log(2) + log(1 + f) with u = 2^k (1 + f) and f from -1/3 to 1/3. Near 1, f is -v. The polynomial is the best one
// of its degree that begins with f - f^2 / 2; its relative error is below 4e-8.
SEG_DEVICE float logarithmBeside1(float u, float v) {
    unsigned bits = __float_as_uint(u);
    unsigned exponent = (bits - 0x3f2aaaabu) & 0xff800000u;
    float f = exponent == 0 ? -v : floatOfBits(bits - exponent) - 1;
    float r = fmaf(0.138214931f, f, -0.151232064f);
    r = fmaf(r, f, 0.140420943f);
    r = fmaf(r, f, -0.164721832f);
    r = fmaf(r, f, 0.200079292f);
    r = fmaf(r, f, -0.250042409f);
    r = fmaf(r, f, 0.333332658f);
    r = fmaf(r, f, -0.5f);
    r = fmaf(r * f, f, f);
    // The exponent counts units of 2^23. The other product brings in a NaN, of which the bits say nothing.
    return fmaf((float) (int) exponent, 8.26295829e-8f, fmaf(u, 0.0f, r));
}

}  // namespace seg
