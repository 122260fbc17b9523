#pragma once
// A tile is what a warp takes at a time: one group of pixels for each of its threads.
#include "seg/pixel/group.cuh"
#include "seg/pixel/staged_truths.cuh"

namespace seg {

#if SEG_CLASSES > 0
// Copies the channels of a tile's pixels to shared memory, if SEG_STAGED. Returns the row of this lane's pixel, or
// null.
SEG_DEVICE const Real* bringTile(const Inputs& in, i64 n, i64 tile, i64 to, Real* rows) {
    if (!SEG_STAGED) {
        return nullptr;
    }
    i64 at = n * in.predictions.exampleStride + tile * in.predictions.pixelStride;
    bringRows(in.predictions, at, (int) smaller(to - tile, (i64) 32), rows);
    return rows + lane() * SEG_PITCH;
}

#if SEG_IS_DENSE
// The same with the labels of this lane's pixel, if SEG_STAGES_TRUTHS.
SEG_DEVICE const Real* bringTile(const Inputs& in, const DenseExample& example, i64 tile, i64 to, Real* rows,
                                 LaneTruths& truths) {
#if SEG_STAGES_TRUTHS
    bringWithTruths(in, example, tile, to, rows, [&](const Real* row) {
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            truths.of[c] = row[c];
        }
    });
    return rows + lane() * SEG_PITCH;
#else
    return bringTile(in, example.n, tile, to, rows);
#endif
}
#endif
#endif

}  // namespace seg
