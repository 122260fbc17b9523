#pragma once
// The weights of all pixels, from labels and mask alone, and the factors of pixel terms that follow from them.
#include "seg/final/last_block.cuh"
#include "seg/terms/truths_of_thread.cuh"

namespace seg {

#if SEG_IS_WIDE
// Whether a divisor needs the true masses of classes.
SEG_DEVICE bool asksTruths(const Inputs& in, const double* row) {
    bool any = false;
    for (i64 c = 0; c < in.classes; c++) {
        any = any || row[DivisorRow{in.classes}.ofTruth(c)] != 0;
    }
    return any;
}

// Whether it needs the same of them as another one.
SEG_DEVICE bool asksTheSame(const Inputs& in, const double* row, const double* other) {
    bool same = true;
    for (i64 c = 0; c < in.classes; c++) {
        i64 at = DivisorRow{in.classes}.ofTruth(c);
        same = same && row[at] == other[at];
    }
    return same;
}

// Writes the partial sums of this block: the weights, then what each pixel term needs. All threads of the block must
// call it.
SEG_DEVICE void weightsOfBlock(const WeightArguments& args) {
    const Inputs& in = args.in;
    i64 weights = weightColumns(in);
    i64 columns = weights + in.pixelTerms;
    i64 groups = gridDim.x / in.parts;
    i64 from = blockIdx.x % in.parts * in.chunk;
    i64 to = smaller(from + in.chunk, in.pixels);
    i64 width = DivisorRow{in.classes}.width();
    double sum = 0;
    for (i64 k = 0; k < columns; k++) {
        const double* row = args.means + (k - weights) * width;
        bool isWeight = k < weights;
        if (k > weights && asksTheSame(in, row, row - width)) {
            // The terms of one loss, such as both of Poly-1.
            if (threadIdx.x == 0) {
                args.partials[blockIdx.x * columns + k] = sum;
            }
            continue;
        }
        if (!isWeight && !asksTruths(in, row)) {
            row = nullptr;
        }
        sum = 0;
        for (i64 n = blockIdx.x / in.parts; n < in.examples && (isWeight || row != nullptr); n += groups) {
            sum += isWeight ? weightOfThread(in, n, k, from, to) : truthsOfThread(in, row, n, from, to);
        }
        sum = blockSum(sum);
        if (threadIdx.x == 0) {
            args.partials[blockIdx.x * columns + k] = sum;
        }
    }
}

// Merges the partial sums, and writes the sums and the table. The last block calls it.
SEG_DEVICE void finaliseWeights(const WeightArguments& args) {
    const Inputs& in = args.in;
    SumsLayout at = sumsLayout(in);
    CoefficientsLayout table = coefficientsLayout(in, 1);
    DivisorRow divisor = {in.classes};
    i64 weights = weightColumns(in);
    for (i64 j = threadIdx.x; j < at.width(); j += blockDim.x) {
        args.sums[j] = 0;
    }
    for (i64 j = threadIdx.x; j < table.width(at.terms); j += blockDim.x) {
        args.table[j] = 0;
    }
    __threadfence();
    __syncthreads();
    mergePartials(args.partials, weights + at.terms, 1, gridDim.x, segShared + 32, [&](i64, i64 j, double sum) {
        if (j >= weights) {
            args.sums[at.term(j - weights)] = sum;
        }
        for (i64 c = j; c < (j >= weights ? 0 : weights == 1 ? at.classes : j + 1); c++) {
            args.sums[at.weight(c)] = sum;
        }
    });
    for (i64 t = threadIdx.x; t < at.terms; t += blockDim.x) {
        const double* row = args.means + t * divisor.width();
        double sum = row[DivisorRow::CONSTANT] + args.sums[at.term(t)];
        for (i64 c = 0; c < at.classes; c++) {
            sum += row[divisor.ofWeight(c)] * args.sums[at.weight(c)];
        }
        args.table[table.term(t)] = sum == 0 ? 0 : row[DivisorRow::COEFFICIENT] / sum;
    }
}
#else
// Writes the partial sums of this block. All threads of the block must call it.
SEG_DEVICE void weightsOfBlock(const WeightArguments& args) {
    const Inputs& in = args.in;
    i64 columns = weightColumns(in);
    i64 groups = gridDim.x / in.parts;
    i64 from = blockIdx.x % in.parts * in.chunk;
    i64 to = smaller(from + in.chunk, in.pixels);
    for (i64 c = 0; c < columns; c++) {
        double sum = 0;
        for (i64 n = blockIdx.x / in.parts; n < in.examples; n += groups) {
            sum += weightOfThread(in, n, c, from, to);
        }
        sum = blockSum(sum);
        if (threadIdx.x == 0) {
            args.partials[blockIdx.x * columns + c] = sum;
        }
    }
}

// Merges the partial sums, and writes the sums and the table. The last block calls it.
SEG_DEVICE void finaliseWeights(const WeightArguments& args) {
    const Inputs& in = args.in;
    SumsLayout at = sumsLayout(in);
    CoefficientsLayout table = {1, at.classes};
    i64 columns = weightColumns(in);
    for (i64 j = threadIdx.x; j < at.width(); j += blockDim.x) {
        args.sums[j] = 0;
    }
    for (i64 j = threadIdx.x; j < table.width(at.terms); j += blockDim.x) {
        args.table[j] = 0;
    }
    __threadfence();
    __syncthreads();
    mergePartials(args.partials, columns, 1, gridDim.x, segShared + 32, [&](i64, i64 j, double sum) {
        for (i64 c = j; c < (columns == 1 ? at.classes : j + 1); c++) {
            args.sums[at.weight(c)] = sum;
        }
    });
    for (i64 t = threadIdx.x; t < at.terms; t += blockDim.x) {
        args.table[table.term(t)] = factorOfTerm(args.means, at, args.sums, t);
    }
}
#endif

}  // namespace seg
