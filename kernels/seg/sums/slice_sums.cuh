#pragma once
// SEG_SLICES: the sums of many classes, of a known number, for index labels. Each warp has a slice of the classes, and
// adds their P in registers. I and G are added to bins of shared memory that the labels select, by one warp at a time.
// A thread adds SEG_RUN pixels in float, which are then added over the warp; all further sums are double.
#include "seg/loss/smoothed_slice.cuh"
#include "seg/pixel/slice_counts.cuh"
#include "seg/pixel/sliced_group.cuh"
#include "seg/sums/known_classes.cuh"

#if SEG_HAS_INDEX_SLICES
namespace seg {

#define SEG_RUN 32
// Lanes that have bins of their own; the other lanes use them after those.
#define SEG_BINNING 8

// The bins of a class.
struct SliceBins {
    Real intersection[SEG_BINNING];
    Real truth[SEG_BINNING];
};

struct SliceSums {
    Real predicted[SEG_SLICE];
#if SEG_SQUARES
    Real squares[SEG_SLICE];  // of the probabilities alone; labels are 0 or 1, so theirs are the truths
#endif
    Real weight;
    int taken;  // pixels since the last flush
    int turn;  // the warp that reads labels and adds to bins and terms
    Exchange* exchange;
    Real* rows;  // channels of the tile's pixels, if SEG_STAGED
    SliceBins* bins;  // of each class
    Real* terms;  // of this lane, [T], 32 apart
#if SEG_HAS_EXACT_SLICES
    Families families;
#endif
    double* own;  // of the block, in PartialLayout
#if SEG_HAS_SMOOTHED_SLICES
    Real* smoothed;  // a SmoothedRow of each term
    bool isMuch;  // smoothsMuch
    double* ofWarps;  // [warps, T]; each warp adds the losses of its channels
#endif
#if SEG_COUNTS
    HardCounts hard;
#endif

    SEG_MEMBER void start(const Inputs& in) {
        exchange = (Exchange*) segShared;
        rows = (Real*) (exchange + 1);
        bins = (SliceBins*) (rows + (SEG_STAGED ? 32 * SEG_PITCH : 0));
        terms = (Real*) (bins + SEG_WARPS * SEG_SLICE) + lane();
#if SEG_HAS_SMOOTHED_SLICES
        smoothed = terms - lane() + SEG_WARPS * 32 * in.pixelTerms;
        terms += warp() * 32 * in.pixelTerms;
        bringSmoothedRows(in, smoothed);
        isMuch = kept(smoothsMuch(in, smoothed) ? 1 : 0) != 0;
        ofWarps = (double*) (smoothed + in.pixelTerms * SmoothedRow::WIDTH);
        own = ofWarps + SEG_WARPS * in.pixelTerms;
#else
        own = (double*) (terms - lane() + 32 * in.pixelTerms);
#endif
        turn = 0;
    }

    // Sets the sums to 0. All threads of the block must call it.
    SEG_MEMBER void open(const ForwardArguments& args, i64) {
#if SEG_HAS_EXACT_SLICES
        families.find(args.in);
#endif
        for (i64 j = threadIdx.x; j < partialWidth(args.in); j += blockDim.x) {
            own[j] = 0;
        }
#if SEG_HAS_SMOOTHED_SLICES
        for (int t = 0; t < (int) args.in.pixelTerms; t++) {
            terms[32 * t] = 0;
        }
        for (int j = threadIdx.x; j < SEG_WARPS * (int) args.in.pixelTerms; j += blockDim.x) {
            ofWarps[j] = 0;
        }
#else
        for (i64 t = 0; warp() == 0 && t < args.in.pixelTerms; t++) {
            terms[32 * t] = 0;
        }
#endif
        clear();
        __syncthreads();
    }

    SEG_MEMBER void clear() {
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            predicted[i] = 0;
#if SEG_SQUARES
            squares[i] = 0;
#endif
        }
        if (lane() < SEG_SLICE) {
            bins[SlicedGroup::channel(lane())] = {};
        }
        weight = 0;
        taken = 0;
    }

    // Adds pixels [from, to) of example n.
    SEG_MEMBER void sweep(const ForwardArguments& args, i64 n, i64 from, i64 to) {
        for (i64 tile = startOfTiles(args.in.predictions, n, from); tile < to; tile += 32 * SEG_VECTOR) {
            SlicedGroup sliced;
            sliced.group = {n, tile + lane() * SEG_VECTOR, from, to};
            sliced.read(args.in, rows, turn, *exchange);
            Real none[SEG_VECTOR];
#if SEG_HAS_SMOOTHED_SLICES
            SmoothedSlices losses = {args.in, smoothed, terms};
            auto look = [&](const Real(&shift)[SEG_VECTOR]) { losses.addBelowReference(sliced, shift); };
            if (isMuch) {
                sliced.activate<false, false>(*exchange, none, look);
                sliced.separate();
            } else {
                seldom();
                sliced.activate<true, false>(*exchange, none, look);
            }
#else
            sliced.activate<SEG_TERMS != SEG_NO_TERMS, false>(*exchange, none);
#endif
            if (warp() == turn) {
#if SEG_COUNTS
                countSlices(hard, args.in, n, tile, sliced.label, *exchange);
#endif
                addOwn(args, sliced);
            }
            addSlice(args, sliced);
            turn = (turn + 1) % SEG_WARPS;
            taken += SEG_VECTOR;
            if (taken >= SEG_RUN) {
                flush(args.in);
            }
        }
    }

    // Adds what depends on the true class of each pixel. All threads of the warp must call it.
    SEG_MEMBER void addOwn(const ForwardArguments& args, const SlicedGroup& sliced) {
        Real weighted[SEG_VECTOR];
#if SEG_HAS_EXACT_SLICES && !SEG_HAS_SMOOTHED_SLICES
        OwnShare at[SEG_VECTOR];
#endif
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            int y = sliced.label[v];
            weighted[v] = 0;
#if SEG_HAS_EXACT_SLICES && !SEG_HAS_SMOOTHED_SLICES
            Probability own = sliced.ownProbability(v);
            at[v] = {own.p, own.complement, sliced.ownLogarithm(v)};
#endif
            if (y < SEG_CLASSES) {
                Probability u = sliced.ownProbability(v);
                weighted[v] = sliced.weight[v] * harden(args, u.p);
#if !SEG_HAS_EXACT_SLICES
                for (i64 t = 0; SEG_TERMS != SEG_NO_TERMS && t < args.in.pixelTerms; t++) {
                    terms[32 * t] += ownLoss(args.in, sliced.pixel(v), pixelTerm(args.in, t), y, u);
                }
#endif
            }
        }
#if SEG_HAS_SMOOTHED_SLICES
        SmoothedSlices{args.in, smoothed, terms}.addAboveReference(sliced);
#elif SEG_HAS_EXACT_SLICES
        addOwnLosses<SEG_VECTOR>(args.in, families, sliced.weight, sliced.label, at, terms);
#endif
        for (int first = 0; first < 32; first += SEG_BINNING) {
            if (lane() / SEG_BINNING * SEG_BINNING == first) {
#pragma unroll
                for (int v = 0; v < SEG_VECTOR; v++) {
                    if (sliced.label[v] < SEG_CLASSES) {
                        SliceBins& bin = bins[sliced.label[v]];
                        bin.intersection[lane() % SEG_BINNING] += weighted[v];
                        bin.truth[lane() % SEG_BINNING] += sliced.weight[v];
                    }
                }
            }
            __syncwarp();
        }
    }

    SEG_MEMBER void addSlice(const ForwardArguments& args, SlicedGroup& sliced) {
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            Real factor = sliced.weight[v] * sliced.inverse[v];
            weight += sliced.weight[v];
            if (SEG_ACTIVATION == SEG_SIGMOID || args.hasThreshold) {
#pragma unroll
                for (int i = 0; i < SEG_SLICE; i++) {
                    Real p = sliced.p[i][v];
                    sliced.p[i][v] = harden(args, SEG_ACTIVATION == SEG_SIGMOID ? sigmoid(p).p : p * sliced.inverse[v]);
                }
                factor = sliced.weight[v];
#if SEG_SQUARES
                sliced.inverse[v] = 1;
#endif
            }
#if SEG_SQUARES
            Real squared = factor * sliced.inverse[v];
#pragma unroll
            for (int i = 0; i < SEG_SLICE; i++) {
                squares[i] = fused(sliced.p[i][v] * sliced.p[i][v], squared, squares[i]);
            }
#endif
#pragma unroll
            for (int i = 0; i < SEG_SLICE; i++) {
                predicted[i] += sliced.p[i][v] * factor;
            }
        }
    }

    // Adds the float sums to the double sums, each of which belongs to one warp, and sets them to 0. All threads of the
    // block must call it.
    SEG_MEMBER void flush(const Inputs& in) {
        __syncthreads();
        int c = SlicedGroup::channel(lane());
        Real p = sumOfLane(predicted);
#if SEG_SQUARES
        Real q = sumOfLane(squares);
#endif
        if (lane() < SEG_SLICE && c < SEG_CLASSES) {
#if SEG_SQUARES
            own[PartialLayout::SQUARES + c] += q + sumOfBins(bins[c].truth);
#endif
            own[PartialLayout::INTERSECTION + c] += sumOfBins(bins[c].intersection);
            own[PartialLayout::PREDICTED + c] += p;
            own[PartialLayout::TRUTH + c] += sumOfBins(bins[c].truth);
        }
        Real m = warpSum(weight);
        if (threadIdx.x == 0) {
            own[PartialLayout::WEIGHT] += m;
        }
#if SEG_HAS_SMOOTHED_SLICES
        flushTerms(in, terms, ofWarps + warp() * in.pixelTerms);
#else
        if (warp() == 0) {
            flushTerms(in, terms, own + PartialLayout::TERMS);
        }
#endif
        clear();
    }

    static SEG_MEMBER Real sumOfBins(const Real (&bins)[SEG_BINNING]) {
        Real sum = 0;
#pragma unroll
        for (int k = 0; k < SEG_BINNING; k++) {
            sum += bins[k];
        }
        return sum;
    }

    // Writes the sums of the block as one row of partial sums. All threads of the block must call it.
    SEG_MEMBER void close(const ForwardArguments& args, i64 row) {
        flush(args.in);
        __syncthreads();
#if SEG_HAS_SMOOTHED_SLICES
        for (int t = threadIdx.x; t < (int) args.in.pixelTerms; t += blockDim.x) {
            double sum = 0;
            for (int w = 0; w < SEG_WARPS; w++) {
                sum += ofWarps[w * args.in.pixelTerms + t];
            }
            // With a threshold there are no linear terms: it makes other sums of P.
            addShares(smoothed + t * SmoothedRow::WIDTH, own + PartialLayout::PREDICTED, sum);
            own[PartialLayout::TERMS + t] = sum;
        }
        __syncthreads();
#endif
        for (i64 j = threadIdx.x; j < partialWidth(args.in); j += blockDim.x) {
            args.partials[row * partialWidth(args.in) + j] = own[j];
        }
        __syncthreads();
    }
};

typedef SliceSums Sums;

}  // namespace seg
#endif
