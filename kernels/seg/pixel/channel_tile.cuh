#pragma once
// What a thread has of a tile of one channel that lies as chunk.cuh says.
#include "seg/pixel/chunk.cuh"
#include "seg/pixel/label_bytes.cuh"
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
    // The truths of a chunk, one in each byte; before they are settled, its labels.
    unsigned words[CHUNKS];
    unsigned others;  // not 0 if a label is that of no class, and odd if one has more than 8 bits
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

    // Whether all labels are numbers from 0 to 1, so that none must be looked at.
    SEG_MEMBER bool settlePlain(const Inputs&, int) const {
        if (areAllSure(truths)) {
            return true;
        }
        bool plain = true;
#pragma unroll
        for (int k = 0; k < PIXELS; k++) {
            plain = plain && truths[k] >= 0 && truths[k] <= 1;
        }
        return plain;
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

    // Finds the void ones of any labels. Returns whether some are invalid.
    SEG_MEMBER bool settleAny(const Inputs& in, const char*, int) {
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
        unsigned wide = 0;
#pragma unroll
        for (int k = 0; k < CHUNKS; k++) {
            const char* chunk = from + k * 32 * SEG_VECTOR * SEG_LABEL_BYTES;
            if (SEG_LABELS == SEG_INDEX_UINT8) {
                words[k] =
                        SEG_VECTOR == 4 ? readPack<unsigned, 1>(chunk).of[0] : readPack<unsigned short, 1>(chunk).of[0];
            } else if (SEG_LABELS == SEG_INDEX_INT32) {
                wide |= readWide<unsigned, SEG_VECTOR>(chunk, words[k]);
            } else {
                wide |= readWide<u64, 2>(chunk, words[k]);
            }
            others = SEG_CLASSES == 1 ? others | (words[k] & 0xfefefefeu)
                                      : joinedBits(others, words[k], words[k] + (128 - SEG_CLASSES) * 0x01010101u);
        }
        others = (SEG_CLASSES == 1 ? others : others & SEG_MARKS) | wide;
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
                word |= ((unsigned) some.of[i] & 255) << 8 * (j + i);
            }
        }
        return rest > 255 ? 1 : 0;
    }

    // The label whose pixels are the true ones of channel c.
    static SEG_MEMBER unsigned labelOf(int c) { return SEG_CLASSES > 1 ? c : 1; }

    // Makes truths of labels that are all those of classes and are not ignored. False if there are others.
    SEG_MEMBER bool settlePlain(const Inputs& in, int c) {
        unsigned peculiar = others;
        if (SEG_CLASSES > 1 && in.hasIgnore && (u64) in.ignore < SEG_CLASSES) {
#pragma unroll
            for (int k = 0; k < CHUNKS; k++) {
                peculiar |= bytesEqual(words[k], (unsigned) in.ignore);
            }
        }
        if (peculiar != 0) {
            return false;
        }
#pragma unroll
        for (int k = 0; k < CHUNKS && SEG_CLASSES > 1; k++) {
            words[k] = smallBytesEqual(words[k], labelOf(c)) >> 7;
        }
        return true;
    }

    // Makes truths of any labels. Returns whether some are invalid.
    SEG_MEMBER bool settleAny(const Inputs& in, const char* from, int c) {
        constexpr int LABELS = SEG_CLASSES > 1 ? SEG_CLASSES : 2;
        bool areWide = (others & 1) != 0;
        if (SEG_LABELS != SEG_INDEX_UINT8 && areWide) {
            renumber(in, from, LABELS);
        }
        unsigned ignored = areWide ? 255 : (unsigned) in.ignore;
        bool ignores = in.hasIgnore && (areWide || (u64) in.ignore < 256);
        unsigned invalid = 0;
#pragma unroll
        for (int k = 0; k < CHUNKS; k++) {
            unsigned hidden = ignores ? bytesEqual(words[k], ignored) : 0;
            invalid |= bytesFrom(words[k], LABELS) & ~hidden;
            words[k] = bytesEqual(words[k], labelOf(c)) >> 7;
            hide(k, hidden);
        }
        return invalid != 0;
    }

    // Reads labels again whose bytes are not right, and makes 255 of the ignored one, and 254 of others of no class.
    SEG_MEMBER void renumber(const Inputs& in, const char* from, int labels) {
        seldom();
#pragma unroll
        for (int k = 0; k < CHUNKS; k++) {
            words[k] = 0;
#pragma unroll
            for (int j = 0; j < SEG_VECTOR; j++) {
                int at = place(k * SEG_VECTOR + j);
                i64 label = SEG_LABELS == SEG_INDEX_INT32 ? ((const int*) from)[at] : ((const i64*) from)[at];
                bool isIgnored = in.hasIgnore && label == in.ignore;
                words[k] |= (isIgnored ? 255u : (u64) label < (u64) labels ? (unsigned) label : 254u) << 8 * j;
            }
        }
    }

    // The labels of chunk k where bytes are marked become that of no channel.
    SEG_MEMBER void hideTruths(int k, unsigned marks) { words[k] &= ~(marks >> 7); }
#endif

    // Makes void pixels of those that weigh nothing. Returns whether some weight is invalid; it becomes 0.
    SEG_MEMBER bool settleWeights() {
        if (voids == 0 && areAllWeights(weights)) {
            return false;
        }
        seldom();
        bool invalid = false;
#pragma unroll
        for (int k = 0; k < CHUNKS; k++) {
            unsigned hidden = 0;
#pragma unroll
            for (int j = 0; j < SEG_VECTOR; j++) {
                Real& weight = weights[WEIGHTED ? k * SEG_VECTOR + j : 0];
                bool isBad = !isWeight(weight);
                invalid = invalid || isBad;
                weight = isBad || isVoid(k * SEG_VECTOR + j) ? 0 : weight;
                hidden |= weight == 0 ? 128u << 8 * j : 0;
            }
            hide(k, hidden);
        }
        return invalid;
    }

    // Whether all numbers are weights above 0, of which the bits are integers in the same order.
    template <int COUNT>
    static SEG_MEMBER bool areAllWeights(const float (&some)[COUNT]) {
        constexpr unsigned LEAST = 0x1e3ce508u;  // 1e-20f
        constexpr unsigned MOST = 0x60ad78ecu;  // 1e20f
        unsigned largest = 0;
#pragma unroll
        for (int k = 0; k < COUNT; k++) {
            unsigned distance = __float_as_uint(some[k]) - LEAST;
            largest = distance > largest ? distance : largest;
        }
        return largest <= MOST - LEAST;
    }

    template <int COUNT>
    static SEG_MEMBER bool areAllWeights(const double (&)[COUNT]) {
        return false;
    }

    // Makes void pixels of those that weigh nothing, where a tile without weights has a mask. Returns false if there
    // are weights beside 0 and 1.
    SEG_MEMBER bool mask(const char* from) {
        Pack<float, SEG_VECTOR> some[CHUNKS];
#pragma unroll
        for (int k = 0; k < CHUNKS; k++) {
            some[k] = readFloats<1>(from, k, count);
        }
        if (areOnes(some)) {
            return true;
        }
        seldom();
        if (!areZerosAndOnes(some)) {
            return false;
        }
#pragma unroll
        for (int k = 0; k < CHUNKS; k++) {
            hide(k, ~marksOfOnes(some[k]) & SEG_MARKS);
        }
        return true;
    }

    // Makes void pixels of those of chunk k whose bytes are marked.
    SEG_MEMBER void hide(int k, unsigned marks) {
        hideTruths(k, marks);
        voids |= bitsOfMarks(marks) << k * SEG_VECTOR;
#pragma unroll
        for (int j = 0; j < SEG_VECTOR; j++) {
            Real& own = z[k * SEG_VECTOR + j];
            own = (marks >> 8 * j & 128) == 0 ? own : SEG_ACTIVATION == SEG_SIGMOID ? (Real) -1e30 : 0;
        }
    }
};

}  // namespace seg
#endif
