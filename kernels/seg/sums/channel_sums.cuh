#pragma once
// SEG_CHANNELS: the sums of a known number of classes where no channel depends on another. A warp goes through the
// pixels of one channel after the other, so a thread has the sums of one class only, in registers. It adds RUN
// tiles in float, which are then added over the warp; all further sums are double.
#include "seg/pixel/channel.cuh"
#include "seg/sums/known_classes.cuh"

#if SEG_SUMS == SEG_CHANNELS
namespace seg {

// Each of so many float sums takes every so many-th pixel, for the sake of exactness and of additions that do not wait
// for one another.
#define SEG_SHARES 4

struct ChannelSums {
    enum { RUN = 8 };
    Real intersection[SEG_SHARES];  // in truthUnit()
    Real predicted[SEG_SHARES];
    Real truth[SEG_SHARES];  // for dense labels
    unsigned truths;  // for index labels: four sums of bytes, which never exceed 8 bits
    unsigned valid;  // pixels that are not void
    Real ofPixels[4];  // I, P, G and M of pixels that were taken one by one
    const ForwardArguments* args;
    double* block;  // of all warps
    double* own;  // of this warp, in PartialLayout
    int width;

    SEG_MEMBER void start(const Inputs& in) {
        width = (int) partialWidth(in);
        block = segShared;
        own = block + warp() * width;
    }

    // Sets the sums to 0.
    SEG_MEMBER void open(const ForwardArguments& arguments, i64) {
        args = &arguments;
        for (int j = lane(); j < width; j += 32) {
            own[j] = 0;
        }
        clear();
        __syncwarp();
    }

    SEG_MEMBER void clear() {
#pragma unroll
        for (int k = 0; k < SEG_SHARES; k++) {
            intersection[k] = predicted[k] = truth[k] = ofPixels[k] = 0;
        }
        truths = valid = 0;
    }

    // Adds pixels [from, to) of example n.
    SEG_MEMBER void sweep(const ForwardArguments& arguments, i64 n, i64 from, i64 to) {
#pragma unroll 1
        for (int c = 0; c < SEG_CLASSES; c++) {
            Channel channel(arguments.in, n, c, from, to);
            takeTiles(channel, channel.isWide && !arguments.hasThreshold, false, *this);
        }
    }

    // The only place that says what a pixel adds to I and P.
    template <bool WEIGHTED>
    SEG_MEMBER void add(Real z, Real g, Real weight, Real& i, Real& p) const {
        Real own = SEG_ACTIVATION == SEG_SIGMOID ? sigmoidAlone(z) : z;
        if (WEIGHTED) {
            own = weight * harden(*args, own);
        }
        p += own;
        i += own * g;
    }

    SEG_MEMBER void takeAll(const ChannelTile& tile, const char*) {
        valid += SEG_THREAD_PIXELS - tile.hidden;
#pragma unroll
        for (int k = 0; k < SEG_THREAD_PIXELS; k++) {
            add<false>(tile.z[k], tile.truth(k), 1, intersection[k % SEG_SHARES], predicted[k % SEG_SHARES]);
#if SEG_IS_DENSE
            truth[k % SEG_SHARES] += tile.truth(k);
#endif
        }
#if !SEG_IS_DENSE
#pragma unroll
        for (int k = 0; k < SEG_CHUNKS; k++) {
            truths += tile.words[k];
        }
#endif
    }

    SEG_MEMBER void takeOne(const Channel& channel, const Pixel& pixel, i64) {
        if (pixel.weight != 0) {
            Real g = pixel.truth(channel.in, channel.c);
            add<true>(pixel.prediction(channel.in, channel.c), g, pixel.weight, ofPixels[0], ofPixels[1]);
            ofPixels[2] += pixel.weight * g;
            ofPixels[3] += pixel.weight;
        }
    }

    SEG_MEMBER void endPixels(const Channel& channel) {
        addToWarp(channel.c, ofPixels[0], ofPixels[1], warpSum(ofPixels[2]), warpSum(ofPixels[3]));
#pragma unroll
        for (int k = 0; k < 4; k++) {
            ofPixels[k] = 0;
        }
    }

    // Adds sums over the lanes of the warp to its double sums: I and P of this lane, G and M of all lanes.
    SEG_MEMBER void addToWarp(int c, Real i, Real p, Real g, Real m) {
        i = warpSum(i);
        p = warpSum(p);
        if (lane() == 0) {
            own[PartialLayout::INTERSECTION + c] += i;
            own[PartialLayout::PREDICTED + c] += p;
            own[PartialLayout::TRUTH + c] += g;
            own[PartialLayout::WEIGHT] += c == 0 ? m : 0;
        }
    }

    static SEG_MEMBER Real total(const Real (&shares)[SEG_SHARES]) {
        return (shares[0] + shares[1]) + (shares[2] + shares[3]);
    }

    // Adds the sums of whole tiles to the double sums of the warp, and sets them to 0.
    SEG_MEMBER void endRun(const Channel& channel) {
        // Both counts of a warp have less than 16 bits.
        unsigned counts = warpSum((truths * 0x01010101u >> 24) + (valid << 16));
        addToWarp(channel.c, total(intersection) * (1 / truthUnit()), total(predicted),
                  SEG_IS_DENSE ? warpSum(total(truth)) : (Real) (counts & 0xffffu), (Real) (counts >> 16));
        clear();
    }

    // Writes the sums of the block as one row of partial sums. All threads of the block must call it.
    SEG_MEMBER void close(const ForwardArguments& arguments, i64 row) {
        __syncthreads();
        for (int j = threadIdx.x; j < width; j += blockDim.x) {
            double sum = 0;
            for (int w = 0; w < warps(); w++) {
                sum += block[w * width + j];
            }
            arguments.partials[row * width + j] = sum;
        }
        __syncthreads();
    }
};

typedef ChannelSums Sums;

}  // namespace seg
#endif
