// Adds to a gradient what the host has computed, for terms of a loss that no kernel computes.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the struct. N is the
// number of examples, C of classes, S of pixels in an example:
//   gradient [N, C, S] of any floating-point type, any strides: read and written.
//   added    [N, C, S] float, or double if SEG_ELEMENT is DOUBLE, contiguous: read.
//
// Paper: none.
//
// Deterministic: yes. One thread computes each element.
#include "seg/base/arguments.cuh"
#include "seg/base/elements.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::AddArguments args) {
    seg::i64 all = args.examples * args.classes * args.pixels;
    seg::i64 step = (seg::i64) gridDim.x * blockDim.x;
    for (seg::i64 k = (seg::i64) blockIdx.x * blockDim.x + threadIdx.x; k < all; k += step) {
        seg::i64 row = k / args.pixels;
        seg::i64 n = row / args.classes;
        seg::i64 at = n * args.gradient.exampleStride + (row - n * args.classes) * args.gradient.channelStride
                + (k - row * args.pixels) * args.gradient.pixelStride;
        seg::addReal(args.gradient.address, (int) args.gradient.type, at, args.added[k]);
    }
}
