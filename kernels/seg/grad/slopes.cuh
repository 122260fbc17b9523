#pragma once
// The slopes of any loss by the probabilities of one pixel, dL/dp, one channel at a time. The twin in Java is
// org.segloss4j.internal.cpu.sweep.PixelSweep.
#include "seg/loss/own_term.cuh"
#include "seg/pixel/exponential.cuh"

namespace seg {

// One row of coefficients, times the scale: dL/dp of the region scores is weight * (a * truth + b) for each class, and
// each pixel term has a factor.
struct Coefficients {
    const Real* shared;     // the row times the scale, in SharedCoefficients
    const double* table;    // a of the row in global memory, without the scale
    i64 distance;           // from a to b in the table
    double scale;
#if SEG_IS_WIDE
    // The row's derivatives by further statistics in global memory, without the scale; null if there are none.
    const double* squares;
    const double* distances;
    const double* pairs;
#endif
#if SEG_EXTENT == SEG_EXACT
    const Real* entropies;  // of the row in shared memory
    Families families;

    // The factor of focal losses that have the same exponent for the true class y; 0 for SEG_CLASSES.
    SEG_MEMBER Real focals(int y) const { return entropies[SEG_CLASSES + 1 + y]; }
#endif
#if SEG_HAS_SHARED_TRUTHS
    const Real* truthRows;  // a TruthRow of each pixel term, in shared memory
    int truthFamilies;      // which terms have them

    // What all exact cross-entropies ask together, as FACTOR and SHIFT of a TruthRow; it stands before the rows.
    SEG_MEMBER const Real* summedTruths() const { return truthRows - 2 * SharedCoefficients::PADDED; }
#endif
#if SEG_HAS_SMOOTHED_LABELS
    const Real* smoothing;  // what it adds to the slope of each class by log p

    // What it adds to the slopes of all classes but the label's.
    SEG_MEMBER Real smoothingOfOthers(int y) const { return entropies[SEG_CLASSES + 1 + y]; }

    // Calls `take` for each class with what it adds to dL/dz.
    template <typename Take>
    SEG_MEMBER void eachSmoothing(const Take& take) const {
        constexpr int WIDE = 16 / (int) sizeof(Real);
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c += WIDE) {
            Pack<Real, WIDE> some = readPack<Real, WIDE>(smoothing + c);
#pragma unroll
            for (int k = 0; k < WIDE && c + k < SEG_CLASSES; k++) {
                take(c + k, some.of[k]);
            }
        }
    }
#endif

    SEG_MEMBER Real a(i64 c) const {
        return SEG_CLASSES > 0 ? shared[SharedCoefficients::A + c] : (Real) (scale * table[c]);
    }

    SEG_MEMBER Real b(i64 c) const {
        return SEG_CLASSES > 0 ? shared[SharedCoefficients::B + c] : (Real) (scale * table[distance + c]);
    }

#if SEG_CLASSES > 0
    // Reads b of all classes, 16 bytes at a time.
    SEG_MEMBER void readB(Real (&b)[SEG_CLASSES]) const {
        constexpr int WIDE = 16 / (int) sizeof(Real);
#pragma unroll
        for (int c = 0; c < SEG_CLASSES / WIDE * WIDE; c += WIDE) {
            Pack<Real, WIDE> pack = readPack<Real, WIDE>(shared + SharedCoefficients::B + c);
#pragma unroll
            for (int k = 0; k < WIDE; k++) {
                b[c + k] = pack.of[k];
            }
        }
#pragma unroll
        for (int c = SEG_CLASSES / WIDE * WIDE; c < SEG_CLASSES; c++) {
            b[c] = shared[SharedCoefficients::B + c];
        }
    }
#endif

#if SEG_CLASSES > 0 && SEG_HAS_OWN_SLOPES
    // Reads b of all classes for a pixel of true class y, which may be SEG_CLASSES.
    SEG_MEMBER void readB(Real (&b)[SEG_CLASSES], int y) const {
        constexpr int WIDE = 16 / (int) sizeof(Real);
        const Real* row = shared + (SEG_PAIRS ? SharedCoefficients::PAIRS + y * SharedCoefficients::PADDED : 0);
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c += WIDE) {
            Pack<Real, WIDE> pack = readPack<Real, WIDE>(row + c);
#pragma unroll
            for (int k = 0; k < WIDE && c + k < SEG_CLASSES; k++) {
                b[c + k] = pack.of[k];
            }
        }
    }
#endif
#if SEG_CLASSES > 0 && SEG_SQUARES
    // Twice the derivative by the squares of a class, which dL/dp has times p; 0 for SEG_CLASSES.
    SEG_MEMBER Real ofSquare(int c) const { return shared[SharedCoefficients::SQUARES + c]; }
#endif
#if SEG_CLASSES > 0 && SEG_DISTANCES
    SEG_MEMBER Real ofDistance(int c) const { return shared[SharedCoefficients::DISTANCE + c]; }
#endif
    // b of class y for a pixel of this class.
    SEG_MEMBER Real bOfLabel(int y) const {
#if SEG_CLASSES > 0 && SEG_PAIRS
        return shared[SharedCoefficients::PAIRS + y * SharedCoefficients::PADDED + y];
#else
        return b(y);
#endif
    }

    // dL/dp of the region scores for the label's class, or 0 for SEG_CLASSES. Only for a known number of classes.
    SEG_MEMBER Real ofLabel(int y) const { return shared[SharedCoefficients::OWN + y]; }

    SEG_MEMBER Real factor(i64 t) const { return shared[SharedCoefficients::TERMS + t]; }
};

// What the slopes of a renormalised term have in common for one pixel. There is one for each term and thread, in shared
// memory.
struct RenormalisedSlope {
    Renormalised q;
    Real mean;  // sum over the classes of q times own slope
#if SEG_IS_WIDE
    // Of the one q that may be above one half, its complement, and its own slope times q; the mean leaves that out.
    Real complement;
    Real ofTop;
#endif
};

struct Slopes {
    const BackwardArguments& args;
    const Coefficients& table;
    RenormalisedSlope* renormalised;  // [T], of this thread; those of one thread are blockDim.x apart

    SEG_MEMBER RenormalisedSlope& slopeOf(i64 t) const { return renormalised[t * blockDim.x]; }

    // dL/dq of a renormalised term, as if the q of the classes did not depend on one another.
    SEG_MEMBER Real own(const Pixel& pixel, i64 t, i64 c) const {
        const Inputs& in = args.in;
        PixelTerm term = pixelTerm(in, t);
        Real weight = pixel.weightOf(in, c);
        Real g = pixel.truth(in, c);
        if (term.multiplicity(classes(in), c) == 0 || weight == 0 || g == 0) {
            return 0;
        }
        Real q = slopeOf(t).q.at(in, pixel, c);
        return table.factor(t) * weight * term.weight(c) * g * curveSlope(term.positive(), q, 1 - q);
    }

    // Computes what the slopes of renormalised terms need from all channels.
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

    // The slope of a renormalised term, divided by q, once q is normalised to the sum 1.
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
                // Without an activation q = p / total. With one, see besides.
                Real through = SEG_ACTIVATION == SEG_IDENTITY ? throughQ(pixel, t, c) : 0;
                slope += through == 0 ? 0 : through / slopeOf(t).q.total;
                continue;
            }
            // An infinite factor must not be felt where nothing is asked, either.
            Real factor = weight == 0 ? 0 : table.factor(t) * weight * term.weight(c);
            if (factor != 0 && g != 0) {
                slope += factor * g * curveSlope(term.positive(), u.p, u.complement);
            }
            if (factor != 0 && term.isBinary() && g != 1) {
                slope -= factor * (1 - g) * curveSlope(term.negative(), u.complement, u.p);
            }
        }
        return slope;
    }

    // dL/dp of the true class from pixel terms that depend on nothing else.
    SEG_MEMBER Real ofOwnTerms(const Pixel& pixel, int y, const Probability& u) const {
        Real slope = 0;
        for (i64 t = 0; t < args.in.pixelTerms; t++) {
            PixelTerm term = pixelTerm(args.in, t);
            Real factor = table.factor(t) * pixel.weight * term.weight(y);
            slope += factor == 0 ? 0 : factor * curveSlope(term.positive(), u.p, u.complement);
        }
        return slope;
    }

    // dL/dp of the region scores for index labels, but for the slope by the intersection, see ownSlope.
    SEG_MEMBER Real ofScores(const Pixel& pixel, int c) const { return pixel.weight * table.b(c); }

    // dL/dp of one channel, from region scores and pixel terms.
    SEG_MEMBER Real ofProbability(const Pixel& pixel, i64 c, const Probability& u) const {
        Real weight = pixel.weightOf(args.in, c);
        Real region = weight == 0 ? 0 : weight * (table.a(c) * pixel.truth(args.in, c) + table.b(c));
        return region + ofTerms(pixel, c, weight, u);
    }

    // What renormalised terms add to dL/dz directly. With an activation, q is itself a softmax over log p, whose slope
    // by z is simple.
    SEG_MEMBER Real besides(const Pixel& pixel, i64 c, const Probability& u) const {
        const Inputs& in = args.in;
        Real slope = 0;
        for (i64 t = 0; SEG_ACTIVATION != SEG_IDENTITY && t < in.pixelTerms; t++) {
            if (pixelTerm(in, t).isRenormalised()) {
                Real through = throughQ(pixel, t, c);
                // Where the slope is 0, a NaN complement must not propagate into the gradient.
                slope += through == 0
                        ? 0
                        : (SEG_ACTIVATION == SEG_SIGMOID ? u.complement : 1) * slopeOf(t).q.at(in, pixel, c) * through;
            }
        }
        return slope;
    }
};

}  // namespace seg
