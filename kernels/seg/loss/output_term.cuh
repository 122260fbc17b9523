#pragma once
// Pixel terms of one channel under a sigmoid: exact ones or, with SEG_HAS_CLIPPED_OUTPUTS, those of Keras, whose
// probabilities are clipped. An output with the logit z is asked p of the true side, which is -log sigmoid(z) or a
// focal curve of it, and n of the other side, the same of -z. Both p and n are linear in the label g, as smoothing is.
// With e = exp(-|z|), the larger of both probabilities is 1 / (1 + e), and log(1 + e) is what either side has at least.
#include "seg/loss/hard_output.cuh"
#include "seg/loss/own_term.cuh"

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
        if (SEG_ACTIVATION == SEG_IDENTITY) {
            return {z, 0, 0, 0, 0};
        }
        Real e = IS_TAME ? exponentialWithin(minusMagnitude(z)) : exponentialOfMinus(absolute(z));
        Real larger = reciprocal(1 + e);
        return {z, e, larger, e * larger, oneOfOtherSign(z)};
    }

    // 0 below 0, and 1 above, to which the sigmoid is near.
    SEG_MEMBER Real end() const { return fused((Real) -0.5, opposite, (Real) 0.5); }
    // The sigmoid without that.
    SEG_MEMBER Real beyondEnd() const { return opposite * smaller; }
    SEG_MEMBER Real sigmoid() const { return SEG_ACTIVATION == SEG_IDENTITY ? z : fused(opposite, smaller, end()); }
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
    // OFFSET is clipped cross-entropy of even sides with a number beside the probability.
    enum Form { EVEN, ENTROPY, SQUARED, POWER, OTHER, OFFSET };
    const Inputs* in;
    int number;  // of the term
    // EVEN is cross-entropy without smoothing whose sides weigh the same, ENTROPY any other, SQUARED focal loss with
    // the exponent 2, and POWER with another one above 0, if it is clipped from 1 on, both without smoothing and
    // threshold. Tiles have loops for these.
    int form;
    Real unit;
    Real p, pByTruth;  // minus what the true side is asked is p + pByTruth * g
    Real n, nByTruth;  // what the other side is asked

    SEG_MEMBER OutputTerm() {}

    SEG_MEMBER OutputTerm(const Inputs& inputs, int t, int c) : in(&inputs), number(t) {
        WideTerm term = this->term();
        WideCurve curve = term.positive();
        bool gathers = term.multiplicity(SEG_CLASSES, c) != 0;
        Real own = gathers ? curve.a * term.weight(c) : 0;
        Real other = gathers && term.isBinary() ? term.negative().a * term.otherWeight(SEG_CLASSES, c) : 0;
#if SEG_HAS_CLIPPED_OUTPUTS
        bool isEntropy = curve.shape == 0;
        // The unit of a class that is not gathered is 0.
        bool isEven = own == other;
        unit = isEntropy && isEven ? own : 1;
        bool isPower = curve.shape >= 1 && curve.offset == 0;
        form = isEntropy ? (curve.offset == 0 ? EVEN : OFFSET) : curve.shape == 2 ? SQUARED : POWER;
        form = isEntropy ? (isEven ? form : OTHER) : isPower ? form : OTHER;
        if (isEntropy && isEven) {
            own = other = own == 0 ? 0 : 1;
        }
#else
        bool isEven = own == other && own != 0 && !term.isSmoothed();
        unit = isEven ? own : 1;
        own = isEven ? 1 : own;
        other = isEven ? 1 : other;
        bool isPower = curve.kind == TermRow::FOCAL_CURVE && curve.shape > 0 && curve.offset == 0 && !term.isSmoothed();
        form = curve.isCrossEntropy() ? (isEven ? EVEN : ENTROPY)
                : isPower             ? (curve.shape == 2 ? SQUARED : POWER)
                                      : OTHER;
#endif
        Real scale = term.row[TermRow::SCALE];
        Real shift = term.row[TermRow::SHIFT];
        p = -own * shift;
        pByTruth = -own * scale;
        n = other * (1 - shift);
        nByTruth = -other * scale;
    }

    SEG_MEMBER WideTerm term() const { return wideTerm(*in, number); }

    // What the label 1 and the label 0 ask of the logarithm of their own side, and the slopes by the logit of the other
    // side without what that logarithm brings: nothing, unless labels are smoothed.
    SEG_MEMBER Sides asked() const { return {n + nByTruth - (p + pByTruth), n - p}; }
    SEG_MEMBER Sides bent() const { return {n + nByTruth, -p}; }

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
            // Of what the probability is divided by before its power is taken. It errs by 2^-22 at most.
            Real logOfThreshold = curve.offset == 0 ? 0 : quickLogarithm(curve.offset);
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

#if SEG_HAS_CLIPPED_OUTPUTS
    // Both sides of an output that has any label. The slope of one by its logit is that by log u, times v; without an
    // activation it is that by u.
    SEG_MEMBER OutputPoint clippedSides(const Output& at, Real g) const {
        WideCurve row = term().positive();
        Curve curve = {1, row.shape, row.offset};
        bool up = at.z > 0;
        constexpr bool IS_GIVEN = SEG_ACTIVATION == SEG_IDENTITY;
        Real u = IS_GIVEN ? at.z : up ? at.larger : at.smaller;
        Real v = IS_GIVEN ? 1 - at.z : up ? at.smaller : at.larger;
        Real ofTrue = -minusOfTrueSide(g);
        Real ofOther = ofOtherSide(g);
        OutputPoint point = {0, 0};
        bool isTrue = ofTrue != 0;
        for (bool goesOn = isTrue || ofOther != 0; goesOn;) {
            Real missing = isTrue ? v : u;
            CurvePoint own = curvePoint<!IS_GIVEN>(curve, isTrue ? u : v, missing);
            Real asked = isTrue ? ofTrue : ofOther;
            Real slope = asked * own.slope * (IS_GIVEN ? 1 : missing);
            point = {fused(asked, own.value, point.value), point.slope + (isTrue ? slope : -slope)};
            goesOn = isTrue && ofOther != 0;
            isTrue = false;
        }
        return point;
    }
#endif

    // The point of any output.
    SEG_MEMBER OutputPoint point(const Output& at, Real g) const {
#if SEG_HAS_CLIPPED_OUTPUTS
        return clippedSides(at, g);
#else
        return isEntropy() ? entropy<false>(at, g) : focal(at, g);
#endif
    }
};

}  // namespace seg
#endif
