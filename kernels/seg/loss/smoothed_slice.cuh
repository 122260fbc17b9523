#pragma once
// Exact cross-entropy of smoothed index labels, and terms that are linear in the probabilities, where the warps of a
// block share the channels of a pixel. Each warp adds what its channels are asked; what the label's class is asked, the
// warp that reads labels adds.
#include "seg/loss/smoothed_row.cuh"
#include "seg/pixel/sliced_group.cuh"

#if SEG_HAS_SMOOTHED_SLICES
namespace seg {

struct SmoothedSlices {
    const Inputs& in;
    const Real* rows;  // a SmoothedRow of each term
    Real* terms;  // sums of this lane, [T], 32 apart

    // What the channels of pixel v are asked, times how far each is below the reference of the exponentials.
    template <bool IS_CAREFUL>
    static SEG_MEMBER Real below(const SlicedGroup& sliced, int v, Real shift, const Real* asked, Real scale) {
        Pack<Real, 4> four;
        Real sum = 0;
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            if (i % 4 == 0) {
                four = readPack<Real, 4>(asked + i);
            }
            // A logit of -infinity is none of the term's where nothing is asked, and that of a channel that does not
            // exist.
            bool is = ChannelSlice::exists(i) && (!IS_CAREFUL || four.of[i % 4] != 0);
            sum = is ? fused(fused(sliced.p[i][v], scale, -shift), four.of[i % 4], sum) : sum;
        }
        return sum;
    }

    // Adds what the logits tell, before they are turned into exponentials.
    SEG_MEMBER void addBelowReference(const SlicedGroup& sliced, const Real (&shift)[SEG_VECTOR]) const {
#pragma unroll 1
        for (int t = 0; t < (int) in.pixelTerms; t++) {
            const Real* row = rows + t * SmoothedRow::WIDTH;
            if (row[SmoothedRow::IS_LINEAR] != 0) {
                continue;
            }
            const Real* asked = row + SmoothedRow::ALL + warp() * SEG_PADDED_SLICE;
            Real loss = 0;
#pragma unroll
            for (int v = 0; v < SEG_VECTOR; v++) {
                Real sum = below<false>(sliced, v, shift[v], asked, row[SmoothedRow::SCALE]);
                if (!(sum == sum) && sliced.weight[v] != 0) {
                    seldom();
                    sum = below<true>(sliced, v, shift[v], asked, row[SmoothedRow::SCALE]);
                }
                loss += sliced.weight[v] == 0 ? 0 : sliced.weight[v] * (-SEG_LOG_UNIT * sum);
            }
            terms[32 * t] += loss;
        }
    }

    // Adds what the label's class tells. All of a warp does so for all others.
    SEG_MEMBER void addAboveReference(const SlicedGroup& sliced) const {
        Probability u[SEG_VECTOR];
        Real log[SEG_VECTOR];
        Real logInverse[SEG_VECTOR];
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            u[v] = sliced.ownProbability(v);
            log[v] = sliced.ownLogarithm(v);
            logInverse[v] = quickLogarithm(sliced.inverse[v]);
        }
#pragma unroll 1
        for (int t = 0; t < (int) in.pixelTerms; t++) {
            Real gain = 0;
#pragma unroll
            for (int v = 0; v < SEG_VECTOR; v++) {
                Real above =
                        aboveReference(rows + t * SmoothedRow::WIDTH, sliced.label[v], u[v], log[v], logInverse[v]);
                gain = fused(sliced.weight[v], above, gain);
            }
            terms[32 * t] -= gain;
        }
    }

    // Adds what the linear terms ask of the shares of this warp's channels.
    SEG_MEMBER void addShares(const SlicedGroup& sliced) const {
#pragma unroll 1
        for (int t = 0; t < (int) in.pixelTerms; t++) {
            const Real* row = rows + t * SmoothedRow::WIDTH;
            if (row[SmoothedRow::IS_LINEAR] == 0) {
                continue;
            }
            const Real* asked = row + SmoothedRow::SHARE + warp() * SEG_PADDED_SLICE;
            Pack<Real, 4> four;
            Real sum[SEG_VECTOR] = {};
#pragma unroll
            for (int i = 0; i < SEG_SLICE; i++) {
                if (i % 4 == 0) {
                    four = readPack<Real, 4>(asked + i);
                }
#pragma unroll
                for (int v = 0; v < SEG_VECTOR; v++) {
                    sum[v] = fused(sliced.p[i][v], four.of[i % 4], sum[v]);
                }
            }
#pragma unroll
            for (int v = 0; v < SEG_VECTOR; v++) {
                Real factor = sliced.weight[v] * sliced.inverse[v];
                terms[32 * t] += factor == 0 ? 0 : factor * sum[v];
            }
        }
    }
};

}  // namespace seg
#endif
