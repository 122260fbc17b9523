#pragma once
// The backward step of the activation. With p the probabilities, d = dL/dp and z the logits, a softmax has dL/dz_c =
// p_c (d_c - sum over k of p_k d_k). If one channel has nearly all of the probability, d_c - p_c d_c loses all digits
// by cancellation; its slope is therefore computed as (1 - p_c) d_c from the exact complement.
#include "seg/grad/slopes.cuh"
#include "seg/loss/own_term.cuh"
#include "seg/pixel/tile.cuh"

namespace seg {

// The mean slope of a softmax, sum over k of p_k d_k, in two parts: the top channel, which has the largest probability,
// and all others.
struct MeanSlope {
    Real others;  // sum of p_k d_k over the other channels
    Real top;  // d of the top channel

    // The slope d of one channel minus the mean slope.
    SEG_MEMBER Real deviation(Real d, Real pTop, Real complementTop, bool isTop) const {
        return isTop ? complementTop * top - others : d - (pTop * top + others);
    }
};

// dL/dz of a sigmoid from its dL/dp = d. Where the slope is 0, a NaN prediction must not propagate into the gradient.
SEG_DEVICE Real throughSigmoid(Real p, Real complement, Real d) { return d == 0 ? 0 : p * (complement * d); }

// dL/dz of one channel from its d = dL/dp. What renormalised terms add to dL/dz is not included, see Slopes::besides.
SEG_DEVICE Real throughActivation(const Pixel& pixel, const MeanSlope& mean, Real d, const Probability& u, bool isTop,
                                  Real pTop) {
    if (SEG_ACTIVATION == SEG_IDENTITY) {
        return d;
    }
    if (SEG_ACTIVATION == SEG_SIGMOID) {
        return throughSigmoid(u.p, u.complement, d);
    }
    return u.p * mean.deviation(d, pTop, pixel.topComplement, isTop);
}

// Computes the gradient of a pixel that is not void, one channel at a time, for any loss. Writes it to the tensor, or
// over the channels in shared memory if `row` is not null.
SEG_DEVICE void generalGradient(const Slopes& slopes, const Pixel& pixel, i64 at, Real* row) {
    const Inputs& in = slopes.args.in;
    const Tensor& out = slopes.args.gradient;
    slopes.prepareTerms(pixel);
    MeanSlope mean = {0, 0};
    Real pTop = 0;
    for (i64 c = 0; SEG_ACTIVATION == SEG_SOFTMAX && c < classes(in); c++) {
        Probability u = probability(in, pixel, c);
        Real d = slopes.ofProbability(pixel, c, u);
        if (c == pixel.top) {
            mean.top = d;
            pTop = u.p;
        } else {
            mean.others += u.p * d;
        }
    }
    for (i64 c = 0; c < classes(in); c++) {
        Probability u = probability(in, pixel, c);
        Real d = slopes.ofProbability(pixel, c, u);
        Real dz = throughActivation(pixel, mean, d, u, c == pixel.top, pTop) + slopes.besides(pixel, c, u);
        if (row != nullptr) {
            row[c] = dz;
        } else {
            writeReal(out.address, (int) out.type, at + c * out.channelStride, dz);
        }
    }
}

#if SEG_CLASSES > 0 && !SEG_IS_DENSE && SEG_ACTIVATION != SEG_SOFTMAX
// What only the true class y adds to its dL/dp, beside what Slopes::ofScores gives for every pixel of the channel: the
// slope of the scores by the intersection, and that of pixel losses that depend on no other probability.
SEG_DEVICE Real ownSlope(const Slopes& slopes, const Pixel& pixel, const Real (&p)[SEG_CLASSES], int y) {
    const Inputs& in = slopes.args.in;
    if (y < 0) {
        return 0;
    }
    Real slope = pixel.weight * slopes.table.a(y);
    if (SEG_TERMS == SEG_OWN_TERMS) {
        slope += slopes.ofOwnTerms(pixel, y, ownProbability(in, pixel, p, 1, y));
    }
    return slope;
}

// Turns the predictions of a pixel that is not void, in registers, into dL/dz. Only for losses whose slopes are those
// of Slopes::ofScores for all channels and of ownSlope for the true class.
SEG_DEVICE void quickGradient(const Slopes& slopes, Pixel& pixel, Real (&p)[SEG_CLASSES]) {
    int y = pixel.trueClass(slopes.args.in);
    Real own = ownSlope(slopes, pixel, p, y);
#pragma unroll
    for (int c = 0; c < SEG_CLASSES; c++) {
        Real d = slopes.ofScores(pixel, c) + (c == y ? own : 0);
        Probability u = SEG_ACTIVATION == SEG_SIGMOID ? sigmoid(p[c]) : Probability{p[c], 0};
#if SEG_SQUARES
        d += pixel.weight * (slopes.table.ofSquare(c) * u.p);
#endif
        p[c] = SEG_ACTIVATION == SEG_SIGMOID ? throughSigmoid(u.p, u.complement, d) : d;
    }
}
#endif

}  // namespace seg
