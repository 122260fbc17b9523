#pragma once
// The sums over all channels of a pixel that slopes by predictions are made of, where the warps of a block share them,
// beside curves of the probabilities.
#include "seg/grad/gradient_dense_slice.cuh"
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
// with the largest probability, if this warp has it, and the sums of the others and of all.
struct LogSlopes {
    Real top[SEG_VECTOR];
    Real others[SEG_VECTOR];
    Real all[SEG_VECTOR];

    SEG_MEMBER LogSlopes() : top(), others(), all() {}

    SEG_MEMBER void add(int v, bool isTop, Real slope) {
        top[v] += isTop ? slope : 0;
        others[v] += isTop ? 0 : slope;
    }

    // Makes sums over all channels of those over the slices. That of the others is asked for where this warp has the
    // largest prediction of a pixel, and elsewhere it is not added up. All threads of the block must call it.
    SEG_MEMBER void join(Exchange& exchange, const int (&at)[SEG_VECTOR]) {
        bool hasTop = false;
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            all[v] = top[v] + others[v];
            hasTop = hasTop || at[v] != OneHotSlice::NONE;
        }
        Exchange::tell(exchange.sums[4][warp()], others);
        Exchange::tell(exchange.sums[5][warp()], all);
        __syncthreads();
        Exchange::addWarps(exchange.sums[5], all);
        if (hasTop) {
            Exchange::addWarps(exchange.sums[4], others);
        }
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
        minusMean = -(factor * logs.all[v]);
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

// Adds a number to that of channel i if it is channel `at`.
SEG_DEVICE void addWhere(int i, int at, Real number, Real& sum) {
#if SEG_IS_PREDICATED
    asm("{.reg .pred is;\nsetp.eq.s32 is, %1, %2;\n@is add.f32 %0, %0, %3;}"
        : "+f"(sum)
        : "r"(i), "r"(at), "f"(number));
#else
    sum += i == at ? number : 0;
#endif
}

}  // namespace seg
#endif
