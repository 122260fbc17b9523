#pragma once
// An exact pixel term of one channel under a sigmoid. An output with the logit z is asked p of the true side, which is
// -log sigmoid(z) or a focal curve of it, and n of the other side, the same of -z. Both p and n are linear in the label
// g, as smoothing is. With e = exp(-|z|), the larger of both probabilities is 1 / (1 + e).
#include "seg/loss/own_term.cuh"
#include "seg/pixel/channel_tile.cuh"
#include "seg/pixel/exponential.cuh"

#if SEG_HAS_OUTPUT_TERMS
namespace seg {

// The sigmoid of a logit and its complement, as sigmoidParts has them, and what they come from.
struct OutputShares {
    Real e;
    SigmoidParts parts;

    SEG_MEMBER OutputShares(Real z) : e(exponentialOfMinus(absolute(z))) {
        parts.larger = reciprocal(1 + e);
        parts.smaller = e * parts.larger;
    }

    // The logarithm of the larger of both.
    SEG_MEMBER Real logOfLarger() const { return -logarithmOfOneAnd(e); }
};

// The loss of an output and its slope by the logit.
struct OutputPoint {
    Real value;
    Real slope;
};

struct OutputTerm {
    bool isEntropy;
    bool isEven;  // whether both sides of it weigh the same, so that their sum is the same for all labels
    bool isHard;  // whether labels are 0 or 1, as the term sees them
    bool isFactor;  // whether the modulating factor of focal loss stands alone
    Real gamma;
    Real threshold;
    Real p, pByTruth;  // what the true side is asked is p + pByTruth * g
    Real n, nByTruth;

    SEG_MEMBER OutputTerm(const Inputs& in, i64 t, i64 c) {
        WideTerm term = wideTerm(in, t);
        WideCurve curve = term.positive();
        bool gathers = term.multiplicity(SEG_CLASSES, c) != 0;
        Real own = gathers ? curve.a * term.weight(c) : 0;
        Real other = gathers && term.isBinary() ? term.negative().a * term.otherWeight(SEG_CLASSES, c) : 0;
        isEntropy = curve.isCrossEntropy();
        isEven = isEntropy && own == other && own != 0;
        isHard = !SEG_IS_DENSE && term.row[TermRow::SHIFT] == 0;
        isFactor = curve.kind == TermRow::FACTOR_CURVE;
        gamma = curve.shape;
        threshold = curve.offset;
        p = own * term.row[TermRow::SHIFT];
        pByTruth = own * term.row[TermRow::SCALE];
        n = other * (1 - term.row[TermRow::SHIFT]);
        nByTruth = -other * term.row[TermRow::SCALE];
    }

    SEG_MEMBER Real ofTrueSide(Real g) const { return fused(pByTruth, g, p); }
    SEG_MEMBER Real ofOtherSide(Real g) const { return fused(nByTruth, g, n); }

    // Cross-entropy: the loss without what both sides have in common, (p + n) log(1 + e), and the slope.
    SEG_MEMBER OutputPoint beyondLog(Real z, Real g, Real weight, const OutputShares& at) const {
        Real ofTrue = weight * ofTrueSide(g);
        Real ofOther = weight * ofOtherSide(g);
        bool up = z > 0;
        Real wrong = up ? ofOther : ofTrue;
        Real slope = wrong * at.parts.larger - (up ? ofTrue : ofOther) * at.parts.smaller;
        return {wrong == 0 ? 0 : wrong * absolute(z), up ? slope : -slope};
    }

    SEG_MEMBER OutputPoint entropy(Real z, Real g, Real weight, const OutputShares& at) const {
        Real asked = weight * (ofTrueSide(g) + ofOtherSide(g));
        OutputPoint point = beyondLog(z, g, weight, at);
        // Where nothing is asked, NaN is not felt.
        return {asked == 0 ? 0 : point.value - asked * at.logOfLarger(), asked == 0 ? 0 : point.slope};
    }

    // Focal loss of one side, whose probability u is sigmoid(z), or its factor F alone, as if log u were -1. The slope
    // by z is v = 1 - u times that by log u. F' is -gamma F / v, so that it needs no quotient.
    SEG_MEMBER OutputPoint side(Real z, Real asked, const OutputShares& at) const {
        bool up = z > 0;
        Real u = up ? at.parts.larger : at.parts.smaller;
        Real v = up ? at.parts.smaller : at.parts.larger;
        WideCurve curve = {TermRow::FOCAL_CURVE, 1, gamma, threshold};
        Side side = {u, v, isFactor ? -1 : at.logOfLarger() + smaller(z, (Real) 0)};
        Real rise = curve.isModulated(side) ? gamma * u * side.log : 0;
        Real factor = asked * curve.factor(side);
        return {-factor * side.log, factor * (isFactor ? rise : rise - v)};
    }

    SEG_MEMBER OutputPoint focal(Real z, Real g, Real weight, const OutputShares& at) const {
        Real ofTrue = weight * ofTrueSide(g);
        Real ofOther = weight * ofOtherSide(g);
        bool isTrue = ofTrue != 0;
        Real asked = isTrue ? ofTrue : ofOther;
        OutputPoint point = side(isTrue ? z : -z, asked, at);
        point.slope = isTrue ? point.slope : -point.slope;
        if (asked == 0) {
            point = {0, 0};
        }
        // A label is usually 0 or 1.
        if (isTrue && ofOther != 0) {
            seldom();
            OutputPoint other = side(-z, ofOther, at);
            point = {point.value + other.value, point.slope - other.slope};
        }
        return point;
    }

    template <bool IS_ENTROPY>
    SEG_MEMBER OutputPoint of(Real z, Real g, Real weight, const OutputShares& at) const {
        return IS_ENTROPY ? entropy(z, g, weight, at) : focal(z, g, weight, at);
    }

    // The same for an output whose sigmoid nobody knows yet.
    SEG_MEMBER OutputPoint any(Real z, Real g, Real weight) const {
        OutputShares at(z);
        return isEntropy ? entropy(z, g, weight, at) : focal(z, g, weight, at);
    }

    // Passes the place in the tile, the sigmoid and the slope of each output of a tile to `take`. Returns their loss.
    // HAS_VOIDS says whether some may be void.
    template <bool IS_ENTROPY, bool HAS_VOIDS, bool WEIGHTED, typename Take>
    SEG_MEMBER Real ofEach(const ChannelTile<WEIGHTED>& tile, const Take& take) const {
        Real loss = 0;
#pragma unroll
        for (int k = 0; k < ChannelTile<WEIGHTED>::PIXELS; k++) {
            OutputShares shares(tile.z[k]);
            OutputPoint point =
                    of<IS_ENTROPY>(tile.z[k], tile.truth(k), WEIGHTED ? tile.weights[WEIGHTED ? k : 0] : 1, shares);
            bool isVoid = HAS_VOIDS && tile.isVoid(k);
            loss += isVoid ? 0 : point.value;
            take(k, shares, isVoid ? 0 : point.slope);
        }
        return loss;
    }

    // The same of cross-entropy whose sides weigh the same: outputs share the logarithm of the product of their 1 + e,
    // which is kept as its difference from 1.
    template <typename Take>
    SEG_MEMBER Real ofEven(const ChannelTile<false>& tile, const Take& take) const {
        Real loss = 0;
        Real product = 0;
#pragma unroll
        for (int k = 0; k < SEG_THREAD_PIXELS; k++) {
            OutputShares shares(tile.z[k]);
            OutputPoint point = beyondLog(tile.z[k], tile.truth(k), 1, shares);
            product = k == 0 ? shares.e : product + shares.e * (product + 1);
            loss += point.value;
            take(k, shares, point.slope);
        }
        return loss + (p + n) * logarithmBeside1(1 + product, -product);
    }

    // The same of labels 0 and 1, with a second product for the outputs with the label 1. With t = z for the label 0
    // and -z for 1, the loss of an output is its weight times log(1 + e^t).
    template <typename Take>
    SEG_MEMBER Real ofHard(const ChannelTile<false>& tile, const Take& take) const {
        Real loss = 0;
        Real product = 0;
        Real ofTruths = 0;
        Real more = pByTruth + nByTruth;
#pragma unroll
        for (int k = 0; k < SEG_THREAD_PIXELS; k++) {
            Real z = tile.z[k];
            Real g = tile.truth(k);
            OutputShares shares(z);
            Real t = tile.negatedIfTrue(k, z);
            Real weight = fused(more, g, n);
            Real own = shares.e * g;
            product = k == 0 ? shares.e : product + shares.e * (product + 1);
            ofTruths = k == 0 ? own : ofTruths + own * (ofTruths + 1);
            loss += weight * (t > 0 ? t : 0);
            Real slope = weight * (t > 0 ? shares.parts.larger : shares.parts.smaller);
            take(k, shares, tile.negatedIfTrue(k, slope));
        }
        return loss + n * logarithmBeside1(1 + product, -product) + more * logarithmBeside1(1 + ofTruths, -ofTruths);
    }

    template <typename Take>
    SEG_MEMBER Real ofAll(const ChannelTile<false>& tile, const Take& take) const {
        if (tile.voids != 0) {
            return isEntropy ? ofEach<true, true>(tile, take) : ofEach<false, true>(tile, take);
        }
#if SEG_IS_DENSE
        if (isEven) {
            return ofEven(tile, take);
        }
#else
        // Both weights are above 0, so that NaN is felt wherever it is.
        if (isEntropy && isHard && n > 0 && pByTruth > 0) {
            return ofHard(tile, take);
        }
#endif
        return isEntropy ? ofEach<true, false>(tile, take) : ofEach<false, false>(tile, take);
    }

    // Of pixels with weights, void ones weigh nothing.
    template <typename Take>
    SEG_MEMBER Real ofAll(const ChannelTile<true>& tile, const Take& take) const {
        return isEntropy ? ofEach<true, false>(tile, take) : ofEach<false, false>(tile, take);
    }
};

}  // namespace seg
#endif
