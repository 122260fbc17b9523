#pragma once
// A bit for each pixel of a tile, the first one highest, of what is counted beside what a sweep does with tiles.
#include "seg/pixel/channel.cuh"

#if SEG_COUNTS && SEG_SUMS == SEG_CHANNELS
namespace seg {

// Appends a bit that is set if a number is negative.
SEG_DEVICE unsigned withSignOf(float number, unsigned bits) {
#ifdef __CUDACC__
    asm("shf.l.wrap.b32 %0, %1, %0, 1;" : "+r"(bits) : "r"(__float_as_uint(number)));
    return bits;
#else
    return bits << 1 | __float_as_uint(number) >> 31;
#endif
}

SEG_DEVICE unsigned withSignOf(double number, unsigned bits) { return bits << 1 | (number < 0 ? 1 : 0); }

// Bits of the pixels of which the truth is 1 or, of dense labels, counts as 1: for classes that exclude one another
// above 0.5, for labels that do not from 0.5 on.
template <bool WEIGHTED>
SEG_DEVICE unsigned truthsOf(const ChannelTile<WEIGHTED>& tile) {
    unsigned bits = 0;
#if SEG_IS_DENSE && SEG_COUNTS == SEG_LABEL_OUTCOMES
#pragma unroll
    for (int k = 0; k < ChannelTile<WEIGHTED>::PIXELS; k++) {
        bits = withSignOf(tile.truth(k) - (Real) 0.5, bits);
    }
    bits = ~bits & ((1u << ChannelTile<WEIGHTED>::PIXELS) - 1);
#elif SEG_IS_DENSE
#pragma unroll
    for (int k = 0; k < ChannelTile<WEIGHTED>::PIXELS; k++) {
        bits = withSignOf((Real) 0.5 - tile.truth(k), bits);
    }
#else
#pragma unroll
    for (int k = 0; k < ChannelTile<WEIGHTED>::CHUNKS; k++) {
        // The product brings the lowest bits of all bytes together in its highest byte.
        bits = bits << SEG_VECTOR | tile.words[k] * 0x08040201u >> (28 - SEG_VECTOR);
    }
#endif
    return bits;
}

}  // namespace seg
#endif
