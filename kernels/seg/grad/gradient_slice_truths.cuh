#pragma once
// The gradient of a tile of pixels with many classes and dense labels under a softmax, beside curves of the
// probabilities. Slopes by the logarithms of probabilities become those by predictions as SoftmaxShares does it; the
// sums that this takes, warps exchange behind a third barrier.
#include "seg/grad/gradient_dense_slice.cuh"
#include "seg/grad/gradient_truths.cuh"

#if SEG_HAS_SLICED_TRUTHS
namespace seg {

// The slopes of a pixel by the logarithms of the probabilities, as if these did not depend on one another.
template <bool HAS_SCORES, typename Take>
SEG_DEVICE void slopesByLogs(const Slopes& slopes, const Take& take, const Exchange& exchange, Real weight,
                             const Real (&g)[SEG_SLICE], SliceShares& shares, Real (&s)[SEG_SLICE]) {
#pragma unroll
    for (int i = 0; i < SEG_SLICE; i++) {
        s[i] = HAS_SCORES ? shares.p(i) * fused(exchange.a[warp()][i], g[i], exchange.b[warp()][i]) : 0;
    }
    if ((slopes.table.truthFamilies & SEG_SUMMED_TRUTHS) != 0) {
        const Real* row = slopes.table.shared + SharedCoefficients::truthSlopes(slopes.args.in.pixelTerms);
        eachAsked(row, g, [&](int i, Real slope) { s[i] += slope; });
    }
    if (Take::IS_ASKED || (slopes.table.truthFamilies & SEG_OTHER_TRUTHS) != 0) {
        addTruthTerms(slopes, take, weight, g, shares, s);
    }
}

// Turns predictions into dL/dz. All threads of the block must call it.
template <bool HAS_SCORES, typename Take>
SEG_DEVICE void slopesOfTruths(const Slopes& slopes, const Take& take, DenseSlice& slice, Exchange& exchange) {
    SliceShares shares[SEG_VECTOR];
    shareSlices(slice, exchange, shares);
    Real s[SEG_VECTOR][SEG_SLICE];
    Real top[SEG_VECTOR];
    Real others[SEG_VECTOR];
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        Real g[SEG_SLICE];
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            g[i] = slice.truths[i][v];
        }
        slopesByLogs<HAS_SCORES>(slopes, take, exchange, slice.weight[v], g, shares[v], s[v]);
        top[v] = 0;
        others[v] = 0;
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            bool isTop = shares[v].isLargest(i);
            top[v] += isTop ? s[v][i] : 0;
            others[v] += isTop ? 0 : s[v][i];
        }
    }
    Exchange::tell(exchange.sums[2][warp()], top);
    Exchange::tell(exchange.sums[3][warp()], others);
    __syncthreads();
    Exchange::addWarps(exchange.sums[2], top);
    Exchange::addWarps(exchange.sums[3], others);
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        Real minusAll = -((top[v] + others[v]) * shares[v].inverse);
        Real ofTop = fused(top[v], shares[v].complement, -(shares[v].inverse * others[v]));
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            Real dz = fused(exponentialFrom(0, shares[v].below[i]), minusAll, s[v][i]);
            dz = shares[v].isLargest(i) && !shares[v].isShared ? ofTop : dz;
            // Coefficients may be NaN or infinite, which a void pixel must not show.
            slice.p[i][v] = slice.weight[v] == 0 ? 0 : slice.weight[v] * dz;
        }
    }
}

// Writes the gradient of the tile that begins at pixel `tile` of example n, for those of its pixels that are in
// [from, to), and gives the number of each pixel term and its loss to `take`. HAS_SCORES says whether there are region
// scores. All threads of the block must call it.
template <bool HAS_SCORES, typename Take>
SEG_DEVICE void gradientOfTruthSlices(const Slopes& slopes, const ExamplePlaces& places, i64 n, i64 tile, i64 from,
                                      i64 to, Exchange& exchange, const Take& take) {
    const Inputs& in = slopes.args.in;
    DenseSlice slice;
    readDenseSlice(in, places, n, tile, from, to, exchange, slice);
    slopesOfTruths<HAS_SCORES>(slopes, take, slice, exchange);
    putDenseSlice(slopes.args.gradient, places, slice, exchange);
}

// The same for the backward sweep.
SEG_DEVICE void gradientOfSlices(const Slopes& slopes, const ExamplePlaces& places, i64 n, i64 tile, i64 from, i64 to,
                                 Exchange& exchange) {
    NoTruthLosses none;
    gradientOfTruthSlices<true>(slopes, places, n, tile, from, to, exchange, none);
}

}  // namespace seg
#endif
