#pragma once
// The numbers of all channels of some consecutive pixels, in registers. If predictions have 16 bits, those of two
// pixels share a register.
#include "seg/base/vectors.cuh"
#include "seg/pixel/exponential.cuh"

#if SEG_CLASSES > 0
namespace seg {

template <bool IN_PAIRS>
struct Held {
    typedef Real Number;
};

template <>
struct Held<true> {
    typedef unsigned Number;
};

template <int W>
struct GroupChannels {
    static constexpr bool IN_PAIRS = SEG_IS_NARROW && W > 1;
    static constexpr int ROWS = IN_PAIRS ? W / 2 : W;
    typedef typename Held<IN_PAIRS>::Number Number;

    Number held[ROWS][SEG_CLASSES];
    Real last[SEG_CLASSES];  // of a pixel that waits for its partner

    // Reads contiguous pixels by one load for each channel.
    SEG_MEMBER void load(const char* at, i64 channelBytes) {
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            Pack<Number, ROWS> pack = readPack<Number, ROWS>(at);
#pragma unroll
            for (int k = 0; k < ROWS; k++) {
                held[k][c] = pack.of[k];
            }
            at += channelBytes;
        }
    }

    // Writes contiguous pixels by one store for each channel.
    SEG_MEMBER void store(char* at, i64 channelBytes) const {
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            Pack<Number, ROWS> pack;
#pragma unroll
            for (int k = 0; k < ROWS; k++) {
                pack.of[k] = held[k][c];
            }
            SEG_REQUIRE_ALIGNED(at, sizeof(pack));
            storePack((Number*) at, pack);
            at += channelBytes;
        }
    }

    SEG_MEMBER Real get(int v, int c) const {
        if constexpr (IN_PAIRS) {
            return v % 2 == 0 ? firstOfPair(held[v / 2][c]) : secondOfPair(held[v / 2][c]);
        } else {
            return held[v][c];
        }
    }

    // The numbers of pixel v.
    SEG_MEMBER void get(int v, Real (&numbers)[SEG_CLASSES]) const {
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            numbers[c] = get(v, c);
        }
    }

    // Takes the numbers of pixel v; pixels must come in order.
    SEG_MEMBER void put(int v, const Real (&numbers)[SEG_CLASSES]) {
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            if constexpr (!IN_PAIRS) {
                held[v][c] = numbers[c];
            } else if (v % 2 == 0) {
                last[c] = numbers[c];
            } else {
                held[v / 2][c] = pairOfFloats(last[c], numbers[c]);
            }
        }
    }

    // Sets the numbers of pixel v to 0.
    SEG_MEMBER void clear(int v) {
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            if constexpr (IN_PAIRS) {
                held[v / 2][c] &= v % 2 == 0 ? 0xffff0000u : 0xffffu;
            } else {
                held[v][c] = 0;
            }
        }
    }

    // The largest number of each pixel. NaN only if all of its numbers are.
    SEG_MEMBER void findMaxima(Real (&maxima)[W]) const {
#pragma unroll
        for (int k = 0; k < ROWS; k++) {
            Number max = held[k][0];
#pragma unroll
            for (int c = 1; c < SEG_CLASSES; c++) {
                if constexpr (IN_PAIRS) {
                    max = largerPair(max, held[k][c]);
                } else {
                    max = larger(max, held[k][c]);
                }
            }
            if constexpr (IN_PAIRS) {
                maxima[2 * k] = firstOfPair(max);
                maxima[2 * k + 1] = secondOfPair(max);
            } else {
                maxima[k] = max;
            }
        }
    }

    // Replaces the numbers of a pixel whose maximum is large by the differences from it, and one of its numbers that is
    // held apart. In 16 bits these are rounded, but those that matter are exact: the difference of two numbers within a
    // factor of two is, and any other logit is so far below that its exponential is 0. That is not so for small logits,
    // so the other pixels of the group stay as they are.
    SEG_MEMBER void subtractLarge(Real (&maxima)[W], Real (&apart)[W]) {
        Real largest = 0;
#pragma unroll
        for (int v = 0; v < W; v++) {
            largest = larger(largest, absolute(maxima[v]));
        }
        if (SEG_ELEMENT != SEG_DOUBLE && largest >= SEG_LARGE_LOGIT) {
#pragma unroll
            for (int v = 0; v < W; v++) {
                Real subtracted = absolute(maxima[v]) >= SEG_LARGE_LOGIT ? maxima[v] : 0;
                Real differences[SEG_CLASSES];
#pragma unroll
                for (int c = 0; c < SEG_CLASSES; c++) {
                    differences[c] = get(v, c) - subtracted;
                }
                put(v, differences);
                apart[v] -= subtracted;
                maxima[v] -= subtracted;
            }
        }
    }
};

}  // namespace seg
#endif
