#pragma once
// The gradient of a tile of pixels with many classes and dense labels under a softmax, beside curves of the
// probabilities. The slopes of scores become those by predictions as without such curves. Those by the logarithms of
// probabilities do so as in SoftmaxShares; the sums that this takes, warps exchange behind a third barrier. Where
// labels are one-hot, each pixel has one such slope.
#include "seg/grad/gradient_dense_slice.cuh"
#include "seg/grad/gradient_truths.cuh"
#include "seg/loss/one_hot_slice.cuh"

#if SEG_HAS_SLICED_TRUTHS
namespace seg {

// Sums over the channels of each pixel, HAS_SCORES whether with slopes of region scores.
template <bool HAS_SCORES>
struct TruthSums : TopAndOthers {
    int at[SEG_VECTOR];  // the last channel of this warp with the largest prediction, OneHotSlice::NONE if it has none

    // Adds channel i of pixel v with exponential e and slope d, where `ofTop` is the exponential of the largest
    // prediction.
    SEG_MEMBER void addApart(int v, int i, Real e, Real ofLargest, Real d) {
#if SEG_IS_PREDICATED
        if constexpr (HAS_SCORES) {
            asm("{.reg .pred top;\nsetp.eq.f32 top, %5, %6;\n@top add.f32 %0, %0, 0f3F800000;\n"
                "@top add.f32 %1, %1, %7;\n@!top add.f32 %2, %2, %5;\n@!top fma.rn.f32 %3, %5, %7, %3;\n"
                "@top mov.b32 %4, %8;}"
                : "+f"(count[v]), "+f"(ofTop[v]), "+f"(others[v]), "+f"(weighted[v]), "+r"(at[v])
                : "f"(e), "f"(ofLargest), "f"(d), "r"(i));
        } else {
            asm("{.reg .pred top;\nsetp.eq.f32 top, %3, %4;\n@top add.f32 %0, %0, 0f3F800000;\n"
                "@!top add.f32 %1, %1, %3;\n@top mov.b32 %2, %5;}"
                : "+f"(count[v]), "+f"(others[v]), "+r"(at[v])
                : "f"(e), "f"(ofLargest), "r"(i));
        }
#else
        add(v, e, ofLargest, e, d);
        at[v] = e == ofLargest ? i : at[v];
#endif
    }

    // Makes sums over all channels of those over the slices. All threads of the block must call it.
    SEG_MEMBER void joinAll(Exchange& exchange) {
        if (HAS_SCORES) {
            join(exchange);
            return;
        }
        Exchange::tell(exchange.sums[0][warp()], count);
        Exchange::tell(exchange.sums[2][warp()], others);
        __syncthreads();
        Exchange::addWarps(exchange.sums[0], count);
        Exchange::addWarps(exchange.sums[2], others);
    }
};

// The slopes of pixels by the logarithms of probabilities, as if these did not depend on one another: of the channel
// with the largest probability, and the sum of all others.
struct LogSlopes {
    Real top[SEG_VECTOR];
    Real others[SEG_VECTOR];

    SEG_MEMBER LogSlopes() : top(), others() {}

    SEG_MEMBER void add(int v, bool isTop, Real slope) { (isTop ? top : others)[v] += slope; }

    // Makes sums over all channels of those over the slices. All threads of the block must call it.
    SEG_MEMBER void join(Exchange& exchange) {
        Exchange::tell(exchange.sums[4][warp()], top);
        Exchange::tell(exchange.sums[5][warp()], others);
        __syncthreads();
        Exchange::addWarps(exchange.sums[4], top);
        Exchange::addWarps(exchange.sums[5], others);
    }
};

// What turns the exponential e of a channel, and its slope d by the region scores, into dL/dz but for its own slope by
// the logarithm: e times the sum of factor times d - top, and minusMean.
struct PixelSlope {
    Real top;
    Real factor;
    Real minusMean;
    Real ofTop;  // of the channel with the largest probability, what slopes by logarithms make of dL/dz

    template <bool HAS_SCORES>
    SEG_MEMBER void find(const TruthSums<HAS_SCORES>& sums, const PixelShares& shares, const LogSlopes& logs,
                         Real weight, int v) {
        factor = weight * shares.inverse;
        top = 0;
        minusMean = -(factor * (logs.top[v] + logs.others[v]));
        ofTop = weight * fused(logs.top[v], shares.complement, -(shares.ofTop * shares.inverse * logs.others[v]));
        if (HAS_SCORES) {
            // Where several are the largest, no digits are lost, and the mean of their slopes is as good as any.
            top = sums.count[v] == 1 ? sums.ofTop[v] : sums.ofTop[v] * reciprocal(sums.count[v]);
            Real mean = -(factor * shares.inverse) * fused(-top, sums.others[v], sums.weighted[v]);
            // The largest probability is not near 1 times a sum that it cancels with.
            ofTop = fused(shares.ofTop, mean, ofTop);
            minusMean += mean;
        }
    }

    template <bool HAS_SCORES>
    SEG_MEMBER Real of(Real e, Real d) const {
        return e * (HAS_SCORES ? fused(factor, d - top, minusMean) : minusMean);
    }
};

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
            bool isTop = exponentialFrom(shares.shift, shares.z[i]) == shares.ofTop;
            logs.top[v] += isTop ? s[i] : 0;
            logs.others[v] += isTop ? 0 : s[i];
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
                slice.p[i][v] += i == label ? ofLabel : 0;
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
                bool isTop = oneHot.at[v] == sums.at[v];
                logs.top[v] = isTop ? ofLabel[v] : 0;
                logs.others[v] = isTop ? 0 : ofLabel[v];
            }
        }
        logs.join(exchange);
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
