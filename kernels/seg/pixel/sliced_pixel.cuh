#pragma once
// Pixels with many classes, of a known number. The warps of a block work on the same 32 pixels, one for each lane, and
// each warp holds a slice of their channels in registers. So predictions are read only once. Warps exchange what a
// softmax needs from all channels through shared memory, with two barriers for 32 pixels.
#include "seg/pixel/activation.cuh"

#if SEG_SUMS == SEG_SLICES
namespace seg {

#define SEG_WARPS (SEG_MAX_THREADS / 32)
#define SEG_SLICE ((SEG_CLASSES + SEG_WARPS - 1) / SEG_WARPS)

// What the warps tell one another about the pixel of each lane. Every member is written after one of the two barriers
// and read after the next one, so no third barrier is needed.
struct Exchange {
    Real max[SEG_WARPS][32];
    int top[SEG_WARPS][32];       // channel of the maximum
    Real others[SEG_WARPS][32];   // sum of exponentials without that of the top channel
    Real slope[SEG_WARPS][32];    // the same for exponentials times slopes
    Real weight[32];
    int label[32];
    Real own[32];                 // exponential of the true class or, without a softmax, its prediction
};

// One pixel, with this warp's slice of its channels. TOP says whether the largest channel will be needed.
template <bool TOP>
struct SlicedPixel {
    Pixel pixel;
    Real p[SEG_SLICE];   // predictions; with a softmax, later exponentials and then probabilities
    Real own;            // as in Exchange

    static SEG_MEMBER int channel(int i) { return warp() * SEG_SLICE + i; }

    // The index of a channel in this warp's slice, if it is in there.
    static SEG_MEMBER int place(int c) { return c - warp() * SEG_SLICE; }
    static SEG_MEMBER bool isMine(int c) { return c >= 0 && place(c) >= 0 && place(c) < SEG_SLICE; }

    // Reads pixel s of example n, or nothing if it is not live. Channels beyond the last are -infinity. Warp 0 reads
    // label and weight for all warps. All threads of the block must call it.
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

    // Makes the probabilities of a softmax; does nothing to p for another activation. Returns the sum of probability
    // times slope over all channels but the top one. All threads of the block must call it.
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

    // The probability of a channel, by its index in this warp's slice.
    SEG_MEMBER Probability probability(int i) const {
        return SEG_ACTIVATION == SEG_SIGMOID ? sigmoid(p[i]) : Probability{p[i], 1 - p[i]};
    }

    // The probability of the true class. There must be one.
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
