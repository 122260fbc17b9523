#pragma once
// SEG_SLICES: the sums of many classes, of a known number, for index labels. Each warp has a slice of the classes. It
// adds P in registers, and I and G in those bins of shared memory that the labels select. A thread adds SEG_RUN pixels
// in float, which are then added over the warp; all further sums are double.
#include "seg/pixel/sliced_pixel.cuh"
#include "seg/sums/known_classes.cuh"

#if SEG_SUMS == SEG_SLICES
namespace seg {

#define SEG_RUN 32

typedef SlicedPixel<SEG_TERMS != SEG_NO_TERMS> SummedPixel;

struct SliceSums {
    Real predicted[SEG_SLICE];
    Real weight;
    int taken;             // pixels since the last flush
    Exchange* exchange;
    Real* bins;            // of this lane: I, then G, of each class of this warp, 32 apart
    Real* terms;           // of this lane, [T], 32 apart; only warp 0 has them
    double* own;           // of the block, in PartialLayout

    SEG_MEMBER void start(const Inputs& in) {
        exchange = (Exchange*) segShared;
        Real* rest = (Real*) (exchange + 1);
        bins = rest + warp() * 64 * SEG_SLICE + lane();
        rest += SEG_WARPS * 64 * SEG_SLICE;
        terms = rest + lane();
        own = (double*) (rest + 32 * in.pixelTerms);
    }

    // Sets the sums to 0. All threads of the block must call it.
    SEG_MEMBER void open(const ForwardArguments& args, i64) {
        for (i64 j = threadIdx.x; j < partialWidth(args.in); j += blockDim.x) {
            own[j] = 0;
        }
        for (i64 t = 0; warp() == 0 && t < args.in.pixelTerms; t++) {
            terms[32 * t] = 0;
        }
        clear();
        __syncthreads();
    }

    SEG_MEMBER void clear() {
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            predicted[i] = 0;
        }
        for (int k = 0; k < 2 * SEG_SLICE; k++) {
            bins[32 * k] = 0;
        }
        weight = 0;
        taken = 0;
    }

    // Adds pixels [from, to) of example n.
    SEG_MEMBER void sweep(const ForwardArguments& args, i64 n, i64 from, i64 to) {
        for (i64 first = from; first < to; first += 32) {
            SummedPixel sliced;
            sliced.read(args.in, n, first + lane(), first + lane() < to, *exchange);
            sliced.activate(args.in, *exchange, [](int) { return (Real) 0; });
            if (sliced.pixel.weight != 0) {
                addPixel(args, sliced);
            }
            if (++taken == SEG_RUN) {
                flush(args.in);
            }
        }
    }

    SEG_MEMBER void addPixel(const ForwardArguments& args, SummedPixel& sliced) {
        const Pixel& pixel = sliced.pixel;
        int y = pixel.trueClass(args.in);
        for (i64 t = 0; warp() == 0 && y >= 0 && t < args.in.pixelTerms; t++) {
            terms[32 * t] += ownLoss(args.in, pixel, pixelTerm(args.in, t), y, sliced.ownProbability(args.in));
        }
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            sliced.p[i] = pixel.weight * harden(args, sliced.probability(i).p);
            predicted[i] += sliced.p[i];
        }
        weight += pixel.weight;
        if (SummedPixel::isMine(y)) {
            int place = SummedPixel::place(y);
            bins[32 * place] += pick<0, SEG_SLICE>(sliced.p, place);
            bins[32 * (SEG_SLICE + place)] += pixel.weight;
        }
    }

    // Adds the float sums to the double sums, each of which belongs to one warp, and sets them to 0.
    SEG_MEMBER void flush(const Inputs& in) {
        __syncwarp();
        int c = SummedPixel::channel(lane());
        Real sums[3] = {sumOfBins(bins, 0, SEG_SLICE), sumOfLane(predicted), sumOfBins(bins, SEG_SLICE, SEG_SLICE)};
        int columns[3] = {PartialLayout::INTERSECTION + c, PartialLayout::PREDICTED + c, PartialLayout::TRUTH + c};
#pragma unroll
        for (int k = 0; k < 3; k++) {
            if (lane() < SEG_SLICE && c < SEG_CLASSES) {
                own[columns[k]] += sums[k];
            }
        }
        Real m = warpSum(weight);
        if (threadIdx.x == 0) {
            own[PartialLayout::WEIGHT] += m;
        }
        if (warp() == 0) {
            flushTerms(in, terms, own + PartialLayout::TERMS);
        }
        __syncwarp();
        clear();
    }

    // Writes the sums of the block as one row of partial sums. All threads of the block must call it.
    SEG_MEMBER void close(const ForwardArguments& args, i64 row) {
        flush(args.in);
        __syncthreads();
        for (i64 j = threadIdx.x; j < partialWidth(args.in); j += blockDim.x) {
            args.partials[row * partialWidth(args.in) + j] = own[j];
        }
        __syncthreads();
    }
};

typedef SliceSums Sums;

}  // namespace seg
#endif
