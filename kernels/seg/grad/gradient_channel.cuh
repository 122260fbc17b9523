#pragma once
// The gradient where no channel depends on another: one channel after the other.
#include "seg/grad/gradient.cuh"
#include "seg/pixel/channel.cuh"
#include "seg/pixel/exponential.cuh"

#if SEG_SUMS == SEG_CHANNELS
namespace seg {

// Where the gradient of a channel is written.
struct ChannelPlace {
    const Tensor& out;
    i64 at;  // index of the element of pixel 0
    i64 distance;  // from the address of a prediction to that of its gradient, if isWide
    bool isWide;  // whether tiles can be read and written by wide loads and stores

    SEG_MEMBER ChannelPlace(const Tensor& gradient, const Channel& channel) : out(gradient) {
        at = channel.n * out.exampleStride + channel.c * out.channelStride;
        i64 byte = (i64) out.address + (at + channel.start * SEG_APART) * SEG_ELEMENT_BYTES;
        distance = kept(byte - (i64) channel.addresses(channel.start).predictions);
        isWide = channel.isWide() && out.type == SEG_ELEMENT && out.pixelStride == SEG_APART
                && (SEG_LAYOUT == SEG_ROWS || (byte & (SEG_VECTOR * SEG_ELEMENT_BYTES - 1)) == 0);
    }

    // Writes the gradient of chunk k of a tile of which so many pixels are there.
    SEG_MEMBER void write(const ChannelAddresses& from, int k, const Real (&dz)[SEG_VECTOR],
                          int count = SEG_THREAD_PIXELS) const {
        writeChunk((void*) (from.predictions + distance), k, count, dz);
    }

    // Writes the gradient of a tile; that of void pixels is 0.
    template <bool WEIGHTED>
    SEG_MEMBER void write(const ChannelTile<WEIGHTED>& tile, const ChannelAddresses& from,
                          Real (&dz)[ChannelTile<WEIGHTED>::PIXELS]) const {
        if (tile.voids != 0) {
#pragma unroll
            for (int k = 0; k < ChannelTile<WEIGHTED>::PIXELS; k++) {
                dz[k] = tile.isVoid(k) ? 0 : dz[k];
            }
        }
#pragma unroll
        for (int k = 0; k < ChannelTile<WEIGHTED>::CHUNKS; k++) {
            Real some[SEG_VECTOR];
#pragma unroll
            for (int j = 0; j < SEG_VECTOR; j++) {
                some[j] = dz[k * SEG_VECTOR + j];
            }
            write(from, k, some, tile.count);
        }
    }

    // Writes the gradient of pixel s.
    SEG_MEMBER void write(i64 s, Real dz) const {
        writeReal(out.address, (int) out.type, at + s * out.pixelStride, dz);
    }
};

#if !SEG_HAS_OUTPUT_TERMS
// Whether finite logits have a loop of their own, which makes good for what it takes to make truths of class indices.
#define SEG_HAS_FINITE_LOGITS \
    (SEG_CLASSES > 1 && !SEG_IS_DENSE && SEG_ACTIVATION == SEG_SIGMOID && !SEG_SQUARES && !SEG_DISTANCES)

struct ChannelGradient {
    enum { RUN = 1 << 30, WEIGHTED_RUN = RUN };  // nothing to do at the end of a run
    const ChannelPlace& place;
    Real a;  // dL/dp is a times the truth plus b, times the weight
    Real b;
#if SEG_SQUARES
    Real ofSquare;  // dL/dp has this times p
#endif
#if SEG_DISTANCES
    Real ofDistance;  // dL/dp has this with the sign of p - g
#endif

    // The only place that says what the gradient of a pixel is.
    template <bool WEIGHTED>
    SEG_MEMBER Real slope(Real z, Real g, Real weight) const {
#if SEG_SQUARES || SEG_DISTANCES
        return slopeOfFurther<WEIGHTED>(z, g, weight);
#else
        Real d = a * g + b;
        if (WEIGHTED) {
            d *= weight;
        }
        if (SEG_ACTIVATION == SEG_IDENTITY) {
            return d;
        }
        SigmoidParts parts = sigmoidParts(z);
        return throughSigmoid(parts.smaller, parts.larger, d);
#endif
    }

#if SEG_SQUARES || SEG_DISTANCES
    // The same where the slope by p depends on p.
    template <bool WEIGHTED>
    SEG_MEMBER Real slopeOfFurther(Real z, Real g, Real weight) const {
        SigmoidParts parts = {};
        Real u = z;
        if (SEG_ACTIVATION == SEG_SIGMOID) {
            parts = sigmoidParts(z);
            u = z < 0 ? parts.smaller : parts.larger;
        }
        Real d = fused(a, g, b);
#if SEG_DISTANCES
        d = plusSigned(d, ofDistance, u - g);
#endif
#if SEG_SQUARES
        d = fused(ofSquare, u, d);
#endif
        if (WEIGHTED) {
            d *= weight;
        }
        return SEG_ACTIVATION == SEG_IDENTITY ? d : throughSigmoid(parts.smaller, parts.larger, d);
    }

    // A number plus another one with the sign of `sign`, or that alone where the sign is that of 0. NaN is no such
    // sign; a sigmoid shows it anyway.
    static SEG_MEMBER Real plusSigned(Real number, Real signedOne, Real sign) {
#if defined(__CUDACC__) && SEG_ELEMENT != SEG_DOUBLE && SEG_ACTIVATION == SEG_SIGMOID
        asm("{.reg .pred apart;\n.reg .f32 more;\nlop3.b32 more, %1, %2, 0x80000000, 0x78;\n"
            "setp.neu.f32 apart, %2, 0f00000000;\n@apart add.f32 %0, %0, more;}"
            : "+f"(number)
            : "f"(signedOne), "f"(sign));
        return number;
#else
        return number + (sign > 0 ? signedOne : sign < 0 ? -signedOne : sign);
#endif
    }
#endif

    template <bool WEIGHTED>
    SEG_MEMBER void takeAll(const ChannelTile<WEIGHTED>& tile, const ChannelAddresses& from) const {
        const int PIXELS = ChannelTile<WEIGHTED>::PIXELS;
        Real dz[PIXELS];
#if SEG_HAS_FINITE_LOGITS
        if constexpr (!WEIGHTED) {
            if (findFinite(tile, dz)) {
                place.write(tile, from, dz);
                return;
            }
            seldom();
        }
#endif
#pragma unroll
        for (int k = 0; k < PIXELS; k++) {
            dz[k] = slope<WEIGHTED>(tile.z[k], tile.truth(k), WEIGHTED ? tile.weights[k] : 1);
        }
        place.write(tile, from, dz);
    }

#if SEG_HAS_FINITE_LOGITS
    // Finds the gradient of pixels without weights. Returns false if some logit is infinite, or NaN.
    SEG_MEMBER bool findFinite(const ChannelTile<false>& tile, Real (&dz)[ChannelTile<false>::PIXELS]) const {
        Real reach = 0;  // NaN, if the exponential of such a logit is
        Real last = 0;
#pragma unroll
        for (int k = 0; k < ChannelTile<false>::PIXELS; k++) {
            Real e = exponentialWithin(minusMagnitude(tile.z[k]));
            reach = k % 2 == 0 ? reach : fused(last, e, reach);
            last = e;
            Real larger = reciprocal(1 + e);
            dz[k] = e * larger * (larger * fused(a, tile.truth(k), b));
        }
        return reach == reach;
    }
#endif

    SEG_MEMBER void takeOne(const Channel& channel, const Pixel& pixel, i64 s) const {
        Real dz = 0;
        if (pixel.weight != 0) {
            dz = slope<true>(pixel.prediction(channel.in, channel.c), pixel.truth(channel.in, channel.c), pixel.weight);
        }
        place.write(s, dz);
    }

    SEG_MEMBER void endRun(const Channel&) const {}
};

// Writes the gradient of pixels [from, to) of example n.
SEG_DEVICE void gradientOfChannels(const Slopes& slopes, i64 n, i64 from, i64 to) {
#pragma unroll 1
    for (int k = 0; k < SEG_THREAD_CHANNELS; k++) {
        int c = SEG_THREAD_CHANNEL(k, slopes.args.reverse);
        Channel channel(slopes.args.in, n, c, from, to);
        ChannelPlace place(slopes.args.gradient, channel);
        ChannelGradient gradient = {place, slopes.table.a(c), slopes.table.b(c)};
#if SEG_SQUARES
        gradient.ofSquare = slopes.table.ofSquare(c);
#endif
#if SEG_DISTANCES
        gradient.ofDistance = slopes.table.ofDistance(c);
#endif
        takeTiles(channel, place.isWide, false, slopes.args.reverse, gradient);
    }
}
#endif

}  // namespace seg
#endif
