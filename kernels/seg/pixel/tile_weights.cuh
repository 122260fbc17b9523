#pragma once
// Weights of what a thread has of a tile of one channel.
#include "seg/pixel/chunk.cuh"

#if SEG_SUMS == SEG_CHANNELS
namespace seg {

// Reads chunk k of those of a mask.
SEG_DEVICE Pack<float, SEG_VECTOR> readWeights(const Inputs& in, const char* from, int k, int count) {
#if SEG_HAS_WEIGHT_ROWS
    if (in.mask.pixelStride != 1) {
        return readFloats<SEG_APART>(from, k, count);
    }
#endif
    return readFloats<1>(from, k, count);
}

// COUNT chunks of them, or none.
template <int COUNT>
struct TileWeights {
    Real weights[COUNT == 0 ? 1 : COUNT * SEG_VECTOR];

    // Reads those of pixels, all 1 without a mask. Where no pixel is, its weight is 0.
    SEG_MEMBER void readAll(const Inputs& in, const char* from, int count) {
        bool hasMask = in.mask.address != nullptr;
#pragma unroll
        for (int k = 0; k < COUNT; k++) {
            Pack<float, SEG_VECTOR> some = {};
            if (hasMask) {
                some = readWeights(in, from, k, count);
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

    // Whether all numbers are weights above 0, of which the bits are integers in the same order.
    template <int PIXELS>
    static SEG_MEMBER bool areAllWeights(const float (&some)[PIXELS]) {
        constexpr unsigned LEAST = 0x1e3ce508u;  // 1e-20f
        constexpr unsigned MOST = 0x60ad78ecu;  // 1e20f
        unsigned largest = 0;
#pragma unroll
        for (int k = 0; k < PIXELS; k++) {
            unsigned distance = __float_as_uint(some[k]) - LEAST;
            largest = distance > largest ? distance : largest;
        }
        return largest <= MOST - LEAST;
    }

    template <int PIXELS>
    static SEG_MEMBER bool areAllWeights(const double (&)[PIXELS]) {
        return false;
    }
};

}  // namespace seg
#endif
