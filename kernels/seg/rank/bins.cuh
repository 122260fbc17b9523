#pragma once
// The Lovasz extension of the Jaccard loss at errors from 0 to 1 that are counted in bins, where masses are whole
// numbers: the errors of a bin are taken for that in its middle, and its places share its slopes, as
// org.segloss4j.internal.cpu.separate.LovaszExtension says. All atomics are on integers.
#include "seg/base/elements.cuh"
#include "seg/rank/rank.cuh"

namespace seg {

// The numbers of a bin are the true mass and the other mass, and then the slope by each. Behind the masses of a row is
// the number of errors that are NaN.
enum { ERROR_BINS = 65536, BINS_OF_THREAD = ERROR_BINS / RANK_THREADS, BIN_COUNTS = 2 * ERROR_BINS + 1 };

SEG_DEVICE int binOf(Real error) { return (int) smaller(absolute(error) * ERROR_BINS, (Real) (ERROR_BINS - 1)); }

// Adds the mass of an error to its bin. All lanes of a warp must call it, those that have nothing with the weight 0.
// `set` tells apart rows of several sets, of which neighbouring lanes have neighbouring ones. Where all weights are 1,
// lanes of one bin are counted together.
SEG_DEVICE void countError(u64* counts, Real error, Real weight, bool isTrue, i64 set, bool isOne) {
    bool isNumber = error == error;
    int at = isNumber ? 2 * binOf(error) + (isTrue ? 0 : 1) : 2 * ERROR_BINS;
    if (!isOne) {
        if (weight != 0) {
            atomicAdd(counts + at, isNumber ? (u64) weight : (u64) 1);
        }
        return;
    }
    unsigned same = lanesWith(weight == 0 ? -1 : at + (int) (set % 64) * 2 * (ERROR_BINS + 1));
    if (weight != 0 && (same & ((1u << lane()) - 1)) == 0) {
        atomicAdd(counts + at, (u64) countOfBits(same));
    }
}

// Goes through the bins from the largest error on; each thread has consecutive ones. Block b takes row b.
SEG_DEVICE void stepsOfBins(const RankArguments& args) {
    const u64* counts = args.bins + blockIdx.x * (i64) BIN_COUNTS;
    double* slopes = args.slopes + blockIdx.x * (i64) (2 * ERROR_BINS);
    i64 last = ERROR_BINS - 1 - (i64) threadIdx.x * BINS_OF_THREAD;
    i64 own[2] = {0, 0};
    for (int j = 0; j < BINS_OF_THREAD; j++) {
        own[0] += (i64) counts[2 * (last - j)];
        own[1] += (i64) counts[2 * (last - j) + 1];
    }
    i64 all;
    i64 unused;
    i64 truth = sumBefore(own[0], all);
    i64 other = sumBefore(own[1], unused);
    bool hasNaN = counts[2 * ERROR_BINS] != 0;
    double nan = (double) floatOfBits(0x7fc00000u);
    double value = 0;
    for (int j = 0; j < BINS_OF_THREAD; j++) {
        i64 bin = last - j;
        i64 a = (i64) counts[2 * bin];
        i64 b = (i64) counts[2 * bin + 1];
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
            slopes[2 * bin] = isFirst ? 0 : (1 / whole + 1 / larger) / 2;
            slopes[2 * bin + 1] = isFirst ? 1 / (double) b : (intersection + left) / 2 / whole / larger;
        }
        if (hasNaN) {
            slopes[2 * bin] = slopes[2 * bin + 1] = nan;
        }
    }
    double sum = sumOfBlock(value);
    if (threadIdx.x == 0) {
        args.values[blockIdx.x] = hasNaN ? nan : sum;
        args.totals[blockIdx.x] = (double) all;
    }
}

// The slope by an error of weight 1, with the sign of that by the number.
SEG_DEVICE double slopeOfBin(const double* slopes, Real error, bool isTrue) {
    double step = error == 0 ? 0 : slopes[2 * (error == error ? binOf(error) : 0) + (isTrue ? 0 : 1)];
    return error < 0 ? -step : step;
}

}  // namespace seg
