#pragma once
// The gradient of a tile of pixels with many classes. All warps of a block compute it together, a slice of the channels
// each.
#include "seg/grad/gradient_group.cuh"
#include "seg/grad/gradient_softmax.cuh"
#include "seg/grad/slice_output.cuh"
#include "seg/pixel/sliced_group.cuh"

namespace seg {

#if !SEG_HAS_DENSE_SLICES
// Gives each warp the slopes of the region scores by its channels, for pixels of weight 1. All threads of the block
// must call it, after a barrier.
SEG_DEVICE void bringSlopesOfSlices(const Coefficients& table, double* shared) {
#if SEG_HAS_INDEX_SLICES
    for (int k = threadIdx.x; k < SEG_WARPS * SEG_PADDED_SLICE; k += blockDim.x) {
        int w = k / SEG_PADDED_SLICE;
        int i = k % SEG_PADDED_SLICE;
        int c = w * SEG_SLICE + i;
        ((Exchange*) shared)->slopes[w][i] = i < SEG_SLICE && c < SEG_CLASSES ? table.b(c) : 0;
#if SEG_SQUARES
        ((Exchange*) shared)->squares[w][i] = i < SEG_SLICE && c < SEG_CLASSES ? table.ofSquare(c) : 0;
#endif
    }
#endif
}
#endif

#if SEG_HAS_INDEX_SLICES
#if SEG_SQUARES
// dL/dp of channel i of this warp for pixel v of weight 1, of the region scores, as if it were not the true class: b,
// and what the squares add. Of a softmax, p are exponentials.
SEG_DEVICE Real slopeOfScores(const SlicedGroup& sliced, int i, int v, Real b, Real square) {
    Real p = sliced.p[i][v];
    Real u = SEG_ACTIVATION == SEG_SOFTMAX ? p * sliced.inverse[v] : SEG_ACTIVATION == SEG_SIGMOID ? sigmoid(p).p : p;
    return fused(square, u, b);
}
#endif

#if SEG_HAS_EXACT_SLICES
// The slope of pixel losses by log u, where u is the probability of the true class of pixel v, if its weight were 1.
SEG_DEVICE Real slopeByOwnLog(const Slopes& slopes, const SlicedGroup& sliced, int v) {
    int y = sliced.label[v];
    Real slope = slopes.table.entropies[y];
    // Beside smoothing there are no other curves.
    if (!SEG_HAS_SMOOTHED_SLICES && !slopes.table.families.areEntropies()) {
        Probability u = sliced.ownProbability(v);
        slope += slopeByLogAt(slopes, y, {u.p, u.complement, sliced.ownLogarithm(v)});
    }
    return slope;
}
#endif

// Finds the pixels of a tile of which a channel that is not the true one has nearly all of the probability, and the
// slope of that channel: with its d taken from all, its p times d vanishes from the mean. `d` is that of the true
// class; if curves are exact, it leaves out pixel losses, whose slope by log u is `byLog`. All threads of the block
// must call it, and `saturated` is the same in all warps.
SEG_DEVICE void slopeOfTop(const Coefficients& table, const SlicedGroup& sliced, const bool (&saturated)[SEG_VECTOR],
                           const Real (&d)[SEG_VECTOR],
#if SEG_HAS_EXACT_SLICES
                           const Real (&byLog)[SEG_VECTOR],
#endif
                           Exchange& exchange, ApartSlope& apart) {
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        apart.channel[v] = SEG_CLASSES;
        apart.dz[v] = 0;
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            if (saturated[v] && sliced.p[i][v] > (Real) 0.5) {
                apart.channel[v] = SlicedGroup::channel(i);
                apart.dz[v] = sliced.p[i][v];
#if SEG_SQUARES
                exchange.top[lane() * SEG_VECTOR + v] =
                        slopeOfScores(sliced, i, v, exchange.slopes[warp()][i], exchange.square(i));
#else
                exchange.top[lane() * SEG_VECTOR + v] = exchange.slopes[warp()][i];
#endif
            }
        }
    }
    __syncthreads();
    Real top[SEG_VECTOR];
    Real deviation[SEG_VECTOR];
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        top[v] = saturated[v] ? exchange.top[lane() * SEG_VECTOR + v] : 0;
        deviation[v] = 0;
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
#if SEG_SQUARES
            deviation[v] += sliced.p[i][v]
                    * (slopeOfScores(sliced, i, v, exchange.slopes[warp()][i], exchange.square(i)) - top[v]);
#else
            deviation[v] += sliced.p[i][v] * (exchange.slopes[warp()][i] - top[v]);
#endif
        }
    }
    Exchange::tell(exchange.sums[warp()], deviation);
    __syncthreads();
    Exchange::addWarps(exchange.sums, deviation);
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        int y = sliced.label[v];
        if (y < SEG_CLASSES) {
#if SEG_SQUARES
            deviation[v] += sliced.ofOwn[v] * (d[v] - fused(table.ofSquare(y), sliced.ownProbability(v).p, table.b(y)));
#else
            deviation[v] += sliced.ofOwn[v] * (d[v] - table.b(y));
#endif
#if SEG_HAS_EXACT_SLICES
            deviation[v] += byLog[v] * (sliced.others[v] + sliced.ofOwn[v]);
#endif
        }
        apart.dz[v] *= -sliced.weight[v] * sliced.inverse[v] * (sliced.inverse[v] * deviation[v]);
    }
}

// What slopesOfSlice calls where there is nothing but a gradient.
struct NoSliceLosses {
    SEG_MEMBER void addLogits(const SlicedGroup&, const Real (&)[SEG_VECTOR]) const {}
    SEG_MEMBER void addExponentials(const SlicedGroup&) const {}
};

// Turns exponentials or predictions into dL/dz of every channel, as if none of them were the true class but for what
// that contributes to the mean. dL/dz of the true class comes to `truth`. Returns whether a pixel of the tile has a
// saturated channel that is not the true one; its dL/dz then comes to `top`.
// `losses` see logits, and then exponentials.
template <typename Losses>
SEG_DEVICE bool slopesOfSlice(const Slopes& slopes, SlicedGroup& sliced, Exchange& exchange, ApartSlope& truth,
                              ApartSlope& top, const Losses& losses) {
    Real sums[SEG_VECTOR];
    sliced.activate<true, true>(exchange, sums,
                                [&](const Real(&shift)[SEG_VECTOR]) { losses.addLogits(sliced, shift); });
    losses.addExponentials(sliced);
    Real d[SEG_VECTOR];
#if SEG_HAS_EXACT_SLICES
    Real byLog[SEG_VECTOR];
#endif
    Real factor[SEG_VECTOR];
    Real minusMean[SEG_VECTOR];
    bool saturated[SEG_VECTOR];
    bool any = false;
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        int y = sliced.label[v];
        Real weight = sliced.weight[v];
        Probability u = sliced.ownProbability(v);
        d[v] = slopes.table.ofLabel(y);
#if SEG_SQUARES
        d[v] = fused(slopes.table.ofSquare(y), u.p, d[v]);
#endif
#if SEG_HAS_EXACT_SLICES
        byLog[v] = slopeByOwnLog(slopes, sliced, v);
#else
        if (SEG_TERMS != SEG_NO_TERMS && y < SEG_CLASSES) {
            Pixel pixel = {};
            pixel.weight = 1;
            d[v] += slopes.ofOwnTerms(pixel, y, u);
        }
#endif
        truth.channel[v] = y;
        factor[v] = weight * sliced.inverse[v];
        if (SEG_ACTIVATION == SEG_SOFTMAX) {
            Real rest = sums[v] * sliced.inverse[v];
#if SEG_SQUARES
            rest = fused(sliced.ofSquares[v] * sliced.inverse[v], sliced.inverse[v], rest);
#endif
#if SEG_HAS_SMOOTHED_SLICES
            Real ofOthers = slopes.table.smoothingOfOthers(y);
            rest += ofOthers;
#endif
#if SEG_HAS_EXACT_SLICES
            Real ofLabel = fused(u.p, d[v], byLog[v]);
            truth.dz[v] = weight * fused(u.complement, ofLabel, -(u.p * rest));
            minusMean[v] = -factor[v] * (ofLabel + rest);
#if SEG_HAS_SMOOTHED_SLICES
            byLog[v] += ofOthers;
#endif
#else
            truth.dz[v] = weight * u.p * fused(u.complement, d[v], -rest);
            minusMean[v] = -factor[v] * fused(u.p, d[v], rest);
#endif
            // All exponentials are relative to the largest one, which is nearly 1.
            saturated[v] = sliced.ofOwn[v] < (Real) 0.5 && sliced.others[v] + sliced.ofOwn[v] < 1 / SEG_WRONG_SHARE;
            any = any || saturated[v];
        } else {
            truth.dz[v] = throughActivation({}, {}, weight * d[v], u, false, 0);
            minusMean[v] = 0;
        }
    }
    bool anySaturated = SEG_ACTIVATION == SEG_SOFTMAX && anyOfWarp(any);
    if (anySaturated) {
#if SEG_HAS_EXACT_SLICES
        slopeOfTop(slopes.table, sliced, saturated, d, byLog, exchange, top);
#if SEG_HAS_SMOOTHED_SLICES
        for (int v = 0; v < SEG_VECTOR; v++) {
            if (sliced.isMine(top.channel[v])) {
                top.dz[v] += sliced.weight[v] * slopes.table.smoothing[PaddedClasses::of(top.channel[v])];
            }
        }
#endif
#else
        slopeOfTop(slopes.table, sliced, saturated, d, exchange, top);
#endif
    }
    Pack<Real, 4> four;
#if SEG_HAS_SMOOTHED_SLICES
    Pack<Real, 4> smoothing;
#endif
#pragma unroll
    for (int i = 0; i < SEG_SLICE; i++) {
        if (i % 4 == 0) {
            four = readPack<Real, 4>(exchange.slopes[warp()] + i);
#if SEG_HAS_SMOOTHED_SLICES
            smoothing = readPack<Real, 4>(slopes.table.smoothing + warp() * SEG_PADDED_SLICE + i);
#endif
#if SEG_SQUARES
            sliced.fourOfSquares = readPack<Real, 4>(exchange.squares[warp()] + i);
#endif
        }
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
#if SEG_SQUARES
            Real slope = fused(factor[v], slopeOfScores(sliced, i, v, four.of[i % 4], sliced.square(i)), minusMean[v]);
#else
            Real slope = fused(factor[v], four.of[i % 4], minusMean[v]);
#endif
            Real& p = sliced.p[i][v];
#if SEG_HAS_SMOOTHED_SLICES
            p = fused(p, slope, sliced.weight[v] * smoothing.of[i % 4]);
            continue;
#endif
            p = SEG_ACTIVATION == SEG_SOFTMAX ? p * slope : throughActivation({}, {}, slope, sigmoid(p), false, 0);
        }
    }
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        if (sliced.weight[v] == 0) {
            seldom();
#pragma unroll
            for (int i = 0; i < SEG_SLICE; i++) {
                sliced.p[i][v] = 0;
            }
        }
    }
    return anySaturated;
}

// Reads the tile that begins at pixel `tile` of example n, for those of its pixels that are in [from, to). Returns the
// warp that has read labels. All threads of the block must call it.
SEG_DEVICE int readSlices(const Inputs& in, i64 n, i64 tile, i64 from, i64 to, SlicedGroup& sliced,
                          Exchange& exchange) {
    int reader = (int) ((unsigned) (to - tile) / (32 * SEG_VECTOR) % SEG_WARPS);
    sliced.group = {n, tile + lane() * SEG_VECTOR, from, to};
    sliced.read(in, (Real*) (&exchange + 1), reader, exchange);
    return reader;
}

// Writes the gradient of the tile that begins at pixel `tile` of example n, for those of its pixels that are in
// [from, to). All threads of the block must call it.
SEG_DEVICE void gradientOfSlices(const Slopes& slopes, const ExamplePlaces& places, i64 n, i64 tile, i64 from, i64 to,
                                 Exchange& exchange) {
    SlicedGroup sliced;
    ApartSlope truth;
    ApartSlope top = {};
    readSlices(slopes.args.in, n, tile, from, to, sliced, exchange);
    bool anySaturated = slopesOfSlice(slopes, sliced, exchange, truth, top, NoSliceLosses());
    putSlices(slopes.args.gradient, places, sliced, exchange, truth, top, anySaturated);
}
#endif

}  // namespace seg
