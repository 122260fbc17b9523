#pragma once
// Merges the partial sums of all blocks to sums. The last block does it, in double and in a fixed order.
#include "seg/sums/known_classes.cuh"

namespace seg {

// Number of loads that a thread has in flight.
#define SEG_AT_ONCE 16

// Adds one column of the rows of partial sums [first, end). The loads are volatile because other blocks wrote the rows.
// SEG_AT_ONCE loads are issued before the first addition, so that they are in flight together; the last round pads with
// zeros, since a separate loop for the rest would wait for each of its loads.
SEG_DEVICE double sumOfPartials(const double* partials, i64 width, i64 column, i64 first, i64 end) {
    const volatile double* at = partials + column;
    double sum = 0;
    for (i64 k = first; k < end; k += SEG_AT_ONCE) {
        double some[SEG_AT_ONCE];
#pragma unroll
        for (int i = 0; i < SEG_AT_ONCE; i++) {
            some[i] = k + i < end ? at[(k + i) * width] : 0;
        }
#pragma unroll
        for (int i = 0; i < SEG_AT_ONCE; i++) {
            sum += some[i];
        }
    }
    return sum;
}

// Writes column j of a row of partial sums to a row of sums. If the number of classes is known, a row of partial sums
// usually has only one weight, which is that of every class.
SEG_DEVICE void writeSum(const Inputs& in, double* sums, i64 j, double sum) {
    SumsLayout layout = sumsLayout(in);
#if SEG_CLASSES > 0 && (SEG_SQUARES || SEG_DISTANCES)
    // In a row of partial sums the weight comes behind squares and distances.
    if (j >= PartialLayout::SQUARES) {
        i64 c = j - PartialLayout::SQUARES;
        if (j < PartialLayout::WEIGHT) {
            sums[layout.squares(c)] = sum;
        } else if (j >= PartialLayout::TERMS) {
            sums[layout.pair(j - PartialLayout::TERMS)] = sum;
        }
#if SEG_OWN_WEIGHTS
        if (j >= PartialLayout::WEIGHT && j < PartialLayout::TERMS) {
            sums[layout.weight(j - PartialLayout::WEIGHT)] = sum;
        }
#else
        for (i64 k = 0; j == PartialLayout::WEIGHT && k < layout.classes; k++) {
            sums[layout.weight(k)] = sum;
        }
#endif
        return;
    }
#endif
#if SEG_OWN_WEIGHTS
    // Without squares and distances the columns are those of a row of sums.
    sums[j] = sum;
    return;
#endif
    if (SEG_CLASSES > 0 && j == layout.weight(0)) {
        for (i64 c = 0; c < layout.classes; c++) {
            sums[j + c] = sum;
        }
    } else {
        // In a row of partial sums with only one weight, the pixel terms come earlier.
        sums[SEG_CLASSES > 0 && j > layout.weight(0) ? j + layout.classes - 1 : j] = sum;
    }
}

// Makes sums [rows, width] of partial sums [rows * count, width]: each row is the sum of `count` rows. Passes the row,
// the column and the sum to `write`. All threads of the block must call it.
template <typename W>
SEG_DEVICE void mergePartials(const double* partials, i64 width, i64 rows, i64 count, double* scratch, const W& write) {
    // If there are more threads than numbers to compute, several threads share a number: each adds a run of consecutive
    // rows, and the runs are added in their order.
    i64 numbers = rows * width;
    i64 runs = numbers >= blockDim.x ? 1 : (int) blockDim.x / (int) numbers;
    i64 length = (count + runs - 1) / runs;
    for (i64 k = threadIdx.x; k < numbers * runs; k += blockDim.x) {
        i64 run = runs == 1 ? 0 : (int) k / (int) numbers;
        i64 number = k - run * numbers;
        i64 row = rows == 1 ? 0 : number / width;
        i64 j = number - row * width;
        i64 first = row * count + run * length;
        double sum = sumOfPartials(partials, width, j, first, smaller(first + length, (row + 1) * count));
        if (runs == 1) {
            write(row, j, sum);
        } else {
            scratch[k] = sum;
        }
    }
    __syncthreads();
    for (i64 number = threadIdx.x; runs > 1 && number < numbers; number += blockDim.x) {
        double sum = 0;
        for (i64 run = 0; run < runs; run++) {
            sum += scratch[run * numbers + number];
        }
        i64 row = rows == 1 ? 0 : number / width;
        write(row, number - row * width, sum);
    }
    __syncthreads();
}

}  // namespace seg
