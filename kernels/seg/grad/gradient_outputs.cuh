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

// dL/dp of scores: a times the truth plus b and, where there are sums of squares, ofSquare times p.
struct ScoreSlope {
    Real a;
    Real b;
    Real ofSquare;

    SEG_MEMBER Real of(const Output& at, Real g) const {
        Real slope = fused(a, g, b);
        return SEG_SQUARES ? fused(ofSquare, at.sigmoid(), slope) : slope;
    }

    // Those of labels that are 1 and 0, at an output.
    SEG_MEMBER Sides of(const HardOutput& at, const Sides& withoutSquares) const {
#if SEG_SQUARES
        Real slope = plusMultiple(at.side, withoutSquares, ofSquare, at.u, at.v);
        return {slope, slope};
#else
        return withoutSquares;
#endif
    }
};

// dL/dz of any output, by scores and by a term. An infinite factor must not be felt where nothing is asked.
template <bool HAS_SCORES>
SEG_DEVICE Real slopeOfAny(Real ofScores, const Output& at, Real factor, Real slope) {
    Real through = HAS_SCORES ? ofScores : 0;
    if (HAS_SCORES && SEG_ACTIVATION == SEG_SIGMOID) {
        through = throughSigmoid(at.smaller, at.larger, ofScores);
    }
    return through + (slope == 0 ? 0 : factor * slope);
}

// dL/dz of the outputs of a tile by one term, beside scores.
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
    ScoreSlope score;
    Real factor;
    Sides scores;  // what labels that are 1 and 0 make of their slope, without squares
    Sides asked;  // of labels that are 0 or 1, times the factor
    Sides bent;
    Real dz[Tile::PIXELS];

    SEG_MEMBER SlopesOfTile(const OutputTerm& of, const Tile& all, const ChannelPlace& where,
                            const ChannelAddresses& addresses, Real (&slopes)[Tile::PIXELS], bool first, bool last,
                            const ScoreSlope& ofScores, Real times)
            : term(of), tile(all), place(where), from(addresses), before(slopes), isFirst(first), isLast(last),
              score(ofScores), factor(times) {
        Sides own = term.asked();
        Sides within = term.bent();
        scores = {score.a + score.b, score.b};
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
        dz[k] = slopeOfSide<HAS_SCORES>(at.side, at.u, at.v, score.of(at, scores), asked, bent);
    }

#if SEG_ACTIVATION == SEG_IDENTITY
    // Cross-entropy with the probability p. With q = p of the label 1 and p - 1 of the label 0, its slope is -1 / q.
    SEG_MEMBER void given(int k, Real p) {
        Real lack = tile.twiceLack(k);
        Real slope = HAS_SCORES ? fused((Real) -0.5 * score.a, lack, scores.ofTrue) : 0;
        slope = HAS_SCORES && SEG_SQUARES ? fused(score.ofSquare, p, slope) : slope;
        Real q = fused((Real) -0.5, lack, p);
        dz[k] = plusWithinEdges(p, -asked.ofFalse, reciprocal(q), slope);
    }

    // The same without scores, where the inverse of the probability of the label's side is known.
    SEG_MEMBER void alone(int k, Real p, bool isTrue, Real inverse) {
        Real slope = (isTrue ? asked.ofTrue : asked.ofFalse) * inverse;
        dz[k] = isWithinEdges(p) ? slope : 0;
    }

    // Any other curve, whose slope by the probability of the label's side is -x.
    SEG_MEMBER void focal(int k, Real p, Real x) {
        Sides ofScores = scores;
        if (SEG_SQUARES) {
            ofScores = {fused(score.ofSquare, p, scores.ofTrue), fused(score.ofSquare, p, scores.ofFalse)};
        }
        dz[k] = slopeOfProbability<HAS_SCORES>(tile.side(k), x, ofScores, asked);
    }
#else
    SEG_MEMBER void focal(int k, const HardOutput& at, Real x) {
        dz[k] = slopeOfSide<HAS_SCORES>(at.side, at.u, at.v, score.of(at, scores), x, asked);
    }
#endif

    SEG_MEMBER void weigh(int k, Real weight) { dz[k] *= weight; }

    SEG_MEMBER void soft(int k, const Output& at, Real g, Real slope) {
        dz[k] = factor * slope;
        if (HAS_SCORES) {
            dz[k] = fused(at.smaller * at.larger, score.of(at, g), dz[k]);
        }
    }

    SEG_MEMBER void weighted(int k, const Output& at, Real g, Real weight, Real slope) {
        dz[k] = slopeOfAny<HAS_SCORES>(weight * score.of(at, g), at, factor, weight * slope);
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

    // The slope of the scores, which counts once: with the first term.
    SEG_MEMBER ScoreSlope scores(int t) const {
        ScoreSlope none = {0, 0, 0};
#if SEG_SQUARES
        return t == 0 ? ScoreSlope{slopes.table.a(c), slopes.table.b(c), slopes.table.ofSquare(c)} : none;
#else
        return t == 0 ? ScoreSlope{slopes.table.a(c), slopes.table.b(c), 0} : none;
#endif
    }

    // Whether all factors of losses are.
    SEG_MEMBER bool areFinite() const {
        bool all = true;
        for (int t = 0; t < terms.count; t++) {
            Real factor = slopes.table.factor(t);
            all = all && factor - factor == 0;
        }
        return all;
    }

    // Whether all pixels of a tile may be taken together.
    SEG_MEMBER bool areQuick() const { return terms.areQuick && areFinite(); }

    // Forgets what was added of a tile that then had to be taken as one with weights: all of it is added.
    SEG_MEMBER void beginAnew() { terms.added = 0; }

    template <bool WEIGHTED>
    SEG_MEMBER bool takeAll(const ChannelTile<WEIGHTED>& tile, const ChannelAddresses& from) {
        Real before[ChannelTile<WEIGHTED>::PIXELS];
        int added = WEIGHTED ? terms.added : 0;
        return terms.each(slopes.args.in, c, [&](int t, const OutputTerm& term) {
            SlopesOfTile<WEIGHTED, HAS_SCORES, Losses::ARE_WANTED> own(term, tile, place, from, before, t == 0,
                                                                       t + 1 == terms.count, scores(t),
                                                                       slopes.table.factor(t) * term.unit);
            Real loss;
            if constexpr (WEIGHTED) {
                takeOutputs(term, tile, areFinite(), own, loss);
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
            terms.each(slopes.args.in, c, [&](int t, const OutputTerm& term) {
                OutputPoint point = term.point(at, g);
                Real weight = pixel.weight * term.unit;
                losses.add(t, weight * point.value);
                Real ofScores = HAS_SCORES ? pixel.weight * scores(t).of(at, g) : 0;
                dz += slopeOfAny<HAS_SCORES>(ofScores, at, slopes.table.factor(t), weight * point.slope);
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
        takeCounted(channel, place.isWide, !gradient.areQuick(), reverse, hard, gradient);
    }
}

}  // namespace seg
#endif
