#pragma once
// What a thread has of a tile of one channel that lies as chunk.cuh says.
#include "seg/pixel/chunk.cuh"
#include "seg/pixel/pixel.cuh"

#if SEG_SUMS == SEG_CHANNELS
namespace seg {

#define SEG_LABEL_BYTES                                          \
    (SEG_LABELS == SEG_INDEX_UINT8           ? 1                 \
             : SEG_LABELS == SEG_INDEX_INT64 ? 8                 \
             : SEG_LABELS == SEG_DENSE_ANY   ? SEG_ELEMENT_BYTES \
                                             : 4)

// Where this thread's part of a tile is in memory.
struct ChannelAddresses {
    const char* predictions;
    const char* labels;
    const char* weights;  // of type FLOAT, if there is a mask

    SEG_MEMBER void advance(i64 pixels) {
        predictions += pixels * SEG_APART * SEG_ELEMENT_BYTES;
        labels += pixels * SEG_APART * SEG_LABEL_BYTES;
        weights += pixels * 4;
    }
};

// WEIGHTED says whether pixels may have weights other than 1. It is then half of a tile at a time, since all of it
// would take too many registers, and with pixel terms of any kind only a chunk, as their text is long.
template <bool WEIGHTED>
struct ChannelTile {
    enum { CHUNKS = !WEIGHTED ? SEG_CHUNKS : SEG_HAS_OUTPUT_TERMS ? 1 : SEG_CHUNKS / 2 };
    enum { PIXELS = CHUNKS * SEG_VECTOR };
    Real z[PIXELS];  // predictions; of void pixels something with the probability 0
    Real weights[WEIGHTED ? PIXELS : 1];
#if SEG_IS_DENSE
    Real truths[PIXELS];
#else
    unsigned words[CHUNKS];  // the truths of a chunk, one in each byte
    unsigned others;  // not 0 if a label is none of 0 and 1
#endif
    unsigned voids;  // a bit for each void pixel
#if SEG_LAYOUT == SEG_ROWS
    int count;  // of the thread's pixels that are there; only with weights there may be fewer
#else
    enum { count = PIXELS };
#endif

    // Where a pixel of a thread is in the tile, apart from where the thread's first pixel is.
    static SEG_MEMBER int place(int k) { return placeInTile(k); }

    SEG_MEMBER bool isVoid(int k) const { return (voids >> k & 1) != 0; }

    SEG_MEMBER void read(const Inputs& in, const ChannelAddresses& from, int there = PIXELS) {
#if SEG_LAYOUT == SEG_ROWS
        count = WEIGHTED ? there : PIXELS;
#endif
        voids = 0;
#pragma unroll
        for (int k = 0; k < CHUNKS; k++) {
            Real some[SEG_VECTOR];
            readChunk(from.predictions, k, count, some);
#pragma unroll
            for (int j = 0; j < SEG_VECTOR; j++) {
                z[k * SEG_VECTOR + j] = some[j];
            }
        }
        readLabels(from.labels);
        if (WEIGHTED) {
            readWeights(in.mask.address != nullptr, from.weights);
        }
    }

    SEG_MEMBER void readWeights(bool hasMask, const char* from) {
#pragma unroll
        for (int k = 0; k < CHUNKS && WEIGHTED; k++) {
            Pack<float, SEG_VECTOR> some = {};
            if (hasMask) {
                some = readFloats<1>(from, k, count);
            }
#pragma unroll
            for (int j = 0; j < SEG_VECTOR; j++) {
                weights[k * SEG_VECTOR + j] = hasMask ? some.of[j] : 1;
#if SEG_LAYOUT == SEG_ROWS
                weights[k * SEG_VECTOR + j] = k * SEG_VECTOR + j < count ? weights[k * SEG_VECTOR + j] : 0;
#endif
            }
        }
    }

#if SEG_IS_DENSE
    SEG_MEMBER Real truth(int k) const { return truths[k]; }

#if SEG_HAS_OUTPUT_TERMS
    // Bits of which the highest one is set if the truth of pixel k is above 0.5.
    SEG_MEMBER unsigned side(int k) const {
#if SEG_ELEMENT == SEG_DOUBLE
        return truths[k] > 0.5 ? 0x80000000u : 0;
#else
        return __float_as_uint(0.5f - truths[k]);
#endif
    }

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
        for (int k = 0; k < PIXELS; k++) {
            all = all && truths[k] * truths[k] == truths[k];
        }
        return all;
#else
        unsigned other = 0;
#pragma unroll
        for (int k = 0; k < PIXELS; k++) {
            other = uniteDifference(other, side(k));
        }
        return (other & 0x7fffffffu) == 0;
#endif
    }
#endif

    // A number, with the other sign if the truth of pixel k is above 0.5.
    SEG_MEMBER Real negatedIfTrue(int k, Real number) const { return timesSignOf((Real) 0.5 - truths[k], number); }

    static SEG_MEMBER double timesSignOf(double sign, double number) { return sign < 0 ? -number : number; }

    static SEG_MEMBER float timesSignOf(float sign, float number) {
#ifdef __CUDACC__
        asm("lop3.b32 %0, %0, %1, 0x80000000, 0x78;" : "+f"(number) : "f"(sign));
        return number;
#else
        return floatOfBits(__float_as_uint(number) ^ (__float_as_uint(sign) & 0x80000000u));
#endif
    }

    SEG_MEMBER void readLabels(const char* from) {
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

    // Whether some labels are not numbers from 0 to 1, so that they must be looked at.
    SEG_MEMBER bool arePeculiar() const {
        if (areAllSure(truths)) {
            return false;
        }
        bool plain = true;
#pragma unroll
        for (int k = 0; k < PIXELS; k++) {
            plain = plain && truths[k] >= 0 && truths[k] <= 1;
        }
        return !plain;
    }

    // Whether an "or" of their bits shows that all labels are from 0 to 1, of which the bits are integers in the same
    // order. It does if they are 0 and 1, as they usually are; of others it may make the bits of a larger number.
    static SEG_MEMBER bool areAllSure(const float (&some)[PIXELS]) {
        unsigned any = 0;
#pragma unroll
        for (int k = 0; k < PIXELS; k += 2) {
            any = joinedBits(any, some[k], some[k + 1]);
        }
        return any <= 0x3f800000u;
    }

    static SEG_MEMBER bool areAllSure(const double (&)[PIXELS]) { return false; }

    SEG_MEMBER bool isIgnored(const Inputs& in, const char*, int k) const {
        return in.hasIgnore && truths[k] == (Real) in.ignore;
    }

    SEG_MEMBER bool isValid(const char*, int k) const { return isTruth(truths[k]); }

    SEG_MEMBER void settleTruths(const char*) {
#pragma unroll
        for (int k = 0; k < PIXELS; k++) {
            truths[k] = isVoid(k) ? 0 : truths[k];
        }
    }
#else
    SEG_MEMBER Real truth(int k) const { return numberOf(words[k / SEG_VECTOR], k % SEG_VECTOR); }

#if SEG_HAS_OUTPUT_TERMS
    // Bits of which the highest one is set if the truth of pixel k is 1.
    SEG_MEMBER unsigned side(int k) const { return words[k / SEG_VECTOR] << (31 - 8 * (k % SEG_VECTOR)); }
    SEG_MEMBER bool areHard() const { return true; }
#endif

    // A number, with the other sign if the truth of pixel k is 1.
    SEG_MEMBER Real negatedIfTrue(int k, Real number) const {
        unsigned word = words[k / SEG_VECTOR];
        int j = k % SEG_VECTOR;
#if SEG_ELEMENT == SEG_DOUBLE
        return (word >> 8 * j & 1) != 0 ? -number : number;
#elif defined(__CUDACC__)
        asm("lop3.b32 %0, %0, %1, 0x80000000, 0x78;" : "+f"(number) : "r"(word << (31 - 8 * j)));
        return number;
#else
        return floatOfBits(__float_as_uint(number) ^ (word << (31 - 8 * j) & 0x80000000u));
#endif
    }

    // Byte j of a word, which is 0 or 1, as a number. The bytes of the float 1 are 0x3f, 0x80, 0 and 0. One instruction
    // takes them from two multiples of the word, which four labels share; it repeats the highest bit of 0x3f for the
    // zeros. Which bytes it takes must stand in the text.
    static SEG_MEMBER Real numberOf(unsigned word, int j) {
#if SEG_ELEMENT == SEG_DOUBLE || !defined(__CUDACC__)
        return (Real) (word >> 8 * j & 1);
#else
        float number;
        switch (j) {
            case 0: asm("prmt.b32 %0, %1, %2, 0x0488;" : "=f"(number) : "r"(word * 0x3fu), "r"(word << 7)); break;
            case 1: asm("prmt.b32 %0, %1, %2, 0x1599;" : "=f"(number) : "r"(word * 0x3fu), "r"(word << 7)); break;
            case 2: asm("prmt.b32 %0, %1, %2, 0x26aa;" : "=f"(number) : "r"(word * 0x3fu), "r"(word << 7)); break;
            default: asm("prmt.b32 %0, %1, %2, 0x37bb;" : "=f"(number) : "r"(word * 0x3fu), "r"(word << 7)); break;
        }
        return number;
#endif
    }

    SEG_MEMBER void readLabels(const char* from) {
        others = 0;
#pragma unroll
        for (int k = 0; k < CHUNKS; k++) {
            const char* chunk = from + k * 32 * SEG_VECTOR * SEG_LABEL_BYTES;
            if (SEG_LABELS == SEG_INDEX_UINT8) {
                words[k] =
                        SEG_VECTOR == 4 ? readPack<unsigned, 1>(chunk).of[0] : readPack<unsigned short, 1>(chunk).of[0];
                others |= words[k] & 0xfefefefeu;
            } else if (SEG_LABELS == SEG_INDEX_INT32) {
                others |= readWide<unsigned, SEG_VECTOR>(chunk, words[k]);
            } else {
                others |= readWide<u64, 2>(chunk, words[k]);
            }
        }
    }

    // Reads labels of a wide type, and makes bytes of them, which are right if it returns 0.
    template <typename T, int COUNT>
    static SEG_MEMBER unsigned readWide(const char* chunk, unsigned& word) {
        T rest = 0;
        word = 0;
#pragma unroll
        for (int j = 0; j < SEG_VECTOR; j += COUNT) {
            Pack<T, COUNT> some = readPack<T, COUNT>(chunk + j * sizeof(T));
#pragma unroll
            for (int i = 0; i < COUNT; i++) {
                rest |= some.of[i];
                word |= (unsigned) some.of[i] << 8 * (j + i);
            }
        }
        return (rest & ~(T) 1) != 0 ? 1 : 0;
    }

    // Whether some labels are not 0 or 1, so that they must be looked at.
    SEG_MEMBER bool arePeculiar() const { return others != 0; }

    // A label. Bytes that are not right are read again.
    SEG_MEMBER i64 label(const char* from, int k) const {
        if (SEG_LABELS == SEG_INDEX_UINT8 || others == 0) {
            return words[k / SEG_VECTOR] >> 8 * (k % SEG_VECTOR) & 255;
        }
        return SEG_LABELS == SEG_INDEX_INT32 ? ((const int*) from)[place(k)] : ((const i64*) from)[place(k)];
    }

    SEG_MEMBER bool isIgnored(const Inputs& in, const char* from, int k) const {
        return in.hasIgnore && label(from, k) == in.ignore;
    }

    SEG_MEMBER bool isValid(const char* from, int k) const { return (label(from, k) & ~(i64) 1) == 0; }

    SEG_MEMBER void settleTruths(const char* from) {
#pragma unroll
        for (int k = 0; k < CHUNKS; k++) {
            unsigned word = 0;
#pragma unroll
            for (int j = 0; j < SEG_VECTOR; j++) {
                bool one = label(from, k * SEG_VECTOR + j) == 1 && !isVoid(k * SEG_VECTOR + j);
                word |= one ? 1u << 8 * j : 0;
            }
            words[k] = word;
        }
    }
#endif

    // Finds void pixels, and makes of them what adds nothing to any sum. Returns whether a label or a weight is
    // invalid; such a label is that of no class, and such a weight is 0.
    SEG_MEMBER bool settle(const Inputs& in, const char* labels) {
        if (!WEIGHTED && !arePeculiar()) {
            return false;
        }
        bool invalid = false;
#pragma unroll
        for (int k = 0; k < PIXELS; k++) {
            bool hidden = isIgnored(in, labels, k);
            invalid = invalid || (!hidden && !isValid(labels, k));
            if (WEIGHTED) {
                invalid = invalid || !isWeight(weights[k]);
                weights[k] = hidden || !isWeight(weights[k]) ? 0 : weights[k];
                hidden = weights[k] == 0;
            }
            voids |= hidden ? 1u << k : 0;
            z[k] = !hidden ? z[k] : SEG_ACTIVATION == SEG_SIGMOID ? (Real) -1e30 : 0;
        }
        settleTruths(labels);
        return invalid;
    }
};

}  // namespace seg
#endif
