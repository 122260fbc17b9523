#pragma once
// The Lovasz extension of the Jaccard loss at ranked errors, and its slope by each of them, as
// org.segloss4j.internal.cpu.separate.LovaszExtension defines them. Masses are added in double, in an order that
// depends on nothing but the number of places.
#include "seg/rank/rank.cuh"

namespace seg {

struct Masses {
    double truth;
    double other;
};

// The masses of this thread's run of ranked places.
SEG_DEVICE Masses massesOfRun(const RankArguments& args, i64 first, i64 end) {
    Masses sum = {0, 0};
    for (i64 k = first; k < end; k++) {
        i64 place = args.from[k];
        sum.truth += args.truth[place];
        sum.other += args.other[place];
    }
    return sum;
}

// The sum over the threads before this one, and over all of them. All threads of the block must call it.
SEG_DEVICE double sumBefore(double own, double& all) {
    __syncthreads();
    segShared[threadIdx.x] = own;
    __syncthreads();
    double before = 0;
    all = 0;
    // Unrolled altogether, the loads would take all registers.
#pragma unroll 8
    for (int t = 0; t < RANK_THREADS; t++) {
        before = t == (int) threadIdx.x ? all : before;
        all += segShared[t];
    }
    return before;
}

// Adds up the masses of a tile.
SEG_DEVICE void massesOfTile(const RankArguments& args) {
    i64 first = (i64) blockIdx.x * RANK_TILE + threadIdx.x * RANK_RUN;
    Masses own = massesOfRun(args, first, smaller(first + RANK_RUN, args.places));
    double truth;
    double other;
    sumBefore(own.truth, truth);
    sumBefore(own.other, other);
    if (threadIdx.x == 0) {
        args.partials[blockIdx.x] = truth;
        args.partials[args.blocks + blockIdx.x] = other;
    }
}

// The Jaccard loss if places with these masses are wrong.
SEG_DEVICE double jaccardLoss(double all, double truth, double other) {
    double whole = all + other;
    return whole == 0 ? 0 : 1 - (all - truth) / whole;
}

// Writes the slopes of a tile over its errors, and what it adds to the value. A tile that is the only one knows all
// masses itself.
SEG_DEVICE void stepsOfTile(const RankArguments& args) {
    i64 first = (i64) blockIdx.x * RANK_TILE + threadIdx.x * RANK_RUN;
    i64 end = smaller(first + RANK_RUN, args.places);
    Masses own = massesOfRun(args, first, end);
    double ofTile;
    double unused;
    double truth = sumBefore(own.truth, ofTile);
    double other = sumBefore(own.other, unused);
    double all = ofTile;
    if (args.blocks > 1) {
        truth += args.partials[blockIdx.x];
        other += args.partials[args.blocks + blockIdx.x];
        all = *args.total;
    } else if (threadIdx.x == 0) {
        *args.total = all;
    }
    double loss = jaccardLoss(all, truth, other);
    double value = 0;
    for (i64 k = first; k < end; k++) {
        i64 place = args.from[k];
        truth += args.truth[place];
        other += args.other[place];
        double next = jaccardLoss(all, truth, other);
        double step = next - loss;
        loss = next;
        Real number = args.errors[place];
        value += (double) magnitude(args, number) * step;
        args.errors[place] = number > 0 ? (Real) step : number < 0 ? (args.hinge ? 0 : (Real) -step) : number;
    }
    double sum;
    sumBefore(value, sum);
    if (threadIdx.x == 0) {
        args.values[blockIdx.x] = sum;
    }
}

}  // namespace seg
