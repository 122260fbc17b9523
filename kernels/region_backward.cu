// Reads predictions, labels and mask once more and writes scale * dL/dpredictions: the slopes of the region scores, which
// are two numbers a class, together with those of the pixel losses. Knows no loss by name. Exactly 0 for void pixels.
//
// Arguments, all device memory of the caller (seg/arguments.cuh):
//   predictions [N, C, S] SEG_ELEMENT, read; labels [N, 1, S] integers or [N, C, S] of any type, read;
//   mask [N, 1, S] or [N, C, S] of any type, read, may be absent;
//   curves [T, 8 + 2C] float (double for DOUBLE): the pixel losses, read;
//   table [2 * rows * C + T] double, from the forward sweep or the host, read;
//   gradient [N, C, S] of any floating-point type and strides, written; must not overlap what is read.
//
// Block b takes part b % parts of the examples b / parts, b / parts + grid / parts, ..., from the last of its pixels to
// the first if so told: the forward sweep read those last, and the second-level cache may still hold them.
//
// The slopes: Salehi et al. 2017 (arXiv 1706.05721) for the scores, Lin et al. 2017 (arXiv 1708.02002) for focal loss.
//
// Deterministic: every element is computed by one thread from its pixel and the table.
#include "seg/common.cuh"
#include "seg/gradient_slice.cuh"
#include "seg/gradient_tile.cuh"

namespace seg {

// Fills the shared coefficients of a row of the table.
SEG_DEVICE Coefficients bringCoefficients(const BackwardArguments& args, i64 row, Real* shared) {
    i64 count = classes(args.in);
    const double* a = args.table + row * count;
    __syncthreads();
    for (int c = threadIdx.x; c < SEG_CLASSES; c += blockDim.x) {
        shared[c] = (Real) (args.scale * a[c]);
        shared[SEG_CLASSES + c] = (Real) (args.scale * a[args.rows * count + c]);
    }
    for (i64 t = threadIdx.x; t < args.in.pixelTerms; t += blockDim.x) {
        shared[2 * SEG_CLASSES + t] = (Real) (args.scale * args.table[2 * args.rows * count + t]);
    }
    __syncthreads();
    return {shared, a, args.rows * count, args.scale};
}

}  // namespace seg

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, SEG_RESIDENT) SEG_SYMBOL(const seg::BackwardArguments args) {
    seg::i64 parts = args.in.parts;
    seg::i64 from = blockIdx.x % parts * args.in.chunk;
    seg::i64 to = seg::smaller(from + args.in.chunk, args.in.pixels);
    // Shared memory: staged rows, coefficients, what renormalised terms know of each thread's pixel; each from an address
    // that a double may have.
    double* behind = (double*) ((seg::Real*) segShared + seg::realsOfTiles());
    seg::Real* shared = (seg::Real*) behind;
    seg::RenormalisedSlope* renormalised = (seg::RenormalisedSlope*) (behind + 2 * SEG_CLASSES + args.in.pixelTerms);

    seg::Coefficients table = {};
    seg::i64 groups = gridDim.x / parts;
    seg::i64 turns = (args.in.examples - blockIdx.x / parts + groups - 1) / groups;
    for (seg::i64 turn = 0; turn < turns; turn++) {
        seg::i64 n = blockIdx.x / parts + (args.reverse ? turns - 1 - turn : turn) * groups;
        if (table.shared == nullptr || args.in.perImage) {
            table = seg::bringCoefficients(args, args.in.perImage ? args.firstRow + n : 0, shared);
        }
        seg::Slopes slopes = {args, table, renormalised + threadIdx.x};
        // Tiles in their order or, where the cache still holds the last ones, in the opposite one.
        seg::i64 start = seg::startOfTiles(args.in.predictions, n, from);
        seg::i64 step = seg::pixelsOfBlock();
        seg::i64 rounds = (to - start + step - 1) / step;
        for (seg::i64 k = 0; k < rounds; k++) {
            seg::i64 tile = start + (args.reverse ? rounds - 1 - k : k) * step;
            seg::gradientOfTiles(slopes, n, tile, from, to, segShared);
        }
    }
}
