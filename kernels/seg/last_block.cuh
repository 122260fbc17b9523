#pragma once
// Which block is the last one, and what it does.
#include "seg/finalise.cuh"

namespace seg {

// Whether all other blocks have written their partial sums. All threads must come here.
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

// Writes sums, table and value, and makes the ticket ready for the next launch.
SEG_DEVICE void finaliseAll(const ForwardArguments& args) {
    i64 count = args.in.classes;
    i64 width = 4 * count + args.in.pixelTerms;
    i64 rows = args.in.perImage ? args.in.examples : 1;
    __threadfence();
    mergePartials(args, rows, width, args.in.perImage ? args.in.parts : gridDim.x);
    pool(args, rows, width);
    double counting = 0;
    for (i64 row = threadIdx.x; row < rows; row += blockDim.x) {
        counting += args.pooled[width + row];
    }
    double images = blockSum(counting);

    // A batch that is void altogether has loss 0 and no slope.
    double value = 0;
    for (i64 r = 0; images > 0 && r < args.regionTerms; r++) {
        RegionTerm term = regionTerm(args.regions, count, r);
        double score = blockSum(scores(args, term, rows, width));
        value += term.coefficient() * (1 - score / (term.perImage() ? images : 1) / term.count());
    }
    for (i64 k = threadIdx.x; k < rows * count; k += blockDim.x) {
        if (images > 0) {
            coefficients(args, k / count, k % count, rows, width, images, args.table);
        } else {
            args.table[k] = args.table[rows * count + k] = 0;
        }
    }
    double pixelLosses = 0;
    for (i64 t = threadIdx.x; t < args.in.pixelTerms; t += blockDim.x) {
        double weight = weightOfTerm(args, t);
        double factor = weight == 0 ? 0 : args.means[t * (1 + count)] / weight;
        args.table[2 * rows * count + t] = factor;
        pixelLosses += weight == 0 ? 0 : factor * args.pooled[4 * count + t];
    }
    value += blockSum(pixelLosses);
    if (threadIdx.x == 0) {
        args.in.state->value = value;
        args.in.state->ticket = 0;
    }
}

}  // namespace seg
