#pragma once
// Finds the block that finishes last, and does what it has to do.
#include "seg/final/wide_finalise.cuh"

namespace seg {

// Whether all other blocks have written their partial sums. All threads of the block must call it.
SEG_DEVICE bool isLastBlock(State* state) {
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0) {
        segShared[0] = atomicAdd(&state->ticket, (u64) 1) == gridDim.x - 1 ? 1 : 0;
    }
    __syncthreads();
    bool last = segShared[0] != 0;
    __syncthreads();
    return last;
}

// Prefetches numbers that will be read soon into the L2 cache.
SEG_DEVICE void prefetch(const double* numbers, i64 count) {
#ifdef __CUDACC__
    for (i64 k = threadIdx.x * 4; k < count; k += blockDim.x * 4) {
        asm volatile("prefetch.global.L2 [%0];" : : "l"(numbers + k));
    }
#endif
}

#if SEG_IS_WIDE
SEG_DEVICE void finaliseAll(const ForwardArguments& args) { finaliseWide(args); }
#else
// Merges the partial sums, and writes the sums, the table of coefficients and the value of the loss.
SEG_DEVICE void finaliseAll(const ForwardArguments& args) {
    SumsLayout layout = sumsLayout(args.in);
    i64 count = layout.classes;
    i64 width = layout.width();
    i64 rows = args.in.perImage ? args.in.examples : 1;
    CoefficientsLayout table = {rows, count};
    MeanRow mean = {count};
    bool inShared = args.pooled == nullptr;
    double* scratch = segShared + 32;
    double* pooled = inShared ? scratch + blockDim.x : args.pooled;
    Ending end = {args, rows, width, inShared ? pooled : args.sums, pooled};
    __threadfence();
    prefetch(args.regions, args.regionTerms * RegionRow{count}.width());
    prefetch(args.means, args.in.pixelTerms * mean.width());
    mergePartials(args.partials, partialWidth(args.in), rows, args.in.perImage ? args.in.parts : gridDim.x, scratch,
                  [&](i64 row, i64 j, double sum) { writeSum(args.in, end.sums + row * width, j, sum); });
    end.pool();
    double counting = 0;
    for (i64 row = threadIdx.x; row < rows; row += blockDim.x) {
        counting += end.counts(row) ? 1 : 0;
    }
    double images = blockSum(counting);

    // A batch in which all pixels are void has loss 0 and gradient 0.
    double value = 0;
    for (i64 r = 0; images > 0 && r < args.regionTerms; r++) {
        RegionTerm term = regionTerm(args.regions, count, r);
        double score = blockSum(scores(end, term));
        value += term.coefficient() * (1 - score / (term.perImage() ? images : 1) / term.count());
    }
    for (i64 k = threadIdx.x; k < rows * count; k += blockDim.x) {
        if (images > 0) {
            i64 row = k < count ? 0 : k / count;
            coefficients(end, row, k - row * count, images);
        } else {
            args.table[table.a(0, k)] = args.table[table.b(0, k)] = 0;
        }
    }
    double pixelLosses = 0;
    for (i64 t = threadIdx.x; t < args.in.pixelTerms; t += blockDim.x) {
        double factor = factorOfTerm(args.means, layout, end.pooled, t);
        args.table[table.term(t)] = factor;
        pixelLosses += factor * end.pooled[layout.term(t)];
    }
    value += blockSum(pixelLosses);
    if (threadIdx.x == 0) {
        args.in.state->value = value;
    }
}
#endif

// Resets the ticket for the next launch.
SEG_DEVICE void resetTicket(State* state) {
    if (threadIdx.x == 0) {
        state->ticket = 0;
    }
}

}  // namespace seg
