#pragma once
// The Lovasz extension of the Jaccard loss at errors from 0 to 1 that are counted in bins, where masses are whole
// numbers: the errors of a bin are taken for that in its middle, and its places share its slopes, as
// org.segloss4j.internal.cpu.separate.LovaszExtension says. All atomics are on integers.
#include "seg/base/elements.cuh"
#include "seg/rank/rank.cuh"

namespace seg {

// The numbers of a bin are the true mass and the other mass, and then the slope by each. Behind them is the number of
// errors that are NaN.
enum { ERROR_BINS = 65536, BINS_OF_THREAD = ERROR_BINS / RANK_THREADS };

SEG_DEVICE i64 binOf(const RankArguments& args, Real number) {
    return (i64) smaller(magnitude(args, number) * ERROR_BINS, (Real) (ERROR_BINS - 1));
}

SEG_DEVICE i64 firstPlace() { return (i64) blockIdx.x * blockDim.x + threadIdx.x; }

SEG_DEVICE void countErrors(const RankArguments& args) {
    u64* counts = (u64*) args.counts;
    for (i64 place = firstPlace(); place < args.places; place += (i64) gridDim.x * blockDim.x) {
        Real truth = args.truth[place];
        Real other = args.other[place];
        if (truth + other != 0) {
            Real number = args.errors[place];
            if (number != number) {
                atomicAdd(counts + 2 * ERROR_BINS, (u64) 1);
            } else {
                atomicAdd(counts + 2 * binOf(args, number) + (truth != 0 ? 0 : 1), (u64) (truth + other));
            }
        }
    }
}

// Goes through the bins from the largest error on; each thread has consecutive ones. One block.
SEG_DEVICE void stepsOfBins(const RankArguments& args) {
    i64* sums = (i64*) segShared;
    i64 last = ERROR_BINS - 1 - (i64) threadIdx.x * BINS_OF_THREAD;
    i64 own[2] = {0, 0};
    for (int j = 0; j < BINS_OF_THREAD; j++) {
        own[0] += args.counts[2 * (last - j)];
        own[1] += args.counts[2 * (last - j) + 1];
    }
    sums[threadIdx.x] = own[0];
    sums[RANK_THREADS + threadIdx.x] = own[1];
    __syncthreads();
    i64 all = 0;
    i64 truth = 0;
    i64 other = 0;
    // Unrolled altogether, the loads would take all registers.
#pragma unroll 8
    for (int t = 0; t < RANK_THREADS; t++) {
        truth += t < (int) threadIdx.x ? sums[t] : 0;
        other += t < (int) threadIdx.x ? sums[RANK_THREADS + t] : 0;
        all += sums[t];
    }
    __syncthreads();
    bool hasNaN = args.counts[2 * ERROR_BINS] != 0;
    double nan = (double) floatOfBits(0x7fc00000u);
    double value = 0;
    for (int j = 0; j < BINS_OF_THREAD; j++) {
        i64 bin = last - j;
        i64 a = args.counts[2 * bin];
        i64 b = args.counts[2 * bin + 1];
        double intersection = (double) (all - truth);
        double whole = (double) (all + other);
        truth += a;
        other += b;
        double left = (double) (all - truth);
        double larger = (double) (all + other);
        if (a + b != 0) {
            // Without any true mass, the first place that is wrong makes all of the loss.
            bool isFirst = whole == 0;
            value += (bin + 0.5) / ERROR_BINS * (isFirst ? 1 : intersection / whole - left / larger);
            args.partials[2 * bin] = isFirst ? 0 : (1 / whole + 1 / larger) / 2;
            args.partials[2 * bin + 1] = isFirst ? 1 / (double) b : (intersection + left) / 2 / whole / larger;
        }
        if (hasNaN) {
            args.partials[2 * bin] = args.partials[2 * bin + 1] = nan;
        }
    }
    segShared[threadIdx.x] = value;
    __syncthreads();
    double sum = 0;
    // Unrolled altogether, the loads would take all registers.
#pragma unroll 8
    for (int t = 0; t < RANK_THREADS && threadIdx.x == 0; t++) {
        sum += segShared[t];
    }
    if (threadIdx.x == 0) {
        *args.values = hasNaN ? nan : sum;
        *args.total = (double) all;
    }
}

// Writes the slopes over the errors.
SEG_DEVICE void slopesOfBins(const RankArguments& args) {
    for (i64 place = firstPlace(); place < args.places; place += (i64) gridDim.x * blockDim.x) {
        Real number = args.errors[place];
        double truth = args.truth[place];
        double other = args.other[place];
        Real slope = 0;
        if (truth + other != 0 && number != 0) {
            i64 bin = number == number ? binOf(args, number) : 0;
            double step = truth != 0 ? truth * args.partials[2 * bin] : other * args.partials[2 * bin + 1];
            slope = (Real) (number < 0 ? -step : step);
        }
        args.errors[place] = slope;
    }
}

}  // namespace seg
