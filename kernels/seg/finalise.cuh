#pragma once
// The end of the forward sweep, by the last block alone: partial sums to sums, sums to the value of the loss and the
// coefficients of its gradient. In double and in a fixed order, as org.segloss4j.math.Finalisation.
#include "seg/arguments.cuh"
#include "seg/region_score.cuh"

namespace seg {

// The sum over a block, the same in each thread. All threads must come here.
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

// Adds partial rows first, first + step, ... below end; volatile, since other blocks wrote them.
SEG_DEVICE double sumOfPartials(const double* partials, i64 width, i64 column, i64 first, i64 end) {
    const volatile double* at = partials + column;
    double sum = 0;
#pragma unroll 8
    for (i64 k = first; k < end; k++) {
        sum += at[k * width];
    }
    return sum;
}

// sums [rows, width] from partials [rows * count, width].
SEG_DEVICE void mergePartials(const ForwardArguments& args, i64 rows, i64 width, i64 count) {
    // As many threads share a number as there are; each adds a run of partials, and the runs add in order.
    i64 numbers = rows * width;
    i64 runs = numbers >= blockDim.x ? 1 : blockDim.x / numbers;
    i64 length = (count + runs - 1) / runs;
    for (i64 k = threadIdx.x; k < numbers * runs; k += blockDim.x) {
        i64 number = k % numbers;
        i64 first = number / width * count + k / numbers * length;
        i64 end = smaller(first + length, (number / width + 1) * count);
        double sum = sumOfPartials(args.partials, width, number % width, first, end);
        if (runs == 1) {
            args.sums[number] = sum;
        } else {
            segShared[k] = sum;
        }
    }
    __syncthreads();
    for (i64 number = threadIdx.x; runs > 1 && number < numbers; number += blockDim.x) {
        double sum = 0;
        for (i64 run = 0; run < runs; run++) {
            sum += segShared[run * numbers + number];
        }
        args.sums[number] = sum;
    }
    __syncthreads();
}

// Sums of all examples, and behind them for each example whether some output of it counts.
SEG_DEVICE void pool(const ForwardArguments& args, i64 rows, i64 width) {
    i64 count = args.in.classes;
    for (i64 j = threadIdx.x; j < width; j += blockDim.x) {
        args.pooled[j] = sumOfPartials(args.sums, width, j, 0, rows);
    }
    for (i64 row = threadIdx.x; row < rows; row += blockDim.x) {
        bool counts = false;
        for (i64 c = 0; c < count; c++) {
            counts = counts || args.sums[row * width + 3 * count + c] != 0;
        }
        args.pooled[width + row] = counts ? 1 : 0;
    }
    __syncthreads();
}

// The share of this thread in the weighted mean score of a term.
SEG_DEVICE double scores(const ForwardArguments& args, const RegionTerm& term, i64 rows, i64 width) {
    i64 count = args.in.classes;
    double sum = 0;
    for (i64 k = threadIdx.x; k < (term.perImage() ? rows : 1) * count; k += blockDim.x) {
        i64 c = k % count;
        const double* row = term.perImage() ? args.sums + k / count * width : args.pooled;
        if (term.gathers(count, c) && (!term.perImage() || args.pooled[width + k / count] != 0)) {
            sum += term.weight(c) * term.score(row[c], row[count + c], row[2 * count + c]);
        }
    }
    return sum;
}

// dL/dI and dL/dP of class c in one row.
SEG_DEVICE void coefficients(const ForwardArguments& args, i64 row, i64 c, i64 rows, i64 width, double images,
                             double* table) {
    i64 count = args.in.classes;
    double a = 0;
    double b = 0;
    for (i64 r = 0; r < args.regionTerms; r++) {
        RegionTerm term = regionTerm(args.regions, count, r);
        if (term.perImage() && args.pooled[width + row] == 0) {
            continue;
        }
        const double* sums = term.perImage() ? args.sums + row * width : args.pooled;
        double factor = -term.coefficient() * term.weight(c) / (term.perImage() ? images : 1) / term.count();
        double i = sums[c];
        double p = sums[count + c];
        double g = sums[2 * count + c];
        // Without truth there is nothing that a could multiply, and without smoothing it may be infinite.
        a += g == 0 ? 0 : factor * term.slopeOfIntersection(i, p, g);
        b += factor * term.slopeOfPrediction(i, p, g);
    }
    table[row * count + c] = a;
    table[(rows + row) * count + c] = b;
}

// What the mean of pixel term t divides by: the weight of the outputs that it gathers.
SEG_DEVICE double weightOfTerm(const ForwardArguments& args, i64 t) {
    i64 count = args.in.classes;
    double weight = 0;
    for (i64 c = 0; c < count; c++) {
        weight += args.means[t * (1 + count) + 1 + c] * args.pooled[3 * count + c];
    }
    return weight;
}

}  // namespace seg
