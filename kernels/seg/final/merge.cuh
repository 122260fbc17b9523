#pragma once
// Partial sums of all blocks to sums, by the last block. In double and in a fixed order.
#include "seg/sums/known_classes.cuh"

namespace seg {

// Partial rows that a thread asks for before it waits.
#define SEG_AT_ONCE 16

// Adds partial rows first, first + 1, ... below end; volatile, since other blocks wrote them. Loads that wait together
// stand in front of the sum, the last ones too: a loop for the rest would wait for each of them.
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

// Writes a number of a partial row's to the sums of an example, or of all.
SEG_DEVICE void writeSum(const Inputs& in, double* sums, i64 j, double sum) {
    SumsLayout layout = sumsLayout(in);
    if (SEG_CLASSES > 0 && j == layout.weight(0)) {
        for (i64 c = 0; c < layout.classes; c++) {
            sums[j + c] = sum;
        }
    } else {
        // Behind the one weight of a partial row stand the pixel terms.
        sums[SEG_CLASSES > 0 && j > layout.weight(0) ? j + layout.classes - 1 : j] = sum;
    }
}

// sums [rows, SumsLayout] from partials [rows * count, width].
SEG_DEVICE void mergePartials(const ForwardArguments& args, i64 rows, i64 count, double* sums, double* scratch) {
    // As many threads share a number as there are; each adds a run of partials, and the runs add in order.
    i64 width = partialWidth(args.in);
    i64 wide = sumsLayout(args.in).width();
    i64 numbers = rows * width;
    i64 runs = numbers >= blockDim.x ? 1 : (int) blockDim.x / (int) numbers;
    i64 length = (count + runs - 1) / runs;
    for (i64 k = threadIdx.x; k < numbers * runs; k += blockDim.x) {
        i64 run = runs == 1 ? 0 : (int) k / (int) numbers;
        i64 number = k - run * numbers;
        i64 row = rows == 1 ? 0 : number / width;
        i64 j = number - row * width;
        i64 first = row * count + run * length;
        double sum = sumOfPartials(args.partials, width, j, first, smaller(first + length, (row + 1) * count));
        if (runs == 1) {
            writeSum(args.in, sums + row * wide, j, sum);
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
        writeSum(args.in, sums + row * wide, number - row * width, sum);
    }
    __syncthreads();
}

}  // namespace seg
