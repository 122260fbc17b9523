#pragma once
// Rows of channels between global and shared memory: the lanes of a warp read and write 32 pixels' rows side by side,
// while each lane works on a row of its own. Only for a class count that is known.
#include "seg/arguments.cuh"
#include "seg/elements.cuh"

namespace seg {

#if SEG_CLASSES > 0
// A row holds C channels and two more numbers of its pixel. An odd pitch lets 32 lanes reach the same channel of their
// rows without bank conflicts.
#define SEG_PITCH ((SEG_CLASSES + 2) | 1)

// The rows of this warp; `at` is where those of the block start.
SEG_DEVICE Real* rowsOfWarp(double* at) { return (Real*) at + warp() * 32 * SEG_PITCH; }

// Brings `count` pixels, the first of which starts at element `from`.
SEG_DEVICE void bringRows(const Tensor& t, i64 from, int count, Real* rows) {
    __syncwarp();
#pragma unroll 4
    for (int k = lane(); k < count * SEG_CLASSES; k += 32) {
        int pixel = k / SEG_CLASSES;
        int c = k % SEG_CLASSES;
        rows[pixel * SEG_PITCH + c] = readReal(t.address, SEG_ELEMENT, from + pixel * t.pixelStride + c);
    }
    __syncwarp();
}

// Writes `count` rows to a tensor whose channels lie side by side.
SEG_DEVICE void writeRows(const Tensor& t, i64 from, int count, const Real* rows) {
    __syncwarp();
    for (int k = lane(); k < count * SEG_CLASSES; k += 32) {
        int pixel = k / SEG_CLASSES;
        int c = k % SEG_CLASSES;
        writeReal(t.address, (int) t.type, from + pixel * t.pixelStride + c, rows[pixel * SEG_PITCH + c]);
    }
    __syncwarp();
}
#endif

}  // namespace seg
