#pragma once
// The sums of a known number of classes, up to 32. A warp takes 32 pixels at a time: each thread makes the
// probabilities of one pixel in registers and leaves them as a row in shared memory; then each thread adds a column,
// the class of its own, over the pixels. So a thread holds three sums in all, not three for each class, and there are
// registers for many warps at a time, which hide each other's waiting for memory.
#include "seg/columns.cuh"
#include "seg/pixel_term.cuh"

#if SEG_CLASSES > 0
namespace seg {

// Doubles of a warp in shared memory: I, P and G of each lane, and M.
#define SEG_LANE_SUMS (3 * 32 + 1)

struct LaneSums {
    ColumnSums column;   // of this lane's class
    double weight;       // of this lane's pixels
    double* own;         // of this warp: SEG_LANE_SUMS, then T
    int width;
    Real* rows;          // of this warp, [32, SEG_PITCH]: C probabilities, weight, label

    SEG_MEMBER void start(const Inputs& in) {
        width = SEG_LANE_SUMS + (int) in.pixelTerms;
        own = segShared + warp() * width;
        rows = rowsOfWarp(segShared + warps() * width);
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
        for (i64 first = from + warp() * 32; first < to; first += blockDim.x) {
            bool live = first + lane() < to;
            Pixel pixel = {};
            Real p[SEG_CLASSES];
            if (SEG_STAGED) {
                i64 at = n * in.predictions.exampleStride + first * in.predictions.pixelStride;
                bringRows(in.predictions, at, (int) smaller(to - first, (i64) 32), rows);
                pixel.row = rows + lane() * SEG_PITCH;
            }
            pixel.label = -1;
            if (live) {
                // First of all, so that predictions and label wait for memory together.
                pixel.locate(in, n, first + lane());
                readChannels(in, pixel, p);
                pixel.load(in, n, first + lane());
            }
            bool counts = live && pixel.weight != 0;
            if (counts) {
                activate(pixel, p);
            }
            for (i64 t = 0; t < in.pixelTerms; t++) {
                Real loss = warpSum(counts ? pixelLoss(in, pixel, pixelTerm(in, t)) : 0);
                if (lane() == 0) {
                    own[SEG_LANE_SUMS + t] += loss;
                }
            }
            weight += pixel.weight;
            column.add(args, pixel, p, counts, rows);
        }
    }

    // Writes the sums of the block as one row of partial sums [4C + T].
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
        int columns = 4 * SEG_CLASSES + (int) args.in.pixelTerms;
        for (int j = threadIdx.x; j < columns; j += blockDim.x) {
            double sum = 0;
            for (int w = 0; w < warps(); w++) {
                const double* ofWarp = segShared + w * width;
                for (int group = 0; j < 3 * SEG_CLASSES && group < SEG_GROUPS; group++) {
                    sum += ofWarp[(group * SEG_CLASSES + j % SEG_CLASSES) * 3 + j / SEG_CLASSES];
                }
                sum += j < 3 * SEG_CLASSES ? 0
                        : ofWarp[j < 4 * SEG_CLASSES ? 3 * 32 : SEG_LANE_SUMS + j - 4 * SEG_CLASSES];
            }
            args.partials[row * columns + j] = sum;
        }
        __syncthreads();
    }
};

typedef LaneSums Sums;

}  // namespace seg
#endif
