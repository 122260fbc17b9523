#pragma once
// The gradient of exact pixel terms under a sigmoid, one channel after the other: beside scores, or alone.
#include "seg/grad/gradient_channel.cuh"
#include "seg/loss/output_tile.cuh"
#include "seg/pixel/channel_counts.cuh"

#if SEG_HAS_OUTPUT_TERMS
namespace seg {

// Where scores and pixel terms were added up before.
struct NoLosses {
    enum { ARE_WANTED = false };
    SEG_MEMBER void add(i64, Real) const {}
    SEG_MEMBER void flush(const Inputs&) const {}
};

// dL/dz of any output, by scores and by a term. An infinite factor must not be felt where nothing is asked.
template <bool HAS_SCORES>
SEG_DEVICE Real slopeOfAny(Real a, Real b, const Output& at, Real g, Real factor, Real slope) {
    Real ofScores = HAS_SCORES ? throughSigmoid(at.smaller, at.larger, fused(a, g, b)) : 0;
    return ofScores + (slope == 0 ? 0 : factor * slope);
}

// dL/dz of the outputs of a tile by one term, beside scores whose dL/dp is a times the truth plus b.
template <bool WEIGHTED, bool HAS_SCORES, bool WANTS_LOSS>
struct SlopesOfTile {
    enum { HAS_SUMS = false, HAS_VALUE = WANTS_LOSS };
    typedef ChannelTile<WEIGHTED> Tile;
    const OutputTerm& term;
    const Tile& tile;
    const ChannelPlace& place;
    const ChannelAddresses& from;
    Real (&before)[Tile::PIXELS];  // by the terms before
    bool isFirst;
    bool isLast;
    Real a;
    Real b;
    Real factor;
    Sides scores;
    Sides asked;  // of labels that are 0 or 1, times the factor
    Sides bent;
    Real dz[Tile::PIXELS];

    SEG_MEMBER SlopesOfTile(const OutputTerm& of, const Tile& all, const ChannelPlace& where,
                            const ChannelAddresses& addresses, Real (&slopes)[Tile::PIXELS], bool first, bool last,
                            Real ofTruth, Real ofAll, Real times)
            : term(of), tile(all), place(where), from(addresses), before(slopes), isFirst(first), isLast(last),
              a(ofTruth), b(ofAll), factor(times) {
        Sides own = term.asked();
        Sides within = term.bent();
        scores = {a + b, b};
        asked = {-factor * own.ofTrue, factor * own.ofFalse};
        bent = {factor * within.ofTrue, -factor * within.ofFalse};
    }

    // Writes the gradient if there are no more terms.
    SEG_MEMBER void finish() {
        if (!isFirst) {
            seldom();
#pragma unroll
            for (int k = 0; k < Tile::PIXELS; k++) {
                dz[k] += before[k];
            }
        }
        if (isLast) {
            place.write(tile, from, dz);
            return;
        }
        seldom();
#pragma unroll
        for (int k = 0; k < Tile::PIXELS; k++) {
            before[k] = dz[k];
        }
    }

    SEG_MEMBER void entropy(int k, const HardOutput& at) {
        dz[k] = slopeOfSide<HAS_SCORES>(at.side, at.u, at.v, scores, asked, bent);
    }

    SEG_MEMBER void focal(int k, const HardOutput& at, Real x) {
        dz[k] = slopeOfSide<HAS_SCORES>(at.side, at.u, at.v, scores, x, asked);
    }

    SEG_MEMBER void soft(int k, const Output& at, Real g, Real slope) {
        dz[k] = factor * slope;
        if (HAS_SCORES) {
            dz[k] = fused(at.smaller * at.larger, fused(a, g, b), dz[k]);
        }
    }

    SEG_MEMBER void weighted(int k, const Output& at, Real g, Real weight, Real slope) {
        dz[k] = slopeOfAny<HAS_SCORES>(weight * a, weight * b, at, g, factor, weight * slope);
    }
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

    // Whether all pixels of a tile may be taken together.
    SEG_MEMBER bool areQuick() const {
        bool areFinite = true;
        for (int t = 0; t < terms.count; t++) {
            Real factor = slopes.table.factor(t);
            areFinite = areFinite && factor - factor == 0;
        }
        return terms.areQuick && areFinite;
    }

    // Forgets what a tile before has added.
    SEG_MEMBER void beginAnew() { terms.added = 0; }

    template <bool WEIGHTED>
    SEG_MEMBER bool takeAll(const ChannelTile<WEIGHTED>& tile, const ChannelAddresses& from) {
        Real before[ChannelTile<WEIGHTED>::PIXELS];
        int added = WEIGHTED ? terms.added : 0;
        return terms.each(slopes.args.in, c, [&](int t, const OutputTerm& term) {
            // The scores count once.
            SlopesOfTile<WEIGHTED, HAS_SCORES, Losses::ARE_WANTED> own(
                    term, tile, place, from, before, t == 0, t + 1 == terms.count, t == 0 ? slopes.table.a(c) : 0,
                    t == 0 ? slopes.table.b(c) : 0, slopes.table.factor(t) * term.unit);
            Real loss;
            if constexpr (WEIGHTED) {
                takeOutputs(term, tile, own, loss);
            } else {
                if (!takeOutputs(term, tile, own, loss)) {
                    terms.added = t;
                    return false;
                }
            }
            if (Losses::ARE_WANTED && t >= added) {
                losses.add(t, term.unit * loss);
            }
            return true;
        });
    }

    SEG_MEMBER void takeOne(const Channel& channel, const Pixel& pixel, i64 s) {
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
                dz += slopeOfAny<HAS_SCORES>(a, b, at, g, slopes.table.factor(t), weight * point.slope);
                a = b = 0;
                return true;
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
    for (int k = 0; k < SEG_THREAD_CHANNELS; k++) {
        int c = SEG_THREAD_CHANNEL(k, reverse);
        Channel channel(slopes.args.in, n, c, from, to);
        ChannelPlace place(slopes.args.gradient, channel);
        OutputGradient<HAS_SCORES, Losses> gradient(slopes, losses, place, c);
        takeCounted(channel, place.isWide, channel.hasMask() || !gradient.areQuick(), reverse, hard, gradient);
    }
}

}  // namespace seg
#endif
