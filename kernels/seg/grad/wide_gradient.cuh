#pragma once
// The gradient of one pixel for any loss, one channel at a time, as org.segloss4j.internal.cpu.sweep.PixelSweep and
// PixelLosses define it.
#include "seg/grad/gradient.cuh"
#include "seg/loss/wide_loss.cuh"

#if SEG_EXTENT == SEG_GENERAL
namespace seg {

// What the pixel terms ask of one channel: dL/dp without an activation, dL/dz under a sigmoid; under a softmax, dL/dz
// of terms that do not look at its probabilities one by one, and the slopes of those that do, by log p and by
// log(1 - p).
struct ChannelSlopes {
    Real byProbability;
    Real direct;
    Real byLog;
    Real byOther;
};

struct WideSlopes {
    const Slopes& slopes;
    const Pixel& pixel;

    SEG_MEMBER WideShares shares(i64 t, const WideTerm& term) const {
        return {slopes.slopeOf(t).q, slopes.slopeOf(t).complement, term.isOfSoftmax()};
    }

    // The slope of a renormalised term, as if the q of the classes did not depend on one another: by log q, or by q,
    // where it is not bounded if q vanishes.
    template <bool BY_LOG>
    SEG_MEMBER Real own(i64 t, const WideTerm& term, i64 c) const {
        const Inputs& in = slopes.args.in;
        Real factor = slopes.table.factor(t);
        Asked asked(in, pixel, term, c);
        WideShares of = shares(t, term);
        Real slope = 0;
        if (factor != 0 && asked.positive != 0) {
            slope = factor * asked.positive * widePoint<BY_LOG>(term.positive(), of.side(in, pixel, c)).slope;
        }
        if (factor != 0 && asked.negative != 0) {
            Real other = factor * asked.negative * widePoint<false>(term.negative(), of.otherSide(in, pixel, c)).slope;
            slope -= BY_LOG ? of.at(in, pixel, c) * other : other;
        }
        return slope;
    }

    // Computes what the slopes of renormalised terms need from all channels.
    SEG_MEMBER void prepareTerms() const {
        const Inputs& in = slopes.args.in;
        for (i64 t = 0; t < in.pixelTerms; t++) {
            WideTerm term = wideTerm(in, t);
            if (!term.dividesByTotal()) {
                continue;
            }
            WideShares all = wideShares(in, pixel, term);
            RenormalisedSlope& slope = slopes.slopeOf(t);
            slope.q = all.q;
            slope.complement = all.complement;
            slope.mean = 0;
            slope.ofTop = 0;
            for (i64 c = 0; all.q.total != 0 && c < classes(in); c++) {
                if (term.multiplicity(classes(in), c) > 0) {
                    Real slopeOfClass = own<true>(t, term, c);
                    (all.isTop(all.at(in, pixel, c)) ? slope.ofTop : slope.mean) += slopeOfClass;
                }
            }
        }
    }

    SEG_MEMBER void addRenormalised(i64 t, const WideTerm& term, i64 c, ChannelSlopes& all) const {
        const Inputs& in = slopes.args.in;
        Real multiplicity = term.multiplicity(classes(in), c);
        RenormalisedSlope& slope = slopes.slopeOf(t);
        if (multiplicity == 0 || slope.q.total == 0) {
            return;
        }
        // Where q is nearly 1, the difference of its slope and q times that has no digits, but the complement has.
        WideShares of = shares(t, term);
        Real q = of.at(in, pixel, c);
        bool isTop = of.isTop(q);
        if (!of.hasLogs()) {
            Real slopeOfClass = own<false>(t, term, c);
            all.byProbability += (isTop ? slopeOfClass * slope.complement - slope.mean
                                        : slopeOfClass - multiplicity * (slope.mean + slope.ofTop))
                    / slope.q.total;
            return;
        }
        Real slopeOfClass = own<true>(t, term, c);
        Real through = isTop ? slopeOfClass * slope.complement - q * slope.mean
                             : slopeOfClass - multiplicity * q * (slope.mean + slope.ofTop);
        all.direct += SEG_ACTIVATION == SEG_SIGMOID && !of.ofSoftmax
                ? sigmoid(pixel.prediction(in, c)).complement * through
                : through;
    }

    // Adds one side of an output; `sign` is -1 for the other side, whose probability falls with the logit.
    SEG_MEMBER void addSide(const WideCurve& curve, const Side& side, Real factor, int input, Real sign, Real& byLog,
                            ChannelSlopes& all) const {
        if (input == SEG_OF_SIGMOID || SEG_ACTIVATION == SEG_SIGMOID) {
            all.direct += sign * factor * side.v * widePoint<true>(curve, side).slope;
        } else if (SEG_ACTIVATION == SEG_SOFTMAX) {
            // Over one channel a softmax is 1, whatever is predicted.
            byLog += classes(slopes.args.in) == 1 ? 0 : factor * widePoint<true>(curve, side).slope;
        } else {
            all.byProbability += sign * factor * widePoint<false>(curve, side).slope;
        }
    }

    SEG_MEMBER ChannelSlopes ofTerms(i64 c) const {
        const Inputs& in = slopes.args.in;
        ChannelSlopes all = {0, 0, 0, 0};
        for (i64 t = 0; t < in.pixelTerms; t++) {
            WideTerm term = wideTerm(in, t);
            int input = term.input();
            Real factor = slopes.table.factor(t);
            if (term.dividesByTotal()) {
                addRenormalised(t, term, c, all);
                continue;
            }
            if (term.joinsSides()) {
                all.direct += factor == 0 ? 0 : factor * jointPoint(in, pixel, term, c).slope;
                continue;
            }
            // An infinite factor must not be felt where nothing is asked, either.
            Asked asked(in, pixel, term, c);
            if (factor != 0 && asked.positive != 0) {
                Side side = sideOf(in, pixel, term, {}, c);
                addSide(term.positive(), side, factor * asked.positive, input, 1, all.byLog, all);
            }
            if (factor != 0 && asked.negative != 0) {
                Side side = otherSideOf(in, pixel, term, {}, c);
                addSide(term.negative(), side, factor * asked.negative, input, -1, all.byOther, all);
            }
        }
        return all;
    }

    // dL/dp of the region scores.
    SEG_MEMBER Real ofRegions(i64 c, Real p) const {
        const Inputs& in = slopes.args.in;
        const Coefficients& table = slopes.table;
        Real weight = pixel.weightOf(in, c);
        if (weight == 0) {
            return 0;
        }
        Real g = pixel.truth(in, c);
        Real slope = table.a(c) * g + table.b(c);
        if (table.squares != nullptr) {
            slope += 2 * (Real) (table.scale * table.squares[c]) * p;
        }
        if (table.distances != nullptr) {
            Real sign = p > g ? 1 : p < g ? -1 : p - g;
            slope += (Real) (table.scale * table.distances[c]) * sign;
        }
        for (i64 k = 0; k < coefficientsLayout(in, 0).ofPairs(); k++) {
            slope += (Real) (table.scale * table.pairs[k]) * pairFactor(in, pixel, k, c);
        }
        return weight * slope;
    }
};

// What a softmax needs of all channels, each in two parts, the top channel and the others.
struct SoftmaxSlopes {
    MeanSlope regions;
    Real byLogOfTop;
    Real byLogOfOthers;  // sum
    Real byOtherOfTop;
    Real ratios;  // sum of p times the slope by log(1 - p), divided by 1 - p, over the others

    // dL/dz of one channel from its slopes. The quotient of p and the top channel's complement is a softmax over the
    // others, so it is finite.
    SEG_MEMBER Real through(const Pixel& pixel, Real z, const Probability& u, bool isTop, Real pTop, Real region,
                            const ChannelSlopes& own) const {
        if (isTop) {
            return u.p * (pixel.topComplement * regions.top - regions.others) + own.byLog * pixel.topComplement
                    + u.p * (ratios - byLogOfOthers - own.byOther);
        }
        Real amongOthers =
                byOtherOfTop == 0 ? 0 : pTop * byOtherOfTop * exponentialOfLogit(z - pixel.second) / pixel.otherTotal;
        Real ratio = own.byOther == 0 ? 0 : u.p * own.byOther / u.complement;
        return u.p * (region - (pTop * regions.top + regions.others)) + own.byLog - u.p * (byLogOfTop + byLogOfOthers)
                + u.p * (ratios - ratio - own.byOther) + amongOthers;
    }
};

// Computes the gradient of a pixel that is not void and writes it to the tensor, where channel 0 is element `at`. The
// last loop reads of each channel only itself, before it is written.
SEG_DEVICE void wideGradient(const Slopes& slopes, const Pixel& pixel, i64 at) {
    const Inputs& in = slopes.args.in;
    const Tensor& out = slopes.args.gradient;
    WideSlopes of = {slopes, pixel};
    of.prepareTerms();
    SoftmaxSlopes all = {};
    Real pTop = 0;
    for (i64 c = 0; SEG_ACTIVATION == SEG_SOFTMAX && c < classes(in); c++) {
        Probability u = probability(in, pixel, c);
        Real region = of.ofRegions(c, u.p);
        ChannelSlopes own = of.ofTerms(c);
        if (c == pixel.top) {
            pTop = u.p;
            all.regions.top = region;
            all.byLogOfTop = own.byLog;
            all.byOtherOfTop = own.byOther;
        } else {
            all.regions.others += u.p * region;
            all.byLogOfOthers += own.byLog;
            all.ratios += own.byOther == 0 ? 0 : u.p * own.byOther / u.complement;
        }
    }
    for (i64 c = 0; c < classes(in); c++) {
        Real z = pixel.prediction(in, c);
        Probability u = probability(in, pixel, c);
        ChannelSlopes own = of.ofTerms(c);
        Real region = of.ofRegions(c, u.p);
        Real dz = SEG_ACTIVATION == SEG_SOFTMAX ? all.through(pixel, z, u, c == pixel.top, pTop, region, own)
                : SEG_ACTIVATION == SEG_SIGMOID ? throughSigmoid(u.p, u.complement, region)
                                                : region + own.byProbability;
        writeReal(out.address, (int) out.type, at + c * out.channelStride, dz + own.direct);
    }
}

}  // namespace seg
#endif
