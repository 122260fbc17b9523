#pragma once
// SEG_REGISTERS for dense labels: the sums of a known number of classes, up to 32. Each thread adds all sums of every
// class in registers. It adds SEG_DENSE_RUN pixels in float, which are then added over the warp; all further sums are
// double.
#include "seg/loss/given_truths.cuh"
#include "seg/pixel/dense_group.cuh"
#include "seg/sums/dense_class_sums.cuh"
#include "seg/sums/known_classes.cuh"
#include "seg/sums/thread_terms.cuh"

#if SEG_SUMS == SEG_REGISTERS && SEG_IS_DENSE
namespace seg {

#define SEG_DENSE_RUN 64

struct DenseSums : DenseClassSums {
    int taken;  // pixels since the last flush
    double* block;  // of all warps
    double* own;  // of this warp, in PartialLayout
    int width;
    ThreadTerms terms;
    Real* rows;  // channels of this warp's pixels, if SEG_STAGED
#if SEG_HAS_SHARED_TRUTHS
    Real* truthRows;  // a TruthRow of each pixel term
#endif
#if SEG_HAS_ONE_HOT
    bool asksOneClass;  // whether one-hot labels ask of one class alone
#endif
#if SEG_HAS_GIVEN_TRUTHS
    bool divides;  // whether any term divides probabilities by their sum
#endif
#if SEG_COUNTS
    HardCounts hard;
#endif

    SEG_MEMBER void start(const Inputs& in) {
#if SEG_HAS_GIVEN_TRUTHS
        divides = kept(anyDivides(in) ? 1 : 0) != 0;
#endif
        width = (int) partialWidth(in);
        rows = rowsOfWarp(segShared);
        Real* rest = (Real*) segShared + (SEG_STAGED ? blockDim.x * SEG_PITCH : 0);
#if SEG_HAS_SHARED_TRUTHS
        truthRows = rest;
        bringTruthRows(in, truthRows);
        rest += in.pixelTerms * TruthRow::WIDTH;
#endif
#if SEG_HAS_ONE_HOT
        asksOneClass = kept(seg::asksOneClass(in) ? 1 : 0) != 0;
#endif
        terms.sums = rest + warp() * 32 * in.pixelTerms + lane();
        block = (double*) (rest + blockDim.x * in.pixelTerms);
        own = block + warp() * width;
    }

    // Sets the sums to 0.
    SEG_MEMBER void open(const ForwardArguments& args, i64) {
        for (int j = lane(); j < width; j += 32) {
            own[j] = 0;
        }
        terms.open(args.in);
        clear();
        __syncwarp();
    }

    SEG_MEMBER void clear() {
        clearClasses();
        taken = 0;
    }

    // Adds pixels [from, to) of example n.
    SEG_MEMBER void sweep(const ForwardArguments& args, i64 n, i64 from, i64 to) {
        const Inputs& in = args.in;
        i64 tile = startOfTiles(in.predictions, n, from) + warp() * 32 * SEG_VECTOR;
        DenseExample example = denseExample(in, n, tile);
        i64 ofLane = kept((i64) lane() * SEG_VECTOR);
        for (; tile < to; tile += blockDim.x * SEG_VECTOR) {
            LaneTruths truths;
            const Real* row = bringTile(in, example, tile, to, rows, truths);
            Group group = {n, tile + ofLane, from, to};
#if SEG_COUNTS
            hard.readGroup(in, group);
#endif
            if (group.isWhole() && example.isWide && add<SEG_VECTOR>(args, example, group.first, row, truths)) {
                // They are added.
            } else {
#pragma unroll 1
                for (int v = 0; SEG_VECTOR > 1 && v < SEG_VECTOR; v++) {
                    if (group.has(v)) {
                        add<1>(args, example, group.first + v, row, truths);
                    }
                }
            }
            taken += SEG_VECTOR;
            if (taken >= SEG_DENSE_RUN) {
                flush(in);
            }
        }
    }

    // Adds W pixels from `first` on. Returns false, and adds nothing, if they are to be taken one by one.
    template <int W>
    SEG_MEMBER bool add(const ForwardArguments& args, const DenseExample& example, i64 first, const Real* row,
                        const LaneTruths& truths) {
        DenseGroup<W> pixels;
#if SEG_HAS_ONE_HOT
        pixels.read(args.in, example, first, row, truths, asksOneClass);
        if (pixels.areOneHot && addOneHot(args, example, first, row, pixels)) {
            return true;
        }
#else
        pixels.read(args.in, example, first, row, truths, SEG_HAS_ONE_HOT_LABELS);
#endif
#if SEG_HAS_GIVEN_TRUTHS
        if (W > 1 && !pixels.areOneHot) {
            seldom();
            return false;
        }
#endif
#if SEG_HAS_SHARED_TRUTHS
        SoftmaxShares shares[W];
#pragma unroll
        for (int v = 0; v < W; v++) {
            Real z[SEG_CLASSES];
            pixels.channels.get(v, z);
            shares[v].open(z);
            shares[v].findLogarithms();
        }
        addLosses(args.in, pixels, shares);
#pragma unroll
        for (int v = 0; v < W; v++) {
            Real p[SEG_CLASSES];
            Real factor = hardenAll(args, p, shares[v].takeAll(p));
            addPixel(p, pixels.truths[v], pixels.weight[v], factor);
        }
#else
        Real maxima[W] = {};
        if (SEG_ACTIVATION == SEG_SOFTMAX) {
            pixels.findMaxima(maxima);
        }
#pragma unroll
        for (int v = 0; v < W; v++) {
            Real p[SEG_CLASSES];
            pixels.channels.get(v, p);
#if SEG_HAS_GIVEN_TRUTHS
            if (pixels.isPlain && !args.hasThreshold) {
                addPlain(p, pixels.truths[v]);
                continue;
            }
            seldom();
#endif
            Real factor = activate(p, maxima[v]);
            factor = hardenAll(args, p, factor);
            addPixel(p, pixels.truths[v], pixels.weight[v], factor);
        }
#if SEG_HAS_GIVEN_TRUTHS
        addGivenTruths<W>(args.in, pixels, divides, terms.sums);
#endif
        if (SEG_TERMS == SEG_ANY_TERMS) {
            terms.addAny(args.in, example.n, first, row, pixels.weight[0], SEG_CLASSES);
        }
#endif
        return true;
    }

    // Turns predictions into numbers that become probabilities when multiplied by the factor that it returns.
    static SEG_MEMBER Real activate(Real (&p)[SEG_CLASSES], Real max) {
        Real shift = SEG_ACTIVATION == SEG_SOFTMAX ? shiftOf(max) : 0;
        Real sum = 0;
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            p[c] = SEG_ACTIVATION == SEG_SOFTMAX    ? exponentialFrom(shift, p[c])
                    : SEG_ACTIVATION == SEG_SIGMOID ? sigmoid(p[c]).p
                                                    : p[c];
            sum += p[c];
        }
        return SEG_ACTIVATION == SEG_SOFTMAX ? reciprocal(sum) : 1;
    }

#if SEG_HAS_ONE_HOT
    // Adds pixels with one-hot labels. Returns false, and adds nothing, if some are not.
    template <int W>
    SEG_MEMBER bool addOneHot(const ForwardArguments& args, const DenseExample& example, i64 first, const Real* row,
                              DenseGroup<W>& pixels) {
        Real maxima[W];
        pixels.findMaxima(maxima);
        Real e[W][SEG_CLASSES];
        Real own[W];
        Real others[W];
        int label[W];
        bool all = true;
#pragma unroll
        for (int v = 0; v < W; v++) {
            pixels.exponentials(v, maxima[v], e[v]);
            own[v] = others[v] = 0;
            label[v] = SEG_CLASSES;
            splitByLabel<0>(e[v], pixels.truths[v], label[v], others[v], own[v]);
            all = all && (label[v] < SEG_CLASSES || pixels.oneHot[v] == NO_CLASS);
        }
        if (!all) {
            return false;
        }
        OneHotSide at[W];
#pragma unroll
        for (int v = 0; v < W; v++) {
            Real factor = reciprocal(others[v] + own[v]);
            at[v] = oneHotSide(args.in, example.n, first + v, row, label[v], own[v] * factor, others[v] * factor);
            if (args.hasThreshold) {
                own[v] = harden(args, own[v] * factor);
                factor = hardenAll(args, e[v], factor);
            }
            addClasses<0>(e[v], label[v], own[v], pixels.weight[v], pixels.weight[v] * factor);
            weight += pixels.weight[v];
        }
#pragma unroll 1
        for (int t = 0; t < (int) args.in.pixelTerms; t++) {
            const Real* ofTerm = truthRows + t * TruthRow::WIDTH;
            Real asked[W];
#pragma unroll
            for (int v = 0; v < W; v++) {
                at[v].keep();
                asked[v] = askedOfClass(ofTerm, label[v]);
            }
            terms.sums[32 * t] += ofTruthKind(ofTerm, OneHotLosses<W>{ofTerm, pixels.weight, asked, at});
        }
        return true;
    }
#endif

#if SEG_HAS_SHARED_TRUTHS
    // Adds the pixel losses of a group.
    template <int W>
    SEG_MEMBER void addLosses(const Inputs& in, const DenseGroup<W>& pixels, SoftmaxShares (&shares)[W]) {
#pragma unroll 1
        for (int t = 0; t < (int) in.pixelTerms; t++) {
            const Real* row = truthRows + t * TruthRow::WIDTH;
            bool isEntropy = row[TruthRow::KIND] == SEG_TRUTH_ENTROPY;
            Real sum = 0;
#pragma unroll
            for (int v = 0; v < W; v++) {
                Real none[SEG_CLASSES];
                shares[v].forget();
                Real loss = isEntropy ? truthEntropy(row, shares[v], pixels.truths[v])
                                      : truthLoss<false>(row, shares[v], pixels.truths[v], 0, none);
                sum += pixels.weight[v] == 0 ? 0 : pixels.weight[v] * loss;
            }
            terms.sums[32 * t] += sum;
        }
    }
#endif

    // Adds the float sums to the double sums of the warp, and sets them to 0.
    SEG_MEMBER void flush(const Inputs& in) {
        if (taken == 0) {
            return;
        }
        flushClasses(own);
        flushTerms(in, terms.sums, own + PartialLayout::TERMS);
        __syncwarp();
        clear();
    }

    // Writes the sums of the block as one row of partial sums. All threads of the block must call it.
    SEG_MEMBER void close(const ForwardArguments& args, i64 row) {
        flush(args.in);
        writeSumsOfWarps(args, row, block, width);
    }
};

typedef DenseSums Sums;

}  // namespace seg
#endif
