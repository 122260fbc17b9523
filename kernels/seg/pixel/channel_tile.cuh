#pragma once
// What a thread has of a tile of one channel that can be read by wide loads: SEG_CHUNKS chunks of SEG_VECTOR
// consecutive pixels, each by one load. The chunks of the lanes lie side by side, so that each load of a warp is
// contiguous.
#include "seg/base/vectors.cuh"
#include "seg/pixel/pixel.cuh"

#if SEG_SUMS == SEG_CHANNELS
namespace seg {

#define SEG_CHUNKS 4
#define SEG_THREAD_PIXELS (SEG_CHUNKS * SEG_VECTOR)
#define SEG_TILE (32 * SEG_THREAD_PIXELS)
#define SEG_LABEL_BYTES                                          \
    (SEG_LABELS == SEG_INDEX_UINT8           ? 1                 \
             : SEG_LABELS == SEG_INDEX_INT64 ? 8                 \
             : SEG_LABELS == SEG_DENSE_ANY   ? SEG_ELEMENT_BYTES \
                                             : 4)

#define SEG_BITS_OF_ONE 0x3f800000u

// The truth of index labels is a byte of 0 or 1 until it becomes a number: the float whose four bytes are all 0x3f is
// made of it by two cheap instructions, one of them for four labels. So truths stand for multiples of this number.
SEG_DEVICE Real truthUnit() { return SEG_IS_DENSE || SEG_ELEMENT == SEG_DOUBLE ? 1 : (Real) floatOfBits(0x3f3f3f3fu); }

struct ChannelTile {
    Real z[SEG_THREAD_PIXELS];  // predictions; of void pixels something with the probability 0
#if SEG_IS_DENSE
    Real truths[SEG_THREAD_PIXELS];
#else
    unsigned words[SEG_CHUNKS];  // the truths of a chunk, one in each byte
    unsigned others;  // not 0 if a label is none of 0 and 1
#endif
    unsigned voids;  // a bit for each void pixel
    int hidden;  // number of void pixels

    // Where a pixel of this thread is in the tile.
    static SEG_MEMBER int place(int k) {
        return k / SEG_VECTOR * 32 * SEG_VECTOR + lane() * SEG_VECTOR + k % SEG_VECTOR;
    }

    // Reads the tile, from the addresses of the first pixel of this thread.
    SEG_MEMBER void read(const char* predictions, const char* labels) {
        voids = 0;
        hidden = 0;
#pragma unroll
        for (int k = 0; k < SEG_CHUNKS; k++) {
            Real some[SEG_VECTOR];
            readReals(predictions, k * 32 * SEG_VECTOR, some);
#pragma unroll
            for (int j = 0; j < SEG_VECTOR; j++) {
                z[k * SEG_VECTOR + j] = some[j];
            }
        }
        readLabels(labels);
    }

#if SEG_IS_DENSE
    SEG_MEMBER Real truth(int k) const { return truths[k]; }

    SEG_MEMBER void readLabels(const char* labels) {
#pragma unroll
        for (int k = 0; k < SEG_CHUNKS; k++) {
#if SEG_LABELS == SEG_DENSE_FLOAT
            Pack<float, SEG_VECTOR> some = readPack<float, SEG_VECTOR>(labels + k * 32 * SEG_VECTOR * SEG_LABEL_BYTES);
#else
            Pack<Real, SEG_VECTOR> some;
            readReals(labels, k * 32 * SEG_VECTOR, some.of);
#endif
#pragma unroll
            for (int j = 0; j < SEG_VECTOR; j++) {
                truths[k * SEG_VECTOR + j] = some.of[j];
            }
        }
    }

    // Whether some labels are not plain numbers from 0 to 1, so that they must be looked at.
    SEG_MEMBER bool arePeculiar() const { return arePeculiar(truths); }

    // Of floats from 0 to 1 the bits are integers in the same order; those of all others are larger. If all labels are
    // 0 or 1, as they usually are, so is what an "or" makes of their bits, which takes fewer instructions.
    static SEG_MEMBER bool arePeculiar(const float (&some)[SEG_THREAD_PIXELS]) {
        unsigned any = 0;
#pragma unroll
        for (int k = 0; k < SEG_THREAD_PIXELS; k += 2) {
            any = unite(any, some[k], some[k + 1]);
        }
        if (any <= SEG_BITS_OF_ONE) {
            return false;
        }
        bool peculiar = false;
#pragma unroll
        for (int k = 0; k < SEG_THREAD_PIXELS; k++) {
            peculiar = peculiar || __float_as_uint(some[k]) > SEG_BITS_OF_ONE;
        }
        return peculiar;
    }

    static SEG_MEMBER bool arePeculiar(const double (&some)[SEG_THREAD_PIXELS]) {
        bool plain = true;
#pragma unroll
        for (int k = 0; k < SEG_THREAD_PIXELS; k++) {
            plain = plain && some[k] >= 0 && some[k] <= 1;
        }
        return !plain;
    }

    static SEG_MEMBER unsigned unite(unsigned bits, float a, float b) {
#ifdef __CUDACC__
        asm("lop3.b32 %0, %0, %1, %2, 0xfe;" : "+r"(bits) : "f"(a), "f"(b));
        return bits;
#else
        return bits | __float_as_uint(a) | __float_as_uint(b);
#endif
    }
#else
    SEG_MEMBER Real truth(int k) const {
        unsigned word = words[k / SEG_VECTOR];
        int j = k % SEG_VECTOR;
#if SEG_ELEMENT == SEG_DOUBLE
        return word >> 8 * j & 1;
#elif defined(__CUDACC__)
        return replicated(word * 0x3fu, j);
#else
        return floatOfBits((word >> 8 * j & 1) * 0x3f3f3f3fu);
#endif
    }

#ifdef __CUDACC__
    // The float whose bytes are all byte j of a word. The compiler would convert an integer, and the number of the byte
    // must stand in the text.
    static SEG_MEMBER float replicated(unsigned word, int j) {
        float some;
        switch (j) {
            case 0: asm("prmt.b32 %0, %1, 0, 0x0000;" : "=f"(some) : "r"(word)); break;
            case 1: asm("prmt.b32 %0, %1, 0, 0x1111;" : "=f"(some) : "r"(word)); break;
            case 2: asm("prmt.b32 %0, %1, 0, 0x2222;" : "=f"(some) : "r"(word)); break;
            default: asm("prmt.b32 %0, %1, 0, 0x3333;" : "=f"(some) : "r"(word)); break;
        }
        return some;
    }
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

    SEG_MEMBER void readLabels(const char* labels) {
        others = 0;
#pragma unroll
        for (int k = 0; k < SEG_CHUNKS; k++) {
            const char* chunk = labels + k * 32 * SEG_VECTOR * SEG_LABEL_BYTES;
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

    // Whether some labels are not 0 or 1, so that they must be looked at.
    SEG_MEMBER bool arePeculiar() const { return others != 0; }

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
#endif

    // Looks at each pixel, as `pixelOf` loads and checks it. Void pixels become such that they add nothing to any sum.
    template <typename PixelOf>
    SEG_MEMBER void settle(PixelOf pixelOf) {
        unsigned ones = 0;
#pragma unroll 1
        for (int k = 0; k < SEG_THREAD_PIXELS; k++) {
            Pixel pixel = pixelOf(k);
            bool isVoid = pixel.weight == 0;
            voids |= (isVoid ? 1u : 0u) << k;
            hidden += isVoid ? 1 : 0;
            ones |= (pixel.label == 1 ? 1u : 0u) << k;
        }
#pragma unroll
        for (int k = 0; k < SEG_THREAD_PIXELS; k++) {
            bool isVoid = (voids >> k & 1) != 0;
            z[k] = !isVoid ? z[k] : SEG_ACTIVATION == SEG_SIGMOID ? (Real) -1e30 : 0;
#if SEG_IS_DENSE
            truths[k] = isVoid ? 0 : truths[k];
#endif
        }
#if !SEG_IS_DENSE
#pragma unroll
        for (int k = 0; k < SEG_CHUNKS; k++) {
            // The multiplication puts a copy of the bits before each byte, and each byte keeps one of them.
            words[k] = (ones >> k * SEG_VECTOR & ((1u << SEG_VECTOR) - 1)) * 0x204081u & 0x01010101u;
        }
#endif
    }
};

}  // namespace seg
#endif
