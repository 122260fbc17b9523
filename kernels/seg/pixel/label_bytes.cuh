#pragma once
// What labels and weights say of some pixels, with a byte of a word for each.
#include "seg/base/vectors.cuh"

namespace seg {

// The highest bits of the bytes that a chunk of pixels has.
#define SEG_MARKS (SEG_VECTOR == 4 ? 0x80808080u : 0x8080u)

// Marks the bytes of a word that have a value below 256.
SEG_DEVICE unsigned bytesEqual(unsigned word, unsigned value) {
    unsigned x = word ^ value * 0x01010101u;
    return ~(((x & 0x7f7f7f7fu) + 0x7f7f7f7fu) | x) & SEG_MARKS;
}

// The same where all bytes, and the value, are below 128.
SEG_DEVICE unsigned smallBytesEqual(unsigned word, unsigned value) {
    return (0x80808080u - (word ^ value * 0x01010101u)) & SEG_MARKS;
}

// Marks the bytes of a word that are not below a limit, which is at most 128.
SEG_DEVICE unsigned bytesFrom(unsigned word, unsigned limit) {
    return (((word & 0x7f7f7f7fu) + (128 - limit) * 0x01010101u) | word) & SEG_MARKS;
}

// A bit for each byte that is marked, that of the first one lowest.
SEG_DEVICE unsigned bitsOfMarks(unsigned marks) { return marks * 0x00204081u >> 28; }

// Marks which of some weights are 1; the others are 0.
SEG_DEVICE unsigned marksOfOnes(const Pack<float, 4>& weights) {
#ifdef __CUDACC__
    unsigned marks;
    asm("{.reg .b32 a, b;\nprmt.b32 a, %1, %2, 0x0062;\nprmt.b32 b, %3, %4, 0x0062;\nprmt.b32 %0, a, b, 0x5410;}"
        : "=r"(marks)
        : "f"(weights.of[0]), "f"(weights.of[1]), "f"(weights.of[2]), "f"(weights.of[3]));
    return marks;
#else
    unsigned marks = 0;
    for (int k = 0; k < 4; k++) {
        marks |= weights.of[k] == 1 ? 128u << 8 * k : 0;
    }
    return marks;
#endif
}

SEG_DEVICE unsigned marksOfOnes(const Pack<float, 2>& weights) {
    return (weights.of[0] == 1 ? 0x80u : 0) | (weights.of[1] == 1 ? 0x8000u : 0);
}

// Whether weights are 0 and 1 alone.
template <int CHUNKS>
SEG_DEVICE bool areZerosAndOnes(const Pack<float, SEG_VECTOR> (&weights)[CHUNKS]) {
    unsigned other = 0;
#pragma unroll
    for (int k = 0; k < CHUNKS * SEG_VECTOR; k += 2) {
        float first = weights[k / SEG_VECTOR].of[k % SEG_VECTOR];
        float second = weights[k / SEG_VECTOR].of[k % SEG_VECTOR + 1];
        other = joinedBits(other, fmaf(first, first, -first), fmaf(second, second, -second));
    }
    return other == 0;
}

// Whether all are 1.
template <int CHUNKS>
SEG_DEVICE bool areOnes(const Pack<float, SEG_VECTOR> (&weights)[CHUNKS]) {
    unsigned any = 0;
    unsigned common = ~0u;
#pragma unroll
    for (int k = 0; k < CHUNKS * SEG_VECTOR; k += 2) {
        float first = weights[k / SEG_VECTOR].of[k % SEG_VECTOR];
        float second = weights[k / SEG_VECTOR].of[k % SEG_VECTOR + 1];
        any = joinedBits(any, first, second);
        common &= __float_as_uint(first) & __float_as_uint(second);
    }
    return any == 0x3f800000u && common == 0x3f800000u;
}

}  // namespace seg
