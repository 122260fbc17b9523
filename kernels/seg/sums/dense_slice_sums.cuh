#pragma once
// SEG_SLICES for dense labels: the sums of many classes, of a known number. Each warp has a slice of the classes, and
// each thread adds all sums of these in registers. It adds SEG_SLICE_RUN pixels in float, which are then added over the
// warp; all further sums are double.
#include "seg/pixel/dense_slice.cuh"
#include "seg/sums/dense_slice_losses.cuh"
#include "seg/sums/known_classes.cuh"

#if SEG_HAS_DENSE_SLICES
namespace seg {

#define SEG_SLICE_RUN 64

struct DenseSliceSums {
    Real intersection[SEG_SLICE];
    Real predicted[SEG_SLICE];
    Real truth[SEG_SLICE];
    Real weight;
    int taken;  // pixels since the last flush
    Exchange* exchange;
    Real* rows;  // channels of the tile's pixels, if SEG_STAGED
    double* own;  // of the block, in PartialLayout; each class belongs to one warp
#if SEG_HAS_SLICED_TRUTHS
    Real* truthRows;  // a TruthRow of each pixel term
    Real* terms;  // of this lane, [T], 32 apart
    double* ofWarps;  // those of all warps, [warps, T]
    bool asksOneClass;  // whether one-hot labels ask of one class alone
#endif

    SEG_MEMBER void start(const Inputs& in) {
        exchange = (Exchange*) segShared;
        rows = (Real*) (exchange + 1);
        Real* rest = rows + (SEG_STAGED ? 32 * SEG_PITCH : 0);
#if SEG_HAS_SLICED_TRUTHS
        truthRows = rest;
        bringTruthRows(in, truthRows);
        asksOneClass = kept(seg::asksOneClass(in) ? 1 : 0) != 0;
        terms = truthRows + in.pixelTerms * TruthRow::WIDTH + warp() * 32 * in.pixelTerms + lane();
        rest = truthRows + in.pixelTerms * (TruthRow::WIDTH + SEG_MAX_THREADS);
        ofWarps = (double*) rest + partialWidth(in);
#endif
        own = (double*) rest;
    }

    // Sets the sums to 0. All threads of the block must call it.
    SEG_MEMBER void open(const ForwardArguments& args, i64) {
        for (i64 j = threadIdx.x; j < partialWidth(args.in); j += blockDim.x) {
            own[j] = 0;
        }
#if SEG_HAS_SLICED_TRUTHS
        for (int t = 0; t < (int) args.in.pixelTerms; t++) {
            terms[32 * t] = 0;
        }
        for (int t = lane(); t < (int) args.in.pixelTerms; t += 32) {
            ofWarps[warp() * args.in.pixelTerms + t] = 0;
        }
#endif
        clear();
        __syncthreads();
    }

    SEG_MEMBER void clear() {
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            intersection[i] = predicted[i] = truth[i] = 0;
        }
        weight = 0;
        taken = 0;
    }

    // Adds pixels [from, to) of example n.
    SEG_MEMBER void sweep(const ForwardArguments& args, i64 n, i64 from, i64 to) {
        i64 tile = startOfTiles(args.in.predictions, n, from);
        SliceExample example = sliceExample(args.in, n, tile);
        for (; tile < to; tile += 32 * SEG_VECTOR) {
            DenseSlice slice;
            slice.group = {n, tile + lane() * SEG_VECTOR, from, to};
            slice.read(args.in, example, tile, rows, *exchange);
            Real inverse[SEG_VECTOR];
#if SEG_HAS_SLICED_TRUTHS
            OneHotSlice oneHot;
            oneHot.find(slice, asksOneClass);
            activate(args.in, slice, oneHot, inverse);
            hardenAll(args, slice, inverse);
            if (!oneHot.is && args.in.state != nullptr) {
                slice.check(args.in, example, tile);
            }
            add<false>(slice, inverse);
#else
            activate(args.in, slice, inverse);
            hardenAll(args, slice, inverse);
            if (!add<true>(slice, inverse) && args.in.state != nullptr) {
                seldom();
                slice.report(args.in, example, tile);
            }
#endif
            taken += SEG_VECTOR;
            if (taken >= SEG_SLICE_RUN) {
                flush(args.in);
            }
        }
    }

#if SEG_HAS_SLICED_TRUTHS
    // Turns predictions into exponentials, finds the inverse of their sum over all channels, and adds the pixel losses.
    // All threads of the block must call it.
    SEG_MEMBER void activate(const Inputs& in, DenseSlice& slice, const OneHotSlice& oneHot,
                             Real (&inverse)[SEG_VECTOR]) const {
        Real count[SEG_VECTOR] = {};
        Real others[SEG_VECTOR] = {};
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            if (oneHot.is) {
                sumOneHot(slice, v, count[v], others[v]);
            } else {
                sumAny(slice, v, count[v], others[v]);
            }
        }
        Exchange::tell(exchange->sums[0][warp()], count);
        Exchange::tell(exchange->sums[1][warp()], others);
        __syncthreads();
        Exchange::addWarps(exchange->sums[0], count);
        Exchange::addWarps(exchange->sums[1], others);
        PixelShares shares[SEG_VECTOR];
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            shares[v].close(slice, v, count[v], others[v]);
            inverse[v] = shares[v].inverse;
        }
        if (!oneHot.is) {
            addLosses(in, truthRows, terms, slice, shares);
#pragma unroll
            for (int v = 0; v < SEG_VECTOR; v++) {
                exponentials(slice, v);
            }
        } else if (oneHot.hasAny()) {
            addLosses(in, truthRows, terms, slice, oneHot, shares);
        }
    }
#else
    // Turns predictions into exponentials, and finds the inverse of their sum over all channels. All threads of the
    // block must call it.
    SEG_MEMBER void activate(const Inputs&, DenseSlice& slice, Real (&inverse)[SEG_VECTOR]) const {
        Real sum[SEG_VECTOR] = {};
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
#pragma unroll
            for (int v = 0; v < SEG_VECTOR; v++) {
                slice.p[i][v] = exponentialFrom(slice.shift[v], slice.p[i][v]);
                sum[v] += slice.p[i][v];
            }
        }
        Exchange::tell(exchange->sums[0][warp()], sum);
        __syncthreads();
        Exchange::addWarps(exchange->sums[0], sum);
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            inverse[v] = reciprocal(sum[v]);
        }
    }
#endif

    // Makes 0 or 1 of probabilities, if there is a threshold.
    static SEG_MEMBER void hardenAll(const ForwardArguments& args, DenseSlice& slice, Real (&inverse)[SEG_VECTOR]) {
        if (args.hasThreshold) {
            seldom();
#pragma unroll
            for (int v = 0; v < SEG_VECTOR; v++) {
#pragma unroll
                for (int i = 0; i < SEG_SLICE; i++) {
                    slice.p[i][v] = harden(args, slice.p[i][v] * inverse[v]);
                }
                inverse[v] = 1;
            }
        }
    }

    // Adds the group. CHECKS says whether to look at its labels, too. Returns whether these are surely valid.
    template <bool CHECKS>
    SEG_MEMBER bool add(const DenseSlice& slice, const Real (&inverse)[SEG_VECTOR]) {
        TruthCheck check;
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            Real ofPixel = slice.weight[v];
            if (ofPixel == 0) {
                // Nor must a label that is NaN.
                continue;
            }
            Real factor = ofPixel * inverse[v];
            weight += ofPixel;
#pragma unroll
            for (int i = 0; i < SEG_SLICE; i++) {
                if (CHECKS && i % 2 == 0) {
                    check.look(slice.truths[i][v], slice.truths[i + 1 < SEG_SLICE ? i + 1 : i][v]);
                }
                Real mass = slice.p[i][v] * factor;
                predicted[i] += mass;
                intersection[i] = fused(mass, slice.truths[i][v], intersection[i]);
                truth[i] = fused(ofPixel, slice.truths[i][v], truth[i]);
            }
        }
        return check.areValid();
    }

    // Adds the float sums to the double sums, and sets them to 0.
    SEG_MEMBER void flush(const Inputs& in) {
        flush(intersection, own + PartialLayout::INTERSECTION);
        flush(predicted, own + PartialLayout::PREDICTED);
        flush(truth, own + PartialLayout::TRUTH);
        Real m = warpSum(weight);
        if (threadIdx.x == 0) {
            own[PartialLayout::WEIGHT] += m;
        }
#if SEG_HAS_SLICED_TRUTHS
        flushTerms(in, terms, ofWarps + warp() * in.pixelTerms);
#endif
        clear();
    }

    static SEG_MEMBER void flush(const Real (&sums)[SEG_SLICE], double* to) {
        Real sum = exchangedSum(sums);
        int c = ChannelSlice::channel(lane());
        if (lane() < SEG_SLICE && c < SEG_CLASSES) {
            to[c] += sum;
        }
    }

    // Writes the sums of the block as one row of partial sums. All threads of the block must call it.
    SEG_MEMBER void close(const ForwardArguments& args, i64 row) {
        flush(args.in);
        __syncthreads();
#if SEG_HAS_SLICED_TRUTHS
        for (int t = threadIdx.x; t < (int) args.in.pixelTerms; t += blockDim.x) {
            for (int w = 0; w < SEG_WARPS; w++) {
                own[PartialLayout::TERMS + t] += ofWarps[w * args.in.pixelTerms + t];
            }
        }
        __syncthreads();
#endif
        for (i64 j = threadIdx.x; j < partialWidth(args.in); j += blockDim.x) {
            args.partials[row * partialWidth(args.in) + j] = own[j];
        }
        __syncthreads();
    }
};

typedef DenseSliceSums Sums;

}  // namespace seg
#endif
