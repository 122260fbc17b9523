#pragma once
// SEG_COLUMNS: the sums of a known number of classes, up to 32, for dense labels. A warp adds 32 pixels at a time: each
// thread computes the probabilities of one pixel in registers and writes them to a row in shared memory; then each
// thread adds one column, which is one class, over the pixels. So a thread has three sums in all, not three for each
// class.
#include "seg/sums/column.cuh"
#include "seg/sums/known_classes.cuh"

#if SEG_SUMS == SEG_COLUMNS
namespace seg {

struct ColumnSums {
    Column column;  // of this lane's class
    double weight;  // of this lane's pixels
    double* block;  // of all warps
    double* own;  // of this warp, in LaneLayout
    int width;
    Real* rows;  // of this warp, [32, SEG_PITCH]
#if SEG_HAS_SHARED_TRUTHS
    Real* truthRows;  // a TruthRow of each pixel term
#endif
#if SEG_COUNTS
    HardCounts hard;
#endif

    SEG_MEMBER void start(const Inputs& in) {
        width = LaneLayout::term((int) in.pixelTerms);
        rows = rowsOfWarp(segShared);
#if SEG_HAS_SHARED_TRUTHS
        truthRows = (Real*) segShared + blockDim.x * SEG_PITCH;
        bringTruthRows(in, truthRows);
        block = (double*) (truthRows + in.pixelTerms * TruthRow::WIDTH);
#else
        block = (double*) ((Real*) segShared + blockDim.x * SEG_PITCH);
#endif
        own = block + warp() * width;
    }

    // Sets the sums to 0.
    SEG_MEMBER void open(const ForwardArguments& args, i64) {
        column = {};
        weight = 0;
        for (int t = lane(); t < args.in.pixelTerms; t += 32) {
            own[LaneLayout::term(t)] = 0;
        }
        __syncwarp();
    }

    // Adds pixels [from, to) of example n.
    SEG_MEMBER void sweep(const ForwardArguments& args, i64 n, i64 from, i64 to) {
        const Inputs& in = args.in;
        i64 tile = startOfTiles(in.predictions, n, from) + warp() * 32 * SEG_VECTOR;
        for (; tile < to; tile += blockDim.x * SEG_VECTOR) {
            Real p[SEG_VECTOR][SEG_CLASSES];
            Pixel pixels[SEG_VECTOR];
            readTile(in, n, tile, from, to, rows, p, pixels);
#if SEG_COUNTS
            hard.readGroup(in, Group{n, tile + lane() * SEG_VECTOR, from, to});
#endif
#pragma unroll
            for (int v = 0; v < SEG_VECTOR; v++) {
                addPixel(args, pixels[v], p[v]);
            }
        }
    }

    SEG_MEMBER void addPixel(const ForwardArguments& args, Pixel& pixel, Real (&p)[SEG_CLASSES]) {
        bool counts = pixel.weight != 0;
#if SEG_HAS_SHARED_TRUTHS
        SoftmaxShares shares(p);
#pragma unroll 1
        for (int t = 0; t < (int) args.in.pixelTerms; t++) {
            Real loss = truthLoss<false>(truthRows + t * TruthRow::WIDTH, shares, pixel.truths, 0, p);
            loss = warpSum(counts ? pixel.weight * loss : 0);
            if (lane() == 0) {
                own[LaneLayout::term(t)] += loss;
            }
        }
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            p[c] = shares.p(c);
        }
#else
        if (counts) {
            activate(pixel, p);
        }
        for (i64 t = 0; SEG_TERMS != SEG_NO_TERMS && t < args.in.pixelTerms; t++) {
            Real loss = warpSum(counts ? lossOfTerm(args.in, pixel, p, 1, t) : 0);
            if (lane() == 0) {
                own[LaneLayout::term((int) t)] += loss;
            }
        }
#endif
        weight += pixel.weight;
        column.add(args, pixel, p, counts, rows);
    }

    // Writes the sums of the block as one row of partial sums. All threads of the block must call it.
    SEG_MEMBER void close(const ForwardArguments& args, i64 row) {
        own[LaneLayout::intersection(lane())] = column.intersection;
        own[LaneLayout::predicted(lane())] = column.predicted;
        own[LaneLayout::truth(lane())] = column.truth;
#if SEG_SQUARES
        own[LaneLayout::intersection(lane()) + LaneLayout::SQUARES] = column.squares;
#endif
#if SEG_DISTANCES
        own[LaneLayout::intersection(lane()) + LaneLayout::DISTANCE] = column.distance;
#endif
        double weights = warpSum(weight);
        if (lane() == 0) {
            own[LaneLayout::weight()] = weights;
        }
        __syncthreads();
        int columns = (int) partialWidth(args.in);
        for (int j = threadIdx.x; j < columns; j += blockDim.x) {
            double sum = 0;
            for (int w = 0; w < warps(); w++) {
                const double* ofWarp = block + w * width;
                // I, P, G and so on of class j % C stand side by side, in this order, for each lane with a share in
                // them.
                for (int group = 0; j < PartialLayout::WEIGHT && group < SEG_GROUPS; group++) {
                    sum += ofWarp[LaneLayout::intersection(group * SEG_CLASSES + j % SEG_CLASSES) + j / SEG_CLASSES];
                }
                sum += j < PartialLayout::WEIGHT ? 0 : ofWarp[LaneLayout::weight() + j - PartialLayout::WEIGHT];
            }
            args.partials[row * columns + j] = sum;
        }
        __syncthreads();
    }
};

typedef ColumnSums Sums;

}  // namespace seg
#endif
