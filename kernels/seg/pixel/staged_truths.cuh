#pragma once
// Float labels of all classes beside predictions whose channels are contiguous. If those of labels are, too, they reach
// the threads through the same rows of shared memory, ahead of the predictions, and stay in registers: otherwise each
// thread would read labels that lie far from those of the next thread.
#include "seg/pixel/dense_example.cuh"

namespace seg {

// The labels of this lane's pixel, if SEG_STAGES_TRUTHS.
struct LaneTruths {
#if SEG_STAGES_TRUTHS
    Real of[SEG_CLASSES];
#endif
};

#if SEG_STAGES_TRUTHS
// 32 contiguous rows of predictions or, if OF_LABELS, of labels, on their way to shared memory.
template <bool OF_LABELS>
struct WideRows {
    enum { WIDE = OF_LABELS ? 4 : SEG_WIDE, ROUNDS = SEG_ROUNDS_OF(WIDE) };
    alignas(16) Real some[ROUNDS][WIDE];

    static SEG_MEMBER int place(int round) { return (round * SEG_COPIERS + copier()) * WIDE; }

    // Loads all before the first is used, so that they are in flight together.
    SEG_MEMBER void load(const Tensor& t, i64 from) {
#pragma unroll
        for (int round = 0; round < ROUNDS; round++) {
            int k = place(round);
            if (k >= 32 * SEG_CLASSES) {
                continue;
            }
            if constexpr (OF_LABELS) {
                Pack<float, WIDE> pack = readPack<float, WIDE>((const float*) t.address + from + k);
#pragma unroll
                for (int i = 0; i < WIDE; i++) {
                    some[round][i] = pack.of[i];
                }
            } else {
                readReals(t.address, from + k, some[round]);
            }
        }
    }

    SEG_MEMBER void put(Real* rows) {
#pragma unroll
        for (int round = 0; round < ROUNDS; round++) {
            int k = place(round);
            if (k < 32 * SEG_CLASSES) {
                exchange<true>(rows, k, some[round]);
            }
        }
    }
};

// Copies the labels of `count` pixels to shared memory, one at a time and neighbours in memory together; the first
// begins at element `from`. The rest of 32 rows becomes 0. All copiers must call it.
SEG_DEVICE void bringTruths(const Tensor& t, i64 from, int count, Real* rows) {
    bool areRows = t.channelStride == 1;
    if (areRows) {
        bringEach<0>(t, from, count, rows);
    }
    bool has = lane() < count;
    i64 at = from + lane() * t.pixelStride;
    for (int c = copier() / 32; c < SEG_CLASSES && !(areRows && has); c += SEG_COPIERS / 32) {
        rows[lane() * SEG_PITCH + c] = has ? readReal(t.address, 0, at + c * t.channelStride) : 0;
    }
}

// Copies the predictions of a tile's pixels to shared memory, and before that their labels. `take` is called between
// both with the labels of this lane's pixel. All copiers must call it.
template <typename Take>
SEG_DEVICE void bringWithTruths(const Inputs& in, const DenseExample& example, i64 tile, i64 to, Real* rows,
                                const Take& take) {
    // Whether both are in flight together, for which two resident blocks have no registers, nor has one with the
    // sums or slopes of more classes.
    constexpr bool ARE_TOGETHER = SEG_RESIDENT == 1 && (SEG_SUMS == SEG_SLICES || SEG_CLASSES <= 19);
    i64 ofPredictions = example.n * in.predictions.exampleStride + tile * in.predictions.pixelStride;
    i64 ofLabels = example.labelsAt + tile * in.labels.pixelStride;
    int count = (int) smaller(to - tile, (i64) 32);
    bool areWide = example.hasWideRows && count == 32;
    WideRows<true> labels;
    WideRows<false> predictions;
    syncCopiers();
    if (areWide) {
        labels.load(in.labels, ofLabels);
        if (ARE_TOGETHER) {
            predictions.load(in.predictions, ofPredictions);
        }
        labels.put(rows);
    } else {
        seldom();
        bringTruths(in.labels, ofLabels, count, rows);
    }
    syncCopiers();
    take(rows + lane() * SEG_PITCH);
    syncCopiers();
    if (areWide) {
        if (!ARE_TOGETHER) {
            predictions.load(in.predictions, ofPredictions);
        }
        predictions.put(rows);
    } else {
        seldom();
        bringEach<SEG_ELEMENT>(in.predictions, ofPredictions, count, rows);
    }
    syncCopiers();
}
#endif

}  // namespace seg
