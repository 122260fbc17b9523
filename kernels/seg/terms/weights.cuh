#pragma once
// The weights of all pixels, from labels and mask alone, and the factors of pixel terms that follow from them.
#include "seg/final/last_block.cuh"

namespace seg {

// How many sums of weights there are: one, unless the outputs of a pixel may have different weights.
SEG_DEVICE i64 weightColumns(const Inputs& in) {
    return in.mask.channels > 1 || isIgnoredPerOutput(in) ? in.classes : 1;
}

// What this thread adds to the weight of class c, over its pixels in [from, to) of example n.
SEG_DEVICE double weightOfThread(const Inputs& in, i64 n, i64 c, i64 from, i64 to) {
    double sum = 0;
    i64 count = 0;
    for (i64 s = from + threadIdx.x; s < to; s += blockDim.x) {
        if (!SEG_IS_DENSE && in.mask.address == nullptr) {
            i64 at = n * in.labels.exampleStride + s * in.labels.pixelStride;
            count += in.hasIgnore && readIndex(in.labels.address, labelType(in), at) == in.ignore ? 0 : 1;
        } else {
            Pixel pixel = {};
            pixel.load(in, n, s);
            sum += pixel.weightOf(in, c);
        }
    }
    return sum + count;
}

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

}  // namespace seg
