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
    enum { RUN = HAS_SCORES ? 1 << 30 : 8, WEIGHTED_RUN = RUN };
    const Slopes& slopes;
    Losses& losses;
    const ChannelPlace& place;
    int c;
    OutputTerms terms;

    SEG_MEMBER OutputGradient(const Slopes& all, Losses& sums, const ChannelPlace& where, int channel)
            : slopes(all), losses(sums), place(where), c(channel), terms(all.args.in, channel) {}

    SEG_MEMBER bool fits(const ChannelTile<false>& tile) const { return terms.fit(tile); }

    // Whether all pixels of a tile may be taken together.
    SEG_MEMBER bool areQuick() const {
        bool areFinite = true;
        for (int t = 0; t < terms.count; t++) {
            Real factor = slopes.table.factor(t);
            areFinite = areFinite && factor - factor == 0;
        }
        return terms.areQuick && areFinite;
    }

    // dL/dz of an output, by the scores, whose dL/dp is a times the truth plus b, and by a term.
    static SEG_MEMBER Real tame(Real a, Real b, const Output& at, Real g, Real factor, Real slope) {
        Real ofTerm = factor * slope;
        return HAS_SCORES ? fused(at.smaller * at.larger, fused(a, g, b), ofTerm) : ofTerm;
    }

    // The same of any output. An infinite factor must not be felt where nothing is asked.
    static SEG_MEMBER Real any(Real a, Real b, const Output& at, Real g, Real factor, Real slope) {
        Real ofScores = HAS_SCORES ? throughSigmoid(at.smaller, at.larger, fused(a, g, b)) : 0;
        return ofScores + (slope == 0 ? 0 : factor * slope);
    }

    template <bool WEIGHTED>
    SEG_MEMBER void takeAll(const ChannelTile<WEIGHTED>& tile, const ChannelAddresses& from) const {
        constexpr int PIXELS = ChannelTile<WEIGHTED>::PIXELS;
        Real dz[PIXELS];
        Real before[PIXELS];  // by the terms before
        Real a = slopes.table.a(c);
        Real b = slopes.table.b(c);
        terms.each(slopes.args.in, c, [&](int t, const OutputTerm& term) {
            Real factor = slopes.table.factor(t) * term.unit;
            Real loss = term.ofAll(tile, [&](int k, const Output& at, Real g, Real slope) {
                Real weight = WEIGHTED ? tile.weights[WEIGHTED ? k : 0] : 1;
                dz[k] = WEIGHTED ? any(weight * a, weight * b, at, g, factor, slope) : tame(a, b, at, g, factor, slope);
            });
            losses.add(t, term.unit * loss);
            // The scores count once.
            a = b = 0;
            if (t > 0) {
                seldom();
#pragma unroll
                for (int k = 0; k < PIXELS; k++) {
                    dz[k] += before[k];
                }
            }
#pragma unroll
            for (int k = 0; k < PIXELS; k++) {
                before[k] = dz[k];
            }
        });
        place.write(tile, from, dz);
    }

    SEG_MEMBER void takeOne(const Channel& channel, const Pixel& pixel, i64 s) const {
        Real dz = 0;
        if (pixel.weight != 0) {
            Output at = Output::of<false>(pixel.prediction(channel.in, c));
            Real g = pixel.truth(channel.in, c);
            Real a = pixel.weight * slopes.table.a(c);
            Real b = pixel.weight * slopes.table.b(c);
            terms.each(slopes.args.in, c, [&](int t, const OutputTerm& term) {
                OutputPoint point = term.point(at, g);
                Real weight = pixel.weight * term.unit;
                losses.add(t, weight * point.value);
                dz += any(a, b, at, g, slopes.table.factor(t), weight * point.slope);
                a = b = 0;
            });
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
        OutputGradient<HAS_SCORES, Losses> gradient(slopes, losses, place, c);
        takeCounted(channel, place.isWide, channel.hasMask() || !gradient.areQuick(), reverse, hard, gradient);
    }
}

}  // namespace seg
#endif
