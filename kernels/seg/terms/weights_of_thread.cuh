#pragma once
// What a thread adds to the sums of weights, over its share of the pixels: from labels and mask alone, by the widest
// loads that these allow.
#include "seg/pixel/pixel.cuh"

namespace seg {

// How many sums of weights there are: one, unless the outputs of a pixel may have different weights.
SEG_DEVICE i64 weightColumns(const Inputs& in) {
    return in.mask.channels > 1 || isIgnoredPerOutput(in) ? in.classes : 1;
}

// Whether labels may make pixels void.
SEG_DEVICE bool areLabelsIgnored(const Inputs& in) {
    return in.hasIgnore && (SEG_LABELS != SEG_INDEX_UINT8 || (in.ignore >= 0 && in.ignore < 256));
}

// Whether some output may have another weight than 1.
SEG_DEVICE bool areWeightsGiven(const Inputs& in) { return in.mask.address != nullptr || areLabelsIgnored(in); }

// What this thread adds to the weight of class c where a mask of floats alone says it, over its pixels in [from, to) of
// example n.
SEG_DEVICE double massOfThread(const Inputs& in, i64 n, i64 c, i64 from, i64 to) {
    const float* weights = (const float*) in.mask.address + n * in.mask.exampleStride + c * in.mask.channelStride;
    // Four contiguous weights at a time, from where they are aligned.
    i64 start = smaller(from + (i64) ((-(u64) (weights + from) & 15) / 4), to);
    i64 wide = (to - start) / 4;
    double sum = 0;
    for (i64 k = threadIdx.x; k < wide; k += blockDim.x) {
        Pack<float, 4> some = readPack<float, 4>(weights + start + 4 * k);
#pragma unroll
        for (int i = 0; i < 4; i++) {
            sum += isWeight(some.of[i]) ? some.of[i] : 0;
        }
    }
    // The others are those before and those behind.
    for (i64 k = threadIdx.x; k < start - from + (to - start) % 4; k += blockDim.x) {
        float weight = weights[from + k < start ? from + k : start + 4 * wide + k - (start - from)];
        sum += isWeight(weight) ? weight : 0;
    }
    return sum;
}

// The number of bytes in a word that differ from those of another word.
SEG_DEVICE unsigned differingBytes(unsigned a, unsigned b) {
    unsigned x = a ^ b;
    unsigned differ = ((x & 0x7f7f7f7fu) + 0x7f7f7f7fu) | x;  // in bit 7 of each byte
    return (differ >> 7 & 0x01010101u) * 0x01010101u >> 24;
}

// How many of this thread's pixels in [from, to) of example n are not void. Only for index labels without a mask.
SEG_DEVICE i64 validOfThread(const Inputs& in, i64 n, i64 from, i64 to) {
    i64 base = n * in.labels.exampleStride;
    i64 stride = in.labels.pixelStride;
    i64 count = 0;
    i64 first = from;
#if SEG_LABELS == SEG_INDEX_UINT8
    // Sixteen contiguous labels at a time, from where they are aligned.
    const unsigned char* labels = (const unsigned char*) in.labels.address + base;
    i64 start = smaller(from + (i64) (-(u64) (labels + from) & 15), to);
    i64 wide = stride == 1 ? (to - start) / 16 : 0;
    unsigned ignored = (unsigned) in.ignore * 0x01010101u;
    for (i64 k = threadIdx.x; k < wide; k += blockDim.x) {
        Pack<unsigned, 4> words = readPack<unsigned, 4>(labels + start + 16 * k);
#pragma unroll
        for (int i = 0; i < 4; i++) {
            count += differingBytes(words.of[i], ignored);
        }
    }
    // The others are those before and those behind.
    i64 before = wide > 0 ? start - from : 0;
    for (i64 k = threadIdx.x; wide > 0 && k < before; k += blockDim.x) {
        count += labels[from + k] == in.ignore ? 0 : 1;
    }
    first = wide > 0 ? start + 16 * wide : from;
#endif
    for (i64 s = first + threadIdx.x; s < to; s += blockDim.x) {
        count += readIndex(in.labels.address, labelType(in), base + s * stride) == in.ignore ? 0 : 1;
    }
    return count;
}

#if SEG_LABELS == SEG_DENSE_FLOAT
// How many labels of class c are not ignored, of this thread's pixels in [from, to) of example n.
SEG_DEVICE i64 validOutputsOfThread(const Inputs& in, i64 n, i64 c, i64 from, i64 to) {
    const float* labels = (const float*) in.labels.address + n * in.labels.exampleStride + c * in.labels.channelStride;
    i64 step = blockDim.x * in.labels.pixelStride;
    Real ignored = (Real) in.ignore;
    i64 s = from + threadIdx.x;
    const float* at = labels + s * in.labels.pixelStride;
    int count = 0;
    // Four loads in flight.
    for (; s + 3 * blockDim.x < to; s += 4 * blockDim.x, at += 4 * step) {
#pragma unroll
        for (int k = 0; k < 4; k++) {
            count += (Real) at[k * step] == ignored ? 0 : 1;
        }
    }
    for (; s < to; s += blockDim.x, at += step) {
        count += (Real) *at == ignored ? 0 : 1;
    }
    return count;
}
#endif

// What this thread adds to the weight of class c, over its pixels in [from, to) of example n.
SEG_DEVICE double weightOfThread(const Inputs& in, i64 n, i64 c, i64 from, i64 to) {
    if (!areWeightsGiven(in)) {
        return threadIdx.x == 0 ? to - from : 0;
    }
    if (!SEG_IS_DENSE && in.mask.address == nullptr) {
        return validOfThread(in, n, from, to);
    }
    if (in.mask.address != nullptr && in.mask.type == 0 && in.mask.pixelStride == 1 && !areLabelsIgnored(in)) {
        return massOfThread(in, n, c, from, to);
    }
#if SEG_LABELS == SEG_DENSE_FLOAT
    if (in.mask.address == nullptr && isIgnoredPerOutput(in)) {
        return validOutputsOfThread(in, n, c, from, to);
    }
#endif
    double sum = 0;
    for (i64 s = from + threadIdx.x; s < to; s += blockDim.x) {
        Pixel pixel = {};
        pixel.load(in, n, s);
        sum += pixel.weightOf(in, c);
    }
    return sum;
}

}  // namespace seg
