#pragma once
// The sums of a known number of classes, up to 32. A warp takes 32 pixels at a time: each thread makes the
// probabilities of one pixel in registers and leaves them as a row in shared memory; then each thread adds a column,
// the class of its own, over the pixels. So a thread holds three sums in all, not three for each class, and there are
// registers for many warps at a time, which hide each other's waiting for memory.
#include "seg/pixel_term.cuh"
#include "seg/staging.cuh"

#if SEG_CLASSES > 0
namespace seg {

// Below 17 classes several threads share a column.
#define SEG_GROUPS (32 / SEG_CLASSES)
// Doubles of a warp in shared memory: I, P and G of each lane, and M.
#define SEG_LANE_SUMS (3 * 32 + 1)

struct LaneSums {
    // Of this lane's class. Floats add up over 32 pixels at most.
    double intersection;
    double predicted;
    double truth;
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
        intersection = predicted = truth = weight = 0;
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
                pixel.load(in, n, first + lane());
                readChannels(in, pixel, p);
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
            addColumns(args, pixel, p, counts);
        }
    }

    SEG_MEMBER void addColumns(const ForwardArguments& args, const Pixel& pixel, Real (&p)[SEG_CLASSES], bool counts) {
        Real* row = rows + lane() * SEG_PITCH;
        __syncwarp();
        row[SEG_CLASSES] = pixel.weight;
        row[SEG_CLASSES + 1] = (Real) pixel.trueClass(args.in);
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            p[c] = counts ? pixel.weight * harden(args, p[c]) : 0;
            row[c] = p[c];
        }
        __syncwarp();
        if (!SEG_IS_DENSE) {
            addColumnsOfIndices();
            __syncwarp();
            return;
        }
        predicted += column();
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            Real g = counts ? pixel.truth(args.in, c) : 0;
            row[c] = pixel.weight * g;
            p[c] = counts ? p[c] * g : 0;
        }
        __syncwarp();
        truth += column();
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            row[c] = p[c];
        }
        __syncwarp();
        intersection += column();
    }

    // The sum of this lane's column, or of its share in it.
    SEG_MEMBER Real column() const {
        Real sum = 0;
#pragma unroll
        for (int k = lane() / SEG_CLASSES; k < 32; k += SEG_GROUPS) {
            sum += rows[k * SEG_PITCH + lane() % SEG_CLASSES];
        }
        __syncwarp();
        return sum;
    }

    SEG_MEMBER void addColumnsOfIndices() {
        int c = lane() % SEG_CLASSES;
        Real sums[3] = {0, 0, 0};
#pragma unroll
        for (int k = lane() / SEG_CLASSES; k < 32; k += SEG_GROUPS) {
            const Real* row = rows + k * SEG_PITCH;
            bool hit = row[SEG_CLASSES + 1] == c;
            sums[0] += hit ? row[c] : 0;
            sums[1] += row[c];
            sums[2] += hit ? row[SEG_CLASSES] : 0;
        }
        intersection += sums[0];
        predicted += sums[1];
        truth += sums[2];
    }

    // Writes the sums of the block as one row of partial sums [4C + T].
    SEG_MEMBER void close(const ForwardArguments& args, i64 row) {
        double* mine = own + 3 * lane();
        mine[0] = intersection;
        mine[1] = predicted;
        mine[2] = truth;
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
