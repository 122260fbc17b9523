#pragma once
// The probabilities of a softmax with their logarithms, as SoftmaxShares has them, where the warps of a block share the
// channels of a pixel. Exponentials are computed again, since there are no registers for them.
#include "seg/loss/softmax_shares.cuh"
#include "seg/pixel/dense_slice.cuh"

#if SEG_HAS_SLICED_TRUTHS
namespace seg {

// What all warps know of the probabilities of a pixel. A channel has the largest one if its exponential is that of the
// largest prediction.
struct PixelShares {
    Real max;  // the largest prediction
    Real shift;  // of exponentialFrom
    Real ofTop;  // the exponential of the largest prediction
    Real ratio;  // of the sum of all other exponentials to that
    Real inverse;  // of the sum of all
    Real complement;  // 1 less the largest probability
    Real ofLargest;  // the logarithm of the largest probability, from `findLogarithm` on
    bool isShared;  // whether several channels have it

    // Takes pixel v, of which `count` channels have the largest prediction; `others` are the exponentials of all
    // others. So no digits are lost where one channel has nearly all.
    SEG_MEMBER void close(const DenseSlice& slice, int v, Real count, Real others) {
        max = slice.max[v];
        shift = slice.shift[v];
        ofTop = exponentialFrom(shift, max);
        Real rest = fused(count - 1, ofTop, others);
        inverse = reciprocal(rest + ofTop);
        complement = rest * inverse;
        ratio = rest * reciprocal(ofTop);
        isShared = count != 1;
    }

    SEG_MEMBER void findLogarithm() {
        ofLargest = -(ratio <= 1 ? logarithmOfOneAnd(ratio) : quickLogarithm(1 + ratio));
    }

    // What follows does not use probabilities that were computed before, for which there are no registers.
    SEG_MEMBER void forget() { inverse = kept(inverse); }

    // The probability of prediction z. All logarithms come from those of predictions and of the largest probability, so
    // none of them underflows.
    SEG_MEMBER Side side(Real z) const {
        Real e = exponentialFrom(shift, z);
        Real u = e * inverse;
        return {u, e == ofTop ? complement : 1 - u, logOf(z)};
    }
    SEG_MEMBER Real logOf(Real z) const { return z - max + ofLargest; }
};

// Those of this warp's channels of one pixel.
struct SliceShares : PixelShares {
    static constexpr int COUNT = SEG_SLICE;
    static constexpr bool IS_CROWDED = true;

    Real z[SEG_SLICE];

    SEG_MEMBER void take(const PixelShares& pixel, const DenseSlice& slice, int v) {
        *(PixelShares*) this = pixel;
        findLogarithm();
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            z[i] = slice.p[i][v];
        }
    }

    SEG_MEMBER Real logOf(int i) const { return PixelShares::logOf(z[i]); }
    SEG_MEMBER Side side(int i) const { return PixelShares::side(z[i]); }
};

// Calls `take` for each channel of the slice, with what a TruthRow asks of it: factor times truth, and shift.
template <typename Take>
SEG_DEVICE void eachAsked(const Real* row, const Real (&truths)[SEG_SLICE], const Take& take) {
#pragma unroll
    for (int i = 0; i < SEG_SLICE; i++) {
        int c = ChannelSlice::channel(i);
        take(i, ChannelSlice::exists(i) ? fused(row[TruthRow::FACTOR + c], truths[i], row[TruthRow::SHIFT + c]) : 0);
    }
}

}  // namespace seg
#endif
