#pragma once
// Adds up columns. A warp has the probabilities of 32 pixels in shared memory, one row for each pixel; each lane adds
// one column, which is one class, over the pixels.
#include "seg/pixel/activation.cuh"
#include "seg/pixel/staging.cuh"

#if SEG_SUMS == SEG_COLUMNS
namespace seg {

// Below 17 classes several lanes share a column. This is how many.
#define SEG_GROUPS (32 / SEG_CLASSES)

// The sums of this lane's column, or of its share in one. At most 32 pixels are added in float.
struct Column {
    double intersection;
    double predicted;
    double truth;
#if SEG_SQUARES
    double squares;
#endif
#if SEG_DISTANCES
    double distance;
#endif

    // Writes the probabilities of this lane's pixel to its row, and adds this lane's column over the pixels of all
    // lanes.
    SEG_MEMBER void add(const ForwardArguments& args, const Pixel& pixel, Real (&p)[SEG_CLASSES], bool counts,
                        Real* rows) {
        Real* row = rows + lane() * SEG_PITCH;
        __syncwarp();
#if SEG_SQUARES
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            Real u = harden(args, p[c]);
            Real g = counts ? pixel.heldTruth(args.in, c) : 0;
            row[c] = counts ? pixel.weight * (u * u + g * g) : 0;
        }
        __syncwarp();
        squares += column(rows);
#endif
#if SEG_DISTANCES
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            row[c] = counts ? pixel.weight * absolute(harden(args, p[c]) - pixel.heldTruth(args.in, c)) : 0;
        }
        __syncwarp();
        distance += column(rows);
#endif
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            p[c] = counts ? pixel.weight * harden(args, p[c]) : 0;
            row[c] = p[c];
        }
        __syncwarp();
        predicted += column(rows);
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            Real g = counts ? pixel.heldTruth(args.in, c) : 0;
            row[c] = pixel.weight * g;
            p[c] = counts ? p[c] * g : 0;
        }
        __syncwarp();
        truth += column(rows);
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            row[c] = p[c];
        }
        __syncwarp();
        intersection += column(rows);
    }

    // The sum of this lane's column, or of its share in it.
    static SEG_MEMBER Real column(const Real* rows) {
        Real sum = 0;
#pragma unroll
        for (int k = lane() / SEG_CLASSES; k < 32; k += SEG_GROUPS) {
            sum += rows[k * SEG_PITCH + lane() % SEG_CLASSES];
        }
        __syncwarp();
        return sum;
    }
};

}  // namespace seg
#endif
