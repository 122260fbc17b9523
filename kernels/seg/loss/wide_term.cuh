#pragma once
// Pixel terms of losses that are not plain: any curve of a probability u, given v = 1 - u and log u, which predictions
// give more exactly than u does. The twins in Java are org.segloss4j.internal.math.PixelCurve and its implementations.
#include "seg/loss/pixel_term.cuh"

namespace seg {

// One side of an output, as a curve sees it.
struct Side {
    Real u;
    Real v;
    Real log;
};

#if SEG_EXTENT == SEG_EXACT && defined(__CUDACC__)
// A power of a number from 0 to 1, within 2^-21 of it times its logarithm.
SEG_DEVICE float widePower(float base, float exponent) {
    float value;
    asm("{.reg .f32 log;\nlg2.approx.ftz.f32 log, %1;\nmul.f32 log, log, %2;\nex2.approx.ftz.f32 %0, log;}"
        : "=f"(value)
        : "f"(base), "f"(exponent));
    return exponent == 1 ? base : value;
}
SEG_DEVICE float wideQuotient(float a, float b) { return a * reciprocal(b); }
#else
SEG_DEVICE float widePower(float base, float exponent) { return power(base, exponent); }
SEG_DEVICE float wideQuotient(float a, float b) { return a / b; }
#endif
SEG_DEVICE double widePower(double base, double exponent) { return power(base, exponent); }
SEG_DEVICE double wideQuotient(double a, double b) { return a / b; }

struct WideCurve {
    int kind;
    Real a;
    Real shape;
    Real offset;

    // Whether this is cross-entropy, without a clip.
    SEG_MEMBER bool isCrossEntropy() const { return kind == TermRow::FOCAL_CURVE && shape == 0; }

    // The modulating factor of focal curves is (1 - u)^gamma. With a threshold tau it is 1 below that, and ((1 - u) /
    // tau)^gamma from there on.
    SEG_MEMBER bool isModulated(const Side& at) const { return shape != 0 && !(at.u < offset); }
    SEG_MEMBER Real modulated(const Side& at) const { return offset == 0 ? at.v : wideQuotient(at.v, offset); }
    SEG_MEMBER Real factor(const Side& at) const { return isModulated(at) ? widePower(modulated(at), shape) : 1; }
};

// -a F(u) log u. Below 1e-12 the slope by u is that of 1e-12, as in torch. F' is -gamma F / v; log u / v tends to -1
// with v, where a gamma below 1 makes F' infinite.
template <bool BY_LOG>
SEG_DEVICE CurvePoint focalPoint(const WideCurve& curve, const Side& at) {
    Real factor = curve.a * curve.factor(at);
    Real rise =
            curve.isModulated(at) ? curve.shape * at.u * (at.v < SEG_TINY ? -1 : wideQuotient(at.log, at.v)) - 1 : -1;
    Real slope = factor * rise;
    return {-factor * at.log, BY_LOG ? slope : slope / (at.u < 1e-12f ? 1e-12f : at.u)};
}

// a F(u). At v = 0, where an exponent below 1 has an infinite slope, the slope is 0; so it is below the normal numbers,
// whose negative powers overflow.
template <bool BY_LOG>
SEG_DEVICE CurvePoint factorPoint(const WideCurve& curve, const Side& at) {
    Real slope = 0;
    if (curve.isModulated(at) && (!(at.v < SEG_LEAST_NORMAL) || curve.shape == 1)) {
        slope = -curve.a * curve.shape * power(curve.modulated(at), curve.shape - 1);
        slope = curve.offset == 0 ? slope : wideQuotient(slope, curve.offset);
    }
    return {curve.a * curve.factor(at), BY_LOG && slope != 0 ? at.u * slope : slope};
}

// a (1 - u^q) / q.
template <bool BY_LOG>
SEG_DEVICE CurvePoint boundedPoint(const WideCurve& curve, const Side& at) {
    Real q = curve.shape;
    if (q == 1) {
        return {curve.a * at.v, BY_LOG ? -curve.a * at.u : -curve.a};
    }
    return {-curve.a * exponentialMinusOne(q * at.log) / q, -curve.a * exponential((BY_LOG ? q : q - 1) * at.log)};
}

// Value and slope of a curve. BY_LOG says whether the slope is that by log u, which stays exact where u is tiny.
template <bool BY_LOG>
SEG_DEVICE CurvePoint widePoint(const WideCurve& curve, const Side& at) {
    switch (curve.kind) {
        case TermRow::FOCAL_CURVE: return focalPoint<BY_LOG>(curve, at);
        case TermRow::FACTOR_CURVE: return factorPoint<BY_LOG>(curve, at);
        case TermRow::BOUNDED_CURVE: return boundedPoint<BY_LOG>(curve, at);
        default: return curvePoint<BY_LOG>({curve.a, curve.shape, curve.offset}, at.u, at.v);
    }
}

// Ordinals of org.segloss4j.internal.math.PixelTerm.Input.
#define SEG_OF_PROBABILITY 0
#define SEG_RENORMALISED 1
#define SEG_OF_SIGMOID 2
#define SEG_OF_SOFTMAX 3
#define SEG_OF_ENTROPY 4
#define SEG_OF_MARGIN 5

// One pixel term, from its row of the table.
struct WideTerm {
    const Real* row;

    SEG_MEMBER WideCurve curve(int at) const {
        return {(int) row[at + TermRow::KIND], row[at + TermRow::A], row[at + TermRow::SHAPE],
                row[at + TermRow::OFFSET]};
    }
    SEG_MEMBER WideCurve positive() const { return curve(TermRow::POSITIVE); }
    SEG_MEMBER WideCurve negative() const { return curve(TermRow::NEGATIVE); }
    SEG_MEMBER bool isBinary() const { return row[TermRow::BINARY] != 0; }
    SEG_MEMBER int input() const { return (int) row[TermRow::INPUT]; }
    // Whether the term looks at a softmax of the predictions of its own.
    SEG_MEMBER bool isOfSoftmax() const { return input() == SEG_OF_SOFTMAX; }
    // Whether the probabilities of the gathered classes depend on one another, beside what the activation does.
    SEG_MEMBER bool dividesByTotal() const { return input() == SEG_RENORMALISED || isOfSoftmax(); }
    // Whether both sides of an output look at one number that the label is part of.
    SEG_MEMBER bool joinsSides() const { return input() >= SEG_OF_ENTROPY; }
    // The label as the term sees it.
    SEG_MEMBER Real truth(Real g) const { return row[TermRow::SCALE] * g + row[TermRow::SHIFT]; }
    SEG_MEMBER bool isSmoothed() const { return row[TermRow::SHIFT] != 0; }
    SEG_MEMBER Real weight(i64 c) const { return row[TermRow{0}.weight(c)]; }
    SEG_MEMBER Real otherWeight(i64 count, i64 c) const { return row[TermRow{count}.otherWeight(c)]; }
    SEG_MEMBER Real multiplicity(i64 count, i64 c) const { return row[TermRow{count}.multiplicity(c)]; }
};

SEG_DEVICE WideTerm wideTerm(const Inputs& in, i64 t) { return {in.curves + t * TermRow{classes(in)}.width()}; }

// The row behind those of all terms.
SEG_DEVICE const Real* statisticsRow(const Inputs& in) {
    return in.curves + in.pixelTerms * TermRow{classes(in)}.width();
}

#if SEG_EXTENT == SEG_GENERAL
SEG_DEVICE Further further(const Inputs& in) {
    const Real* row = statisticsRow(in);
    return {row[StatisticsRow::SQUARES] != 0, row[StatisticsRow::DISTANCES] != 0, (i64) row[StatisticsRow::PAIRS]};
}
#else
SEG_DEVICE Further further(const Inputs&) { return {SEG_SQUARES != 0, SEG_DISTANCES != 0, SEG_PAIRS}; }
#endif

// The layout of a row of sums, and that of the coefficients.
#if SEG_IS_WIDE
SEG_DEVICE SumsLayout sumsLayout(const Inputs& in) { return {in.classes, in.pixelTerms, further(in)}; }
SEG_DEVICE CoefficientsLayout coefficientsLayout(const Inputs& in, i64 rows) {
    return {rows, classes(in), further(in)};
}
#else
SEG_DEVICE SumsLayout sumsLayout(const Inputs& in) { return {in.classes, in.pixelTerms}; }
SEG_DEVICE CoefficientsLayout coefficientsLayout(const Inputs& in, i64 rows) { return {rows, classes(in)}; }
#endif

// What the true classes of a pixel make of the factors of a sum over pairs, for predicted class c: the sum over y of
// W[y][c] times the truth of y.
SEG_DEVICE Real pairFactor(const Inputs& in, const Pixel& pixel, i64 k, i64 c) {
    const Real* row = statisticsRow(in);
    StatisticsRow at = {classes(in)};
    if (!SEG_IS_DENSE) {
        int y = pixel.trueClass(in);
        return y < 0 ? 0 : row[at.factor(k, y, c)];
    }
    Real sum = 0;
    for (i64 y = 0; y < classes(in); y++) {
        Real g = pixel.truth(in, y);
        sum += g == 0 ? 0 : row[at.factor(k, y, c)] * g;
    }
    return sum;
}

}  // namespace seg
