#pragma once
// Keras' clipped curves of all outputs of a tile whose labels are 0 and 1, under a sigmoid. Scores see probabilities as
// they are; curves see them within [SEG_EPSILON, 1 - SEG_EPSILON], beyond which losses are constant and have no slope.
// Cross-entropy is log(1 + e) of some e: e^t, within what the clip makes of it, or (v - k) / (u + k) if a number k is
// added to u.
#include "seg/loss/clipped_loss.cuh"
#include "seg/loss/given_tile.cuh"

#if SEG_HAS_CLIPPED_OUTPUTS
namespace seg {

#if SEG_ACTIVATION != SEG_IDENTITY

// log2 of the least and of the largest probability.
#define SEG_LEAST_LOGARITHM (-(Real) 23.253496664211536)
#define SEG_LARGEST_LOGARITHM (-(Real) 1.4426951130237203e-07)
// e^t at the edges.
#define SEG_LEAST_POWER ((Real) 1.000000100000010e-07)
#define SEG_LARGEST_POWER ((Real) 9999999)

// A number within bounds; one of them in place of NaN.
SEG_DEVICE Real within(Real least, Real number, Real largest) { return smallest(larger(number, least), largest); }

// The probability of a side within its bounds. A float cannot tell the larger one from 1 in any sum.
SEG_DEVICE float bounded(float u) { return larger(u, 1e-7f); }
SEG_DEVICE double bounded(double u) { return smallest(larger(u, 1e-7), 1 - 1e-7); }

// A slope, or 0 beyond the edges.
SEG_DEVICE Real withinEdges(const HardOutput& at, Real slope) { return absolute(at.t) > SEG_EDGE ? 0 : slope; }

// What curves make of an output.
template <int FORM>
struct ClippedOutput {
    Real e;  // of cross-entropy
    Real x;  // the slope, as `focal` wants it
    Real value;  // of focal loss, v^gamma ...
    Real log;  // ... and log2(u)

    SEG_MEMBER ClippedOutput(const HardOutput& at, const WideCurve& curve) {
        Real u = bounded(at.u);
        Real v = bounded(at.v);
        if constexpr (FORM == OutputTerm::EVEN) {
            e = within(SEG_LEAST_POWER, at.e, SEG_LARGEST_POWER);
            x = 1;
        } else if constexpr (FORM == OutputTerm::OFFSET) {
            Real inverse = reciprocal(u + curve.offset);
            e = (v - curve.offset) * inverse;
            x = at.u * inverse;
        } else {
            log = within(SEG_LEAST_LOGARITHM, at.logarithm(), SEG_LARGEST_LOGARITHM);
            Real power = v;  // v to the power of the exponent
            if constexpr (FORM == OutputTerm::POWER) {
                Real logOfOther = fused(within(-SEG_EDGE, at.t, SEG_EDGE), (Real) 1.4426950408889634, log);
                power = powerOf2((curve.shape - 1) * logOfOther);
            }
            value = power * v;
            Real twist = (Real) -0.69314718055994531 * curve.shape;
            x = power * fused(twist, at.u * log, v);
        }
        x = withinEdges(at, x);
    }
};

// Takes outputs, as `focal` wants them, of any form.
template <int FORM, typename Take>
SEG_DEVICE bool takeClipped(const OutputTerm& term, const ChannelTile<false>& tile, Take& take, Real& loss) {
    constexpr bool IS_ENTROPY = FORM == OutputTerm::EVEN || FORM == OutputTerm::OFFSET;
    Sides asked = term.asked();
    Sides sums = {0, 0};  // of u where the label is 1, of v where it is 0
    Sides losses = {0, 0};
    Real product[SEG_CHUNKS];
    Real reach = 0;  // NaN or infinite if some logit or probability is, as bounds hide it
    Real grown = 0;
    WideCurve curve = term.term().positive();
    Real squares = 0;
#pragma unroll
    for (int k = 0; k < SEG_THREAD_PIXELS; k++) {
        HardOutput at = HardOutput::of(tile.side(k), tile.z[k]);
        reach = k % 2 == 0 ? reach : fused(grown, at.grown, reach);
        grown = at.grown;
        if (Take::HAS_SUMS) {
            addOne(at.side, at.u, at.v, sums);
#if SEG_SQUARES
            addSquare(at.side, at.u, at.v, squares);
#endif
        }
        ClippedOutput<FORM> own(at, curve);
        if constexpr (IS_ENTROPY && Take::HAS_VALUE) {
            Real& all = product[k / SEG_VECTOR];
            all = k % SEG_VECTOR == 0 ? own.e : fused(own.e, all + 1, all);
        } else if (Take::HAS_VALUE) {
            addProduct(at.side, own.value, own.log, losses);
        }
        take.focal(k, at, own.x);
    }
    if constexpr (Take::HAS_SUMS) {
        take.hits = sums.ofTrue;
        take.mass = sums.ofTrue + sums.ofFalse;
        take.squares = squares;
    }
    bool fits = reach < SEG_TOO_LARGE;
    if constexpr (Take::HAS_VALUE) {
        loss = clippedLoss<IS_ENTROPY>(product, asked, losses, tile.voids, curve);
    }
    if (fits) {
        take.finish();
    }
    return fits;
}
#endif

template <typename Take>
SEG_DEVICE bool takeClipped(const OutputTerm& term, const ChannelTile<false>& tile, Take& take, Real& loss) {
    switch (term.form) {
        case OutputTerm::EVEN: return takeClipped<OutputTerm::EVEN>(term, tile, take, loss);
        case OutputTerm::OFFSET: return takeClipped<OutputTerm::OFFSET>(term, tile, take, loss);
        case OutputTerm::SQUARED: return takeClipped<OutputTerm::SQUARED>(term, tile, take, loss);
        default: return takeClipped<OutputTerm::POWER>(term, tile, take, loss);
    }
}

}  // namespace seg
#endif
