#pragma once
// What a thread adds to a divisor by true masses, over its share of the pixels: from labels alone, if these say it, by
// the widest loads that they allow.
#include "seg/terms/weights_of_thread.cuh"

#if SEG_IS_WIDE
namespace seg {

#if SEG_LABELS == SEG_DENSE_FLOAT
// What this thread adds to the sum of contiguous labels [from, to) at an address: sixteen in float, then in double.
SEG_DEVICE double labelsOfThread(const float* labels, i64 from, i64 to) {
    // Four contiguous labels at a time, from where they are aligned.
    i64 start = smaller(from + (i64) (-((u64) (labels + from) / sizeof(float)) & 3), to);
    i64 end = start + (to - start) / 4 * 4;
    double sum = 0;
    for (i64 s = start + 4 * (i64) threadIdx.x; s < end;) {
        float some = 0;
#pragma unroll
        for (int k = 0; k < 4; k++) {
            if (s < end) {
                Pack<float, 4> four = readPack<float, 4>(labels + s);
                some += (four.of[0] + four.of[1]) + (four.of[2] + four.of[3]);
            }
            s += 4 * (i64) blockDim.x;
        }
        sum += some;
    }
    // The others are those before and those behind, less than four each.
    i64 other = threadIdx.x < 4 ? from + threadIdx.x : end + threadIdx.x - 4;
    bool is = threadIdx.x < 4 ? other < start : threadIdx.x < 8 && other < to;
    return is ? sum + labels[other] : sum;
}

// Whether true masses are made of labels alone.
SEG_DEVICE bool areLabelsAll(const Inputs& in) { return in.mask.address == nullptr && !in.hasIgnore; }

// Whether labels are rows of so few channels that each thread can take those of one channel.
SEG_DEVICE bool areRowsOfLabels(const Inputs& in) {
    return in.classes > 1 && in.classes <= blockDim.x && in.labels.channelStride == 1
            && in.labels.pixelStride == in.classes;
}

// The weight of a class times what this thread adds to the sum of its labels, over pixels [from, to) of rows that begin
// at an address: sixteen in float, then in double.
SEG_DEVICE double rowsOfThread(const float* labels, const double* weights, i64 classes, i64 from, i64 to) {
    int apart = (int) (blockDim.x / (unsigned) classes * (unsigned) classes);
    double weight = (int) threadIdx.x < apart ? weights[threadIdx.x % (unsigned) classes] : 0;
    if (weight == 0) {
        return 0;
    }
    const float* at = labels + from * classes + threadIdx.x;
    i64 left = (to - from) * classes - threadIdx.x;
    double sum = 0;
    for (; left > 15 * (i64) apart; left -= 16 * (i64) apart, at += 16 * (i64) apart) {
        float some = 0;
#pragma unroll
        for (int k = 0; k < 16; k++) {
            some += at[k * apart];
        }
        sum += some;
    }
    for (; left > 0; left -= apart, at += apart) {
        sum += *at;
    }
    return weight * sum;
}
#endif

// What this thread adds to the divisor of a pixel term by the true masses of classes, over its pixels in [from, to) of
// example n.
SEG_DEVICE double truthsOfThread(const Inputs& in, const double* row, i64 n, i64 from, i64 to) {
    DivisorRow at = {in.classes};
    double sum = 0;
#if SEG_LABELS == SEG_DENSE_FLOAT
    if (areLabelsAll(in) && areRowsOfLabels(in)) {
        return rowsOfThread((const float*) in.labels.address + n * in.labels.exampleStride, row + at.ofTruth(0),
                            in.classes, from, to);
    }
    if (areLabelsAll(in) && in.labels.pixelStride == 1) {
        const float* labels = (const float*) in.labels.address + n * in.labels.exampleStride;
        for (i64 c = 0; c < in.classes; c++) {
            double weight = row[at.ofTruth(c)];
            sum += weight == 0 ? 0 : weight * labelsOfThread(labels + c * in.labels.channelStride, from, to);
        }
        return sum;
    }
#endif
    bool isEven = SEG_IS_DENSE && weightColumns(in) == 1 && !isIgnoredPerOutput(in);
    for (i64 s = from + threadIdx.x; s < to; s += blockDim.x) {
        Pixel pixel = {};
        pixel.load(in, n, s);
        if (isEven) {
            double truths = 0;
            for (i64 c = 0; pixel.weight != 0 && c < in.classes; c++) {
                truths += pixel.truth(in, c) * row[at.ofTruth(c)];
            }
            sum += pixel.weight * truths;
            continue;
        }
        int y = pixel.trueClass(in);
        i64 first = SEG_IS_DENSE ? 0 : y;
        i64 end = SEG_IS_DENSE ? in.classes : y + 1;
        for (i64 c = first; pixel.weight != 0 && c >= 0 && c < end; c++) {
            double m = pixel.weightOf(in, c);
            sum += m == 0 ? 0 : m * pixel.truth(in, c) * row[at.ofTruth(c)];
        }
    }
    return sum;
}

}  // namespace seg
#endif
