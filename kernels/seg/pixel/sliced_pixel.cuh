#pragma once
// Many classes, of a known number: the warps of a block share 32 pixels, one per lane, and each warp takes a slice of the
// channels to registers. So predictions are read once. What a softmax needs of all channels, warps tell each other
// through shared memory, at two barriers for 32 pixels.
#include "seg/pixel/activation.cuh"

#if SEG_SUMS == SEG_SLICES
namespace seg {

#define SEG_WARPS (SEG_MAX_THREADS / 32)
#define SEG_SLICE ((SEG_CLASSES + SEG_WARPS - 1) / SEG_WARPS)

// What each warp, or one for all, says of each lane's pixel. Of these a place is written behind one of the two barriers
// and read behind the next, so no third one is needed.
struct Exchange {
    Real max[SEG_WARPS][32];
    int top[SEG_WARPS][32];       // channel of the maximum
    Real others[SEG_WARPS][32];   // sum of exponentials, but for one channel
    Real slope[SEG_WARPS][32];    // the same of exponentials times slopes
    Real weight[32];
    int label[32];
    Real own[32];                 // of the true class: exponential or, without a softmax, prediction
};

// A pixel of which this warp knows a slice. TOP: whether the largest channel will be asked for.
template <bool TOP>
struct SlicedPixel {
    Pixel pixel;
    Real p[SEG_SLICE];   // predictions; with a softmax then exponentials and probabilities
    Real own;            // as in Exchange

    static SEG_MEMBER int channel(int i) { return warp() * SEG_SLICE + i; }

    // Place of a channel in this warp's slice, if it is there.
    static SEG_MEMBER int place(int c) { return c - warp() * SEG_SLICE; }
    static SEG_MEMBER bool isMine(int c) { return c >= 0 && place(c) >= 0 && place(c) < SEG_SLICE; }

    // Reads pixel s of example n; what is not there counts for nothing. Warp 0 reads label and weight for all.
    SEG_MEMBER void read(const Inputs& in, i64 n, i64 s, bool live, Exchange& exchange) {
        const Tensor& t = in.predictions;
        i64 stride = SEG_LAYOUT == SEG_CHANNELS_LAST ? 1 : t.channelStride;
        i64 at = n * t.exampleStride + s * (SEG_LAYOUT == SEG_CHANNELS_FIRST ? 1 : t.pixelStride) + channel(0) * stride;
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            bool there = live && channel(i) < SEG_CLASSES;
            p[i] = there ? readReal(t.address, SEG_ELEMENT, at + i * stride) : floatOfBits(0xff800000u);
        }
        pixel = {};
        if (warp() == 0) {
            pixel.label = -1;
            if (live) {
                pixel.load(in, n, s);
            }
            exchange.weight[lane()] = pixel.weight;
            exchange.label[lane()] = pixel.label;
        }
        pixel.max = p[0];
        pixel.top = channel(0);
#pragma unroll
        for (int i = 1; i < SEG_SLICE; i++) {
            pixel.top = TOP && p[i] > pixel.max ? channel(i) : pixel.top;
            pixel.max = p[i] > pixel.max ? p[i] : pixel.max;
        }
        exchange.max[warp()][lane()] = pixel.max;
        if (TOP) {
            exchange.top[warp()][lane()] = pixel.top;
        }
        __syncthreads();
        pixel.weight = exchange.weight[lane()];
        pixel.label = exchange.label[lane()];
        pixel.max = exchange.max[0][lane()];
        pixel.top = TOP ? exchange.top[0][lane()] : -1;
#pragma unroll
        for (int w = 1; w < SEG_WARPS; w++) {
            Real max = exchange.max[w][lane()];
            pixel.top = TOP && max > pixel.max ? exchange.top[w][lane()] : pixel.top;
            pixel.max = max > pixel.max ? max : pixel.max;
        }
    }

    // Makes probabilities, if by a softmax. Returns the sum of probability times slope, but for the largest channel.
    template <typename S>
    SEG_MEMBER Real activate(const Inputs& in, Exchange& exchange, const S& slopes) {
        int y = pixel.trueClass(in);
        Real others = 0;
        Real slope = 0;
        if (SEG_ACTIVATION == SEG_SOFTMAX) {
#pragma unroll
            for (int i = 0; i < SEG_SLICE; i++) {
                p[i] = exponentialOfLogit(p[i] - pixel.max);
                others += channel(i) == pixel.top ? 0 : p[i];
                slope += channel(i) == pixel.top || channel(i) >= SEG_CLASSES ? 0 : p[i] * slopes(channel(i));
            }
        }
        exchange.others[warp()][lane()] = others;
        exchange.slope[warp()][lane()] = slope;
        if (isMine(y)) {
            exchange.own[lane()] = pick<0, SEG_SLICE>(p, place(y));
        }
        __syncthreads();
        others = 0;
        slope = 0;
#pragma unroll
        for (int w = 0; w < SEG_WARPS; w++) {
            others += exchange.others[w][lane()];
            slope += exchange.slope[w][lane()];
        }
        own = y < 0 ? 0 : exchange.own[lane()];
        // The largest channel's exponential is 1, or NaN.
        finish(pixel, TOP ? exponentialOfLogit(pixel.max - pixel.max) : 0, others);
#pragma unroll
        for (int i = 0; i < SEG_SLICE && SEG_ACTIVATION == SEG_SOFTMAX; i++) {
            p[i] *= pixel.inverse;
        }
        return slope * pixel.inverse;
    }

    // The probability of a channel of this warp.
    SEG_MEMBER Probability probability(int i) const {
        return SEG_ACTIVATION == SEG_SIGMOID ? sigmoid(p[i]) : Probability{p[i], 1 - p[i]};
    }

    // The probability of the true class, which there must be.
    SEG_MEMBER Probability ownProbability(const Inputs& in) const {
        if (SEG_ACTIVATION == SEG_SIGMOID) {
            return sigmoid(own);
        }
        Real u = SEG_ACTIVATION == SEG_SOFTMAX ? own * pixel.inverse : own;
        bool isTop = SEG_ACTIVATION == SEG_SOFTMAX && pixel.trueClass(in) == pixel.top;
        return {u, isTop ? pixel.topComplement : 1 - u};
    }
};

}  // namespace seg
#endif
