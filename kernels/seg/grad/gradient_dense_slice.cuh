#pragma once
// The gradient of a tile of pixels with many classes and dense labels under a softmax, for losses that depend on the
// sums alone. As in DenseGradient, the slope d of the largest prediction is taken from all others, so that no digits
// are lost where it has nearly all of the probability. Which channel that is, only its warp knows. So warps exchange
// the sums of the other channels, and the mean is made of them: the sum of e (d - top) is that of e d less top times
// that of e.
#include "seg/grad/gradient_group.cuh"
#include "seg/grad/slice_output.cuh"
#include "seg/pixel/dense_slice.cuh"

#if SEG_HAS_DENSE_SLICES
namespace seg {

// Gives each warp the slopes of the region scores by its channels. A softmax does not feel a number that all of them
// have in common, so that of the first channel is taken from all: where scores see no difference between channels,
// nothing is left that sums of the slopes could lose digits to. All threads of the block must call it, after a barrier.
SEG_DEVICE void bringSlopesOfSlices(const Coefficients& table, double* shared) {
    Exchange& exchange = *(Exchange*) shared;
    for (int k = threadIdx.x; k < SEG_WARPS * SEG_PADDED_SLICE; k += blockDim.x) {
        int w = k / SEG_PADDED_SLICE;
        int i = k % SEG_PADDED_SLICE;
        int c = w * SEG_SLICE + i;
        bool exists = i < SEG_SLICE && c < SEG_CLASSES;
        exchange.a[w][i] = exists ? table.a(c) : 0;
        exchange.b[w][i] = exists ? table.b(c) - table.b(0) : 0;
    }
}

// Sums over the channels of a pixel, apart for those that have its largest prediction.
struct TopAndOthers {
    Real count[SEG_VECTOR];  // channels with the largest prediction
    Real ofTop[SEG_VECTOR];  // their slopes
    Real others[SEG_VECTOR];  // exponentials of all others
    Real weighted[SEG_VECTOR];  // the same times their slopes

    // Adds a channel of pixel v with prediction z, exponential e and slope d.
    SEG_MEMBER void add(int v, Real z, Real max, Real e, Real d) {
#if SEG_IS_PREDICATED
        asm("{.reg .pred top;\nsetp.eq.f32 top, %4, %5;\n@top add.f32 %0, %0, 0f3F800000;\n@top add.f32 %1, %1, %7;\n"
            "@!top add.f32 %2, %2, %6;\n@!top fma.rn.f32 %3, %6, %7, %3;}"
            : "+f"(count[v]), "+f"(ofTop[v]), "+f"(others[v]), "+f"(weighted[v])
            : "f"(z), "f"(max), "f"(e), "f"(d));
#else
        bool top = z == max;
        count[v] += top ? 1 : 0;
        ofTop[v] += top ? d : 0;
        others[v] += top ? 0 : e;
        weighted[v] = top ? weighted[v] : fused(e, d, weighted[v]);
#endif
    }

    // Makes sums over all channels of those over the slices. All threads of the block must call it.
    SEG_MEMBER void join(Exchange& exchange) {
        Exchange::tell(exchange.sums[0][warp()], count);
        Exchange::tell(exchange.sums[1][warp()], ofTop);
        Exchange::tell(exchange.sums[2][warp()], others);
        Exchange::tell(exchange.sums[3][warp()], weighted);
        __syncthreads();
        Exchange::addWarps(exchange.sums[0], count);
        Exchange::addWarps(exchange.sums[1], ofTop);
        Exchange::addWarps(exchange.sums[2], others);
        Exchange::addWarps(exchange.sums[3], weighted);
    }
};

// Turns predictions into dL/dz. All threads of the block must call it.
SEG_DEVICE void slopesOfDenseSlice(DenseSlice& slice, Exchange& exchange) {
    TopAndOthers sums = {};
    Pack<Real, 4> a;
    Pack<Real, 4> b;
#pragma unroll
    for (int i = 0; i < SEG_SLICE; i++) {
        if (i % 4 == 0) {
            a = readPack<Real, 4>(exchange.a[warp()] + i);
            b = readPack<Real, 4>(exchange.b[warp()] + i);
        }
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            Real& d = slice.truths[i][v];
            d = fused(a.of[i % 4], d, b.of[i % 4]);
            Real z = slice.p[i][v];
            slice.p[i][v] = exponentialFrom(slice.shift[v], z);
            sums.add(v, z, slice.max[v], slice.p[i][v], d);
        }
    }
    sums.join(exchange);
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        // Where several are the largest, no digits are lost, and the mean of their slopes is as good as any of them.
        Real top = sums.count[v] == 1 ? sums.ofTop[v] : sums.ofTop[v] * reciprocal(sums.count[v]);
        Real inverse = reciprocal(sums.others[v] + sums.count[v] * exponentialFrom(slice.shift[v], slice.max[v]));
        Real factor = slice.weight[v] * inverse;
        Real minusMean = -(factor * inverse) * fused(-top, sums.others[v], sums.weighted[v]);
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            slice.p[i][v] *= fused(factor, slice.truths[i][v] - top, minusMean);
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

// Reads the group of this lane in the tile that begins at pixel `tile` of example n, for those of its pixels that are
// in [from, to). All threads of the block must call it.
SEG_DEVICE void readDenseSlice(const Inputs& in, const ExamplePlaces& places, i64 n, i64 tile, i64 from, i64 to,
                               Exchange& exchange, DenseSlice& slice) {
    slice.group = {n, tile + lane() * SEG_VECTOR, from, to};
    slice.read(in, places.slice, tile, (Real*) (&exchange + 1), exchange);
    if (in.state != nullptr) {
        slice.check(in, places.slice, tile);
    }
}

// Writes the gradient of a group. All threads of the block must call it.
SEG_DEVICE void putDenseSlice(const Tensor& out, const ExamplePlaces& places, const DenseSlice& slice,
                              Exchange& exchange) {
    Real* rows = (Real*) (&exchange + 1);
    bool byRows = SEG_STAGED && out.channelStride == 1;
    if (SEG_VECTOR == 1 && !SEG_STAGED && out.type == SEG_ELEMENT) {
        writeSliceOfOne(out, places, slice);
        return;
    }
    putSlice(out, places, slice, byRows, byRows ? rows + lane() * SEG_PITCH : nullptr);
    if (byRows) {
        writeRowsOfSlices(out, slice.group, rows);
    }
}

#if !SEG_HAS_SLICED_TRUTHS
// Writes the gradient of a tile, as readDenseSlice reads it. All threads of the block must call it.
SEG_DEVICE void gradientOfSlices(const Slopes& slopes, const ExamplePlaces& places, i64 n, i64 tile, i64 from, i64 to,
                                 Exchange& exchange) {
    DenseSlice slice;
    readDenseSlice(slopes.args.in, places, n, tile, from, to, exchange, slice);
    slopesOfDenseSlice(slice, exchange);
    putDenseSlice(slopes.args.gradient, places, slice, exchange);
}
#endif

}  // namespace seg
#endif
