#pragma once
// Exact pixel terms of one channel under a sigmoid. An output with the logit z is asked p of the true side, which is
// -log sigmoid(z) or a focal curve of it, and n of the other side, the same of -z. Both p and n are linear in the label
// g, as smoothing is. With e = exp(-|z|), the larger of both probabilities is 1 / (1 + e), and log(1 + e) is what
// either side has at least.
#include "seg/loss/own_term.cuh"
#include "seg/pixel/channel_tile.cuh"
#include "seg/pixel/exponential.cuh"

#if SEG_HAS_OUTPUT_TERMS
namespace seg {

// What all terms make of one logit. Numbers that are near 0 are not the difference of others.
struct Output {
    Real z;
    Real e;  // exp(-|z|)
    Real larger;  // of the sigmoid and its complement
    Real smaller;
    Real opposite;  // 1 with the other sign than the logit

    // IS_TAME says that the logit is finite, and far from the largest number.
    template <bool IS_TAME>
    static SEG_MEMBER Output of(Real z) {
        Real e = IS_TAME ? exponentialWithin(minusMagnitude(z)) : exponentialOfMinus(absolute(z));
        Real larger = reciprocal(1 + e);
        return {z, e, larger, e * larger, oneOfOtherSign(z)};
    }

    // 0 below 0, and 1 above, to which the sigmoid is near.
    SEG_MEMBER Real end() const { return fused((Real) -0.5, opposite, (Real) 0.5); }
    // The sigmoid without that.
    SEG_MEMBER Real beyondEnd() const { return opposite * smaller; }
    SEG_MEMBER Real sigmoid() const { return fused(opposite, smaller, end()); }
    // log(1 + e), which is minus the logarithm of the larger probability.
    SEG_MEMBER Real logarithm() const { return logarithmOfOneAnd(e); }
};

// The loss of an output and its slope by the logit.
struct OutputPoint {
    Real value;
    Real slope;
};

// What a term asks of one channel. Its losses and slopes are to be multiplied by `unit`.
struct OutputTerm {
    enum Form { EVEN, ENTROPY, SQUARED, OTHER };
    const Inputs* in;
    int number;  // of the term
    // EVEN is cross-entropy whose sides weigh the same, ENTROPY any other, and SQUARED focal loss of labels 0 and 1
    // with the exponent 2 and no threshold. Tiles have loops for these.
    int form;
    Real unit;
    Real logOfThreshold;  // of what a probability is divided by before its power is taken
    Real p, pByTruth;  // minus what the true side is asked is p + pByTruth * g
    Real n, nByTruth;  // what the other side is asked

    SEG_MEMBER OutputTerm() {}

    SEG_MEMBER OutputTerm(const Inputs& inputs, int t, int c) : in(&inputs), number(t) {
        WideTerm term = this->term();
        WideCurve curve = term.positive();
        bool gathers = term.multiplicity(SEG_CLASSES, c) != 0;
        Real own = gathers ? curve.a * term.weight(c) : 0;
        Real other = gathers && term.isBinary() ? term.negative().a * term.otherWeight(SEG_CLASSES, c) : 0;
        bool isEven = own == other && own != 0;
        unit = isEven ? own : 1;
        own = isEven ? 1 : own;
        other = isEven ? 1 : other;
        bool isSquared = curve.kind == TermRow::FOCAL_CURVE && curve.shape == 2 && curve.offset == 0;
        form = curve.isCrossEntropy() ? (isEven ? EVEN : ENTROPY) : isSquared && !term.isSmoothed() ? SQUARED : OTHER;
        logOfThreshold = 0;
        if (curve.offset != 0) {
            seldom();
            logOfThreshold = logarithm(curve.offset);
        }
        Real scale = term.row[TermRow::SCALE];
        Real shift = term.row[TermRow::SHIFT];
        p = -own * shift;
        pByTruth = -own * scale;
        n = other * (1 - shift);
        nByTruth = -other * scale;
    }

    SEG_MEMBER WideTerm term() const { return wideTerm(*in, number); }

    SEG_MEMBER Real minusOfTrueSide(Real g) const { return fused(pByTruth, g, p); }
    SEG_MEMBER Real ofOtherSide(Real g) const { return fused(nByTruth, g, n); }

    // Cross-entropy. Its slope is asked * sigmoid - ofTrue.
    template <bool IS_TAME>
    SEG_MEMBER OutputPoint entropy(const Output& at, Real g) const {
        Real minusOfTrue = minusOfTrueSide(g);
        Real ofOther = ofOtherSide(g);
        Real asked = ofOther - minusOfTrue;
        // Where nothing is asked, NaN is not felt.
        if (!IS_TAME && asked == 0) {
            return {0, 0};
        }
        Real slopeAtEnd = at.opposite < 0 ? ofOther : minusOfTrue;
        Real beyondLog = !IS_TAME && slopeAtEnd == 0 ? 0 : slopeAtEnd * at.z;
        return {fused(asked, at.logarithm(), beyondLog), fused(asked, at.beyondEnd(), slopeAtEnd)};
    }

    // Focal loss of the label 0 or 1, whose factor is the square of the probability v that is missing. With u = 1 - v
    // and the cross-entropy h, its slope by the logit of the other side is v^2 (v + 2 u h). The numbers v and u have
    // here the sign of the slope, which is that of 0.5 - g.
    SEG_MEMBER OutputPoint squared(const Output& at, Real g) const {
        Real half = (Real) 0.5 - g;
        Real atEnd = fused((Real) -0.5, at.opposite, half);
        Real beyond = at.beyondEnd();
        Real v = atEnd + beyond;
        Real twiceU = fused((Real) -2, beyond, fused((Real) 2, half, at.opposite));
        Real entropy = fused(atEnd, at.z, at.logarithm());
        Real factor = fused(-pByTruth - n, g, n) * (v * v);
        return {factor * entropy, factor * fused(twiceU, entropy, v)};
    }

    // Focal loss of one side, whose probability u is sigmoid(z), or its factor F alone, as if log u were -1. The slope
    // by z is v = 1 - u times that by log u. F' is -gamma F / v, so that it needs no quotient. F comes from log v.
    SEG_MEMBER OutputPoint side(Real z, Real asked, const Output& at) const {
        bool up = z > 0;
        Real u = up ? at.larger : at.smaller;
        Real v = up ? at.smaller : at.larger;
        WideCurve curve = term().positive();
        bool isFactor = curve.kind == TermRow::FACTOR_CURVE;
        Real log = at.logarithm();
        Side side = {u, v, isFactor ? -1 : smaller(z, (Real) 0) - log};
        Real factor = asked;
        Real rise = 0;
        if (curve.isModulated(side)) {
            factor *= form == SQUARED
                    ? v * v
                    : exponentialOfMinus(curve.shape * (logOfThreshold + log - smaller(-z, (Real) 0)));
            rise = curve.shape * u * side.log;
        }
        return {-factor * side.log, factor * (isFactor ? rise : rise - v)};
    }

    SEG_MEMBER OutputPoint focal(const Output& at, Real g) const {
        OutputPoint point = {0, 0};
        Real ofTrue = -minusOfTrueSide(g);
        Real ofOther = ofOtherSide(g);
        bool isTrue = ofTrue != 0;
        // A label is usually 0 or 1, so that one side is asked nothing.
        for (bool goesOn = isTrue || ofOther != 0; goesOn;) {
            OutputPoint own = side(isTrue ? at.z : -at.z, isTrue ? ofTrue : ofOther, at);
            point = {point.value + own.value, point.slope + (isTrue ? own.slope : -own.slope)};
            goesOn = isTrue && ofOther != 0;
            isTrue = false;
        }
        return point;
    }

    SEG_MEMBER bool isEntropy() const { return form <= ENTROPY; }

    // The point of any output.
    SEG_MEMBER OutputPoint point(const Output& at, Real g) const {
        return isEntropy() ? entropy<false>(at, g) : focal(at, g);
    }

    // Passes the place in the tile, what is known of the output, its label and its slope to `take`. Returns the loss of
    // all outputs. FORM is OTHER if outputs may be any, with any weights.
    template <int FORM, bool WEIGHTED, typename Take>
    SEG_MEMBER Real ofEach(const ChannelTile<WEIGHTED>& tile, const Take& take) const {
        constexpr bool IS_TAME = FORM < OTHER;
        Real loss = 0;
#pragma unroll
        for (int k = 0; k < ChannelTile<WEIGHTED>::PIXELS; k++) {
            Output at = Output::of<IS_TAME>(tile.z[k]);
            Real g = tile.truth(k);
            OutputPoint own = !IS_TAME ? point(at, g) : FORM == SQUARED ? squared(at, g) : entropy<true>(at, g);
            if (WEIGHTED) {
                Real weight = tile.weights[WEIGHTED ? k : 0];
                // The logit of a void output is a number.
                own = {weight * own.value, weight * own.slope};
            }
            loss += own.value;
            take(k, at, g, own.slope);
        }
        return loss;
    }

    // The same of EVEN: outputs share the logarithm of the product of their 1 + e, which is kept as its difference from
    // 1.
    template <typename Take>
    SEG_MEMBER Real ofEven(const ChannelTile<false>& tile, const Take& take) const {
        Real loss = 0;
        Real product = 0;
#pragma unroll
        for (int k = 0; k < SEG_THREAD_PIXELS; k++) {
            Output at = Output::of<true>(tile.z[k]);
            Real g = tile.truth(k);
            Real slopeAtEnd = fused(nByTruth, g, fused((Real) -0.5, at.opposite, (Real) 0.5 + p));
            product = k == 0 ? at.e : fused(at.e, product + 1, product);
            loss = fused(slopeAtEnd, at.z, loss);
            take(k, at, g, fused(at.opposite, at.smaller, slopeAtEnd));
        }
        return loss + logarithmBeside1(1 + product, -product);
    }

    template <typename Take>
    SEG_MEMBER Real ofAll(const ChannelTile<false>& tile, const Take& take) const {
        switch (form) {
            case EVEN: return ofEven(tile, take);
            case SQUARED: return ofEach<SQUARED>(tile, take);
            default: return ofEach<ENTROPY>(tile, take);
        }
    }

    template <typename Take>
    SEG_MEMBER Real ofAll(const ChannelTile<true>& tile, const Take& take) const {
        return ofEach<OTHER>(tile, take);
    }
};

// All terms of one channel.
struct OutputTerms {
    OutputTerm first;  // at hand, as there is seldom another one
    int count;
    bool areQuick;  // whether tiles have loops for all of them
    bool areSquared;  // whether some want labels that are 0 or 1

    SEG_MEMBER OutputTerms() {}

    SEG_MEMBER OutputTerms(const Inputs& in, int c)
            : first(in, 0, c), count((int) in.pixelTerms), areQuick(true), areSquared(false) {
        each(in, c, [&](int, const OutputTerm& term) {
            // A void output has a label, too, which smoothing makes something of.
            areQuick = areQuick && term.form != OutputTerm::OTHER && !(term.term().isSmoothed() && in.hasIgnore);
            areSquared = areSquared || term.form == OutputTerm::SQUARED;
        });
    }

    // Whether the loops of tiles compute all outputs of one: finite ones, whose squares are so, too.
    SEG_MEMBER bool fit(const ChannelTile<false>& tile) const {
        Real squares = 0;
#pragma unroll
        for (int k = 0; k < SEG_THREAD_PIXELS; k++) {
            squares = fused(tile.z[k], tile.z[k], squares);
        }
        bool isTame = squares < (Real) 1e38;
#if SEG_IS_DENSE
        if (areSquared) {
            bool areHard = true;
#pragma unroll
            for (int k = 0; k < SEG_THREAD_PIXELS; k++) {
                areHard = areHard && tile.truth(k) * tile.truth(k) == tile.truth(k);
            }
            return isTame && areHard;
        }
#endif
        return isTame;
    }

    // Calls `take` for each term, with its number.
    template <typename Take>
    SEG_MEMBER void each(const Inputs& in, int c, const Take& take) const {
        OutputTerm term = first;
#pragma unroll 1
        for (int t = 0;;) {
            take(t, term);
            if (++t >= count) {
                break;
            }
            term = OutputTerm(in, t, c);
        }
    }
};

}  // namespace seg
#endif
