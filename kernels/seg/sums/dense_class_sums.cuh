#pragma once
// The sums of all classes that a thread has in registers where labels are dense, in float.
#include "seg/loss/one_hot_losses.cuh"
#include "seg/sums/known_classes.cuh"

#if SEG_SUMS == SEG_REGISTERS && SEG_IS_DENSE
namespace seg {

struct DenseClassSums {
    Real intersection[SEG_CLASSES];
    Real predicted[SEG_CLASSES];
    Real truth[SEG_CLASSES];
#if SEG_SQUARES
    Real squares[SEG_CLASSES];
#endif
#if SEG_DISTANCES
    Real common[SEG_CLASSES];  // the smaller one of probability and truth: D is P + G without twice these
#endif
    Real weight;

    SEG_MEMBER void clearClasses() {
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            intersection[c] = predicted[c] = truth[c] = 0;
#if SEG_SQUARES
            squares[c] = 0;
#endif
#if SEG_DISTANCES
            common[c] = 0;
#endif
        }
        weight = 0;
    }

    // Adds a pixel whose probabilities are p times the factor.
    SEG_MEMBER void addPixel(const Real (&p)[SEG_CLASSES], const Real (&g)[SEG_CLASSES], Real ofPixel, Real factor) {
        weight += ofPixel;
        Real weighted = factor * ofPixel;
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            Real mass = p[c] * weighted;
            predicted[c] += mass;
            intersection[c] = fused(mass, g[c], intersection[c]);
#if SEG_DISTANCES
            Real ofTruth = ofPixel * g[c];
            truth[c] += ofTruth;
            common[c] += smallest(mass, ofTruth);
#else
            truth[c] = fused(ofPixel, g[c], truth[c]);
#endif
#if SEG_SQUARES
            squares[c] = fused(mass, p[c] * factor, fused(ofPixel * g[c], g[c], squares[c]));
#endif
        }
    }

#if SEG_HAS_GIVEN_TRUTHS
    // Adds a pixel with the weight 1 whose probabilities are p.
    SEG_MEMBER void addPlain(const Real (&p)[SEG_CLASSES], const Real (&g)[SEG_CLASSES]) {
        weight += 1;
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            predicted[c] += p[c];
            intersection[c] = fused(p[c], g[c], intersection[c]);
            truth[c] += g[c];
        }
    }
#endif

#if SEG_HAS_ONE_HOT
    // Adds classes from C on of a pixel of class y, whose probabilities times its weight are e times the factor.
    template <int C>
    SEG_MEMBER void addClasses(const Real (&e)[SEG_CLASSES], int y, Real own, Real ofPixel, Real factor) {
        predicted[C] = fused(e[C], factor, predicted[C]);
        addWhere<C>(y, own * factor, ofPixel, intersection[C], truth[C]);
        if constexpr (C + 1 < SEG_CLASSES) {
            addClasses<C + 1>(e, y, own, ofPixel, factor);
        }
    }
#endif

    // Adds the sums of the warp to its double sums, in PartialLayout.
    SEG_MEMBER void flushClasses(double* own) const {
        flush(intersection, own + PartialLayout::INTERSECTION);
        Real p = flush(predicted, own + PartialLayout::PREDICTED);
        Real g = flush(truth, own + PartialLayout::TRUTH);
#if SEG_SQUARES
        flush(squares, own + PartialLayout::SQUARES);
#endif
#if SEG_DISTANCES
        Real least = exchangedSum(common);
        if (lane() < SEG_CLASSES) {
            own[PartialLayout::DISTANCE + lane()] += (double) p + g - 2 * (double) least;
        }
#endif
        Real m = warpSum(weight);
        if (lane() == 0) {
            own[PartialLayout::WEIGHT] += m;
        }
    }

    // Returns the sum of the class with the number of this lane.
    static SEG_MEMBER Real flush(const Real (&sums)[SEG_CLASSES], double* to) {
        Real sum = exchangedSum(sums);
        if (lane() < SEG_CLASSES) {
            to[lane()] += sum;
        }
        return sum;
    }
};

}  // namespace seg
#endif
