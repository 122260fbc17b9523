#pragma once
// The Lovasz extension of the Jaccard loss at ranked errors, and its slope by each of them, as
// org.segloss4j.internal.cpu.separate.LovaszExtension defines them. Masses are added in an order that depends on
// nothing but the number of places: as whole numbers where each place has the mass 1, else in double.
#include "seg/base/quick_math.cuh"
#include "seg/rank/rank.cuh"

namespace seg {

struct Masses {
    double truth;
    double other;
};

// Places in their order that a thread takes one after the other, where masses are no whole numbers.
enum { THREAD_RUN = RANK_TILE / RANK_THREADS };

// The masses of a thread's run of ranked places [first, end) of a row.
SEG_DEVICE Masses massesOfRun(const RankArguments& args, i64 start, i64 first, i64 end) {
    Masses sum = {0, 0};
    for (i64 k = first; k < end; k++) {
        i64 place = start + args.from[start + k];
        sum.truth += args.truth[place];
        sum.other += args.other[place];
    }
    return sum;
}

// Whether a place of mass 1 is of the true class. The error 0 has no sign that matters but for its count.
SEG_DEVICE bool isTrue(Real number) { return (orderedBits(number) >> (8 * sizeof(Real) - 1)) != 0; }

// Adds up the masses of a tile. The last block of a row makes of them the masses of all tiles before each, and of all.
SEG_DEVICE void massesOfTile(const RankArguments& args) {
    RankTile at(args);
    i64 start = at.start(args);
    Masses sum = {0, 0};
    if (args.truth == nullptr) {
        int count = 0;
        for (int j = 0; j < RANK_ROUNDS; j++) {
            i64 k = at.place(j);
            count += k < args.places && isTrue(args.numbers[start + k]) ? 1 : 0;
        }
        sum.truth = (double) sumOfBlock((i64) count);
    } else {
        i64 first = at.tile * RANK_TILE + threadIdx.x * THREAD_RUN;
        Masses own = massesOfRun(args, start, first, smaller(first + THREAD_RUN, args.places));
        sum.truth = sumOfBlock(own.truth);
        sum.other = sumOfBlock(own.other);
    }
    double* partials = args.partials + 2 * at.row * args.blocks;
    if (threadIdx.x == 0) {
        partials[2 * at.tile] = sum.truth;
        partials[2 * at.tile + 1] = sum.other;
    }
    if (!isLastOf(args.tickets + at.row, args.blocks)) {
        return;
    }
    // One thread for each kind of mass.
    double before = 0;
    for (i64 t = 0; threadIdx.x < 2 && t < args.blocks; t++) {
        double mass = partials[2 * t + threadIdx.x];
        partials[2 * t + threadIdx.x] = before;
        before += mass;
    }
    if (threadIdx.x == 0) {
        args.totals[at.row] = before;
        args.tickets[at.row] = 0;
    }
}

// The Jaccard loss if places with these masses are wrong.
SEG_DEVICE double jaccardLoss(double all, double truth, double other) {
    double whole = all + other;
    return whole == 0 ? 0 : 1 - (all - truth) / whole;
}

// What the loss grows by if one more place of mass 1 is wrong, where others of these masses are already.
SEG_DEVICE Real stepOfOne(Real all, Real truth, Real other, bool isTrue) {
    Real whole = all + other;
    // Without any true mass, the first place that is wrong makes all of the loss.
    return isTrue ? reciprocal(whole) : whole == 0 ? 1 : (all - truth) * reciprocal(whole) * reciprocal(whole + 1);
}

// The derivative by a number where that by its error is known.
SEG_DEVICE Real slopeOfStep(const RankArguments& args, Real number, Real step) {
    return number > 0 ? step : number < 0 ? args.hinge ? args.truth == nullptr ? step : 0 : -step : number;
}

// Writes the slopes of a tile whose places have the mass 1. Returns what this thread's places add to the value.
SEG_DEVICE double stepsOfOnes(const RankArguments& args, const RankTile& at, i64 start) {
    int count = 0;
#pragma unroll 4
    for (int j = 0; j < RANK_ROUNDS; j++) {
        i64 k = at.place(j);
        count += countOfBits(lanesWhere(k < args.places && isTrue(args.numbers[start + k])));
    }
    i64* counts = (i64*) segShared;
    if (lane() == 0) {
        counts[warp()] = count;
    }
    __syncthreads();
    i64 truth = (i64) args.partials[2 * (at.row * args.blocks + at.tile)];
    for (int w = 0; w < warp(); w++) {
        truth += counts[w];
    }
    Real all = (Real) args.totals[at.row];
    double value = 0;
#pragma unroll 4
    for (int j = 0; j < RANK_ROUNDS; j++) {
        i64 k = at.place(j);
        Real number = k < args.places ? args.numbers[start + k] : 0;
        unsigned here = lanesWhere(isTrue(number));
        if (k < args.places) {
            i64 before = truth + countOfBits(here & ((1u << lane()) - 1));
            Real step = stepOfOne(all, (Real) before, (Real) (k - before), isTrue(number));
            value += (double) (absolute(number) * step);
            args.errors[start + args.from[start + k]] = slopeOfStep(args, number, step);
        }
        truth += countOfBits(here);
    }
    return value;
}

// The same for places of any mass.
SEG_DEVICE double stepsOfMasses(const RankArguments& args, const RankTile& at, i64 start) {
    i64 first = at.tile * RANK_TILE + threadIdx.x * THREAD_RUN;
    i64 end = smaller(first + THREAD_RUN, args.places);
    Masses own = massesOfRun(args, start, first, end);
    const double* partials = args.partials + 2 * (at.row * args.blocks + at.tile);
    double unused;
    double truth = partials[0] + sumBefore(own.truth, unused);
    double other = partials[1] + sumBefore(own.other, unused);
    double all = args.totals[at.row];
    double loss = jaccardLoss(all, truth, other);
    double value = 0;
    for (i64 k = first; k < end; k++) {
        i64 place = start + args.from[start + k];
        truth += args.truth[place];
        other += args.other[place];
        double next = jaccardLoss(all, truth, other);
        double step = next - loss;
        loss = next;
        Real number = args.numbers[start + k];
        value += (double) magnitude(args, number) * step;
        args.errors[place] = slopeOfStep(args, number, (Real) step);
    }
    return value;
}

// Writes the slopes of a tile over its errors, and what it adds to the value.
SEG_DEVICE void stepsOfTile(const RankArguments& args) {
    RankTile at(args);
    i64 start = at.start(args);
    double value = args.truth == nullptr ? stepsOfOnes(args, at, start) : stepsOfMasses(args, at, start);
    value = sumOfBlock(value);
    if (threadIdx.x == 0) {
        args.values[at.row * args.blocks + at.tile] = value;
    }
}

}  // namespace seg
