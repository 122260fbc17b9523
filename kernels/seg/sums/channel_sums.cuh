#pragma once
// SEG_CHANNELS: the sums of a known number of classes where no channel depends on another, and exact pixel terms. A
// warp goes through the pixels of one channel after the other, so a thread has the sums of one class only, in
// registers. It adds some tiles in float, which are then added over the warp; all further sums are double.
#include "seg/loss/output_tile.cuh"
#include "seg/pixel/channel_counts.cuh"
#include "seg/sums/channel_shares.cuh"
#include "seg/sums/known_classes.cuh"
#include "seg/sums/row_sums.cuh"

#if SEG_SUMS == SEG_CHANNELS
namespace seg {

struct ChannelSums : ChannelShares {
    enum { RUN = 8, WEIGHTED_RUN = 2 };
    Real weight;  // of weighted pixels
    unsigned truths;  // of other pixels with index labels: four sums of bytes, which never exceed 8 bits
    unsigned valid;  // of these how many are not void
    double* block;  // of all warps
    double* own;  // of this warp, in PartialLayout
#if SEG_LAYOUT == SEG_ROWS
    RowSums rows;  // those of channels, so that a warp has those of pixel terms alone
#endif
    int width;
#if SEG_COUNTS
    HardCounts hard;
#endif
#if SEG_HAS_OUTPUT_TERMS
    Real* terms;  // of this lane, [T], 32 apart
    Real firstLoss;  // what whole tiles add to the first of them
    OutputTerms outputs;  // of the channel at hand
    int of;  // that channel
#endif

    SEG_MEMBER void start(const Inputs& in) {
#if SEG_LAYOUT == SEG_ROWS
        width = (int) in.pixelTerms;
        rows.own = segShared + threadIdx.x;
        block = segShared + RowSums::KINDS * SEG_MAX_THREADS;
#else
        width = (int) partialWidth(in);
        block = segShared;
#endif
        own = block + warp() * width;
#if SEG_HAS_OUTPUT_TERMS
        terms = (Real*) (block + warps() * width) + warp() * 32 * in.pixelTerms + lane();
#endif
    }

    // Sets the sums to 0.
    SEG_MEMBER void open(const ForwardArguments& arguments, i64) {
        args = &arguments;
        for (int j = lane(); j < width; j += 32) {
            own[j] = 0;
        }
#if SEG_HAS_OUTPUT_TERMS
        for (i64 t = 0; t < arguments.in.pixelTerms; t++) {
            terms[32 * t] = 0;
        }
#endif
#if SEG_LAYOUT == SEG_ROWS
        rows.clear();
#endif
        clear();
        __syncwarp();
    }

    SEG_MEMBER void clear() {
        clearShares();
        weight = 0;
        truths = valid = 0;
#if SEG_HAS_OUTPUT_TERMS
        firstLoss = 0;
#endif
    }

    // Adds pixels [from, to) of example n.
    SEG_MEMBER void sweep(const ForwardArguments& arguments, i64 n, i64 from, i64 to) {
#pragma unroll 1
        for (int k = 0; k < SEG_THREAD_CHANNELS; k++) {
            int c = SEG_THREAD_CHANNEL(k, false);
            Channel channel(arguments.in, n, c, from, to);
#if SEG_HAS_OUTPUT_TERMS
            of = c;
            outputs = OutputTerms(arguments.in, c);
#endif
#if SEG_COUNTS
            CountedChannel<ChannelSums> counted(*this, hard, channel);
            takeTiles(channel, channel.isWide(), isWeighted(arguments), false, counted);
            counted.close();
#else
            takeTiles(channel, channel.isWide(), isWeighted(arguments), false, *this);
#endif
        }
    }

    SEG_MEMBER bool isWeighted(const ForwardArguments& arguments) const {
#if SEG_HAS_OUTPUT_TERMS
        return arguments.hasThreshold || !outputs.areQuick;
#else
        return arguments.hasThreshold;
#endif
    }

#if SEG_HAS_OUTPUT_TERMS
    // What the outputs of a tile add to I and P.
    struct OfTile {
        enum { HAS_SUMS = true, HAS_VALUE = true };
        const ForwardArguments& args;
        Real hits;
        Real mass;
        Real squares;  // of probabilities, if they are summed

        SEG_MEMBER void finish() const {}
        SEG_MEMBER void entropy(int, const HardOutput&) const {}
#if SEG_ACTIVATION == SEG_IDENTITY
        SEG_MEMBER void given(int, Real) const {}
        SEG_MEMBER void alone(int, Real, bool, Real) const {}
        SEG_MEMBER void focal(int, Real, Real) const {}
#else
        SEG_MEMBER void focal(int, const HardOutput&, Real) const {}
#endif
        SEG_MEMBER void soft(int, const Output&, Real, Real) const {}
        SEG_MEMBER void weigh(int, Real) const {}
        SEG_MEMBER void weighted(int, const Output& at, Real g, Real weight, Real) {
            Real p = harden(args, at.sigmoid());
            Real share = weight * p;
            mass += share;
            hits = fused(share, g, hits);
            squares = SEG_SQUARES ? fused(share, p, squares) : 0;
        }
    };

    // Forgets what was added of a tile that then had to be taken as one with weights: all of it is added.
    SEG_MEMBER void beginAnew() { outputs.added = 0; }

    // Adds the outputs of a tile to I and P, and their losses. Returns false if they must be taken as ones with
    // weights, without what was added already.
    template <bool WEIGHTED>
    SEG_MEMBER bool addOutputs(const ChannelTile<WEIGHTED>& tile) {
        int before = WEIGHTED ? outputs.added : 0;
        return outputs.each(args->in, of, [&](int t, const OutputTerm& term) {
            OfTile sums = {*args, 0, 0, 0};
            Real loss;
            if constexpr (WEIGHTED) {
                takeOutputs(term, tile, !args->hasThreshold, sums, loss);
            } else {
                if (!takeOutputs(term, tile, sums, loss)) {
                    outputs.added = t;
                    return false;
                }
            }
            if (t < before) {
                return true;
            }
            if (t == 0) {
                // The outputs count once, with the first term.
                intersection[0] += sums.hits;
                predicted[0] += sums.mass;
#if SEG_SQUARES
                squares[0] += sums.squares;
#endif
                firstLoss = fused(term.unit, loss, firstLoss);
            } else {
                terms[32 * t] += term.unit * loss;
            }
            return true;
        });
    }
#endif

    SEG_MEMBER bool takeAll(const ChannelTile<false>& tile, const ChannelAddresses&) {
#if SEG_HAS_OUTPUT_TERMS
        if (!addOutputs(tile)) {
            return false;
        }
#endif
        valid += SEG_THREAD_PIXELS - countOfBits(tile.voids);
#pragma unroll
        for (int k = 0; k < SEG_THREAD_PIXELS; k++) {
            if (!SEG_HAS_OUTPUT_TERMS) {
                add<false>(tile.z[k], tile.truth(k), 1, k % SEG_SHARES);
            }
#if SEG_IS_DENSE
            truth[k % SEG_SHARES] += tile.truth(k);
#if SEG_SQUARES && SEG_HAS_OUTPUT_TERMS
            squares[0] = fused(tile.truth(k), tile.truth(k), squares[0]);
#endif
#endif
        }
#if !SEG_IS_DENSE
#pragma unroll
        for (int k = 0; k < SEG_CHUNKS; k++) {
            truths += tile.words[k];
        }
#endif
        return true;
    }

    SEG_MEMBER bool takeAll(const ChannelTile<true>& tile, const ChannelAddresses&) {
#if SEG_HAS_OUTPUT_TERMS
        addOutputs(tile);
#endif
        Real truths = 0;
        Real mass = 0;
#if !SEG_HAS_OUTPUT_TERMS
        Real u[ChannelTile<true>::PIXELS];
#pragma unroll
        for (int k = 0; k < ChannelTile<true>::PIXELS; k++) {
            u[k] = shareOf(tile.z[k]);
        }
        if (args->hasThreshold) {
            seldom();
#pragma unroll
            for (int k = 0; k < ChannelTile<true>::PIXELS; k++) {
                u[k] = harden(*args, u[k]);
            }
        }
#endif
#pragma unroll
        for (int k = 0; k < ChannelTile<true>::PIXELS; k++) {
            Real m = tile.weights[k];
#if !SEG_HAS_OUTPUT_TERMS
            addShare<true>(u[k], tile.truth(k), m, k % SEG_SHARES);
#endif
            truths = fused(m, tile.truth(k), truths);
#if SEG_SQUARES && SEG_HAS_OUTPUT_TERMS && SEG_IS_DENSE
            squares[0] = fused(m * tile.truth(k), tile.truth(k), squares[0]);
#endif
            mass += m;
        }
        truth[0] += truths;
        weight += mass;
        return true;
    }

    SEG_MEMBER void takeOne(const Channel& channel, const Pixel& pixel, i64) {
        if (pixel.weight != 0) {
            Real g = pixel.truth(channel.in, channel.c);
            Real z = pixel.prediction(channel.in, channel.c);
            addShare<true>(harden(*args, shareOf(z)), g, pixel.weight, 0);
#if SEG_HAS_OUTPUT_TERMS
            Output at = Output::of<false>(z);
            outputs.each(channel.in, channel.c, [&](int t, const OutputTerm& term) {
                terms[32 * t] += pixel.weight * term.unit * term.point(at, g).value;
                return true;
            });
#endif
            truth[0] += pixel.weight * g;
            weight += pixel.weight;
        }
    }

    // Adds the float sums to the double sums, and sets them to 0.
    SEG_MEMBER void endRun(const Channel& channel) {
        // Both counts of a warp have less than 16 bits.
        unsigned counts = together((truths * 0x01010101u >> 24) + (valid << 16));
        Real i = total(intersection);
        Real p = total(predicted);
        Real g = total(truth) + (Real) (counts & 0xffffu);
        Real m = together(weight) + (Real) (counts >> 16);
#if SEG_SQUARES
        Real q = total(squares) + (SEG_IS_DENSE ? 0 : g);
#endif
#if SEG_DISTANCES
        double d = (double) p + g - 2 * (double) total(common);
#endif
#if SEG_LAYOUT == SEG_ROWS
#if SEG_SQUARES
        rows.add(PartialLayout::SQUARES, q);
#endif
#if SEG_DISTANCES
        rows.add(PartialLayout::DISTANCE, d);
#endif
        rows.add(PartialLayout::INTERSECTION, i);
        rows.add(PartialLayout::PREDICTED, p);
        rows.add(PartialLayout::TRUTH, g);
        rows.add(PartialLayout::WEIGHT, m);
#else
        if (lane() == 0) {
#if SEG_SQUARES
            own[PartialLayout::SQUARES + channel.c] += q;
#endif
#if SEG_DISTANCES
            own[PartialLayout::DISTANCE + channel.c] += d;
#endif
            own[PartialLayout::INTERSECTION + channel.c] += i;
            own[PartialLayout::PREDICTED + channel.c] += p;
            own[PartialLayout::TRUTH + channel.c] += g;
#if SEG_OWN_WEIGHTS
            own[PartialLayout::WEIGHT + channel.c] += m;
#else
            own[PartialLayout::WEIGHT] += channel.c == 0 ? m : 0;
#endif
        }
#endif
#if SEG_HAS_OUTPUT_TERMS
        terms[0] += firstLoss;
        flushTerms(channel.in, terms, own + (SEG_LAYOUT == SEG_ROWS ? 0 : PartialLayout::TERMS));
#endif
        clear();
    }

    // Writes the sums of the block as one row of partial sums. All threads of the block must call it.
    SEG_MEMBER void close(const ForwardArguments& arguments, i64 row) {
#if SEG_LAYOUT == SEG_ROWS
        double* to = arguments.partials + row * partialWidth(arguments.in);
        rows.write(to);
        eachSumOfWarps(block, width, [&](int t, double sum) { to[PartialLayout::TERMS + t] = sum; });
#else
        writeSumsOfWarps(arguments, row, block, width);
#endif
    }
};

typedef ChannelSums Sums;

}  // namespace seg
#endif
