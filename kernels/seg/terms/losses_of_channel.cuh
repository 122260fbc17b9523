#pragma once
// Pixel losses and their gradient where no channel depends on another: one channel after the other.
#include "seg/pixel/channel_counts.cuh"
#include "seg/terms/channel_cross_entropy.cuh"

#if SEG_SUMS == SEG_CHANNELS && !SEG_HAS_OUTPUT_TERMS
namespace seg {

// Any sum of terms.
struct ChannelLosses {
    enum { RUN = 4, WEIGHTED_RUN = RUN };
    const Slopes& slopes;
    TermSums& sums;
    const ChannelPlace& place;
    int c;

    // Adds the loss of pixel k of a tile under one term, before the weight of the class, and returns its slope.
    template <bool WEIGHTED>
    static SEG_MEMBER Real takeTerm(const ChannelTile<WEIGHTED>& tile, int k, const ChannelTerm& term, Real& loss) {
        if (tile.isVoid(k)) {
            return 0;
        }
        Real weight = WEIGHTED ? tile.weights[WEIGHTED ? k : 0] : 1;
        Real own = 0;
        Real slope = term.one(tile.z[k], tile.truth(k), own);
        loss += weight * own;
        return term.factor == 0 ? 0 : weight * term.factor * slope;
    }

    template <bool WEIGHTED>
    SEG_MEMBER void takeAll(const ChannelTile<WEIGHTED>& tile, const ChannelAddresses& from) const {
#pragma unroll
        for (int k = 0; k < ChannelTile<WEIGHTED>::CHUNKS; k++) {
            Real dz[SEG_VECTOR] = {};
            for (i64 t = 0; t < slopes.args.in.pixelTerms; t++) {
                ChannelTerm term;
                if (!findTerm(slopes, t, c, term)) {
                    continue;
                }
                Real loss = 0;
#pragma unroll
                for (int j = 0; j < SEG_VECTOR; j++) {
                    dz[j] += takeTerm(tile, k * SEG_VECTOR + j, term, loss);
                }
                sums.add(t, term.weight * loss);
            }
            place.write(from, k, dz, tile.count);
        }
    }

    SEG_MEMBER void takeOne(const Channel& channel, const Pixel& pixel, i64 s) const {
        Real dz = 0;
        for (i64 t = 0; pixel.weight != 0 && t < slopes.args.in.pixelTerms; t++) {
            ChannelTerm term;
            if (findTerm(slopes, t, c, term)) {
                Real loss = 0;
                Real slope = term.one(pixel.prediction(channel.in, c), pixel.truth(channel.in, c), loss);
                sums.add(t, pixel.weight * term.weight * loss);
                dz += term.factor == 0 ? 0 : pixel.weight * term.factor * slope;
            }
        }
        place.write(s, dz);
    }

    SEG_MEMBER void endRun(const Channel& channel) const { sums.flush(channel.in); }
};

// Writes the gradient of pixels [from, to) of example n, and adds their losses.
SEG_DEVICE void lossesOfChannels(const Slopes& slopes, i64 n, i64 from, i64 to, const HardCounts* hard,
                                 TermSums& sums) {
    const Inputs& in = slopes.args.in;
#pragma unroll 1
    for (int k = 0; k < SEG_THREAD_CHANNELS; k++) {
        int c = SEG_THREAD_CHANNEL(k, false);
        Channel channel(in, n, c, from, to);
        ChannelPlace place(slopes.args.gradient, channel);
        ChannelTerm first;
        if (SEG_IN_ALL(in.pixelTerms == 1 && findTerm(slopes, 0, c, first) && ChannelCrossEntropy::fits(first))) {
            ChannelCrossEntropy losses(sums, place, first);
            takeCounted(channel, place.isWide, false, false, hard, losses);
        } else {
            ChannelLosses losses = {slopes, sums, place, c};
            takeCounted(channel, place.isWide, false, false, hard, losses);
        }
    }
}

}  // namespace seg
#endif
