#pragma once
// Exact pixel terms of outputs with weights whose labels are 0 and 1. Each has a logarithm of its own, as weights stand
// before it.
#include "seg/loss/grown_product.cuh"
#include "seg/loss/output_term.cuh"

#if SEG_HAS_OUTPUT_TERMS && !SEG_HAS_CLIPPED_OUTPUTS
namespace seg {

// Takes outputs as those without weights are taken; `weigh(k, m)` of `take` follows what it does with output k.
template <int FORM, typename Take>
SEG_DEVICE bool takeWeighted(const OutputTerm& term, const ChannelTile<true>& tile, Take& take, Real& loss) {
    Sides asked = term.asked();
    Sides sums = {0, 0};  // of u where the label is 1, of v where it is 0
    Sides losses = {0, 0};
    Real reach = 0;
    Real squares = 0;
    Real shape = term.term().positive().shape;
    Real twist = (Real) -0.69314718055994531 * shape;
#pragma unroll
    for (int k = 0; k < ChannelTile<true>::PIXELS; k++) {
        HardOutput at = HardOutput::of(tile.side(k), tile.z[k]);
        Real m = tile.weights[k];
        reach = fused(at.grown, at.grown, reach);
        if (Take::HAS_SUMS) {
            addOne(at.side, m * at.u, m * at.v, sums);
#if SEG_SQUARES
            Real p = at.side >> 31 != 0 ? at.u : at.v;
            squares = fused(m * p, p, squares);
#endif
        }
        if constexpr (FORM <= OutputTerm::ENTROPY) {
            if (Take::HAS_VALUE) {
                addProduct(at.side, m, logarithmOfGrown(at.e), losses);
            }
            take.entropy(k, at);
        } else {
            Real log = at.logarithm();
            Real power = FORM == OutputTerm::SQUARED ? at.v : at.powerOfOther(log, shape - 1);
            if (Take::HAS_VALUE) {
                addProduct(at.side, m * (power * at.v), (Real) -0.69314718055994531 * log, losses);
            }
            take.focal(k, at, power * fused(twist, at.u * log, at.v));
        }
        take.weigh(k, m);
    }
    if (Take::HAS_VALUE) {
        loss = asked.ofTrue * losses.ofTrue + asked.ofFalse * losses.ofFalse;
    }
    if (!(reach < SEG_TOO_LARGE) || (Take::HAS_VALUE && loss - loss != 0)) {
        return false;
    }
    if constexpr (Take::HAS_SUMS) {
        take.hits = sums.ofTrue;
        take.mass = sums.ofTrue + sums.ofFalse;
        take.squares = squares;
    }
    take.finish();
    return true;
}

template <typename Take>
SEG_DEVICE bool takeWeighted(const OutputTerm& term, const ChannelTile<true>& tile, Take& take, Real& loss) {
    if (!tile.areHard() || term.term().isSmoothed()) {
        return false;
    }
    switch (term.form) {
        case OutputTerm::EVEN:
        case OutputTerm::ENTROPY: return takeWeighted<OutputTerm::ENTROPY>(term, tile, take, loss);
        case OutputTerm::SQUARED: return takeWeighted<OutputTerm::SQUARED>(term, tile, take, loss);
        case OutputTerm::POWER: return takeWeighted<OutputTerm::POWER>(term, tile, take, loss);
        default: return false;
    }
}

}  // namespace seg
#endif
