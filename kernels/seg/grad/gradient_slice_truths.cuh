#pragma once
// The gradient of a tile of pixels with many classes and dense labels under a softmax, beside curves of the
// probabilities. The slopes of scores become those by predictions as without such curves. Those by the logarithms of
// probabilities do so as in SoftmaxShares; the sums that this takes, warps exchange behind a third barrier. Where
// labels are one-hot, each pixel has one such slope.
#include "seg/grad/gradient_truths.cuh"
#include "seg/grad/slice_truth_sums.cuh"

#if SEG_HAS_SLICED_TRUTHS
namespace seg {

// The gradient of the pixels of a lane.
template <bool HAS_SCORES, typename Take>
struct TruthSlice {
    const Slopes& slopes;
    const Take& take;
    DenseSlice& slice;
    Exchange& exchange;

    // Calls `use` with each channel of the slice and the slopes by its probability: times the truth, and beside it.
    template <typename Use>
    SEG_MEMBER void eachScore(const Use& use) const {
        Pack<Real, 4> a = {};
        Pack<Real, 4> b = {};
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            if (HAS_SCORES && i % 4 == 0) {
                a = readPack<Real, 4>(exchange.a[warp()] + i);
                b = readPack<Real, 4>(exchange.b[warp()] + i);
            }
            use(i, a.of[i % 4], b.of[i % 4]);
        }
    }

    // Turns predictions into exponentials and, if there are scores, labels into slopes by the probabilities.
    SEG_MEMBER void sumOneHot(TruthSums<HAS_SCORES>& sums) const {
        eachScore([&](int i, Real a, Real b) {
#pragma unroll
            for (int v = 0; v < SEG_VECTOR; v++) {
                slice.truths[i][v] = HAS_SCORES ? fused(a, slice.truths[i][v], b) : 0;
                slice.p[i][v] = exponentialFrom(slice.shift[v], slice.p[i][v]);
            }
        });
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            Real ofTop = exponentialFrom(slice.shift[v], slice.max[v]);
            // Few warps have the largest prediction, which is to be told from the others.
            if (exponentialFrom(slice.shift[v], slice.ofWarp[v]) == ofTop) {
#pragma unroll
                for (int i = 0; i < SEG_SLICE; i++) {
                    sums.addApart(v, i, slice.p[i][v], ofTop, slice.truths[i][v]);
                }
            } else {
#pragma unroll
                for (int i = 0; i < SEG_SLICE; i++) {
                    Real e = slice.p[i][v];
                    sums.others[v] += e;
                    sums.weighted[v] = HAS_SCORES ? fused(e, slice.truths[i][v], sums.weighted[v]) : 0;
                }
            }
        }
    }

    // Leaves predictions and labels as they are.
    SEG_MEMBER void sumAny(TruthSums<HAS_SCORES>& sums) const {
        Real ofTop[SEG_VECTOR];
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            ofTop[v] = exponentialFrom(slice.shift[v], slice.max[v]);
        }
        eachScore([&](int i, Real a, Real b) {
#pragma unroll
            for (int v = 0; v < SEG_VECTOR; v++) {
                sums.addApart(v, i, exponentialFrom(slice.shift[v], slice.p[i][v]), ofTop[v],
                              fused(a, slice.truths[i][v], b));
            }
        });
    }

    // The slopes of pixel v by the logarithms.
    SEG_MEMBER void slopesByLogs(const PixelShares& pixel, int v, LogSlopes& logs, Real (&s)[SEG_SLICE]) const {
        SliceShares shares;
        shares.take(pixel, slice, v);
        Real g[SEG_SLICE];
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            g[i] = slice.truths[i][v];
            s[i] = 0;
        }
        if ((slopes.table.truthFamilies & SEG_SUMMED_TRUTHS) != 0) {
            eachAsked(slopes.table.summedTruths(), g, [&](int i, Real slope) { s[i] = slope; });
        }
        if (Take::IS_ASKED || (slopes.table.truthFamilies & SEG_OTHER_TRUTHS) != 0) {
            addTruthTerms(slopes, take, slice.weight[v], g, shares, s);
        }
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            logs.add(v, exponentialFrom(shares.shift, shares.z[i]) == shares.ofTop, s[i]);
        }
    }

    // Turns exponentials of pixel v with one-hot labels, and slopes by the probabilities, into dL/dz.
    SEG_MEMBER void putOneHot(const PixelSlope& slope, int v, int label, Real ofLabel, int top) const {
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            slice.p[i][v] = slope.of<HAS_SCORES>(slice.p[i][v], slice.truths[i][v]);
        }
        if (label != OneHotSlice::NONE) {
#pragma unroll
            for (int i = 0; i < SEG_SLICE; i++) {
                addWhere(i, label, ofLabel, slice.p[i][v]);
            }
        }
        if (top != OneHotSlice::NONE) {
#pragma unroll
            for (int i = 0; i < SEG_SLICE; i++) {
                slice.p[i][v] = i == top ? slope.ofTop : slice.p[i][v];
            }
        }
    }

    // The same of any labels, from predictions.
    SEG_MEMBER void putAny(const PixelSlope& slope, const PixelShares& shares, int v,
                           const Real (&s)[SEG_SLICE]) const {
        eachScore([&](int i, Real a, Real b) {
            Real e = exponentialFrom(shares.shift, slice.p[i][v]);
            Real dz = fused(slice.weight[v], s[i], slope.of<HAS_SCORES>(e, fused(a, slice.truths[i][v], b)));
            slice.p[i][v] = e == shares.ofTop && !shares.isShared ? slope.ofTop : dz;
        });
    }

    // Turns predictions into dL/dz. All threads of the block must call it.
    SEG_MEMBER void operator()(const OneHotSlice& oneHot) const {
        TruthSums<HAS_SCORES> sums = {};
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            sums.at[v] = OneHotSlice::NONE;
        }
        if (oneHot.is) {
            sumOneHot(sums);
        } else {
            sumAny(sums);
        }
        sums.joinAll(exchange);
        PixelShares shares[SEG_VECTOR];
        LogSlopes logs;
        Real s[SEG_VECTOR][SEG_SLICE];
        Real ofLabel[SEG_VECTOR] = {};
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            shares[v].close(slice, v, sums.count[v], sums.others[v]);
            if (!oneHot.is) {
                slopesByLogs(shares[v], v, logs, s[v]);
            } else if (oneHot.at[v] != OneHotSlice::NONE) {
                ofLabel[v] = slopeOfOneHot(slopes, take, slice.weight[v], oneHot.classOf(v),
                                           [&] { return oneHot.side(shares[v], v); });
                logs.add(v, oneHot.at[v] == sums.at[v], ofLabel[v]);
            }
        }
        logs.join(exchange, sums.at);
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            PixelSlope slope;
            slope.find(sums, shares[v], logs, slice.weight[v], v);
            if (oneHot.is) {
                putOneHot(slope, v, oneHot.at[v], slice.weight[v] * ofLabel[v],
                          shares[v].isShared ? OneHotSlice::NONE : sums.at[v]);
            } else {
                putAny(slope, shares[v], v, s[v]);
            }
            if (slice.weight[v] == 0) {
                // Coefficients may be NaN or infinite, which a void pixel must not show.
                seldom();
#pragma unroll
                for (int i = 0; i < SEG_SLICE; i++) {
                    slice.p[i][v] = 0;
                }
            }
        }
    }
};

// Writes the gradient of the tile that begins at pixel `tile` of example n, for those of its pixels that are in
// [from, to), and gives the number of each pixel term and its loss to `take`. HAS_SCORES says whether there are region
// scores. All threads of the block must call it.
template <bool HAS_SCORES, typename Take>
SEG_DEVICE void gradientOfTruthSlices(const Slopes& slopes, const ExamplePlaces& places, i64 n, i64 tile, i64 from,
                                      i64 to, Exchange& exchange, const Take& take) {
    const Inputs& in = slopes.args.in;
    DenseSlice slice;
    slice.group = {n, tile + lane() * SEG_VECTOR, from, to};
    slice.read(in, places.slice, tile, (Real*) (&exchange + 1), exchange);
    OneHotSlice oneHot;
    oneHot.find(slice, (slopes.table.truthFamilies & SEG_ONE_CLASS) != 0);
    if (!oneHot.is && in.state != nullptr) {
        slice.check(in, places.slice, tile);
    }
    TruthSlice<HAS_SCORES, Take>{slopes, take, slice, exchange}(oneHot);
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
