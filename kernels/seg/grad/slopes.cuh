#pragma once
// dL/dp and dL/dz of one pixel, channel by channel from memory, for every loss: what org.segloss4j.internal.cpu.sweep.PixelSweep does.
#include "seg/loss/pixel_term.cuh"

namespace seg {

// The coefficients of the row at hand, times the scale: A and B of each class, in shared memory where their number is
// known, and the factors of the pixel terms.
struct Coefficients {
    const Real* shared;     // [2C] or none, then [T]
    const double* table;    // A of the row; B lies rows*C behind it
    i64 distance;           // from A to B
    double scale;

    SEG_MEMBER Real a(i64 c) const { return SEG_CLASSES > 0 ? shared[c] : (Real) (scale * table[c]); }

    SEG_MEMBER Real b(i64 c) const {
        return SEG_CLASSES > 0 ? shared[SEG_CLASSES + c] : (Real) (scale * table[distance + c]);
    }

    SEG_MEMBER Real factor(i64 t) const { return shared[2 * SEG_CLASSES + t]; }
};

// What the slope of a renormalised term needs of the whole pixel; one per term and thread, in shared memory.
struct RenormalisedSlope {
    Renormalised q;
    Real mean;      // of the own slopes, weighted by q
};

struct Slopes {
    const BackwardArguments& args;
    const Coefficients& table;
    RenormalisedSlope* renormalised;   // [T] of this thread, blockDim apart

    SEG_MEMBER RenormalisedSlope& slopeOf(i64 t) const { return renormalised[t * blockDim.x]; }

    // dL/dq of a renormalised term, as if q were free.
    SEG_MEMBER Real own(const Pixel& pixel, i64 t, i64 c) const {
        const Inputs& in = args.in;
        PixelTerm term = pixelTerm(in, t);
        Real weight = pixel.weightOf(in, c);
        Real g = pixel.truth(in, c);
        if (term.multiplicity(classes(in), c) == 0 || weight == 0 || g == 0) {
            return 0;
        }
        Real q = slopeOf(t).q.at(in, pixel, c);
        return table.factor(t) * weight * term.weight(c) * g * curveSlope(term.row, q, 1 - q);
    }

    // Collects what renormalised terms need of all channels.
    SEG_MEMBER void prepareTerms(const Pixel& pixel) const {
        const Inputs& in = args.in;
        for (i64 t = 0; t < in.pixelTerms; t++) {
            PixelTerm term = pixelTerm(in, t);
            if (!term.isRenormalised()) {
                continue;
            }
            RenormalisedSlope& slope = slopeOf(t);
            slope.q = renormalise(in, pixel, term);
            slope.mean = 0;
            for (i64 c = 0; slope.q.total != 0 && c < classes(in); c++) {
                Real ofClass = own(pixel, t, c);
                slope.mean += ofClass == 0 ? 0 : ofClass * slope.q.at(in, pixel, c);
            }
        }
    }

    // The slope of a renormalised term with respect to log q.
    SEG_MEMBER Real throughQ(const Pixel& pixel, i64 t, i64 c) const {
        const Inputs& in = args.in;
        Real multiplicity = pixelTerm(in, t).multiplicity(classes(in), c);
        if (multiplicity == 0 || slopeOf(t).q.total == 0) {
            return 0;
        }
        return own(pixel, t, c) - multiplicity * slopeOf(t).mean;
    }

    // dL/dp of the pixel terms of one channel.
    SEG_MEMBER Real ofTerms(const Pixel& pixel, i64 c, Real weight, const Probability& u) const {
        const Inputs& in = args.in;
        Real g = pixel.truth(in, c);
        Real slope = 0;
        for (i64 t = 0; t < in.pixelTerms; t++) {
            PixelTerm term = pixelTerm(in, t);
            if (term.isRenormalised()) {
                // Where p are given, q = p / total; under an activation see besides.
                Real through = SEG_ACTIVATION == SEG_IDENTITY ? throughQ(pixel, t, c) : 0;
                slope += through == 0 ? 0 : through / slopeOf(t).q.total;
                continue;
            }
            // An infinite factor must not be felt where nothing is asked, either.
            Real factor = weight == 0 ? 0 : table.factor(t) * weight * term.weight(c);
            if (factor != 0 && g != 0) {
                slope += factor * g * curveSlope(term.row, u.p, u.complement);
            }
            if (factor != 0 && term.isBinary() && g != 1) {
                slope -= factor * (1 - g) * curveSlope(term.row + 3, u.complement, u.p);
            }
        }
        return slope;
    }

    // dL/dp of the pixel terms of the true class, if they concern nothing else.
    SEG_MEMBER Real ofOwnTerms(const Pixel& pixel, int y, const Probability& u) const {
        Real slope = 0;
        for (i64 t = 0; t < args.in.pixelTerms; t++) {
            PixelTerm term = pixelTerm(args.in, t);
            Real factor = table.factor(t) * pixel.weight * term.weight(y);
            slope += factor == 0 ? 0 : factor * curveSlope(term.row, u.p, u.complement);
        }
        return slope;
    }

    // dL/dp of the scores alone; of index labels without what the true class has of its own.
    SEG_MEMBER Real ofScores(const Pixel& pixel, int c) const {
        return pixel.weight * (SEG_IS_DENSE ? table.a(c) * pixel.truth(args.in, c) + table.b(c) : table.b(c));
    }

    // dL/dp of one channel.
    SEG_MEMBER Real ofProbability(const Pixel& pixel, i64 c, const Probability& u) const {
        Real weight = pixel.weightOf(args.in, c);
        Real region = weight == 0 ? 0 : weight * (table.a(c) * pixel.truth(args.in, c) + table.b(c));
        return region + ofTerms(pixel, c, weight, u);
    }

    // What renormalised terms add to dL/dz beside dL/dp: there q is a softmax of its own.
    SEG_MEMBER Real besides(const Pixel& pixel, i64 c, const Probability& u) const {
        const Inputs& in = args.in;
        Real slope = 0;
        for (i64 t = 0; SEG_ACTIVATION != SEG_IDENTITY && t < in.pixelTerms; t++) {
            if (pixelTerm(in, t).isRenormalised()) {
                Real through = throughQ(pixel, t, c);
                // Nor must a complement that is not a number be felt, where nothing is asked.
                slope += through == 0 ? 0
                        : (SEG_ACTIVATION == SEG_SIGMOID ? u.complement : 1) * slopeOf(t).q.at(in, pixel, c) * through;
            }
        }
        return slope;
    }
};

}  // namespace seg
