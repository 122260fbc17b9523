#pragma once
// The end of the forward sweep, which the last block does alone: from the sums, it computes the value of the loss and
// the coefficients of the gradient. It does so in double and in a fixed order, like
// org.segloss4j.internal.math.Finalisation.
#include "seg/final/merge.cuh"
#include "seg/loss/region_term.cuh"

namespace seg {

// What the last block works on. Pooled sums are the sums over all examples. If there is only one row of sums, it is
// also the pooled row, and stays in shared memory if there is room.
struct Ending {
    const ForwardArguments& args;
    i64 rows;
    i64 width;        // of SumsLayout
    double* sums;     // [rows, width]
    double* pooled;   // [width], then for each row of sums whether some output counts

    SEG_MEMBER SumsLayout layout() const { return sumsLayout(args.in); }

    SEG_MEMBER bool counts(i64 row) const { return pooled[width + row] != 0; }

    // Makes the pooled sums of complete rows.
    SEG_MEMBER void pool() const {
        SumsLayout at = layout();
        for (i64 j = threadIdx.x; j < width && sums != pooled; j += blockDim.x) {
            pooled[j] = sumOfPartials(sums, width, j, 0, rows);
        }
        for (i64 row = threadIdx.x; row < rows; row += blockDim.x) {
            bool any = false;
            for (i64 c = 0; c < at.classes; c++) {
                any = any || sums[row * width + at.weight(c)] != 0;
            }
            pooled[width + row] = any ? 1 : 0;
        }
        // The host may read the sums, so those that are in shared memory are copied.
        for (i64 j = threadIdx.x; j < width && sums != args.sums; j += blockDim.x) {
            args.sums[j] = sums[j];
        }
        __syncthreads();
    }
};

// The sum over a block, the same in each thread. All threads of the block must call it.
SEG_DEVICE double blockSum(double value) {
    value = warpSum(value);
    __syncthreads();
    if (lane() == 0) {
        segShared[warp()] = value;
    }
    __syncthreads();
    double sum = 0;
    for (int w = 0; w < warps(); w++) {
        sum += segShared[w];
    }
    return sum;
}

// What this thread contributes to the weighted sum of the scores of a term.
SEG_DEVICE double scores(const Ending& end, const RegionTerm& term) {
    SumsLayout at = end.layout();
    i64 count = at.classes;
    double sum = 0;
    for (i64 k = threadIdx.x; k < (term.perImage() ? end.rows : 1) * count; k += blockDim.x) {
        i64 image = k < count ? 0 : k / count;
        i64 c = k - image * count;
        const double* row = term.perImage() ? end.sums + image * end.width : end.pooled;
        if (term.gathers(count, c) && (!term.perImage() || end.counts(image))) {
            sum += term.weight(c) * term.score(row[at.intersection(c)], row[at.predicted(c)], row[at.truth(c)]);
        }
    }
    return sum;
}

// dL/dI and dL/dP of class c in one row.
SEG_DEVICE void coefficients(const Ending& end, i64 row, i64 c, double images) {
    const ForwardArguments& args = end.args;
    SumsLayout at = end.layout();
    i64 count = at.classes;
    double a = 0;
    double b = 0;
    for (i64 r = 0; r < args.regionTerms; r++) {
        RegionTerm term = regionTerm(args.regions, count, r);
        if (term.perImage() && !end.counts(row)) {
            continue;
        }
        const double* sums = term.perImage() ? end.sums + row * end.width : end.pooled;
        double factor = -term.coefficient() * term.weight(c) / (term.perImage() ? images : 1) / term.count();
        double i = sums[at.intersection(c)];
        double p = sums[at.predicted(c)];
        double g = sums[at.truth(c)];
        // A class without true pixels needs no slope by the intersection, which may be infinite without smoothing.
        a += g == 0 ? 0 : factor * term.slopeOfIntersection(i, p, g);
        b += factor * term.slopeOfPrediction(i, p, g);
    }
    CoefficientsLayout table = {end.rows, count};
    args.table[table.a(row, c)] = a;
    args.table[table.b(row, c)] = b;
}

// The factor of the sum of pixel term t: its coefficient, divided by the weight of the outputs of all classes that it
// gathers. It is 0 if all of them are void.
SEG_DEVICE double factorOfTerm(const double* means, SumsLayout at, const double* sums, i64 t) {
    MeanRow mean = {at.classes};
    const double* row = means + t * mean.width();
    double weight = 0;
    for (i64 c = 0; c < at.classes; c++) {
        weight += row[mean.multiplicity(c)] * sums[at.weight(c)];
    }
    return weight == 0 ? 0 : row[MeanRow::COEFFICIENT] / weight;
}

}  // namespace seg
