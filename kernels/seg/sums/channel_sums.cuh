#pragma once
// SEG_CHANNELS: the sums of a known number of classes where no channel depends on another. A warp goes through the
// pixels of one channel after the other, so a thread has the sums of one class only, in registers. It adds some tiles
// in float, which are then added over the warp; all further sums are double.
#include "seg/pixel/channel_counts.cuh"
#include "seg/sums/known_classes.cuh"

#if SEG_SUMS == SEG_CHANNELS
namespace seg {

// Each of so many float sums takes every so many-th pixel, for the sake of exactness and of additions that do not wait
// for one another.
#define SEG_SHARES 4

struct ChannelSums {
    enum { RUN = 8, WEIGHTED_RUN = 2 };
    Real intersection[SEG_SHARES];
    Real predicted[SEG_SHARES];
    Real truth[SEG_SHARES];  // of dense labels and of weighted pixels
    Real weight;  // of weighted pixels
    unsigned truths;  // of other pixels with index labels: four sums of bytes, which never exceed 8 bits
    unsigned valid;  // of these how many are not void
    const ForwardArguments* args;
    double* block;  // of all warps
    double* own;  // of this warp, in PartialLayout
    int width;
#if SEG_COUNTS
    HardCounts hard;
#endif

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
            intersection[k] = predicted[k] = truth[k] = 0;
        }
        weight = 0;
        truths = valid = 0;
    }

    // Adds pixels [from, to) of example n.
    SEG_MEMBER void sweep(const ForwardArguments& arguments, i64 n, i64 from, i64 to) {
#pragma unroll 1
        for (int c = 0; c < SEG_CLASSES; c++) {
            Channel channel(arguments.in, n, c, from, to);
#if SEG_COUNTS
            CountedChannel<ChannelSums> counted(*this, hard, channel);
            takeTiles(channel, channel.isWide(), channel.hasMask() || arguments.hasThreshold, false, counted);
#else
            takeTiles(channel, channel.isWide(), channel.hasMask() || arguments.hasThreshold, false, *this);
#endif
        }
    }

    // The only place that says what a pixel adds to I and P.
    template <bool WEIGHTED>
    SEG_MEMBER void add(Real z, Real g, Real m, Real& i, Real& p) const {
        Real u = SEG_ACTIVATION == SEG_SIGMOID ? sigmoidAlone(z) : z;
        if (WEIGHTED) {
            u = m * harden(*args, u);
        }
        p += u;
        i += u * g;
    }

    SEG_MEMBER void takeAll(const ChannelTile<false>& tile, const ChannelAddresses&) {
        valid += SEG_THREAD_PIXELS - countOfBits(tile.voids);
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

    SEG_MEMBER void takeAll(const ChannelTile<true>& tile, const ChannelAddresses&) {
#pragma unroll
        for (int k = 0; k < ChannelTile<true>::PIXELS; k++) {
            Real m = tile.weights[k];
            add<true>(tile.z[k], tile.truth(k), m, intersection[k % SEG_SHARES], predicted[k % SEG_SHARES]);
            truth[k % SEG_SHARES] += m * tile.truth(k);
            weight += m;
        }
    }

    SEG_MEMBER void takeOne(const Channel& channel, const Pixel& pixel, i64) {
        if (pixel.weight != 0) {
            Real g = pixel.truth(channel.in, channel.c);
            add<true>(pixel.prediction(channel.in, channel.c), g, pixel.weight, intersection[0], predicted[0]);
            truth[0] += pixel.weight * g;
            weight += pixel.weight;
        }
    }

    static SEG_MEMBER Real total(const Real (&shares)[SEG_SHARES]) {
        return warpSum((shares[0] + shares[1]) + (shares[2] + shares[3]));
    }

    // Adds the float sums to the double sums of the warp, and sets them to 0.
    SEG_MEMBER void endRun(const Channel& channel) {
        // Both counts of a warp have less than 16 bits.
        unsigned counts = warpSum((truths * 0x01010101u >> 24) + (valid << 16));
        Real i = total(intersection);
        Real p = total(predicted);
        Real g = total(truth) + (Real) (counts & 0xffffu);
        Real m = warpSum(weight) + (Real) (counts >> 16);
        if (lane() == 0) {
            own[PartialLayout::INTERSECTION + channel.c] += i;
            own[PartialLayout::PREDICTED + channel.c] += p;
            own[PartialLayout::TRUTH + channel.c] += g;
            own[PartialLayout::WEIGHT] += channel.c == 0 ? m : 0;
        }
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
