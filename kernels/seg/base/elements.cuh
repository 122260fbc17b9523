#pragma once
// Reads and writes elements of tensors of any type. This is the only place that knows half and bfloat16: it converts
// them by inline PTX or bit operations on a device, and by bit operations when tests compile it for the host.
#include "seg/base/common.cuh"

namespace seg {

SEG_DEVICE float floatOfBits(unsigned bits) { return __uint_as_float(bits); }

SEG_DEVICE float floatOfBfloat(unsigned short bits) { return floatOfBits((unsigned) bits << 16); }

// Rounds to nearest, ties to even. NaN stays NaN.
SEG_DEVICE unsigned short bfloatOfFloat(float value) {
    unsigned bits = __float_as_uint(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u) {
        return (unsigned short) (bits >> 16 | 0x40u);
    }
    return (unsigned short) ((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

// e^x for a difference of logits, which is never above 0. For predictions of 16 bits, one approximate instruction is
// exact enough: its relative error is at most about 2^-22 + |x| 2^-24.
#if SEG_IS_NARROW && defined(__CUDACC__)
SEG_DEVICE float exponentialOfLogit(float x) {
    float value;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(value) : "f"(x * 1.44269504f));
    return value;
}
#else
SEG_DEVICE Real exponentialOfLogit(Real x) { return exponential(x); }
#endif

#ifdef __CUDACC__
SEG_DEVICE float floatOfHalf(unsigned short bits) {
    float value;
    asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(bits));
    return value;
}

SEG_DEVICE unsigned short halfOfFloat(float value) {
    unsigned short bits;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(value));
    return bits;
}
#else
SEG_DEVICE float floatOfHalf(unsigned short half) {
    unsigned sign = (half & 0x8000u) << 16;
    unsigned rest = half & 0x7fffu;
    if (rest >= 0x7c00u) {
        return floatOfBits(sign | 0x7f800000u | (rest & 0x3ffu) << 13);
    }
    // The multiplication corrects the bias of the exponent, and also converts denormal halves.
    float magnitude = floatOfBits(rest << 13) * 0x1p112f;
    return sign == 0 ? magnitude : -magnitude;
}

SEG_DEVICE unsigned short halfOfFloat(float value) {
    unsigned sign = __float_as_uint(value) >> 16 & 0x8000u;
    unsigned bits = __float_as_uint(value) & 0x7fffffffu;
    if (bits > 0x7f800000u) {
        return (unsigned short) (sign | 0x7e00u);
    }
    if (bits >= 0x477ff000u) {
        return (unsigned short) (sign | 0x7c00u);
    }
    if (bits < 0x38800000u) {
        // Denormal halves are multiples of 2^-24. Adding 0.5 shifts the bits and rounds them.
        return (unsigned short) (sign | (__float_as_uint(floatOfBits(bits) + 0.5f) - 0x3f000000u));
    }
    return (unsigned short) (sign | (bits - 0x38000000u + 0xfffu + (bits >> 13 & 1u)) >> 13);
}
#endif

// Two numbers at a time, the first one in the lower bits.
#if defined(__CUDACC__) && __CUDA_ARCH__ >= 800
SEG_DEVICE unsigned halvesOfFloats(float first, float second) {
    unsigned bits;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(bits) : "f"(second), "f"(first));
    return bits;
}

SEG_DEVICE unsigned bfloatsOfFloats(float first, float second) {
    unsigned bits;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(bits) : "f"(second), "f"(first));
    return bits;
}
#else
SEG_DEVICE unsigned halvesOfFloats(float first, float second) {
    return halfOfFloat(first) | (unsigned) halfOfFloat(second) << 16;
}

SEG_DEVICE unsigned bfloatsOfFloats(float first, float second) {
    return bfloatOfFloat(first) | (unsigned) bfloatOfFloat(second) << 16;
}
#endif

// Two numbers of the predictions' type in one register, if that type has 16 bits.
SEG_DEVICE float firstOfPair(unsigned pair) {
    return SEG_ELEMENT == SEG_HALF ? floatOfHalf((unsigned short) pair) : floatOfBits(pair << 16);
}

SEG_DEVICE float secondOfPair(unsigned pair) {
    return SEG_ELEMENT == SEG_HALF ? floatOfHalf((unsigned short) (pair >> 16)) : floatOfBits(pair & 0xffff0000u);
}

SEG_DEVICE unsigned pairOfFloats(float first, float second) {
    return SEG_ELEMENT == SEG_HALF ? halvesOfFloats(first, second) : bfloatsOfFloats(first, second);
}

// The maxima of both numbers. If one of two is NaN, the other one.
SEG_DEVICE unsigned largerPair(unsigned a, unsigned b) {
#if defined(__CUDACC__) && __CUDA_ARCH__ >= 800
    unsigned max;
    if (SEG_ELEMENT == SEG_HALF) {
        asm("max.f16x2 %0, %1, %2;" : "=r"(max) : "r"(a), "r"(b));
    } else {
        asm("max.bf16x2 %0, %1, %2;" : "=r"(max) : "r"(a), "r"(b));
    }
    return max;
#else
    return pairOfFloats(larger(firstOfPair(a), firstOfPair(b)), larger(secondOfPair(a), secondOfPair(b)));
#endif
}

// Reads an element of an integer type.
SEG_DEVICE i64 readIndex(const void* address, int type, i64 at) {
    switch (type) {
        case 4: return ((const unsigned char*) address)[at];
        case 5:
        case 12: return ((const signed char*) address)[at];
        case 6: return ((const unsigned short*) address)[at];
        case 7: return ((const short*) address)[at];
        case 8: return ((const unsigned*) address)[at];
        case 9: return ((const int*) address)[at];
        default: return ((const i64*) address)[at];
    }
}

// Reads an element of any type, rounded to Real.
SEG_DEVICE Real readReal(const void* address, int type, i64 at) {
    switch (type) {
        case 0: return ((const float*) address)[at];
        case 1: return (Real) ((const double*) address)[at];
        case 2: return floatOfHalf(((const unsigned short*) address)[at]);
        case 3: return floatOfBfloat(((const unsigned short*) address)[at]);
        default: return (Real) readIndex(address, type, at);
    }
}

// A weight of a mask; -1, which is none, for a number that is not 0 but would become 0.
SEG_DEVICE Real readWeight(const void* address, int type, i64 at) {
    Real weight = readReal(address, type, at);
    return weight == 0 && type == 1 && ((const double*) address)[at] != 0 ? -1 : weight;
}

// A number as the predictions' type holds it.
SEG_DEVICE Real rounded(Real value) {
    return SEG_ELEMENT == SEG_HALF ? floatOfHalf(halfOfFloat((float) value))
            : SEG_IS_NARROW        ? floatOfBfloat(bfloatOfFloat((float) value))
                                   : value;
}

// Writes an element of a floating-point type.
SEG_DEVICE void writeReal(void* address, int type, i64 at, Real value) {
    switch (type) {
        case 0: ((float*) address)[at] = (float) value; break;
        case 1: ((double*) address)[at] = value; break;
        case 2: ((unsigned short*) address)[at] = halfOfFloat((float) value); break;
        default: ((unsigned short*) address)[at] = bfloatOfFloat((float) value); break;
    }
}

// Adds to an element of a floating-point type, in double if it is one.
SEG_DEVICE void addReal(void* address, int type, i64 at, double value) {
    if (type == 1) {
        ((double*) address)[at] += value;
    } else {
        writeReal(address, type, at, (Real) ((double) readReal(address, type, at) + value));
    }
}

}  // namespace seg
