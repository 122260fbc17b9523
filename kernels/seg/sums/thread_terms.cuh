#pragma once
// The sums of the pixel losses of pixels whose class probabilities a thread has in registers, in float: each lane has
// sums of its own in shared memory.
#include "seg/loss/own_term.cuh"
#include "seg/loss/smoothed_entropy.cuh"
#include "seg/loss/wide_loss.cuh"
#include "seg/pixel/indexed_group.cuh"

#if SEG_SUMS == SEG_REGISTERS || SEG_SUMS == SEG_BINS
namespace seg {

struct ThreadTerms {
    Real* sums;  // of this lane, [T], 32 apart
#if SEG_HAS_SMOOTHED_LABELS
    Real* smoothed;  // a SmoothedRow of each term
    bool isMuch;  // smoothsMuch
#endif
#if SEG_EXTENT == SEG_EXACT
    Families families;
#endif

#if SEG_HAS_SMOOTHED_LABELS
    // Takes shared memory from `rest` on, and returns what is behind. All threads of the block must call it.
    SEG_MEMBER Real* bringSmoothed(const Inputs& in, Real* rest) {
        smoothed = rest;
        bringSmoothedRows(in, smoothed);
        isMuch = kept(smoothsMuch(in, smoothed) ? 1 : 0) != 0;
        return rest + in.pixelTerms * SmoothedRow::WIDTH;
    }
#endif

    // Sets the sums to 0.
    SEG_MEMBER void open(const Inputs& in) {
#if SEG_EXTENT == SEG_EXACT
        families.find(in);
#endif
        for (int t = 0; t < in.pixelTerms; t++) {
            sums[32 * t] = 0;
        }
    }

#if !SEG_IS_DENSE
    // Adds pixel losses that depend on nothing but the probability of the label's class.
    template <int W>
    SEG_MEMBER void addOwn(const Inputs& in, const IndexedExample& example, i64 first, const Real* row,
                           const IndexedGroup<W>& pixels, Probability (&u)[W]) {
#pragma unroll
        for (int v = 0; v < W && SEG_ACTIVATION != SEG_SOFTMAX; v++) {
            Pixel pixel = {};
            pixel.row = row;
            pixel.locate(in, example.n, first + v);
            if (pixels.label[v] < SEG_CLASSES) {
                u[v] = probability(in, pixel, pixels.label[v]);
            }
        }
        OwnShare at[W];
#pragma unroll
        for (int v = 0; v < W; v++) {
            at[v] = ownShare(u[v].p, u[v].complement);
        }
#if SEG_IS_WIDE
#pragma unroll
        for (int v = 0; v < W; v++) {
            if (u[v].p < SEG_TINY && pixels.label[v] < SEG_CLASSES) {
                seldom();
                at[v].log = logarithmOfTiny(in, example.n, first + v, row, pixels.label[v]);
            }
        }
#endif
#if SEG_EXTENT == SEG_EXACT
        addOwnLosses<W>(in, families, pixels.weight, pixels.label, at, sums);
#else
        for (int t = 0; t < (int) in.pixelTerms; t++) {
            OwnTerm term = ownTerm(in, t);
            OwnCurve curve = term.positive();
            Real loss = 0;
#pragma unroll
            for (int v = 0; v < W; v++) {
                int y = pixels.label[v];
                if (y < SEG_CLASSES && term.multiplicity(SEG_CLASSES, y) != 0) {
                    loss += pixels.weight[v] * term.weight(y) * ownPoint<true>(curve, at[v]).value;
                }
            }
            sums[32 * t] += loss;
        }
#endif
    }
#endif

#if SEG_HAS_SMOOTHED_LABELS
    // Activates pixel v, and adds the first part of its loss under the first term.
    template <int W>
    SEG_MEMBER Real activate(const Inputs& in, const IndexedGroup<W>& pixels, int v, i64 n, i64 first, const Real* row,
                             Real (&e)[SEG_CLASSES]) {
        Real loss;
        Real own = activateSmoothed(in, pixels, v, n, first + v, row, smoothed, e, loss);
        sums[0] += loss;
        return own;
    }

    // Adds the first part of the losses of some pixels under all other terms, before their exponentials take the
    // registers of their logits.
    template <int W>
    SEG_MEMBER void addBelowReference(const Inputs& in, const IndexedExample& example, i64 first, const Real* row,
                                      const IndexedGroup<W>& pixels) {
#pragma unroll 1
        for (int t = 1; t < (int) in.pixelTerms; t++) {
            const Real* asked = smoothed + t * SmoothedRow::WIDTH;
            if (asked[SmoothedRow::IS_LINEAR] == 0) {
                sums[32 * t] += belowReference(in, pixels, example.n, first, row, asked);
            }
        }
    }

    // Adds what the linear terms ask of the predicted masses of all classes to the sums of the terms.
    SEG_MEMBER void addShares(const Inputs& in, const double* predicted, double* all) const {
        for (int t = lane(); t < (int) in.pixelTerms; t += 32) {
            seg::addShares(smoothed + t * SmoothedRow::WIDTH, predicted, all[t]);
        }
    }

    // Adds the other part.
    template <int W>
    SEG_MEMBER void addSmoothed(const Inputs& in, const IndexedExample& example, i64 first, const Real* row,
                                const IndexedGroup<W>& pixels, const Probability (&u)[W], const Real (&inverse)[W]) {
        Real log[W];
        Real logInverse[W];
#pragma unroll
        for (int v = 0; v < W; v++) {
            if (isMuch) {
                log[v] = quickLogarithm(u[v].p);
            } else {
                seldom();
                log[v] = logarithmBeside1(u[v].p, u[v].complement);
            }
            if (u[v].p < SEG_TINY && pixels.label[v] < SEG_CLASSES) {
                seldom();
                log[v] = logarithmOfTiny(in, example.n, first + v, row, pixels.label[v]);
            }
            logInverse[v] = quickLogarithm(inverse[v]);
        }
#pragma unroll 1
        for (int t = 0; t < (int) in.pixelTerms; t++) {
            Real gain = 0;
#pragma unroll
            for (int v = 0; v < W; v++) {
                Real above =
                        aboveReference(smoothed + t * SmoothedRow::WIDTH, pixels.label[v], u[v], log[v], logInverse[v]);
                gain = fused(pixels.weight[v], above, gain);
            }
            sums[32 * t] -= gain;
        }
    }
#endif

    // Adds any pixel losses of pixel s of example n, whose label has the channel y.
    SEG_MEMBER void addAny(const Inputs& in, i64 n, i64 s, const Real* row, Real weight, int y) {
        if (weight == 0) {
            return;
        }
        Pixel pixel = {};
        pixel.weight = weight;
        pixel.label = SEG_CLASSES == 1 ? 1 - y : y == SEG_CLASSES ? -1 : y;
        pixel.row = row;
        pixel.locate(in, n, s);
        prepare(in, pixel);
        for (i64 t = 0; t < in.pixelTerms; t++) {
            sums[32 * t] += pixelLoss(in, pixel, pixelTerm(in, t));
        }
    }
};

}  // namespace seg
#endif
