#pragma once
// Pixels with many classes, of a known number. The warps of a block work on the same tile of pixels, a group for each
// lane, and each warp holds a slice of their channels in registers. So predictions are read only once. Warps exchange
// what a softmax needs from all channels through shared memory, with two barriers for a tile. Labels and weights are
// read and checked by one warp, another one for each tile.
#include "seg/pixel/activation.cuh"
#include "seg/pixel/staging.cuh"

#if SEG_SUMS == SEG_SLICES
namespace seg {

#define SEG_WARPS (SEG_MAX_THREADS / 32)
#define SEG_SLICE ((SEG_CLASSES + SEG_WARPS - 1) / SEG_WARPS)
// The same with padding, for numbers of which four are read at a time.
#define SEG_PADDED_SLICE ((SEG_SLICE + 3) / 4 * 4)

// What the warps tell one another about the pixels of a tile. Every member is written after one of the two barriers and
// read after the next one, so no third barrier is needed. Beside that, the slopes by the channels of each warp, for the
// gradient: from shared memory one instruction reads four of them, and registers are scarce.
struct Exchange {
    typedef Real OfPixels[32 * SEG_VECTOR];

    OfPixels max[SEG_WARPS];
    OfPixels others[SEG_WARPS];  // sum of exponentials without that of the true class
    OfPixels slope[SEG_WARPS];  // the same for exponentials times slopes
    OfPixels weight;
    OfPixels own;  // prediction of the true class
    OfPixels top;  // slope of the largest channel, where gradientOfSlices asks for it
    int label[32 * SEG_VECTOR];
    alignas(16) Real slopes[SEG_WARPS][SEG_PADDED_SLICE];
};

#define SEG_LOG2E ((Real) 1.44269504)
// From this size of the largest prediction on, its product with SEG_LOG2E is not precise enough for powers of two.
#define SEG_FAR ((Real) 1e5)

// 2^x.
SEG_DEVICE Real powerOfTwo(Real x) {
#ifdef __CUDACC__
    Real power;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(power) : "f"(x));
    return power;
#else
    return exp2f(x);
#endif
}

// Adds an exponential to a sum, and the same times a slope to another one, unless `mine` is I.
template <int I>
SEG_DEVICE void addUnless(int mine, Real e, Real slope, Real& sum, Real& sumOfSlopes) {
#ifdef __CUDACC__
    // The compilers would select zeros, by one instruction more.
    asm("{\n\t.reg .pred p;\n\t"
        "setp.ne.s32 p, %2, %3;\n\t"
        "@p add.f32 %0, %0, %4;\n\t"
        "@p fma.rn.f32 %1, %4, %5, %1;\n\t}"
        : "+f"(sum), "+f"(sumOfSlopes)
        : "r"(mine), "n"(I), "f"(e), "f"(slope));
#else
    sum += mine != I ? e : 0;
    sumOfSlopes += mine != I ? e * slope : 0;
#endif
}

// The group of this lane, with this warp's slice of its channels.
struct SlicedGroup {
    Group group;
    Real p[SEG_SLICE][SEG_VECTOR];  // predictions; with a softmax, later exponentials
    Real max[SEG_VECTOR];
    Real own[SEG_VECTOR];  // as in Exchange
    Real weight[SEG_VECTOR];
    int label[SEG_VECTOR];
    // For a softmax: the sum of exponentials without that of the true class, the exponential of the true class, and the
    // inverse of the sum of all.
    Real others[SEG_VECTOR];
    Real ofOwn[SEG_VECTOR];
    Real inverse[SEG_VECTOR];

    static SEG_MEMBER int channel(int i) { return warp() * SEG_SLICE + i; }

    // Whether there is such a channel. Only the last warps may lack some.
    static SEG_MEMBER bool exists(int i) {
        return (SEG_WARPS - 1) * SEG_SLICE + i < SEG_CLASSES || channel(i) < SEG_CLASSES;
    }

    // The index of a channel in this warp's slice, if it is in there. Channel -1 is in none.
    static SEG_MEMBER int place(int c) { return c - warp() * SEG_SLICE; }
    static SEG_MEMBER bool isMine(int c) { return (unsigned) place(c) < SEG_SLICE; }

    // The numbers of this lane's pixels in a member of Exchange.
    static SEG_MEMBER Pack<Real, SEG_VECTOR> ofLane(const Exchange::OfPixels& all) {
        return readPack<Real, SEG_VECTOR>(all + lane() * SEG_VECTOR);
    }

    static SEG_MEMBER void tell(Exchange::OfPixels& all, const Real (&numbers)[SEG_VECTOR]) {
        Pack<Real, SEG_VECTOR> pack;
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            pack.of[v] = numbers[v];
        }
        writePack(all + lane() * SEG_VECTOR, pack);
    }

    // Reads the predictions of the slice. Those of channels that do not exist are -infinity.
    SEG_MEMBER void readSlice(const Inputs& in, const Real* row) {
        const Tensor& t = in.predictions;
        i64 stride = SEG_LAYOUT == SEG_CHANNELS_LAST ? 1 : t.channelStride;
        i64 first = group.n * t.exampleStride + channel(0) * stride
                + group.first * (SEG_LAYOUT == SEG_CHANNELS_FIRST ? 1 : t.pixelStride);
        const unsigned char* at = (const unsigned char*) t.address + first * SEG_ELEMENT_BYTES;
        i64 step = opaque(stride * SEG_ELEMENT_BYTES);
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
#pragma unroll
            for (int v = 0; v < SEG_VECTOR; v++) {
                p[i][v] = floatOfBits(0xff800000u);
            }
        }
        if (SEG_VECTOR > 1 && group.isWhole()) {
#pragma unroll
            for (int i = 0; i < SEG_SLICE; i++) {
                if (exists(i)) {
                    readReals(at, 0, p[i]);
                }
                at += step;
            }
            return;
        }
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            const unsigned char* here = at;
            if (group.has(v)) {
#pragma unroll
                for (int i = 0; i < SEG_SLICE; i++) {
                    if (exists(i)) {
                        p[i][v] = SEG_STAGED ? row[channel(i)] : readReal(here, SEG_ELEMENT, v);
                    }
                    here += step;
                }
            }
        }
    }

    // Reads and checks labels and weights for all warps. Also reads the prediction of the true class, which `activate`
    // passes on.
    SEG_MEMBER void readTruths(const Inputs& in, const Real* row, Exchange& exchange) {
        Pixel pixels[SEG_VECTOR];
        group.readPixels(in, row, pixels);
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            int y = pixels[v].trueClass(in);
            own[v] = y >= 0 && pixels[v].weight != 0 ? pixels[v].prediction(in, y) : 0;
            exchange.weight[lane() * SEG_VECTOR + v] = pixels[v].weight;
            exchange.label[lane() * SEG_VECTOR + v] = y;
        }
    }

    // Reads the group, for those of its pixels that belong to the part; the others get the weight 0, and so do void
    // ones. The predictions of both are 0. `reader` is the warp that reads labels. All threads of the block must call
    // it.
    SEG_MEMBER void read(const Inputs& in, Real* rows, int reader, Exchange& exchange) {
        const Real* row = rows + lane() * SEG_PITCH;
        if (SEG_STAGED) {
            i64 first = group.first - lane();
            i64 at = group.n * in.predictions.exampleStride + first * in.predictions.pixelStride;
            bringRows(in.predictions, at, (int) smaller(group.to - first, (i64) 32), rows);
        }
        readSlice(in, row);
        if (warp() == reader) {
            readTruths(in, row, exchange);
        }
#pragma unroll
        for (int v = 0; v < SEG_VECTOR && SEG_ACTIVATION == SEG_SOFTMAX; v++) {
            max[v] = p[0][v];
#pragma unroll
            for (int i = 1; i < SEG_SLICE; i++) {
                max[v] = larger(max[v], p[i][v]);
            }
        }
        tell(exchange.max[warp()], max);
        __syncthreads();
        if (warp() == reader) {
            tell(exchange.own, own);
        }
        Pack<Real, SEG_VECTOR> weights = ofLane(exchange.weight);
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            weight[v] = weights.of[v];
            label[v] = exchange.label[lane() * SEG_VECTOR + v];
        }
#pragma unroll
        for (int w = 0; w < SEG_WARPS && SEG_ACTIVATION == SEG_SOFTMAX; w++) {
            Pack<Real, SEG_VECTOR> maxima = ofLane(exchange.max[w]);
#pragma unroll
            for (int v = 0; v < SEG_VECTOR; v++) {
                max[v] = w == 0 ? maxima.of[v] : larger(max[v], maxima.of[v]);
            }
        }
        // The NaN of a void pixel must reach nothing.
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            if (weight[v] == 0) {
                max[v] = 0;
#pragma unroll
                for (int i = 0; i < SEG_SLICE; i++) {
                    p[i][v] = 0;
                }
            }
        }
    }

    // Turns predictions I, I + 1, and so on into exponentials, and adds them to `others`. `four` are the slopes of the
    // channels from the last multiple of four on.
    template <int I, bool SEPARATE, bool SLOPES>
    SEG_MEMBER void exponentials(const Real (&minusTop)[SEG_VECTOR], const Real* slopes, Pack<Real, 4> four,
                                 Real (&sumsOfSlopes)[SEG_VECTOR]) {
        if constexpr (I < SEG_SLICE) {
            if constexpr (SLOPES && I % 4 == 0) {
                four = readPack<Real, 4>(slopes + I);
            }
#pragma unroll
            for (int v = 0; v < SEG_VECTOR; v++) {
                p[I][v] = powerOfTwo(fmaf(p[I][v], SEG_LOG2E, minusTop[v]));
                if constexpr (SLOPES) {
                    addUnless<I>(place(label[v]), p[I][v], four.of[I % 4], others[v], sumsOfSlopes[v]);
                } else {
                    others[v] += SEPARATE && place(label[v]) == I ? 0 : p[I][v];
                }
            }
            exponentials<I + 1, SEPARATE, SLOPES>(minusTop, slopes, four, sumsOfSlopes);
        }
    }

    // Makes exponentials for a softmax; does nothing to p for another activation. They have a factor in common, which
    // is not quite 1 divided by that of the largest channel: the rounding of its product with SEG_LOG2E. SEPARATE says
    // whether the sums are needed without the true class, which is then as exact as its complement. With SLOPES,
    // `sumsOfSlopes` become the sums of exponential times slope over all channels but the true one. All threads of the
    // block must call it.
    template <bool SEPARATE, bool SLOPES>
    SEG_MEMBER void activate(Exchange& exchange, Real (&sumsOfSlopes)[SEG_VECTOR]) {
        Real minusTop[SEG_VECTOR];
        bool isFar[SEG_VECTOR];
#pragma unroll
        for (int v = 0; v < SEG_VECTOR && SEG_ACTIVATION == SEG_SOFTMAX; v++) {
            minusTop[v] = max[v] * -SEG_LOG2E;
            // Predictions are then taken relative to the largest one before they are multiplied.
            isFar[v] = fabsf(max[v]) > SEG_FAR;
            if (isFar[v]) {
#pragma unroll
                for (int i = 0; i < SEG_SLICE; i++) {
                    p[i][v] -= max[v];
                }
                minusTop[v] = 0;
            }
            others[v] = 0;
            sumsOfSlopes[v] = 0;
        }
        if (SEG_ACTIVATION == SEG_SOFTMAX) {
            exponentials<0, SEPARATE, SLOPES>(minusTop, exchange.slopes[warp()], {}, sumsOfSlopes);
            tell(exchange.others[warp()], others);
            if (SLOPES) {
                tell(exchange.slope[warp()], sumsOfSlopes);
            }
        }
        __syncthreads();
        Pack<Real, SEG_VECTOR> owns = ofLane(exchange.own);
#pragma unroll
        for (int w = 0; w < SEG_WARPS && SEG_ACTIVATION == SEG_SOFTMAX; w++) {
            Pack<Real, SEG_VECTOR> ofWarp = ofLane(exchange.others[w]);
            Pack<Real, SEG_VECTOR> slopesOfWarp = SLOPES ? ofLane(exchange.slope[w]) : ofWarp;
#pragma unroll
            for (int v = 0; v < SEG_VECTOR; v++) {
                others[v] = w == 0 ? ofWarp.of[v] : others[v] + ofWarp.of[v];
                sumsOfSlopes[v] = w == 0 ? slopesOfWarp.of[v] : sumsOfSlopes[v] + slopesOfWarp.of[v];
            }
        }
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            own[v] = owns.of[v];
            inverse[v] = 1;
            if (SEG_ACTIVATION == SEG_SOFTMAX) {
                Real z = isFar[v] ? own[v] - max[v] : own[v];
                ofOwn[v] = label[v] < 0 ? 0 : powerOfTwo(fmaf(z, SEG_LOG2E, minusTop[v]));
                inverse[v] = 1 / (SEPARATE ? others[v] + ofOwn[v] : others[v]);
            }
        }
    }

    // The probability of the true class of pixel v. There must be one. Its complement is only exact if `activate` was
    // told to keep it SEPARATE.
    SEG_MEMBER Probability ownProbability(int v) const {
        if (SEG_ACTIVATION == SEG_SOFTMAX) {
            return {ofOwn[v] * inverse[v], others[v] * inverse[v]};
        }
        return SEG_ACTIVATION == SEG_SIGMOID ? sigmoid(own[v]) : Probability{own[v], 1 - own[v]};
    }

    // A pixel of the group, as losses see it.
    SEG_MEMBER Pixel pixel(int v) const {
        Pixel pixel = {};
        pixel.weight = weight[v];
        pixel.label = label[v];
        return pixel;
    }
};

}  // namespace seg
#endif
