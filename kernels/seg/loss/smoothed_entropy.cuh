#pragma once
// Exact cross-entropy of smoothed index labels where a thread has all logits of a pixel, and beside it terms that are
// linear in the probabilities.
#include "seg/loss/smoothed_row.cuh"
#include "seg/pixel/indexed_group.cuh"

#if SEG_HAS_SMOOTHED_LABELS && !SEG_HAS_SMOOTHED_SLICES
namespace seg {

// The first part of the loss of pixel s, from its predictions in memory, one class after the other.
SEG_DEVICE Real belowReference(const Inputs& in, i64 n, i64 s, const Real* channels, const Real* row, Real shift) {
    Pixel pixel = {};
    pixel.row = channels;
    pixel.locate(in, n, s);
    Real max = pixel.prediction(in, 0);
#pragma unroll 1
    for (int c = 1; c < SEG_CLASSES; c++) {
        max = larger(max, pixel.prediction(in, c));
    }
    // As IndexedGroup::findShifts does.
    Real subtracted = SEG_ELEMENT != SEG_DOUBLE && absolute(max) >= SEG_LARGE_LOGIT ? max : 0;
    Real sum = 0;
#pragma unroll 1
    for (int c = 0; c < SEG_CLASSES; c++) {
        Real asked = row[SmoothedRow::ALL + c];
        sum += asked == 0 ? 0 : asked * fused(pixel.prediction(in, c) - subtracted, row[SmoothedRow::SCALE], -shift);
    }
    return sum;
}

// Activates pixel v of a group, which is pixel s of example n, as IndexedGroup::activate does. `loss` becomes the first
// part of its loss under the term of a row, which is made of the same numbers as the exponentials.
template <int W>
SEG_DEVICE Real activateSmoothed(const Inputs& in, const IndexedGroup<W>& pixels, int v, i64 n, i64 s,
                                 const Real* channels, const Real* row, Real (&e)[SEG_CLASSES], Real& loss) {
    constexpr int WIDE = 16 / (int) sizeof(Real);
    Real below = 0;
#pragma unroll
    for (int c = 0; c < SEG_CLASSES; c += WIDE) {
        Pack<Real, WIDE> asked = readPack<Real, WIDE>(row + SmoothedRow::ALL + c);
#pragma unroll
        for (int k = 0; k < WIDE && c + k < SEG_CLASSES; k++) {
            Real z = pixels.channels.get(v, c + k);
            e[c + k] = exponentialFrom(pixels.shift[v], z);
            below = fused(fused(z, SEG_LOG_SCALE, -pixels.shift[v]), asked.of[k], below);
        }
    }
    if (!(below == below) && pixels.weight[v] != 0) {
        // As below.
        seldom();
        below = belowReference(in, n, s, channels, row, pixels.shift[v]);
    }
    loss = pixels.weight[v] == 0 ? 0 : pixels.weight[v] * (-SEG_LOG_UNIT * below);
    return SEG_CLASSES <= SEG_CHOSEN ? 0 : pixels.activated(v, pixels.own[v]);
}

// The first part of the losses of some pixels from `first` on under the term of a row: what it asks of all classes,
// times how far each is below the reference of the exponentials. `channels` is their predictions if SEG_STAGED.
template <int W>
SEG_DEVICE Real belowReference(const Inputs& in, const IndexedGroup<W>& pixels, i64 n, i64 first, const Real* channels,
                               const Real* row) {
    constexpr int WIDE = 16 / (int) sizeof(Real);
    Real scale = row[SmoothedRow::SCALE];
    Real below[W] = {};
#pragma unroll
    for (int c = 0; c < SEG_CLASSES; c += WIDE) {
        Pack<Real, WIDE> asked = readPack<Real, WIDE>(row + SmoothedRow::ALL + c);
#pragma unroll
        for (int k = 0; k < WIDE && c + k < SEG_CLASSES; k++) {
#pragma unroll
            for (int v = 0; v < W; v++) {
                Real log = fused(pixels.channels.get(v, c + k), scale, -pixels.shift[v]);
                below[v] = fused(log, asked.of[k], below[v]);
            }
        }
    }
    Real loss = 0;
#pragma unroll
    for (int v = 0; v < W; v++) {
        if (!(below[v] == below[v]) && pixels.weight[v] != 0) {
            // A logit of -infinity is none of the term's where nothing is asked.
            seldom();
            below[v] = belowReference(in, n, first + v, channels, row, pixels.shift[v]);
        }
        loss += pixels.weight[v] == 0 ? 0 : pixels.weight[v] * (-SEG_LOG_UNIT * below[v]);
    }
    return loss;
}

// What a linear term asks of the shares of all classes, from their exponentials.
SEG_DEVICE Real sumOfShares(const Real* row, const Real (&e)[SEG_CLASSES]) {
    constexpr int WIDE = 16 / (int) sizeof(Real);
    Real sum = 0;
#pragma unroll
    for (int c = 0; c < SEG_CLASSES; c += WIDE) {
        Pack<Real, WIDE> asked = readPack<Real, WIDE>(row + SmoothedRow::SHARE + c);
#pragma unroll
        for (int k = 0; k < WIDE && c + k < SEG_CLASSES; k++) {
            sum = fused(e[c + k], asked.of[k], sum);
        }
    }
    return sum;
}

}  // namespace seg
#endif
