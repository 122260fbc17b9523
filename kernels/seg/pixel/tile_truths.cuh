#pragma once
// Dense labels of what a thread has of a tile of one channel: numbers from 0 to 1 that are truths as they are.
#include "seg/pixel/chunk.cuh"
#include "seg/pixel/pixel.cuh"

#if SEG_SUMS == SEG_CHANNELS && SEG_IS_DENSE
namespace seg {

template <int CHUNKS>
struct TileLabels {
    Real truths[CHUNKS * SEG_VECTOR];

    SEG_MEMBER Real truth(int k) const { return truths[k]; }

#if SEG_HAS_OUTPUT_TERMS
    // Bits of which the highest one is set if the truth of pixel k is above 0.5.
    SEG_MEMBER unsigned side(int k) const {
#if SEG_ELEMENT == SEG_DOUBLE
        return truths[k] > 0.5 ? 0x80000000u : 0;
#elif defined(__CUDACC__)
        unsigned bits;
        asm("sub.f32 %0, 0f3F000000, %1;" : "=r"(bits) : "f"(truths[k]));
        return bits;
#else
        return __float_as_uint(0.5f - truths[k]);
#endif
    }

#if SEG_ACTIVATION == SEG_IDENTITY
    SEG_MEMBER bool isTrue(int k) const { return lack(k) == 0; }
    // What the truth of pixel k lacks to 1, and twice that.
    SEG_MEMBER Real lack(int k) const { return 1 - truths[k]; }
    SEG_MEMBER Real twiceLack(int k) const { return fused((Real) -2, truths[k], (Real) 2); }

    // Whether all truths are 0 or 1. They are numbers from 0 to 1.
    SEG_MEMBER bool areHard() const {
        Real other = 0;
#pragma unroll
        for (int k = 0; k < CHUNKS * SEG_VECTOR; k++) {
            other = fused(truths[k], lack(k), other);
        }
        return other == 0;
    }
#else
    // Appends what bits have that those of 0.5 do not have, or the other way round.
    static SEG_MEMBER unsigned uniteDifference(unsigned bits, unsigned number) {
#ifdef __CUDACC__
        asm("lop3.b32 %0, %0, %1, 0x3f000000, 0xf6;" : "+r"(bits) : "r"(number));
        return bits;
#else
        return bits | (number ^ 0x3f000000u);
#endif
    }

    // Whether all truths are 0 or 1, up to 2^-26.
    SEG_MEMBER bool areHard() const {
#if SEG_ELEMENT == SEG_DOUBLE
        bool all = true;
#pragma unroll
        for (int k = 0; k < CHUNKS * SEG_VECTOR; k++) {
            all = all && truths[k] * truths[k] == truths[k];
        }
        return all;
#else
        unsigned other = 0;
#pragma unroll
        for (int k = 0; k < CHUNKS * SEG_VECTOR; k++) {
            other = uniteDifference(other, side(k));
        }
        return (other & 0x7fffffffu) == 0;
#endif
    }
#endif
#endif

    // A number, with the other sign if the truth of pixel k is above 0.5.
    SEG_MEMBER Real negatedIfTrue(int k, Real number) const { return timesSignOf((Real) 0.5 - truths[k], number); }

    static SEG_MEMBER double timesSignOf(double sign, double number) { return sign < 0 ? -number : number; }

    static SEG_MEMBER float timesSignOf(float sign, float number) {
#ifdef __CUDACC__
        float value;
        asm("lop3.b32 %0, %1, %2, 0x80000000, 0x78;" : "=f"(value) : "f"(number), "f"(sign));
        return value;
#else
        return floatOfBits(__float_as_uint(number) ^ (__float_as_uint(sign) & 0x80000000u));
#endif
    }

    SEG_MEMBER void readLabels(const char* from, int count) {
#pragma unroll
        for (int k = 0; k < CHUNKS; k++) {
#if SEG_LABELS == SEG_DENSE_FLOAT
            Pack<float, SEG_VECTOR> some = readFloats<SEG_APART>(from, k, count);
#else
            Pack<Real, SEG_VECTOR> some;
            readChunk(from, k, count, some.of);
#endif
#pragma unroll
            for (int j = 0; j < SEG_VECTOR; j++) {
                truths[k * SEG_VECTOR + j] = some.of[j];
            }
        }
    }

    // Whether all labels are numbers from 0 to 1, so that none must be looked at.
    SEG_MEMBER bool settlePlain(const Inputs& in, int) const {
        if (areAllSure(truths)) {
            return true;
        }
        bool plain = true;
#pragma unroll
        for (int k = 0; k < CHUNKS * SEG_VECTOR; k++) {
            plain = plain && truths[k] >= 0 && truths[k] <= 1;
        }
        return plain;
    }

#if SEG_OWN_WEIGHTS
    // Whether no label is invalid.
    SEG_MEMBER bool areAllTruths() const {
        if (areAllSure(truths)) {
            return true;
        }
        seldom();
        bool all = true;
#pragma unroll
        for (int k = 0; k < CHUNKS * SEG_VECTOR; k++) {
            all = all && isTruth(truths[k]);
        }
        return all;
    }
#endif

    // Whether an "or" of their bits shows that all labels are from 0 to 1, of which the bits are integers in the same
    // order. It does if they are 0 and 1, as they usually are; of others it may make the bits of a larger number.
    static SEG_MEMBER bool areAllSure(const float (&some)[CHUNKS * SEG_VECTOR]) {
        return bitsOfAll(some) <= 0x3f800000u;
    }

    static SEG_MEMBER unsigned bitsOfAll(const float (&some)[CHUNKS * SEG_VECTOR]) {
        unsigned any = 0;
#pragma unroll
        for (int k = 0; k < CHUNKS * SEG_VECTOR; k += 2) {
            any = joinedBits(any, some[k], some[k + 1]);
        }
        return any;
    }

    static SEG_MEMBER bool areAllSure(const double (&)[CHUNKS * SEG_VECTOR]) { return false; }

#if SEG_OWN_WEIGHTS
    // Reads labels that lie as elements do, but are aligned in another way.
    SEG_MEMBER void readOneByOne(const char* from) {
        seldom();
#pragma unroll
        for (int k = 0; k < CHUNKS * SEG_VECTOR; k++) {
            truths[k] = readReal(from, SEG_LABELS == SEG_DENSE_FLOAT ? 0 : SEG_ELEMENT, placeInTile(k));
        }
    }

    // Whether all labels are surely 0.5 at most.
    SEG_MEMBER bool areAllFalse() const {
#if SEG_ELEMENT == SEG_DOUBLE
        bool all = true;
#pragma unroll
        for (int k = 0; k < CHUNKS * SEG_VECTOR; k++) {
            all = all && truths[k] <= 0.5;
        }
        return all;
#else
        return bitsOfAll(truths) <= 0x3f000000u;
#endif
    }
#endif

    // Finds the void ones of any labels, and calls `hide` for each chunk with their marks. Returns whether some are
    // invalid.
    template <typename Hide>
    SEG_MEMBER bool settleAll(const Inputs& in, const char*, int, int, const Hide& hide) {
        bool invalid = false;
#pragma unroll
        for (int k = 0; k < CHUNKS; k++) {
            unsigned hidden = 0;
#pragma unroll
            for (int j = 0; j < SEG_VECTOR; j++) {
                Real own = truths[k * SEG_VECTOR + j];
                bool isIgnored = in.hasIgnore && own == (Real) in.ignore;
                invalid = invalid || (!isIgnored && !isTruth(own));
                hidden |= isIgnored ? 128u << 8 * j : 0;
            }
            hide(k, hidden);
        }
        return invalid;
    }

    // The truths of chunk k where bytes are marked become 0.
    SEG_MEMBER void hideTruths(int k, unsigned marks) {
#pragma unroll
        for (int j = 0; j < SEG_VECTOR; j++) {
            Real& own = truths[k * SEG_VECTOR + j];
            own = (marks >> 8 * j & 128) != 0 ? 0 : own;
        }
    }
};

}  // namespace seg
#endif
