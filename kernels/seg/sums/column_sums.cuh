#pragma once
// The sums of a known number of classes, up to 32, for dense labels. A warp takes 32 pixels at a time: each thread
// makes the probabilities of one pixel in registers and leaves them as a row in shared memory; then each thread adds a
// column, the class of its own, over the pixels. So a thread holds three sums in all, not three for each class.
#include "seg/sums/column.cuh"
#include "seg/sums/known_classes.cuh"

#if SEG_SUMS == SEG_COLUMNS
namespace seg {

// Doubles of a warp in shared memory: I, P and G of each lane, and M.
#define SEG_LANE_SUMS (3 * 32 + 1)

struct ColumnSums {
    Column column;       // of this lane's class
    double weight;       // of this lane's pixels
    double* block;       // of all warps
    double* own;         // of this warp: SEG_LANE_SUMS, then T
    int width;
    Real* rows;          // of this warp, [32, SEG_PITCH]

    SEG_MEMBER void start(const Inputs& in) {
        width = SEG_LANE_SUMS + (int) in.pixelTerms;
        rows = rowsOfWarp(segShared);
        block = (double*) ((Real*) segShared + blockDim.x * SEG_PITCH);
        own = block + warp() * width;
    }

    // Starts at 0.
    SEG_MEMBER void open(const ForwardArguments& args, i64) {
        column = {0, 0, 0};
        weight = 0;
        for (int t = lane(); t < args.in.pixelTerms; t += 32) {
            own[SEG_LANE_SUMS + t] = 0;
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
#pragma unroll
            for (int v = 0; v < SEG_VECTOR; v++) {
                addPixel(args, pixels[v], p[v]);
            }
        }
    }

    SEG_MEMBER void addPixel(const ForwardArguments& args, Pixel& pixel, Real (&p)[SEG_CLASSES]) {
        bool counts = pixel.weight != 0;
        if (counts) {
            activate(pixel, p);
        }
        for (i64 t = 0; SEG_TERMS != SEG_NO_TERMS && t < args.in.pixelTerms; t++) {
            Real loss = warpSum(counts ? lossOfTerm(args.in, pixel, p, 1, t) : 0);
            if (lane() == 0) {
                own[SEG_LANE_SUMS + t] += loss;
            }
        }
        weight += pixel.weight;
        column.add(args, pixel, p, counts, rows);
    }

    // Writes the sums of the block as one row of partial sums.
    SEG_MEMBER void close(const ForwardArguments& args, i64 row) {
        double* mine = own + 3 * lane();
        mine[0] = column.intersection;
        mine[1] = column.predicted;
        mine[2] = column.truth;
        double weights = warpSum(weight);
        if (lane() == 0) {
            own[3 * 32] = weights;
        }
        __syncthreads();
        int columns = (int) partialWidth(args.in);
        for (int j = threadIdx.x; j < columns; j += blockDim.x) {
            double sum = 0;
            for (int w = 0; w < warps(); w++) {
                const double* ofWarp = block + w * width;
                for (int group = 0; j < 3 * SEG_CLASSES && group < SEG_GROUPS; group++) {
                    sum += ofWarp[(group * SEG_CLASSES + j % SEG_CLASSES) * 3 + j / SEG_CLASSES];
                }
                sum += j < 3 * SEG_CLASSES ? 0 : ofWarp[SEG_LANE_SUMS - 1 + j - 3 * SEG_CLASSES];
            }
            args.partials[row * columns + j] = sum;
        }
        __syncthreads();
    }
};

typedef ColumnSums Sums;

}  // namespace seg
#endif
