#pragma once
// Pixel losses of one pixel for any term, as org.segloss4j.internal.cpu.sweep.PixelLosses defines them. Logarithms come
// from the predictions, so they are exact where a probability underflows.
#include "seg/loss/wide_term.cuh"

#if SEG_EXTENT == SEG_GENERAL
namespace seg {

// log p, but without an activation at least -100, as torch bounds it. NaN stays NaN.
SEG_DEVICE Real boundedLog(Real log) { return log < -100 ? -100 : log; }

SEG_DEVICE Real logSigmoid(Real z) { return smaller(z, (Real) 0) - logarithmOfOnePlus(exponential(-absolute(z))); }

// The sigmoid of a logit, as the true side sees it.
SEG_DEVICE Side sigmoidSide(Real z) {
    Probability u = sigmoid(z);
    return {u.p, u.complement, logSigmoid(z)};
}

// The other side of a sigmoid.
SEG_DEVICE Side otherSigmoidSide(Real z) { return sigmoidSide(-z); }

// The probability of one channel, as the true side sees it.
SEG_DEVICE Side probabilitySide(const Inputs& in, const Pixel& pixel, i64 c) {
    Real z = pixel.prediction(in, c);
    if (SEG_ACTIVATION == SEG_SIGMOID) {
        return sigmoidSide(z);
    }
    Probability u = probability(in, pixel, c);
    return {u.p, u.complement,
            SEG_ACTIVATION == SEG_IDENTITY ? boundedLog(logarithm(u.p)) : z - pixel.max - pixel.logTotal};
}

// The other side of the probability of one channel. The logarithm of the complement of the top channel comes from the
// predictions of the others.
SEG_DEVICE Side otherProbabilitySide(const Inputs& in, const Pixel& pixel, i64 c) {
    if (SEG_ACTIVATION == SEG_SIGMOID) {
        return otherSigmoidSide(pixel.prediction(in, c));
    }
    Probability u = probability(in, pixel, c);
    if (SEG_ACTIVATION == SEG_IDENTITY) {
        return {u.complement, u.p, boundedLog(logarithmOfOnePlus(-u.p))};
    }
    return {u.complement, u.p,
            classes(in) == 1         ? (Real) -100
                    : c == pixel.top ? pixel.second - pixel.max + logarithm(pixel.otherTotal) - pixel.logTotal
                                     : logarithmOfOnePlus(-u.p)};
}

// The probabilities of a renormalised term or of one with a softmax of its own. At most one of them is above one half;
// it has the complement of the others.
struct WideShares {
    Renormalised q;
    Real complement;
    bool ofSoftmax;

    // Whether the shares are known by their logarithms.
    SEG_MEMBER bool hasLogs() const { return SEG_ACTIVATION != SEG_IDENTITY || ofSoftmax; }
    // log q, but for a constant that all channels share.
    SEG_MEMBER Real log(const Inputs& in, const Pixel& pixel, i64 c) const {
        return ofSoftmax ? pixel.prediction(in, c) : logProbability(in, pixel, c);
    }
    SEG_MEMBER Real term(const Inputs& in, const Pixel& pixel, i64 c) const {
        return hasLogs() ? exponential(log(in, pixel, c) - q.max) : pixel.prediction(in, c);
    }
    SEG_MEMBER Real at(const Inputs& in, const Pixel& pixel, i64 c) const { return term(in, pixel, c) / q.total; }

    static SEG_MEMBER bool isTop(Real share) { return share > (Real) 0.5; }
    SEG_MEMBER Real complementOf(Real share) const { return isTop(share) ? complement : 1 - share; }

    SEG_MEMBER Side side(const Inputs& in, const Pixel& pixel, i64 c) const {
        Real share = at(in, pixel, c);
        return {share, complementOf(share),
                hasLogs() ? log(in, pixel, c) - q.max - logarithm(q.total) : boundedLog(logarithm(share))};
    }

    SEG_MEMBER Side otherSide(const Inputs& in, const Pixel& pixel, i64 c) const {
        Real share = at(in, pixel, c);
        Real v = complementOf(share);
        return {v, share, boundedLog(isTop(share) ? logarithm(v) : logarithmOfOnePlus(-share))};
    }
};

SEG_DEVICE WideShares wideShares(const Inputs& in, const Pixel& pixel, const WideTerm& term) {
    WideShares shares = {{0, 0}, 0, term.isOfSoftmax()};
    i64 count = classes(in);
    // Where all gathered channels are -infinity, they have no distribution, and the total is 0.
    shares.q.max = SEG_LEAST_LOGIT;
    for (i64 c = 0; shares.hasLogs() && c < count; c++) {
        if (term.multiplicity(count, c) > 0) {
            Real log = shares.log(in, pixel, c);
            shares.q.max = log > shares.q.max ? log : shares.q.max;
        }
    }
    for (i64 c = 0; c < count; c++) {
        if (term.multiplicity(count, c) > 0) {
            shares.q.total += term.multiplicity(count, c) * shares.term(in, pixel, c);
        }
    }
    // NaN if it is infinite: then no channel has a share.
    shares.q.total += shares.q.total - shares.q.total;
    Real others = 0;
    for (i64 c = 0; shares.q.total != 0 && c < count; c++) {
        Real multiplicity = term.multiplicity(count, c);
        if (multiplicity > 0) {
            Real own = shares.term(in, pixel, c);
            others += (own > shares.q.total / 2 ? multiplicity - 1 : multiplicity) * own;
        }
    }
    shares.complement = others / shares.q.total;
    return shares;
}

// What one output of a pixel is asked by a term: what each side weighs, 0 where nothing is asked.
struct Asked {
    Real positive;
    Real negative;

    SEG_MEMBER Asked(const Inputs& in, const Pixel& pixel, const WideTerm& term, i64 c) : positive(0), negative(0) {
        i64 count = classes(in);
        Real weight = term.multiplicity(count, c) == 0 ? 0 : pixel.weightOf(in, c);
        if (weight != 0) {
            Real truth = term.truth(pixel.truth(in, c));
            Real own = weight * term.weight(c);
            positive = own == 0 ? 0 : own * truth;
            Real other = term.isBinary() ? weight * term.otherWeight(count, c) : 0;
            negative = other == 0 ? 0 : other * (1 - truth);
        }
    }
};

// The sides of an output under a term.
SEG_DEVICE Side sideOf(const Inputs& in, const Pixel& pixel, const WideTerm& term, const WideShares& shares, i64 c) {
    return term.input() == SEG_OF_SIGMOID ? sigmoidSide(pixel.prediction(in, c))
            : term.dividesByTotal()       ? shares.side(in, pixel, c)
                                          : probabilitySide(in, pixel, c);
}

SEG_DEVICE Side otherSideOf(const Inputs& in, const Pixel& pixel, const WideTerm& term, const WideShares& shares,
                            i64 c) {
    return term.input() == SEG_OF_SIGMOID ? otherSigmoidSide(pixel.prediction(in, c))
            : term.dividesByTotal()       ? shares.otherSide(in, pixel, c)
                                          : otherProbabilitySide(in, pixel, c);
}

// The loss of an output and its slope by the logit.
struct JointPoint {
    Real value;
    Real slope;
};

SEG_DEVICE Real mixture(Real positive, Real first, Real negative, Real second) {
    return (positive == 0 ? 0 : positive * first) + (negative == 0 ? 0 : negative * second);
}

// The slope of the modulating factor by the margin: that of a focal curve whose logarithm is -v, less its value.
SEG_DEVICE Real fallOf(const WideCurve& curve, Real u, Real v) {
    return widePoint<true>(curve, {u, v, -v}).slope + widePoint<true>(curve, {u, v, -1}).value;
}

// An output whose sides look at one number that the label is part of, as org.segloss4j.internal.cpu.sweep.JointSides
// defines it.
SEG_DEVICE JointPoint jointPoint(const Inputs& in, const Pixel& pixel, const WideTerm& term, i64 c) {
    Asked asked(in, pixel, term, c);
    if (asked.positive == 0 && asked.negative == 0) {
        return {0, 0};
    }
    Real z = pixel.prediction(in, c);
    Real t = term.truth(pixel.truth(in, c));
    Side side = sigmoidSide(z);
    Real entropy = -(t == 0 ? 0 : t * side.log) - (t == 1 ? 0 : (1 - t) * logSigmoid(-z));
    Real rise = (1 - t) * side.u - t * side.v;
    if (term.input() == SEG_OF_ENTROPY) {
        Side joint = {exponential(-entropy), -exponentialMinusOne(-entropy), -entropy};
        CurvePoint first = widePoint<true>(term.positive(), joint);
        CurvePoint second = widePoint<true>(term.negative(), joint);
        return {mixture(asked.positive, first.value, asked.negative, second.value),
                -rise * mixture(asked.positive, first.slope, asked.negative, second.slope)};
    }
    Real tilt = 2 * t - 1;
    Probability u = sigmoid(z * tilt);
    Side one = {u.p, u.complement, -1};
    Real factor = mixture(asked.positive, widePoint<true>(term.positive(), one).value, asked.negative,
                          widePoint<true>(term.negative(), one).value);
    Real fall = mixture(asked.positive, fallOf(term.positive(), u.p, u.complement), asked.negative,
                        fallOf(term.negative(), u.p, u.complement));
    return {factor * entropy, fall * tilt * entropy + factor * rise};
}

// The loss of a pixel that is not void under one term, before its normaliser.
SEG_DEVICE Real wideLoss(const Inputs& in, const Pixel& pixel, const WideTerm& term) {
    WideShares shares = {{0, 1}, 0, false};
    if (term.dividesByTotal()) {
        shares = wideShares(in, pixel, term);
        if (shares.q.total == 0) {
            return 0;
        }
    }
    // With index labels only the true class has a loss, unless the term charges the other classes, too.
    bool one = !SEG_IS_DENSE && !term.isBinary() && !term.isSmoothed();
    i64 first = one ? pixel.trueClass(in) : 0;
    Real loss = 0;
    for (i64 c = first; c >= 0 && c < (one ? first + 1 : classes(in)); c++) {
        if (term.joinsSides()) {
            loss += jointPoint(in, pixel, term, c).value;
            continue;
        }
        Asked asked(in, pixel, term, c);
        if (asked.positive != 0) {
            loss += asked.positive * widePoint<false>(term.positive(), sideOf(in, pixel, term, shares, c)).value;
        }
        if (asked.negative != 0) {
            loss += asked.negative * widePoint<false>(term.negative(), otherSideOf(in, pixel, term, shares, c)).value;
        }
    }
    return loss;
}

}  // namespace seg
#endif
