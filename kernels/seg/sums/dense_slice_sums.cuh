#pragma once
// SEG_SLICES for dense labels: the sums of many classes, of a known number. Each warp has a slice of the classes, and
// each thread adds all sums of these in registers. It adds SEG_SLICE_RUN pixels in float, which are then added over the
// warp; all further sums are double.
#include "seg/loss/one_hot_slice.cuh"
#include "seg/pixel/dense_slice.cuh"
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
            addLosses(in, slice, shares);
#pragma unroll
            for (int v = 0; v < SEG_VECTOR; v++) {
                exponentials(slice, v);
            }
        } else if (oneHot.hasAny()) {
            addLosses(in, slice, oneHot, shares);
        }
    }

    // Turns the predictions of pixel v into exponentials.
    static SEG_MEMBER void exponentials(DenseSlice& slice, int v) {
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            slice.p[i][v] = exponentialFrom(slice.shift[v], slice.p[i][v]);
        }
    }

    // The same. Counts the largest ones, and adds up the others.
    static SEG_MEMBER void sumOneHot(DenseSlice& slice, int v, Real& count, Real& others) {
        Real ofTop = exponentialFrom(slice.shift[v], slice.max[v]);
        exponentials(slice, v);
        // Few warps have the largest prediction, which is to be told from the others.
        if (exponentialFrom(slice.shift[v], slice.ofWarp[v]) == ofTop) {
#pragma unroll
            for (int i = 0; i < SEG_SLICE; i++) {
                addUnlessTop(slice.p[i][v], ofTop, count, others);
            }
        } else {
#pragma unroll
            for (int i = 0; i < SEG_SLICE; i++) {
                others += slice.p[i][v];
            }
        }
    }

    // The same, but for leaving predictions as they are.
    static SEG_MEMBER void sumAny(const DenseSlice& slice, int v, Real& count, Real& others) {
        Real ofTop = exponentialFrom(slice.shift[v], slice.max[v]);
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            addUnlessTop(exponentialFrom(slice.shift[v], slice.p[i][v]), ofTop, count, others);
        }
    }

    // Counts an exponential that is that of the largest prediction, and adds any other to a sum.
    static SEG_MEMBER void addUnlessTop(Real e, Real ofTop, Real& count, Real& others) {
#if SEG_IS_PREDICATED
        asm("{.reg .pred top;\nsetp.eq.f32 top, %2, %3;\n@top add.f32 %0, %0, 0f3F800000;\n@!top add.f32 %1, %1, %2;}"
            : "+f"(count), "+f"(others)
            : "f"(e), "f"(ofTop));
#else
        count += e == ofTop ? 1 : 0;
        others += e == ofTop ? 0 : e;
#endif
    }

    // Adds the losses of a group with one-hot labels.
    SEG_MEMBER void addLosses(const Inputs& in, const DenseSlice& slice, const OneHotSlice& oneHot,
                              const PixelShares (&shares)[SEG_VECTOR]) const {
        OneHotSide at[SEG_VECTOR];
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            at[v] = oneHot.side(shares[v], v);
        }
#pragma unroll 1
        for (int t = 0; t < (int) in.pixelTerms; t++) {
            const Real* row = truthRows + t * TruthRow::WIDTH;
            Real asked[SEG_VECTOR];
#pragma unroll
            for (int v = 0; v < SEG_VECTOR; v++) {
                at[v].keep();
                asked[v] = askedOfClass(row, oneHot.classOf(v));
            }
            terms[32 * t] += ofTruthKind(row, OneHotLosses<SEG_VECTOR>{row, slice.weight, asked, at});
        }
    }

    // The same for any labels.
    SEG_MEMBER void addLosses(const Inputs& in, const DenseSlice& slice,
                              const PixelShares (&shares)[SEG_VECTOR]) const {
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            SliceShares ofPixel;
            ofPixel.take(shares[v], slice, v);
            Real truths[SEG_SLICE];
#pragma unroll
            for (int i = 0; i < SEG_SLICE; i++) {
                truths[i] = slice.truths[i][v];
            }
#pragma unroll 1
            for (int t = 0; t < (int) in.pixelTerms; t++) {
                const Real* row = truthRows + t * TruthRow::WIDTH;
                Real none[SEG_SLICE];
                ofPixel.forget();
                Real loss = row[TruthRow::KIND] == SEG_TRUTH_ENTROPY ? truthEntropy(row, ofPixel, truths)
                                                                     : truthLoss<false>(row, ofPixel, truths, 0, none);
                terms[32 * t] += slice.weight[v] == 0 ? 0 : slice.weight[v] * loss;
            }
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
