#pragma once
// The pixel terms of all outputs of a tile, by the loop that needs the fewest instructions. A loop asks its
// `take` for what is not a matter of the term:
//   HAS_SUMS     whether probabilities are to be added up: to `hits` those of true outputs, to `mass` all of them and,
//                where there are such sums, to `squares` their squares
//   HAS_VALUE    whether the loss is wanted
//   entropy(k, at)          output k of cross-entropy
//   focal(k, at, x)         output k of focal loss, whose slope by the logit of the other side is x times v
//   given(k, p)             output k of clipped cross-entropy, with the probability p in place of a logit
//   alone(k, p, isTrue, q)  the same where there are no scores, and q is 1 / the probability of the label's side
//   focal(k, p, x)          output k of any other clipped curve of it, whose slope by that of its side is -x
//   soft(k, at, g, slope)   output k of cross-entropy with any label g, and its slope
//   weigh(k, weight)        what follows entropy and focal if output k has a weight
//   weighted(k, at, g, weight, slope)
//   finish()                what follows if the loop has computed all of the tile; it stands in each loop, as numbers
//                           of all outputs that several loops give would be moved to common registers
// Loops find out themselves whether they can compute a tile, and return false if not. They can if logits are finite,
// and not so large on the wrong side that numbers overflow.
#include "seg/loss/clipped_tile.cuh"
#include "seg/loss/weighted_tile.cuh"

#if SEG_HAS_OUTPUT_TERMS
namespace seg {

#if !SEG_HAS_CLIPPED_OUTPUTS
// What smoothed labels take from the loss of a tile. A void output has a logit, too.
SEG_DEVICE Real sumOfBent(const Sides& bent, const ChannelTile<false>& tile) {
    Real sum = 0;
    if (bent.ofTrue != 0 || bent.ofFalse != 0) {
        seldom();
#pragma unroll
        for (int k = 0; k < SEG_THREAD_PIXELS; k++) {
            Real t = tile.isVoid(k) ? 0 : negatedBy(tile.side(k), tile.z[k]);
            sum = fused(bent.of(tile.side(k)), t, sum);
        }
    }
    return sum;
}

// Takes outputs whose labels are 0 and 1.
template <int FORM, typename Take>
SEG_DEVICE bool takeHard(const OutputTerm& term, const ChannelTile<false>& tile, Take& take, Real& loss) {
    constexpr bool IS_ENTROPY = FORM <= OutputTerm::ENTROPY;
    Sides asked = term.asked();
    Sides sums = {0, 0};  // of u where the label is 1, of v where it is 0
    Sides losses = {0, 0};
    Real product[SEG_CHUNKS];
    Real reach = 0;
    Real grown = 0;
    Real shape = FORM == OutputTerm::POWER ? term.term().positive().shape : 2;
    Real exponent = shape - 1;
    Real twist = (Real) -0.69314718055994531 * shape;
    Real squares = 0;
    // Ahead of the loop, which then needs logits no more.
    Real bent = FORM == OutputTerm::ENTROPY && Take::HAS_VALUE ? sumOfBent(term.bent(), tile) : 0;
#pragma unroll
    for (int k = 0; k < SEG_THREAD_PIXELS; k++) {
        HardOutput at = HardOutput::of(tile.side(k), tile.z[k]);
#if SEG_SQUARES
        if (Take::HAS_SUMS) {
            addSquare(at.side, at.u, at.v, squares);
        }
#endif
        if (!Take::HAS_VALUE) {
            // Each of the numbers is 1 at least.
            reach = k % 2 == 0 ? reach : fused(grown, at.grown, reach);
            grown = at.grown;
        }
        if constexpr (IS_ENTROPY) {
            if (Take::HAS_SUMS) {
                addOne(at.side, at.u, at.v, sums);
            }
            if (Take::HAS_VALUE && FORM == OutputTerm::EVEN) {
                Real& own = product[k / SEG_VECTOR];
                own = k % SEG_VECTOR == 0 ? at.e : fused(at.e, own + 1, own);
            } else if (Take::HAS_VALUE) {
                grow(at.side, at.e, losses);
            }
            take.entropy(k, at);
        } else {
            Real log = at.logarithm();
            // v to the power of the exponent, which may be below 0. That of 0 is a number, so 0 times it is 0.
            Real power = FORM == OutputTerm::SQUARED ? at.v : at.powerOfOther(log, exponent);
            if (Take::HAS_SUMS) {
                addBoth(at.side, at.u, at.v, sums, power * at.v, log, losses);
            } else if (Take::HAS_VALUE) {
                addProduct(at.side, power * at.v, log, losses);
            }
            take.focal(k, at, power * fused(twist, at.u * log, at.v));
        }
    }
    if constexpr (Take::HAS_SUMS) {
        take.hits = sums.ofTrue;
        take.mass = sums.ofTrue + sums.ofFalse;
        take.squares = squares;
    }
    bool fits;
    if constexpr (!Take::HAS_VALUE) {
        fits = reach < SEG_TOO_LARGE;
    } else if constexpr (FORM == OutputTerm::EVEN) {
        fits = logarithmOfChunks(product, loss);
    } else if constexpr (FORM == OutputTerm::ENTROPY) {
        loss = asked.ofTrue * logarithmOfGrown(losses.ofTrue) + asked.ofFalse * logarithmOfGrown(losses.ofFalse);
        loss -= bent;
        fits = losses.ofTrue < SEG_TOO_LARGE && losses.ofFalse < SEG_TOO_LARGE;
    } else {
        loss = (Real) -0.69314718055994531 * (asked.ofTrue * losses.ofTrue + asked.ofFalse * losses.ofFalse);
        fits = loss - loss == 0;
    }
    if (fits) {
        take.finish();
    }
    return fits;
}

#if SEG_IS_DENSE
// Takes outputs of cross-entropy with any labels.
template <typename Take>
SEG_DEVICE bool takeSoft(const OutputTerm& term, const ChannelTile<false>& tile, Take& take, Real& loss) {
    Real reach = 0;
    Real last = 0;
    Real mass = 0;
    Real hits = 0;
    Real squares = 0;
    loss = 0;
#pragma unroll
    for (int k = 0; k < SEG_THREAD_PIXELS; k++) {
        Output at = Output::of<true>(tile.z[k]);
        Real g = tile.truth(k);
        if (!Take::HAS_VALUE) {
            // NaN, if the exponential of some logit is.
            reach = k % 2 == 0 ? reach : fused(last, at.e, reach);
            last = at.e;
        }
        if (Take::HAS_SUMS) {
            Real share = at.sigmoid();
            mass += share;
            hits = fused(share, g, hits);
            squares = SEG_SQUARES ? fused(share, share, squares) : 0;
        }
        OutputPoint own = term.entropy<true>(at, g);
        loss += own.value;
        take.soft(k, at, g, own.slope);
    }
    if constexpr (Take::HAS_SUMS) {
        take.hits = hits;
        take.mass = mass;
        take.squares = squares;
    }
    bool fits = Take::HAS_VALUE ? loss - loss == 0 : reach == reach;
    if (fits) {
        take.finish();
    }
    return fits;
}
#endif
#endif

// Takes a tile without weights.
template <typename Take>
SEG_DEVICE bool takeOutputs(const OutputTerm& term, const ChannelTile<false>& tile, Take& take, Real& loss) {
#if SEG_HAS_CLIPPED_OUTPUTS
    return tile.areHard() && takeClipped(term, tile, take, loss);
#else
#if SEG_IS_DENSE
    if (!tile.areHard() || term.form == OutputTerm::ENTROPY) {
        return term.isEntropy() && takeSoft(term, tile, take, loss);
    }
#endif
    switch (term.form) {
        case OutputTerm::EVEN: return takeHard<OutputTerm::EVEN>(term, tile, take, loss);
#if !SEG_IS_DENSE
        case OutputTerm::ENTROPY: return takeHard<OutputTerm::ENTROPY>(term, tile, take, loss);
#endif
        case OutputTerm::SQUARED: return takeHard<OutputTerm::SQUARED>(term, tile, take, loss);
        default: return takeHard<OutputTerm::POWER>(term, tile, take, loss);
    }
#endif
}

// Takes any outputs, with weights. Void outputs have a logit that is a number. If `areQuick`, loops for labels that are
// 0 and 1 may take them.
template <typename Take>
SEG_DEVICE void takeOutputs(const OutputTerm& term, const ChannelTile<true>& tile, bool areQuick, Take& take,
                            Real& loss) {
#if !SEG_HAS_CLIPPED_OUTPUTS || SEG_ACTIVATION == SEG_IDENTITY
    if (areQuick && takeWeighted(term, tile, take, loss)) {
        return;
    }
    seldom();
#endif
    loss = 0;
#pragma unroll
    for (int k = 0; k < ChannelTile<true>::PIXELS; k++) {
        // Of numbers that they know, the compilers would do something ahead of the loop over terms.
        Output at = Output::of<false>(kept(tile.z[k]));
        Real g = tile.truth(k);
        OutputPoint own = term.point(at, g);
        loss = fused(tile.weights[k], own.value, loss);
        take.weighted(k, at, g, tile.weights[k], own.slope);
    }
    take.finish();
}

// All terms of one channel.
struct OutputTerms {
    OutputTerm first;  // at hand, as there is seldom another one
    int count;
    bool areQuick;  // whether tiles have loops for all of them
    int added;  // how many have added their losses of a tile already, which then turned out to be for another loop

    SEG_MEMBER OutputTerms() {}

    SEG_MEMBER OutputTerms(const Inputs& in, int c)
            : first(in, 0, c), count((int) in.pixelTerms), areQuick(true), added(0) {
        each(in, c, [&](int, const OutputTerm& term) {
            // A void output has a label, too, which smoothing makes something of.
            bool areVoid = in.hasIgnore || in.mask.address != nullptr;
            areQuick = areQuick && term.form != OutputTerm::OTHER
                    && !(SEG_IS_DENSE && term.term().isSmoothed() && areVoid);
            return true;
        });
#if SEG_LAYOUT == SEG_ROWS && !SEG_HAS_CLIPPED_OUTPUTS
        // Lanes have several channels. One loop for all takes less than one after the other.
        if (anyOfWarp(first.form == OutputTerm::ENTROPY) && first.form == OutputTerm::EVEN) {
            first.form = OutputTerm::ENTROPY;
        }
#endif
    }

    // Calls `take` for each term, with its number, for as long as it returns true.
    template <typename Take>
    SEG_MEMBER bool each(const Inputs& in, int c, const Take& take) const {
        OutputTerm term = first;
#pragma unroll 1
        for (int t = 0;;) {
            if (!take(t, term)) {
                return false;
            }
            if (++t >= count) {
                return true;
            }
            term = OutputTerm(in, t, c);
        }
    }
};

}  // namespace seg
#endif
