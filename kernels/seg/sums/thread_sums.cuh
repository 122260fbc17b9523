#pragma once
// SEG_REGISTERS and SEG_BINS: the sums of a known number of classes, up to 32, for index labels. Each thread adds P of
// every class in registers. A label selects the class whose I and G grow. With SEG_REGISTERS these are in registers,
// too, for every class. With SEG_BINS they are in shared memory, in bins that belong to one thread; this needs 2C
// registers less, and the number of instructions does not grow with C. A thread adds SEG_RUN pixels in float, which are
// then added over the warp; all further sums are double.
#include "seg/sums/known_classes.cuh"
#include "seg/sums/pair_sums.cuh"
#include "seg/sums/thread_terms.cuh"

#if (SEG_SUMS == SEG_REGISTERS || SEG_SUMS == SEG_BINS) && !SEG_IS_DENSE
namespace seg {

#define SEG_RUN 32
#define SEG_HELD (SEG_SUMS == SEG_REGISTERS ? SEG_CLASSES : 1)

struct ThreadSums {
    Real predicted[SEG_CLASSES];
#if SEG_SQUARES
    Real squares[SEG_CLASSES];  // of the probabilities alone; labels are 0 or 1, so theirs are the truths
#endif
    Real intersection[SEG_HELD];
    Real truth[SEG_HELD];
    Real weight;
    int taken;  // pixels since the last flush
    double* block;  // of all warps
    double* own;  // of this warp, in PartialLayout
    int width;
    ThreadTerms terms;
#if SEG_PAIRS
    PairSums pairs;
#endif
    Real* bins;  // of this lane: I and G of each class, 64 apart
    Real* rows;  // channels of this warp's pixels, if SEG_STAGED
#if SEG_HAS_GIVEN_LABELS
    bool divides;  // whether any term divides probabilities by their sum
#endif
#if SEG_COUNTS
    HardCounts hard;
#endif

    SEG_MEMBER void start(const Inputs& in) {
#if SEG_HAS_GIVEN_LABELS
        divides = kept(anyDivides(in) ? 1 : 0) != 0;
#endif
        width = (int) partialWidth(in);
        rows = rowsOfWarp(segShared);
        Real* rest = (Real*) segShared + (SEG_STAGED ? blockDim.x * SEG_PITCH : 0);
        bins = rest + warp() * 64 * SEG_CLASSES + 2 * lane();
        rest += SEG_SUMS == SEG_BINS ? blockDim.x * 2 * SEG_CLASSES : 0;
        terms.sums = rest + warp() * 32 * in.pixelTerms + lane();
        rest += blockDim.x * in.pixelTerms;
#if SEG_HAS_SMOOTHED_LABELS
        rest = terms.bringSmoothed(in, rest);
#endif
#if SEG_PAIRS
        rest = pairs.start(in, rest);
#endif
        block = (double*) rest;
        own = block + warp() * width;
    }

    // Sets the sums to 0.
    SEG_MEMBER void open(const ForwardArguments& args, i64) {
        for (int j = lane(); j < width; j += 32) {
            own[j] = 0;
        }
        terms.open(args.in);
#if SEG_PAIRS
        pairs.open();
#endif
        clear();
        __syncwarp();
    }

    SEG_MEMBER void clear() {
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            predicted[c] = 0;
#if SEG_SQUARES
            squares[c] = 0;
#endif
            if (SEG_SUMS == SEG_REGISTERS) {
                intersection[c] = truth[c] = 0;
            }
        }
#pragma unroll
        for (int c = 0; SEG_SUMS == SEG_BINS && c < SEG_CLASSES; c++) {
            *(Pack<Real, 2>*) (bins + 64 * c) = {{0, 0}};
        }
#if SEG_PAIRS
        pairs.clear();
#endif
        weight = 0;
        taken = 0;
    }

    // Adds pixels [from, to) of example n.
    SEG_MEMBER void sweep(const ForwardArguments& args, i64 n, i64 from, i64 to) {
        const Inputs& in = args.in;
        i64 tile = startOfTiles(in.predictions, n, from) + warp() * 32 * SEG_VECTOR;
        IndexedExample example = indexedExample(in, n, tile);
        i64 ofLane = kept((i64) lane() * SEG_VECTOR);
        for (; tile < to; tile += blockDim.x * SEG_VECTOR) {
            const Real* row = bringTile(in, n, tile, to, rows);
            Group group = {n, tile + ofLane, from, to};
            if (group.isWhole()) {
                add<SEG_VECTOR>(args, example, group.first, row);
            } else {
#pragma unroll 1
                for (int v = 0; SEG_VECTOR > 1 && v < SEG_VECTOR; v++) {
                    if (group.has(v)) {
                        add<1>(args, example, group.first + v, row);
                    }
                }
            }
            taken += SEG_VECTOR;
            if (taken >= SEG_RUN) {
                flush(in);
            }
        }
    }

    // Adds W pixels from `first` on.
    template <int W>
    SEG_MEMBER void add(const ForwardArguments& args, const IndexedExample& example, i64 first, const Real* row) {
        IndexedGroup<W> pixels;
        pixels.read(args.in, example, first, row);
#if SEG_COUNTS
        hard.add(pixels);
#endif
        if (SEG_ACTIVATION == SEG_SOFTMAX) {
            pixels.findShifts();
        }
#if SEG_HAS_SMOOTHED_LABELS
        terms.addBelowReference(args.in, example, first, row, pixels);
#endif
#if SEG_HAS_GIVEN_LABELS
        GivenPixel given[W];
#else
        Probability u[W];  // of the label's class, for a softmax
#endif
#if SEG_HAS_SMOOTHED_LABELS
        Real inverse[W];  // of the sum of the exponentials
#endif
#pragma unroll
        for (int v = 0; v < W; v++) {
            Real e[SEG_CLASSES];
#if SEG_HAS_SMOOTHED_LABELS
            Real own = terms.activate(args.in, pixels, v, example.n, first, row, e);
#else
            Real own = pixels.activate(v, e);
#endif
            if (SEG_CLASSES <= SEG_CHOSEN) {
                find<0>(e, pixels.label[v], own);
            }
            Real others = 0;
            Real sum = 0;
#if SEG_HAS_SMOOTHED_LABELS
            bool isApart = !terms.isMuch;  // whether the label's class is held apart
#else
            bool isApart = SEG_TERMS != SEG_NO_TERMS && !SEG_HAS_GIVEN_LABELS;
#endif
            if (isApart) {
                addOthers<0>(e, pixels.label[v], others);
                sum = others + own;
            } else {
#if SEG_HAS_GIVEN_LABELS
                sum = sumOfShares(e, divides || SEG_COUNTS);
#else
#pragma unroll
                for (int c = 0; c < SEG_CLASSES; c++) {
                    sum += e[c];
                }
#endif
#if SEG_HAS_SMOOTHED_LABELS
                others = sum - own;
#endif
            }
#if SEG_COUNTS
            hard.look<1>(args.in, example.n, first + v, sum);
#endif
            Real factor = SEG_ACTIVATION == SEG_SOFTMAX ? reciprocal(sum) : 1;
#if SEG_HAS_GIVEN_LABELS
            given[v] = {own, sum};
#else
            u[v] = {own * factor, others * factor};
#endif
#if SEG_HAS_SMOOTHED_LABELS
            inverse[v] = factor;
#endif
            if (args.hasThreshold) {
                own = harden(args, own * factor);
                factor = hardenAll(args, e, factor);
            }
            addPixel(e, own, pixels.label[v], pixels.weight[v], pixels.weight[v] * factor);
#if SEG_SQUARES
            addSquares(e, pixels.weight[v] * factor * factor);
#endif
#if SEG_PAIRS
            pairs.add(e, pixels.label[v], pixels.weight[v] * factor);
#endif
        }
#if SEG_HAS_GIVEN_LABELS
        addGivenLosses<W>(args.in, pixels.weight, pixels.label, given, terms.sums);
#elif SEG_HAS_SMOOTHED_LABELS
        terms.addSmoothed<W>(args.in, example, first, row, pixels, u, inverse);
#elif SEG_TERMS == SEG_OWN_TERMS
        terms.addOwn<W>(args.in, example, first, row, pixels, u);
#elif SEG_TERMS == SEG_ANY_TERMS
        terms.addAny(args.in, example.n, first, row, pixels.weight[0], pixels.label[0]);
#endif
    }

    // Adds a pixel of class y, whose probabilities times its weight are e times the factor.
    SEG_MEMBER void addPixel(const Real (&e)[SEG_CLASSES], Real own, int y, Real ofPixel, Real factor) {
        weight += ofPixel;
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            if (SEG_SUMS == SEG_REGISTERS) {
                Real p = e[c] * factor;
                predicted[c] += p;
                intersection[c] += c == y ? p : 0;
                truth[c] += c == y ? ofPixel : 0;
            } else {
                predicted[c] = fused(e[c], factor, predicted[c]);
            }
        }
        if (SEG_SUMS == SEG_BINS && y < SEG_CLASSES) {
            Pack<Real, 2>& bin = *(Pack<Real, 2>*) (bins + 64 * y);
            bin = {{bin.of[0] + own * factor, bin.of[1] + ofPixel}};
        }
    }

#if SEG_SQUARES
    // Adds the squares of a pixel's probabilities, times its weight, which are those of e times the factor.
    SEG_MEMBER void addSquares(const Real (&e)[SEG_CLASSES], Real factor) {
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            squares[c] = fused(e[c] * e[c], factor, squares[c]);
        }
    }
#endif

    // Adds the float sums to the double sums of the warp, and sets them to 0.
    SEG_MEMBER void flush(const Inputs& in) {
        if (taken == 0) {
            return;
        }
        Real p, i, g;
#if SEG_SQUARES
        Real q;
        // Up to 16 classes, there are lanes for the sums of squares beside those of P.
        constexpr int ROWS = SEG_SUMS == SEG_BINS && SEG_CLASSES <= 16 ? 2 * SEG_CLASSES : SEG_CLASSES;
#endif
        if (SEG_SUMS == SEG_REGISTERS) {
#if SEG_SQUARES
            q = sumOfLane(squares);
#endif
            p = sumOfLane(predicted);
            i = sumOfLane(intersection);
            g = sumOfLane(truth);
        } else {
            Real sums[2];
            Real* ofClass = bins - 2 * lane();
            __syncwarp();
            sumsOfRow(ofClass + 64 * lane(), sums);
            i = sums[0];
            g = sums[1];
            __syncwarp();
#pragma unroll
            for (int c = 0; c < SEG_CLASSES; c++) {
                ofClass[32 * c + lane()] = predicted[c];
#if SEG_SQUARES
                if (ROWS > SEG_CLASSES) {
                    ofClass[32 * (SEG_CLASSES + c) + lane()] = squares[c];
                }
#endif
            }
            __syncwarp();
            Real sum[1];
#if SEG_SQUARES
            sumsOfRow<1, ROWS>(ofClass + 32 * lane(), sum);
#else
            sumsOfRow(ofClass + 32 * lane(), sum);
#endif
            p = sum[0];
#if SEG_SQUARES
            q = p;
            if (ROWS == SEG_CLASSES) {
                __syncwarp();
#pragma unroll
                for (int c = 0; c < SEG_CLASSES; c++) {
                    ofClass[32 * c + lane()] = squares[c];
                }
                __syncwarp();
                sumsOfRow(ofClass + 32 * lane(), sum);
                q = sum[0];
            }
#endif
        }
        if (lane() < SEG_CLASSES) {
            own[PartialLayout::INTERSECTION + lane()] += i;
            own[PartialLayout::PREDICTED + lane()] += p;
            own[PartialLayout::TRUTH + lane()] += g;
        }
#if SEG_SQUARES
        int c = lane() - (ROWS - SEG_CLASSES);
        if (c >= 0 && c < SEG_CLASSES) {
            own[PartialLayout::SQUARES + c] += q;
        }
#endif
        Real m = warpSum(weight);
        if (lane() == 0) {
            own[PartialLayout::WEIGHT] += m;
        }
        flushTerms(in, terms.sums, own + PartialLayout::TERMS + SEG_PAIRS);
#if SEG_PAIRS
        pairs.flush(own + PartialLayout::TERMS);
#endif
        __syncwarp();
        clear();
    }

    // Writes the sums of the block as one row of partial sums. All threads of the block must call it.
    SEG_MEMBER void close(const ForwardArguments& args, i64 row) {
        flush(args.in);
#if SEG_HAS_SMOOTHED_LABELS
        // With a threshold there are no linear terms: it makes other sums of P.
        terms.addShares(args.in, own + PartialLayout::PREDICTED, own + PartialLayout::TERMS);
#endif
#if SEG_SQUARES
        // Those of the labels are the truths.
        if (lane() < SEG_CLASSES) {
            own[PartialLayout::SQUARES + lane()] += own[PartialLayout::TRUTH + lane()];
        }
#endif
        writeSumsOfWarps(args, row, block, width);
    }
};

typedef ThreadSums Sums;

}  // namespace seg
#endif
