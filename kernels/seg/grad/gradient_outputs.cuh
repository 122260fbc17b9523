#pragma once
// The gradient of exact pixel terms under a sigmoid, one channel after the other: beside scores, or alone.
#include "seg/grad/gradient_channel.cuh"
#include "seg/loss/output_term.cuh"
#include "seg/pixel/channel_counts.cuh"

#if SEG_HAS_OUTPUT_TERMS
namespace seg {

// Where scores and pixel terms were added up before.
struct NoLosses {
    SEG_MEMBER void add(i64, Real) const {}
    SEG_MEMBER void flush(const Inputs&) const {}
};

// HAS_SCORES says whether there are scores; `losses` takes the losses of the pixel terms.
template <bool HAS_SCORES, typename Losses>
struct OutputGradient {
    enum { RUN = HAS_SCORES ? 1 << 30 : 4, WEIGHTED_RUN = RUN };
    const Slopes& slopes;
    Losses& losses;
    const ChannelPlace& place;
    int c;

    // The slope of the scores, whose dL/dp is a times the truth plus b, times the weight.
    static SEG_MEMBER Real ofScores(Real a, Real b, const OutputShares& at, Real g, Real weight) {
        return HAS_SCORES ? throughSigmoid(at.parts.smaller, at.parts.larger, (a * g + b) * weight) : 0;
    }

    // An infinite factor must not be felt where nothing is asked.
    static SEG_MEMBER Real times(Real factor, Real slope) { return slope == 0 ? 0 : factor * slope; }

    template <bool WEIGHTED>
    SEG_MEMBER void takeAll(const ChannelTile<WEIGHTED>& tile, const ChannelAddresses& from) const {
        const int PIXELS = ChannelTile<WEIGHTED>::PIXELS;
        Real dz[PIXELS] = {};
        Real a = slopes.table.a(c);
        Real b = slopes.table.b(c);
#pragma unroll 1
        for (int t = 0; t < (int) slopes.args.in.pixelTerms; t++) {
            Real factor = slopes.table.factor(t);
            losses.add(t, OutputTerm(slopes.args.in, t, c).ofAll(tile, [&](int k, const OutputShares& at, Real slope) {
                Real weight = WEIGHTED ? tile.weights[WEIGHTED ? k : 0] : 1;
                dz[k] += ofScores(a, b, at, tile.truth(k), weight) + times(factor, slope);
            }));
            // The scores count once.
            a = b = 0;
        }
        place.write(tile, from, dz);
    }

    SEG_MEMBER void takeOne(const Channel& channel, const Pixel& pixel, i64 s) const {
        Real dz = 0;
        if (pixel.weight != 0) {
            Real z = pixel.prediction(channel.in, c);
            Real g = pixel.truth(channel.in, c);
            dz = ofScores(slopes.table.a(c), slopes.table.b(c), OutputShares(z), g, pixel.weight);
#pragma unroll 1
            for (i64 t = 0; t < channel.in.pixelTerms; t++) {
                OutputPoint point = OutputTerm(channel.in, t, c).any(z, g, pixel.weight);
                losses.add(t, point.value);
                dz += times(slopes.table.factor(t), point.slope);
            }
        }
        place.write(s, dz);
    }

    SEG_MEMBER void endRun(const Channel& channel) const { losses.flush(channel.in); }
};

// Writes the gradient of pixels [from, to) of example n, and counts by the way if `hard` is not null.
template <bool HAS_SCORES, typename Losses>
SEG_DEVICE void gradientOfOutputs(const Slopes& slopes, i64 n, i64 from, i64 to, const HardCounts* hard,
                                  Losses& losses) {
    bool reverse = HAS_SCORES && slopes.args.reverse;
#pragma unroll 1
    for (int k = 0; k < SEG_CLASSES; k++) {
        int c = reverse ? SEG_CLASSES - 1 - k : k;
        Channel channel(slopes.args.in, n, c, from, to);
        ChannelPlace place(slopes.args.gradient, channel);
        OutputGradient<HAS_SCORES, Losses> gradient = {slopes, losses, place, c};
        takeCounted(channel, place.isWide, reverse, hard, gradient);
    }
}

}  // namespace seg
#endif
