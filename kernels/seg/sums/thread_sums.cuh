#pragma once
// SEG_REGISTERS and SEG_BINS: the sums of a known number of classes, up to 32, for index labels. Each thread adds P of
// every class in registers. A label selects the class whose I and G grow. With SEG_REGISTERS these are in registers,
// too, for every class. With SEG_BINS they are in shared memory, in bins that belong to one thread; this needs 2C
// registers less, and the number of instructions does not grow with C. A thread adds SEG_RUN pixels in float, which are
// then added over the warp; all further sums are double.
#include "seg/sums/known_classes.cuh"

#if SEG_SUMS == SEG_REGISTERS || SEG_SUMS == SEG_BINS
namespace seg {

#define SEG_RUN 32
#define SEG_HELD (SEG_SUMS == SEG_REGISTERS ? SEG_CLASSES : 1)

struct ThreadSums {
    Real predicted[SEG_CLASSES];
    Real intersection[SEG_HELD];
    Real truth[SEG_HELD];
    Real weight;
    int taken;  // pixels since the last flush
    double* block;  // of all warps
    double* own;  // of this warp, in PartialLayout
    int width;
    Real* terms;  // of this lane, [T], 32 apart
    Real* bins;  // of this lane: I, then G, of each class, 32 apart
    Real* rows;  // channels of this warp's pixels, if SEG_STAGED

    SEG_MEMBER void start(const Inputs& in) {
        width = (int) partialWidth(in);
        rows = rowsOfWarp(segShared);
        Real* rest = (Real*) segShared + (SEG_STAGED ? blockDim.x * SEG_PITCH : 0);
        bins = rest + warp() * 64 * SEG_CLASSES + lane();
        rest += SEG_SUMS == SEG_BINS ? blockDim.x * 2 * SEG_CLASSES : 0;
        terms = rest + warp() * 32 * in.pixelTerms + lane();
        block = (double*) (rest + blockDim.x * in.pixelTerms);
        own = block + warp() * width;
    }

    // Sets the sums to 0.
    SEG_MEMBER void open(const ForwardArguments& args, i64) {
        for (int j = lane(); j < width; j += 32) {
            own[j] = 0;
        }
        for (int t = 0; t < args.in.pixelTerms; t++) {
            terms[32 * t] = 0;
        }
        clear();
        __syncwarp();
    }

    SEG_MEMBER void clear() {
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            predicted[c] = 0;
            if (SEG_SUMS == SEG_REGISTERS) {
                intersection[c] = truth[c] = 0;
            }
        }
        for (int k = 0; SEG_SUMS == SEG_BINS && k < 2 * SEG_CLASSES; k++) {
            bins[32 * k] = 0;
        }
        weight = 0;
        taken = 0;
    }

    // Adds pixels [from, to) of example n.
    SEG_MEMBER void sweep(const ForwardArguments& args, i64 n, i64 from, i64 to) {
        const Inputs& in = args.in;
        i64 tile = startOfTiles(in.predictions, n, from) + warp() * 32 * SEG_VECTOR;
        for (; tile < to; tile += blockDim.x * SEG_VECTOR) {
            Real p[SEG_VECTOR][SEG_CLASSES];
            Pixel pixels[SEG_VECTOR];
            readTile(in, n, tile, from, to, rows, p, pixels);
#pragma unroll
            for (int v = 0; v < SEG_VECTOR; v++) {
                if (pixels[v].weight != 0) {
                    addPixel(args, pixels[v], p[v]);
                }
            }
            taken += SEG_VECTOR;
            if (taken >= SEG_RUN) {
                flush(in);
            }
        }
    }

    SEG_MEMBER void addPixel(const ForwardArguments& args, Pixel& pixel, Real (&p)[SEG_CLASSES]) {
        Real factor = exponentials < SEG_TERMS != SEG_NO_TERMS > (pixel, p);
        for (i64 t = 0; SEG_TERMS != SEG_NO_TERMS && t < args.in.pixelTerms; t++) {
            terms[32 * t] += lossOfTerm(args.in, pixel, p, factor, t);
        }
        factor = pixel.weight * hardenAll(args, p, factor);
        weight += pixel.weight;
        int y = pixel.trueClass(args.in);
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            predicted[c] += p[c] * factor;
            if (SEG_SUMS == SEG_REGISTERS) {
                intersection[c] += c == y ? p[c] * factor : 0;
                truth[c] += c == y ? pixel.weight : 0;
            }
        }
        if (SEG_SUMS == SEG_BINS && y >= 0) {
            bins[32 * y] += pick<0, SEG_CLASSES>(p, y) * factor;
            bins[32 * (SEG_CLASSES + y)] += pixel.weight;
        }
    }

    // Adds the float sums to the double sums of the warp, and sets them to 0.
    SEG_MEMBER void flush(const Inputs& in) {
        __syncwarp();
        Real p = sumOfLane(predicted);
        Real i = SEG_SUMS == SEG_REGISTERS ? sumOfLane(intersection) : sumOfBins(bins, 0, SEG_CLASSES);
        Real g = SEG_SUMS == SEG_REGISTERS ? sumOfLane(truth) : sumOfBins(bins, SEG_CLASSES, SEG_CLASSES);
        if (lane() < SEG_CLASSES) {
            own[PartialLayout::INTERSECTION + lane()] += i;
            own[PartialLayout::PREDICTED + lane()] += p;
            own[PartialLayout::TRUTH + lane()] += g;
        }
        Real m = warpSum(weight);
        if (lane() == 0) {
            own[PartialLayout::WEIGHT] += m;
        }
        flushTerms(in, terms, own + PartialLayout::TERMS);
        __syncwarp();
        clear();
    }

    // Writes the sums of the block as one row of partial sums. All threads of the block must call it.
    SEG_MEMBER void close(const ForwardArguments& args, i64 row) {
        flush(args.in);
        __syncthreads();
        for (int j = threadIdx.x; j < width; j += blockDim.x) {
            double sum = 0;
            for (int w = 0; w < warps(); w++) {
                sum += block[w * width + j];
            }
            args.partials[row * width + j] = sum;
        }
        __syncthreads();
    }
};

typedef ThreadSums Sums;

}  // namespace seg
#endif
