#pragma once
// Pixels with many classes, of a known number. The warps of a block work on the same tile of pixels, a group for each
// lane, and each warp holds a slice of their channels in registers. So predictions are read only once. Warps exchange
// what a softmax needs from all channels through shared memory, with two barriers for a tile. Labels and weights are
// read and checked by one warp, another one for each tile.
#include "seg/base/logarithm.cuh"
#include "seg/pixel/activation.cuh"
#include "seg/pixel/channel_slice.cuh"
#include "seg/pixel/exchange.cuh"
#include "seg/pixel/exponential.cuh"
#include "seg/pixel/staging.cuh"

#if SEG_HAS_INDEX_SLICES
namespace seg {

// What looks at no logits.
struct NoLook {
    SEG_MEMBER void operator()(const Real (&)[SEG_VECTOR]) const {}
};

// The group of this lane, with this warp's slice of its channels.
struct SlicedGroup : ChannelSlice {
    int begin;  // channel(0)
    Real max[SEG_VECTOR];
    Real own[SEG_VECTOR];  // as in Exchange; if curves are exact, later the power of two that its exponential is
    Real weight[SEG_VECTOR];
    int label[SEG_VECTOR];  // true class, SEG_CLASSES if there is none
    // For a softmax: the sum of exponentials without that of the true class, the exponential of the true class, and the
    // inverse of the sum of all.
    Real others[SEG_VECTOR];
    Real ofOwn[SEG_VECTOR];
    Real inverse[SEG_VECTOR];
#if SEG_SQUARES
    // The sum of squared exponentials, times what dL/dp has times p, over all channels but the true one.
    Real ofSquares[SEG_VECTOR];
    Pack<Real, 4> fourOfSquares;  // these numbers for the channels from the last multiple of four on

    SEG_MEMBER Real square(int i) const { return fourOfSquares.of[i % 4]; }
#endif

    // The index of a channel in this warp's slice, if it is in there.
    SEG_MEMBER int place(int c) const { return c - begin; }
    SEG_MEMBER bool isMine(int c) const { return c < SEG_CLASSES && (unsigned) place(c) < SEG_SLICE; }

    // Reads and checks labels and weights for all warps. Also reads the prediction of the true class, which `activate`
    // passes on.
    SEG_MEMBER void readTruths(const Inputs& in, const Real* row, Exchange& exchange) {
        // One pixel after the other, since all predictions are on their way to registers now.
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            Pixel pixel = {};
            pixel.row = row;
            if (group.has(v)) {
                pixel.load(in, group.n, group.first + v);
            }
            int y = pixel.weight == 0 ? -1 : pixel.trueClass(in);
            y = y < 0 ? SEG_CLASSES : y;
            own[v] = SEG_ACTIVATION == SEG_IDENTITY ? 0 : floatOfBits(0xff800000u);
            if (y < SEG_CLASSES) {
                own[v] = pixel.prediction(in, y);
            }
            exchange.weight[lane() * SEG_VECTOR + v] = pixel.weight;
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
        begin = (int) kept((i64) channel(0));
        readSlice(in, row);
        if (warp() == reader) {
            readTruths(in, row, exchange);
        }
        if (SEG_ACTIVATION == SEG_SOFTMAX || SEG_COUNTS) {
            findMaxima(max);
        }
        Exchange::tell(exchange.max[warp()], max);
        __syncthreads();
        if (warp() == reader) {
            Exchange::tell(exchange.own, own);
        }
        Pack<Real, SEG_VECTOR> weights = Exchange::ofLane(exchange.weight);
        Pack<int, SEG_VECTOR> labels = readPack<int, SEG_VECTOR>(exchange.label + lane() * SEG_VECTOR);
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            weight[v] = weights.of[v];
            label[v] = labels.of[v];
        }
        if (SEG_ACTIVATION == SEG_SOFTMAX || SEG_COUNTS) {
            Exchange::largestOfWarps(exchange.max, max);
        }
#if SEG_COUNTS
        findBest(exchange);
#endif
        // The NaN of a void pixel must reach nothing.
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            if (weight[v] == 0) {
                seldom();
                max[v] = 0;
#pragma unroll
                for (int i = 0; i < SEG_SLICE; i++) {
                    p[i][v] = 0;
                }
            }
        }
    }

#if SEG_COUNTS
    // Tells which channel of the slice has the largest prediction.
    SEG_MEMBER void findBest(Exchange& exchange) const {
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            int best = SEG_CLASSES;
            bool areNumbers = true;
#pragma unroll
            for (int i = SEG_SLICE - 1; i >= 0; i--) {
                best = p[i][v] == max[v] ? i : best;
                areNumbers = areNumbers && p[i][v] <= max[v];
            }
            exchange.best[warp()][lane() * SEG_VECTOR + v] = areNumbers ? begin + best : Exchange::NO_BEST;
        }
    }
#endif

    // Turns predictions I, I + 1, and so on into exponentials, and adds them to `others`. `four` are the slopes of the
    // channels from the last multiple of four on.
    template <int I, bool SEPARATE, bool SLOPES>
    SEG_MEMBER void exponentials(const Real (&shift)[SEG_VECTOR], const Real* slopes, Pack<Real, 4> four,
                                 Real (&sumsOfSlopes)[SEG_VECTOR]) {
        if constexpr (I < SEG_SLICE) {
            if constexpr (SLOPES && I % 4 == 0) {
                four = readPack<Real, 4>(slopes + I);
#if SEG_SQUARES
                fourOfSquares = readPack<Real, 4>(slopes + SEG_WARPS * SEG_PADDED_SLICE + I);
#endif
            }
#pragma unroll
            for (int v = 0; v < SEG_VECTOR; v++) {
                p[I][v] = exponentialFrom(shift[v], p[I][v]);
                if constexpr (SLOPES) {
#if SEG_SQUARES
                    addUnless<I>(place(label[v]), p[I][v], four.of[I % 4], p[I][v] * fourOfSquares.of[I % 4], others[v],
                                 sumsOfSlopes[v], ofSquares[v]);
#else
                    addUnless<I>(place(label[v]), p[I][v], four.of[I % 4], others[v], sumsOfSlopes[v]);
#endif
                } else {
                    others[v] += SEPARATE && place(label[v]) == I ? 0 : p[I][v];
                }
            }
            exponentials<I + 1, SEPARATE, SLOPES>(shift, slopes, four, sumsOfSlopes);
        }
    }

    // Makes exponentials for a softmax, see exponentialFrom; does nothing to p for another activation. SEPARATE says
    // whether the sums are needed without the true class, whose complement is then as exact as its probability. With
    // SLOPES, `sumsOfSlopes` become the sums of exponential times slope over all channels but the true one. `look`
    // sees the shifts while p are logits. All threads of the block must call it.
    template <bool SEPARATE, bool SLOPES, typename Look = NoLook>
    SEG_MEMBER void activate(Exchange& exchange, Real (&sumsOfSlopes)[SEG_VECTOR], const Look& look = {}) {
        Real shift[SEG_VECTOR];
        Real subtracted[SEG_VECTOR];  // before logits are scaled, where they are large
#pragma unroll
        for (int v = 0; v < SEG_VECTOR && SEG_ACTIVATION == SEG_SOFTMAX; v++) {
            subtracted[v] = 0;
            if (absolute(max[v]) >= SEG_LARGE_LOGIT) {
                seldom();
                subtracted[v] = max[v];
#pragma unroll
                for (int i = 0; i < SEG_SLICE; i++) {
                    p[i][v] -= max[v];
                }
            }
            shift[v] = shiftOf(max[v] - subtracted[v]);
            others[v] = 0;
            sumsOfSlopes[v] = 0;
#if SEG_SQUARES
            ofSquares[v] = 0;
#endif
        }
        look(shift);
        if (SEG_ACTIVATION == SEG_SOFTMAX) {
            exponentials<0, SEPARATE, SLOPES>(shift, exchange.slopes[warp()], {}, sumsOfSlopes);
        }
        constexpr int COUNT = (SLOPES ? 2 : 1) * SEG_VECTOR;
        Real sums[COUNT];
        if (SEG_ACTIVATION == SEG_SOFTMAX) {
#pragma unroll
            for (int v = 0; v < SEG_VECTOR; v++) {
                sums[COUNT - SEG_VECTOR + v] = sumsOfSlopes[v];
                sums[v] = others[v];
            }
            Exchange::tell(exchange.sums[warp()], sums);
#if SEG_SQUARES
            if (SLOPES) {
                Exchange::tell(exchange.sumsOfSquares[warp()], ofSquares);
            }
#endif
        }
        __syncthreads();
        if (SEG_ACTIVATION == SEG_SOFTMAX) {
            Exchange::addWarps(exchange.sums, sums);
#if SEG_SQUARES
            if (SLOPES) {
                Exchange::addWarps(exchange.sumsOfSquares, ofSquares);
            }
#endif
#pragma unroll
            for (int v = 0; v < SEG_VECTOR; v++) {
                others[v] = sums[v];
                sumsOfSlopes[v] = sums[COUNT - SEG_VECTOR + v];
            }
        }
        Pack<Real, SEG_VECTOR> owns = Exchange::ofLane(exchange.own);
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            own[v] = owns.of[v];
            inverse[v] = 1;
            if (SEG_ACTIVATION == SEG_SOFTMAX) {
                ofOwn[v] = exponentialFrom(shift[v], own[v] - subtracted[v]);
#if SEG_HAS_EXACT_SLICES
                own[v] = fused(own[v] - subtracted[v], SEG_LOG2_E, -shift[v]);
#endif
                inverse[v] = reciprocal(SEPARATE ? others[v] + ofOwn[v] : others[v]);
            }
        }
    }

    // Takes the true class from the sums that `activate` made of all, which rounds what the others have.
    SEG_MEMBER void separate() {
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            others[v] -= ofOwn[v];
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

#if SEG_HAS_EXACT_SLICES
    // The logarithm of that probability, under a softmax, also where it is 0 in float. No prediction is read again, as
    // another warp may have written its gradient there.
    SEG_MEMBER Real ownLogarithm(int v) const {
        Probability u = ownProbability(v);
        Real log = logarithmBeside1(u.p, u.complement);
        if (u.p < SEG_TINY && label[v] < SEG_CLASSES) {
            seldom();
            log = own[v] * (Real) 0.693147181 - logarithm(others[v] + ofOwn[v]);
        }
        return log;
    }
#endif

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
