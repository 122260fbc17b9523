#pragma once
// The probabilities of a softmax with their logarithms, as SoftmaxShares has them, where the warps of a block share the
// channels of a pixel. Exponentials are computed again, since there are no registers for them.
#include "seg/loss/softmax_shares.cuh"
#include "seg/pixel/dense_slice.cuh"

#if SEG_HAS_SLICED_TRUTHS
namespace seg {

// Those of this warp's channels of one pixel.
struct SliceShares {
    static constexpr int COUNT = SEG_SLICE;
    static constexpr bool IS_CROWDED = true;

    Real below[SEG_SLICE];  // differences from the largest prediction
    Real inverse;  // of the sum of all exponentials of these, which is the largest probability
    Real complement;  // 1 less that
    Real ofLargest;  // its logarithm
    bool isShared;  // whether several channels have it

    // Takes pixel v, and adds to how many channels have the largest prediction, and to the exponentials of the others.
    SEG_MEMBER void open(const DenseSlice& slice, int v, Real& count, Real& others) {
        count = 0;
        others = 0;
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            below[i] = slice.p[i][v] - slice.max[v];
            Real e = exponentialFrom(0, below[i]);
            count += isLargest(i) ? 1 : 0;
            others += isLargest(i) ? 0 : e;
        }
    }

    // The sum of the exponentials beside the one of the largest prediction, over all channels. All logarithms come from
    // those of predictions and of the largest probability, so none of them underflows.
    SEG_MEMBER void close(Real count, Real sum) {
        Real others = sum + (count - 1);
        inverse = reciprocal(1 + others);
        complement = others * inverse;
        ofLargest = -(others <= 1 ? logarithmOfOneAnd(others) : quickLogarithm(1 + others));
        isShared = count != 1;
    }

    // What follows does not use probabilities that were computed before, for which there are no registers.
    SEG_MEMBER void forget() { inverse = kept(inverse); }

    SEG_MEMBER bool isLargest(int i) const { return below[i] == 0; }
    SEG_MEMBER Real logOf(int i) const { return below[i] + ofLargest; }
    SEG_MEMBER Real p(int i) const { return exponentialFrom(0, below[i]) * inverse; }
    SEG_MEMBER Side side(int i) const {
        Real u = p(i);
        return {u, isLargest(i) ? complement : 1 - u, logOf(i)};
    }
};

// Makes the shares of all pixels of a group. All threads of the block must call it.
SEG_DEVICE void shareSlices(const DenseSlice& slice, Exchange& exchange, SliceShares (&shares)[SEG_VECTOR]) {
    Real count[SEG_VECTOR];
    Real others[SEG_VECTOR];
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        shares[v].open(slice, v, count[v], others[v]);
    }
    Exchange::tell(exchange.sums[0][warp()], count);
    Exchange::tell(exchange.sums[1][warp()], others);
    __syncthreads();
    Exchange::addWarps(exchange.sums[0], count);
    Exchange::addWarps(exchange.sums[1], others);
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        shares[v].close(count[v], others[v]);
    }
}

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
