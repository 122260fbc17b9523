#pragma once
// Pixel losses, as org.segloss4j.internal.math.PixelCurve and org.segloss4j.internal.cpu.sweep.PixelSweep define them.
// Probabilities are clipped to [1e-7, 1 - 1e-7] as in Keras, in the value and in the slope (Keras 2, backend.epsilon;
// qubvel, segmentation_models).
#include "seg/base/logarithm.cuh"
#include "seg/pixel/activation.cuh"

namespace seg {

// A curve f(u) = -a (1-u)^gamma log(u + offset).
struct Curve {
    Real a;
    Real gamma;
    Real offset;

    SEG_MEMBER bool isCrossEntropy() const { return gamma == 0 && offset == 0; }
};

// One pixel term, from its row of the table of curves. The curve of the true side charges the truth g, that of the
// other side 1 - g. A term gathers some classes, each with a weight and as often as its multiplicity says.
struct PixelTerm {
    const Real* row;

    SEG_MEMBER Curve positive() const { return curve(CurveRow::POSITIVE); }
    SEG_MEMBER Curve negative() const { return curve(CurveRow::NEGATIVE); }
    SEG_MEMBER Curve curve(int at) const {
        return {row[at + CurveRow::A], row[at + CurveRow::GAMMA], row[at + CurveRow::LOG_OFFSET]};
    }
    SEG_MEMBER bool isBinary() const { return row[CurveRow::BINARY] != 0; }
    SEG_MEMBER bool isRenormalised() const { return row[CurveRow::RENORMALISED] != 0; }
    SEG_MEMBER Real weight(i64 c) const { return row[CurveRow{0}.weight(c)]; }
    SEG_MEMBER Real multiplicity(i64 count, i64 c) const { return row[CurveRow{count}.multiplicity(c)]; }
};

SEG_DEVICE PixelTerm pixelTerm(const Inputs& in, i64 t) {
    return {in.curves + t * (CurveRow::CLASSES + 2 * classes(in))};
}

#define SEG_EPSILON ((Real) 1e-7)
// The logit whose sigmoid is 1 - SEG_EPSILON.
#define SEG_EDGE ((Real) 16.118095550958319)

// base^exponent, without the cost of pow for the most common exponents.
SEG_DEVICE Real power(Real base, Real exponent) {
    if (exponent == 0) {
        return 1;
    }
    if (exponent == 1) {
        return base;
    }
    return exponent == 2 ? base * base : exponential(exponent * logarithm(base));
}

// What a curve is at one u.
struct CurvePoint {
    Real value;
    Real slope;  // f'(u), or u f'(u), which is the slope by log u; 0 where u is clipped
};

// A probability u for a curve: clipped, with v = 1 - u and its logarithm, which all curves without an offset share.
struct ClippedProbability {
    Real u;
    Real v;
    Real log;
    bool isClipped;
};

SEG_DEVICE ClippedProbability clipped(Real u, Real v) {
    bool low = u < SEG_EPSILON;
    bool high = v < SEG_EPSILON;
    u = low ? SEG_EPSILON : high ? 1 - SEG_EPSILON : u;
    v = low ? 1 - SEG_EPSILON : high ? SEG_EPSILON : v;
    return {u, v, logarithmBeside1(u, v), low || high};
}

// A curve at a clipped u. NaN gives NaN. BY_LOG says whether the slope is that by log u, which stays exact where u is
// tiny.
template <bool BY_LOG>
SEG_DEVICE CurvePoint curvePoint(const Curve& curve, const ClippedProbability& at) {
    Real charge = power(at.v, curve.gamma);
    Real log = at.log;
    Real rise = BY_LOG ? -charge : -charge / (at.u + curve.offset);
    if (curve.offset != 0) {
        seldom();
        log = logarithmBeside1(at.u + curve.offset, at.v - curve.offset);
        rise *= BY_LOG ? at.u / (at.u + curve.offset) : 1;
    }
    if (curve.gamma != 0) {
        rise += curve.gamma * power(at.v, curve.gamma - 1) * log * (BY_LOG ? at.u : 1);
    }
    return {-curve.a * charge * log, at.isClipped ? 0 : curve.a * rise};
}

// The same where u is not clipped yet. v is 1 - u.
template <bool BY_LOG>
SEG_DEVICE CurvePoint curvePoint(const Curve& curve, Real u, Real v) {
    return curvePoint<BY_LOG>(curve, clipped(u, v));
}

SEG_DEVICE Real curveValue(const Curve& curve, Real u, Real v) { return curvePoint<false>(curve, u, v).value; }

SEG_DEVICE Real curveSlope(const Curve& curve, Real u, Real v) { return curvePoint<false>(curve, u, v).slope; }

// q = p / sum of the gathered p. With an activation it is computed as a softmax over log p, which gives the same but
// does not underflow with p.
struct Renormalised {
    Real max;
    Real total;   // sum of the gathered terms; 0 if all p are 0

    SEG_MEMBER Real term(const Inputs& in, const Pixel& pixel, i64 c) const {
        return SEG_ACTIVATION == SEG_IDENTITY ? pixel.prediction(in, c)
                                              : exponential(logProbability(in, pixel, c) - max);
    }

    SEG_MEMBER Real at(const Inputs& in, const Pixel& pixel, i64 c) const { return term(in, pixel, c) / total; }
};

template <typename Term>
SEG_DEVICE Renormalised renormalise(const Inputs& in, const Pixel& pixel, const Term& term) {
    i64 count = classes(in);
    // Where all gathered channels are -infinity, they have no distribution, and the total is 0.
    Renormalised q = {SEG_LEAST_LOGIT, 0};
    for (i64 c = 0; SEG_ACTIVATION != SEG_IDENTITY && c < count; c++) {
        if (term.multiplicity(count, c) > 0) {
            Real log = logProbability(in, pixel, c);
            q.max = log > q.max ? log : q.max;
        }
    }
    for (i64 c = 0; c < count; c++) {
        if (term.multiplicity(count, c) > 0) {
            q.total += term.multiplicity(count, c) * q.term(in, pixel, c);
        }
    }
    if (SEG_ACTIVATION == SEG_IDENTITY) {
        // NaN if it is infinite: then no channel has a share.
        q.total += q.total - q.total;
    }
    return q;
}

// The loss of a pixel that is not void under one term, before the mean.
SEG_DEVICE Real pixelLoss(const Inputs& in, const Pixel& pixel, const PixelTerm& term) {
    i64 count = classes(in);
    Renormalised q = {0, 1};
    if (term.isRenormalised()) {
        q = renormalise(in, pixel, term);
        if (q.total == 0) {
            return 0;
        }
    }
    // With index labels only the true class has a loss, unless the term charges the other classes, too.
    bool one = !SEG_IS_DENSE && !term.isBinary();
    i64 first = one ? pixel.trueClass(in) : 0;
    Real loss = 0;
    for (i64 c = first; c >= 0 && c < (one ? first + 1 : count); c++) {
        Real weight = pixel.weightOf(in, c);
        Real g = pixel.truth(in, c);
        if (weight == 0 || term.multiplicity(count, c) == 0) {
            continue;
        }
        weight *= term.weight(c);
        Probability u = probability(in, pixel, c);
        if (term.isRenormalised()) {
            u.p = q.at(in, pixel, c);
            u.complement = 1 - u.p;
        }
        if (g != 0) {
            loss += weight * g * curveValue(term.positive(), u.p, u.complement);
        }
        if (term.isBinary() && g != 1) {
            loss += weight * (1 - g) * curveValue(term.negative(), u.complement, u.p);
        }
    }
    return loss;
}

}  // namespace seg
