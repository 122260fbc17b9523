#pragma once
// Copies the channels of 32 pixels between global and shared memory. In shared memory each pixel has a row of channels,
// and each lane works on one row. In global memory neighbouring threads read and write contiguous elements, 16 bytes
// each if alignment allows it. The threads of a warp do it together or, if the warps of a block share pixels, those of
// the block. Only for a known number of classes.
#include "seg/base/arguments.cuh"
#include "seg/base/vectors.cuh"

namespace seg {

#if SEG_CLASSES > 0
// The distance of rows. It is odd, so 32 lanes can access the same channel of their rows without bank conflicts.
#define SEG_PITCH (SEG_CLASSES | 1)
// The threads that copy rows together, the number of elements in 16 bytes, and how many such loads each of the threads
// needs for 32 rows, so many elements at a time.
#define SEG_COPIERS (SEG_SUMS == SEG_SLICES ? SEG_MAX_THREADS : 32)
#define SEG_WIDE (16 / SEG_ELEMENT_BYTES)
#define SEG_ROUNDS_OF(WIDE) ((32 * SEG_CLASSES + SEG_COPIERS * (WIDE) - 1) / (SEG_COPIERS * (WIDE)))
#define SEG_ROUNDS SEG_ROUNDS_OF(SEG_WIDE)

SEG_DEVICE int copier() { return SEG_SUMS == SEG_SLICES ? (int) threadIdx.x : lane(); }

SEG_DEVICE void syncCopiers() {
    if (SEG_SUMS == SEG_SLICES) {
        __syncthreads();
    } else {
        __syncwarp();
    }
}

// The rows of this warp. Those of the block begin at `at`, a multiple of 16 bytes.
SEG_DEVICE Real* rowsOfWarp(double* at) { return (Real*) at + warp() * 32 * SEG_PITCH; }

// Whether 32 rows are contiguous in the tensor and begin at a multiple of 16 bytes.
SEG_DEVICE bool areWide(const Tensor& t, i64 from, int count) {
    return count == 32 && t.type == SEG_ELEMENT && t.pixelStride == SEG_CLASSES
            && isAligned<unsigned char, 16>((const unsigned char*) t.address + from * SEG_ELEMENT_BYTES);
}

// Writes elements k, k + 1, and so on of contiguous rows to rows with a pitch, or reads them from there. If the number
// of classes is odd, the pitch leaves no gaps, and wide accesses are possible.
template <bool WRITES, int WIDE = SEG_WIDE>
SEG_DEVICE void exchange(Real* rows, int k, Real (&some)[WIDE]) {
    const int step = 16 / (int) sizeof(Real);
#pragma unroll
    for (int i = 0; i < WIDE && SEG_PITCH == SEG_CLASSES; i += step) {
        Pack<Real, step>& pack = *(Pack<Real, step>*) (some + i);
        if (WRITES) {
            writePack(rows + k + i, pack);
        } else {
            pack = readPack<Real, step>(rows + k + i);
        }
    }
    // As k is a multiple of WIDE, so many elements from a multiple of JOINED on lie in one row.
    constexpr int JOINED = SEG_CLASSES % WIDE == 0 ? WIDE : SEG_CLASSES % 4 == 0 ? 4 : 2;
#pragma unroll
    for (int i = 0; i < WIDE && SEG_PITCH != SEG_CLASSES; i++) {
        Real& place = rows[k + i + (k + i / JOINED * JOINED) / SEG_CLASSES];
        if (WRITES) {
            place = some[i];
        } else {
            some[i] = place;
        }
    }
}

// Copies contiguous channels of `count` pixels to shared memory, one at a time.
template <int TYPE>
SEG_DEVICE void bringEach(const Tensor& t, i64 from, int count, Real* rows) {
#pragma unroll 2
    for (int k = copier(); k < count * SEG_CLASSES; k += SEG_COPIERS) {
        int pixel = k / SEG_CLASSES;
        int c = k % SEG_CLASSES;
        rows[pixel * SEG_PITCH + c] = readReal(t.address, TYPE, from + pixel * t.pixelStride + c);
    }
}

// Copies the channels of `count` pixels to shared memory; the first begins at element `from`. All copiers must
// call it.
SEG_DEVICE void bringRows(const Tensor& t, i64 from, int count, Real* rows) {
    syncCopiers();
    if (areWide(t, from, count)) {
        alignas(16) Real some[SEG_ROUNDS][SEG_WIDE];
        // All loads are issued before the first result is used, so that they are in flight together.
#pragma unroll
        for (int round = 0; round < SEG_ROUNDS; round++) {
            int k = (round * SEG_COPIERS + copier()) * SEG_WIDE;
            if (k < 32 * SEG_CLASSES) {
                readReals(t.address, from + k, some[round]);
            }
        }
#pragma unroll
        for (int round = 0; round < SEG_ROUNDS; round++) {
            int k = (round * SEG_COPIERS + copier()) * SEG_WIDE;
            if (k < 32 * SEG_CLASSES) {
                exchange<true>(rows, k, some[round]);
            }
        }
    } else {
        bringEach<SEG_ELEMENT>(t, from, count, rows);
    }
    syncCopiers();
}

// Writes `count` rows to a tensor whose channels are contiguous. All copiers must call it.
SEG_DEVICE void writeRows(const Tensor& t, i64 from, int count, Real* rows) {
    syncCopiers();
    if (areWide(t, from, count)) {
#pragma unroll
        for (int round = 0; round < SEG_ROUNDS; round++) {
            int k = (round * SEG_COPIERS + copier()) * SEG_WIDE;
            alignas(16) Real some[SEG_WIDE];
            if (k < 32 * SEG_CLASSES) {
                exchange<false>(rows, k, some);
                writeReals(t.address, from + k, some);
            }
        }
    } else {
        for (int k = copier(); k < count * SEG_CLASSES; k += SEG_COPIERS) {
            int pixel = k / SEG_CLASSES;
            int c = k % SEG_CLASSES;
            writeReal(t.address, (int) t.type, from + pixel * t.pixelStride + c, rows[pixel * SEG_PITCH + c]);
        }
    }
    syncCopiers();
}
#endif

}  // namespace seg
