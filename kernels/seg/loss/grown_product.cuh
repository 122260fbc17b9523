#pragma once
// The logarithm that many outputs share: of the product of what each has above 1, kept as its difference from 1, so
// that small numbers keep their digits.
#include "seg/loss/hard_output.cuh"

#if SEG_HAS_OUTPUT_TERMS
namespace seg {

// log(1 + product).
SEG_DEVICE double logarithmOfGrown(double product) { return logarithmBeside1(1 + product, -product); }

// As logarithmBeside1, whose difference from 1 is the product itself.
SEG_DEVICE float logarithmOfGrown(float product) {
    float u = 1 + product;
    unsigned exponent = (__float_as_uint(u) - 0x3f2aaaabu) & 0xff800000u;
    float f = exponent == 0 ? product : fmaf(u, floatOfBits(0x3f800000u - exponent), -1.0f);
    return fmaf((float) (int) exponent, 8.26295829e-8f, fmaf(logarithmQuotient(f) * f, f, f));
}

// The sum of log(1 + e) over chunks, from the products of all 1 + e of a chunk, without 1.
SEG_DEVICE bool logarithmOfChunks(const Real (&product)[SEG_CHUNKS], Real& sum) {
    Real all = product[0];
#pragma unroll
    for (int k = 1; k < SEG_CHUNKS; k++) {
        all = fused(product[k], all + 1, all);
    }
    if (all < SEG_TOO_LARGE) {
        sum = logarithmOfGrown(all);
        return true;
    }
    // Many outputs are far on the wrong side.
    seldom();
    bool fits = true;
    sum = 0;
#pragma unroll
    for (int k = 0; k < SEG_CHUNKS; k++) {
        fits = fits && product[k] < SEG_TOO_LARGE;
        sum += logarithmOfGrown(product[k]);
    }
    return fits;
}

}  // namespace seg
#endif
