#pragma once
// One pixel term of one channel, where no channel depends on another. Of each output with the truth g, its loss is
// g f(p) + (1 - g) h(1 - p), where f is the curve of the true side and h, of a binary term, that of the other side.
#include "seg/grad/slopes.cuh"
#include "seg/pixel/channel_tile.cuh"

#if SEG_SUMS == SEG_CHANNELS
namespace seg {

struct ChannelTerm {
    Curve positive;
    Curve negative;
    bool isBinary;
    Real weight;  // of the class
    Real factor;  // of the gradient, times the weight

    // Adds the loss of one side of an output, before the weights. Returns its slope by z or, without an activation, by
    // p, if p grows with the probability of the side, and otherwise the opposite number.
    static SEG_MEMBER Real side(const Curve& curve, Real share, const Probability& u, Real& loss) {
        CurvePoint point = curvePoint < SEG_ACTIVATION == SEG_SIGMOID > (curve, u.p, u.complement);
        loss += share * point.value;
        return share * (SEG_ACTIVATION == SEG_SIGMOID ? point.slope * u.complement : point.slope);
    }

    // Adds the loss of one output, before the weights, and returns its slope by the prediction.
    SEG_MEMBER Real one(Real z, Real g, Real& loss) const {
        Probability u = SEG_ACTIVATION == SEG_SIGMOID ? sigmoid(z) : Probability{z, 1 - z};
        if (!SEG_IS_DENSE) {
            // Only one side has a share.
            bool isTrue = g != 0;
            if (!isTrue && !isBinary) {
                return 0;
            }
            Curve curve = {isTrue ? positive.a : negative.a, isTrue ? positive.gamma : negative.gamma,
                           isTrue ? positive.offset : negative.offset};
            Probability own = {isTrue ? u.p : u.complement, isTrue ? u.complement : u.p};
            Real slope = side(curve, 1, own, loss);
            return isTrue ? slope : -slope;
        }
        Real slope = g == 0 ? 0 : side(positive, g, u, loss);
        return slope - (g == 1 || !isBinary ? 0 : side(negative, 1 - g, {u.complement, u.p}, loss));
    }
};

// Finds out what term t asks of channel c. False if that is nothing.
SEG_DEVICE bool findTerm(const Slopes& slopes, i64 t, int c, ChannelTerm& own) {
    PixelTerm term = pixelTerm(slopes.args.in, t);
    Real weight = term.weight(c);
    own = {term.positive(), term.negative(), term.isBinary(), weight, weight * slopes.table.factor(t)};
    return term.multiplicity(SEG_CLASSES, c) != 0;
}

}  // namespace seg
#endif
