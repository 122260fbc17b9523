#pragma once
// The gradient of a tile of pixels with many classes. All warps of a block compute it together, a slice of the channels
// each.
#include "seg/grad/gradient.cuh"
#include "seg/pixel/sliced_group.cuh"

namespace seg {

// Gives each warp the slopes of the region scores by its channels, for pixels of weight 1. All threads of the block
// must call it, after a barrier.
SEG_DEVICE void bringSlopesOfSlices(const Coefficients& table, double* shared) {
#if SEG_SUMS == SEG_SLICES
    for (int k = threadIdx.x; k < SEG_WARPS * SEG_PADDED_SLICE; k += blockDim.x) {
        int w = k / SEG_PADDED_SLICE;
        int i = k % SEG_PADDED_SLICE;
        int c = w * SEG_SLICE + i;
        ((Exchange*) shared)->slopes[w][i] = i < SEG_SLICE && c < SEG_CLASSES ? table.b(c) : 0;
    }
#endif
}

#if SEG_SUMS == SEG_SLICES
// The sum of exponentials, relative to the largest one, below which the largest channel has so much of the probability
// that its slope is computed from the other channels: its deviation from the mean would lose digits by cancellation.
#define SEG_SATURATED ((Real) 1.0625)

// dL/dz of one element that gradientOfSlices computes apart, for each pixel of a group: its channel, or -1.
struct ApartSlope {
    int channel[SEG_VECTOR];
    Real dz[SEG_VECTOR];
};

// Finds the pixels of a tile of which a channel that is not the true one has nearly all of the probability, and the
// slope of that channel: with its d taken from all, its p times d vanishes from the mean. `own` is what only the true
// class adds to its d. All threads of the block must call it, and `saturated` is the same in all warps.
SEG_DEVICE void slopeOfTop(const SlicedGroup& sliced, const bool (&saturated)[SEG_VECTOR],
                           const Real (&own)[SEG_VECTOR], Exchange& exchange, ApartSlope& apart) {
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        apart.channel[v] = -1;
        apart.dz[v] = 0;
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            if (saturated[v] && sliced.p[i][v] > (Real) 0.5) {
                apart.channel[v] = SlicedGroup::channel(i);
                apart.dz[v] = sliced.p[i][v];
                exchange.top[lane() * SEG_VECTOR + v] = exchange.slopes[warp()][i];
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
            deviation[v] += sliced.p[i][v] * (exchange.slopes[warp()][i] - top[v]);
        }
    }
    SlicedGroup::tell(exchange.slope[warp()], deviation);
    __syncthreads();
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        deviation[v] = 0;
#pragma unroll
        for (int w = 0; w < SEG_WARPS; w++) {
            deviation[v] += exchange.slope[w][lane() * SEG_VECTOR + v];
        }
        Real inverse = sliced.inverse[v];
        apart.dz[v] *= -inverse * (inverse * (sliced.weight[v] * deviation[v] + sliced.ofOwn[v] * own[v]));
    }
}

// Writes the gradient of the group, or the channels of this lane's pixel over those in shared memory if `row` is not
// null. Callers pass a constant type where they know it.
SEG_DEVICE void writeSlice(const Tensor& out, int type, const SlicedGroup& sliced, Real* row) {
    const Group& group = sliced.group;
    i64 step = opaque(out.channelStride);
    i64 first = group.n * out.exampleStride + group.first * out.pixelStride + SlicedGroup::channel(0) * step;
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        i64 at = first + v * opaque(out.pixelStride);
        if (group.has(v)) {
#pragma unroll
            for (int i = 0; i < SEG_SLICE; i++) {
                if (SlicedGroup::exists(i)) {
                    if (row != nullptr) {
                        row[SlicedGroup::channel(i)] = sliced.p[i][v];
                    } else {
                        writeReal(out.address, type, at, sliced.p[i][v]);
                    }
                }
                at += step;
            }
        }
    }
}

// Writes the gradient of a whole group by one store for each channel, where that is possible. Returns whether it is.
SEG_DEVICE bool writeWideSlice(const Tensor& out, const SlicedGroup& sliced) {
#if SEG_VECTOR > 1
    const Group& group = sliced.group;
    i64 first = group.n * out.exampleStride + group.first + SlicedGroup::channel(0) * out.channelStride;
    unsigned char* at = (unsigned char*) out.address + first * SEG_ELEMENT_BYTES;
    i64 step = opaque(out.channelStride * SEG_ELEMENT_BYTES);
    const i64 size = SEG_VECTOR * SEG_ELEMENT_BYTES;
    if (out.type == SEG_ELEMENT && out.pixelStride == 1 && (((u64) at | (u64) step) & (size - 1)) == 0
        && group.isWhole()) {
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            if (SlicedGroup::exists(i)) {
                writeReals(at, 0, sliced.p[i]);
            }
            at += step;
        }
        return true;
    }
#endif
    return false;
}

// Writes the elements that were computed apart and belong to this warp, over what the same thread wrote before.
SEG_DEVICE void writeApart(const Tensor& out, const SlicedGroup& sliced, const ApartSlope& apart, Real* row) {
    const Group& group = sliced.group;
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        int c = apart.channel[v];
        if (SlicedGroup::isMine(c)) {
            if (row != nullptr) {
                row[c] = apart.dz[v];
            } else {
                i64 at = group.n * out.exampleStride + (group.first + v) * out.pixelStride;
                writeReal(out.address, (int) out.type, at + c * out.channelStride, apart.dz[v]);
            }
        }
    }
}

// Turns exponentials or predictions into dL/dz of every channel, as if none of them were the true class but for what
// that contributes to the mean. dL/dz of the true class comes to `truth`. Returns whether a pixel of the tile has a
// saturated channel that is not the true one; its dL/dz then comes to `top`.
SEG_DEVICE bool slopesOfSlice(const Slopes& slopes, SlicedGroup& sliced, Exchange& exchange, ApartSlope& truth,
                              ApartSlope& top) {
    Real sums[SEG_VECTOR];
    sliced.activate<true, true>(exchange, sums);
    Real own[SEG_VECTOR];
    bool saturated[SEG_VECTOR];
    bool any = false;
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        int y = sliced.label[v];
        Real weight = sliced.weight[v];
        bool isTrue = y >= 0 && weight != 0;
        truth.channel[v] = isTrue ? y : -1;
        own[v] = 0;
        Real d = 0;
        Probability u = {0, 0};
        if (isTrue) {
            u = sliced.ownProbability(v);
            own[v] = weight * slopes.table.a(y);
            own[v] += SEG_TERMS == SEG_NO_TERMS ? 0 : slopes.ofOwnTerms(sliced.pixel(v), y, u);
            d = weight * slopes.table.b(y) + own[v];
        }
        if (SEG_ACTIVATION == SEG_SOFTMAX) {
            sums[v] *= weight * sliced.inverse[v];
            truth.dz[v] = u.p * (u.complement * d - sums[v]);
            sums[v] += u.p * d;
            saturated[v] = sliced.ofOwn[v] < (Real) 0.5 && sliced.others[v] + sliced.ofOwn[v] < SEG_SATURATED;
            any = any || saturated[v];
        } else {
            truth.dz[v] = throughActivation(sliced.pixel(v), {}, d, u, false, 0);
        }
    }
    bool anySaturated = SEG_ACTIVATION == SEG_SOFTMAX && anyOfWarp(any);
    if (anySaturated) {
        slopeOfTop(sliced, saturated, own, exchange, top);
    }
    Real factor[SEG_VECTOR];
    Real minusMean[SEG_VECTOR];
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        factor[v] = sliced.weight[v] * sliced.inverse[v];
        minusMean[v] = SEG_ACTIVATION == SEG_SOFTMAX ? -sums[v] * sliced.inverse[v] : 0;
    }
    Pack<Real, 4> four;
#pragma unroll
    for (int i = 0; i < SEG_SLICE; i++) {
        if (i % 4 == 0) {
            four = readPack<Real, 4>(exchange.slopes[warp()] + i);
        }
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            Real d = fmaf(factor[v], four.of[i % 4], minusMean[v]);
            Real& p = sliced.p[i][v];
            p = SEG_ACTIVATION == SEG_SOFTMAX ? p * d : throughActivation({}, {}, d, sigmoid(p), false, 0);
        }
    }
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        if (sliced.weight[v] == 0) {
#pragma unroll
            for (int i = 0; i < SEG_SLICE; i++) {
                sliced.p[i][v] = 0;
            }
        }
    }
    return anySaturated;
}

// Writes the gradient of the tile that begins at pixel `tile` of example n, for those of its pixels that are in
// [from, to). All threads of the block must call it.
SEG_DEVICE void gradientOfSlices(const Slopes& slopes, i64 n, i64 tile, i64 from, i64 to, Exchange& exchange) {
    int reader = (int) ((u64) (to - tile) / (32 * SEG_VECTOR) % SEG_WARPS);
    const Tensor& out = slopes.args.gradient;
    Real* rows = (Real*) (&exchange + 1);
    SlicedGroup sliced;
    ApartSlope truth;
    ApartSlope top = {};
    sliced.group = {n, tile + lane() * SEG_VECTOR, from, to};
    sliced.read(slopes.args.in, rows, reader, exchange);
    bool anySaturated = slopesOfSlice(slopes, sliced, exchange, truth, top);
    bool byRows = SEG_STAGED && out.channelStride == 1;
    Real* row = byRows ? rows + lane() * SEG_PITCH : nullptr;
    if (byRows) {
        writeSlice(out, SEG_ELEMENT, sliced, row);
    } else if (!writeWideSlice(out, sliced)) {
        if (out.type == SEG_ELEMENT) {
            writeSlice(out, SEG_ELEMENT, sliced, nullptr);
        } else {
            writeSlice(out, (int) out.type, sliced, nullptr);
        }
    }
    writeApart(out, sliced, truth, row);
    if (anySaturated) {
        writeApart(out, sliced, top, row);
    }
    if (byRows) {
        writeRows(out, n * out.exampleStride + tile * out.pixelStride, (int) smaller(to - tile, (i64) 32), rows);
    }
}
#endif

}  // namespace seg
