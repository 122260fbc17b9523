#pragma once
// Labels that are class indices, of what a thread has of a tile of one channel. Four of them share a word, and so do
// the truths of a channel, which are 0 and 1.
#include "seg/base/quick_math.cuh"
#include "seg/pixel/chunk.cuh"
#include "seg/pixel/label_bytes.cuh"
#include "seg/pixel/pixel.cuh"

#if SEG_SUMS == SEG_CHANNELS && !SEG_IS_DENSE
namespace seg {

template <int CHUNKS>
struct TileLabels {
    // The truths of a chunk, one in each byte; before they are settled, its labels.
    unsigned words[CHUNKS];
    unsigned others;  // not 0 if a label is that of no class, and odd if one has more than 8 bits

    SEG_MEMBER Real truth(int k) const { return numberOf(words[k / SEG_VECTOR], k % SEG_VECTOR); }

    // Bits of which the highest one is set if the truth of pixel k is 1.
    SEG_MEMBER unsigned side(int k) const { return words[k / SEG_VECTOR] << (31 - 8 * (k % SEG_VECTOR)); }

#if SEG_HAS_OUTPUT_TERMS
    SEG_MEMBER bool areHard() const { return true; }
#if SEG_ACTIVATION == SEG_IDENTITY
    SEG_MEMBER bool isTrue(int k) const { return (int) side(k) < 0; }

    // Twice what the truth of pixel k lacks to 1: of the number 2, only the upper byte is not 0, so that one
    // instruction makes it of a byte.
    SEG_MEMBER Real twiceLack(int k) const {
        unsigned word = words[k / SEG_VECTOR];
        int j = k % SEG_VECTOR;
#if SEG_ELEMENT == SEG_DOUBLE || !defined(__CUDACC__)
        return 2 - 2 * numberOf(word, j);
#else
        unsigned bytes = 0x40404040u - (word << 6);
        float number;
        switch (j) {
            case 0: asm("prmt.b32 %0, %1, 0, 0x0444;" : "=f"(number) : "r"(bytes)); break;
            case 1: asm("prmt.b32 %0, %1, 0, 0x1444;" : "=f"(number) : "r"(bytes)); break;
            case 2: asm("prmt.b32 %0, %1, 0, 0x2444;" : "=f"(number) : "r"(bytes)); break;
            default: asm("prmt.b32 %0, %1, 0, 0x3444;" : "=f"(number) : "r"(bytes)); break;
        }
        return number;
#endif
    }
#endif
#endif

    // A number, with the other sign if the truth of pixel k is 1.
    SEG_MEMBER Real negatedIfTrue(int k, Real number) const { return negatedBy(side(k), number); }

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

    SEG_MEMBER void readLabels(const char* from, int count) {
        others = 0;
        unsigned wide = 0;
#pragma unroll
        for (int k = 0; k < CHUNKS; k++) {
            if (SEG_LABELS == SEG_INDEX_UINT8) {
                words[k] = readBytes(from, k, count);
            } else if (SEG_LABELS == SEG_INDEX_INT32) {
                wide |= readWide<unsigned, SEG_VECTOR>(from, k, count, words[k]);
            } else {
                wide |= readWide<u64, 2>(from, k, count, words[k]);
            }
            others = SEG_CLASSES == 1 ? others | (words[k] & 0xfefefefeu)
                                      : joinedBits(others, words[k], words[k] + (128 - SEG_CLASSES) * 0x01010101u);
        }
        others = (SEG_CLASSES == 1 ? others : others & SEG_MARKS) | wide;
    }

    // Reads labels of a wide type, and makes bytes of them, which are right if it returns 0.
    template <typename T, int COUNT>
    static SEG_MEMBER unsigned readWide(const char* from, int k, int there, unsigned& word) {
        T rest = 0;
        word = 0;
#pragma unroll
        for (int j = 0; j < SEG_VECTOR; j += COUNT) {
            Pack<T, COUNT> some = readIndexes<T, COUNT>(from, k * SEG_VECTOR + j, there);
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

    // Makes truths of any labels, and calls `hide` for each chunk with the marks of void ones. Returns whether some are
    // invalid.
    template <typename Hide>
    SEG_MEMBER bool settleAll(const Inputs& in, const char* from, int count, int c, const Hide& hide) {
        constexpr int LABELS = SEG_CLASSES > 1 ? SEG_CLASSES : 2;
        bool areWide = (others & 1) != 0;
        if (SEG_LABELS != SEG_INDEX_UINT8 && areWide) {
            renumber(in, from, count, LABELS);
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
    SEG_MEMBER void renumber(const Inputs& in, const char* from, int count, int labels) {
        seldom();
#pragma unroll
        for (int k = 0; k < CHUNKS; k++) {
            words[k] = 0;
#pragma unroll
            for (int j = 0; j < SEG_VECTOR; j++) {
                int at = placeInTile(thatIsThere(k * SEG_VECTOR + j, count));
                i64 label = SEG_LABELS == SEG_INDEX_INT32 ? ((const int*) from)[at] : ((const i64*) from)[at];
                bool isIgnored = in.hasIgnore && label == in.ignore;
                words[k] |= (isIgnored ? 255u : (u64) label < (u64) labels ? (unsigned) label : 254u) << 8 * j;
            }
        }
    }

    // The labels of chunk k where bytes are marked become that of no channel.
    SEG_MEMBER void hideTruths(int k, unsigned marks) { words[k] &= ~(marks >> 7); }
};

}  // namespace seg
#endif
