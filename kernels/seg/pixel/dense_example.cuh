#pragma once
// Where an example with dense labels is in memory.
#include "seg/pixel/staging.cuh"

#if SEG_CLASSES > 0 && SEG_IS_DENSE
namespace seg {

// Where an example is in memory, and what holds for all of its groups, so that it is computed only once.
struct DenseExample {
    i64 n;
    i64 predictionsAt;  // where its first pixel is, in bytes
    i64 pixelBytes;     // distance of pixels
    i64 channelBytes;   // distance of channels
    i64 labelsAt;       // where the labels of its first pixel are, in elements
    bool isPlain;       // whether labels tell all
    bool isWide;        // whether one load brings the labels of a channel
#if SEG_STAGES_TRUTHS
    bool hasWideRows;  // whether rows of predictions and of labels are as loads of 16 bytes need them
#endif
};

SEG_DEVICE int bytesOfLabels(const Inputs& in) {
    int type = SEG_LABELS == SEG_DENSE_FLOAT ? 0 : (int) in.labels.type;
    return type == 1 || type == 10 || type == 11   ? 8
            : type == 0 || type == 8 || type == 9  ? 4
            : type == 4 || type == 5 || type == 12 ? 1
                                                   : 2;
}

// `first` is the first pixel of any group.
SEG_DEVICE DenseExample denseExample(const Inputs& in, i64 n, i64 first) {
    const Tensor& p = in.predictions;
    const Tensor& t = in.labels;
    DenseExample example;
    example.n = n;
    example.predictionsAt = kept(n * p.exampleStride * SEG_ELEMENT_BYTES);
    example.pixelBytes = (SEG_LAYOUT == SEG_CHANNELS_FIRST ? 1 : p.pixelStride) * SEG_ELEMENT_BYTES;
    example.channelBytes = (SEG_LAYOUT == SEG_CHANNELS_LAST ? 1 : p.channelStride) * SEG_ELEMENT_BYTES;
    example.labelsAt = kept(n * t.exampleStride);
    // Where warps share channels, one of them checks class indices together with weights.
    bool isChecked = SEG_SPREAD && SEG_HAS_DENSE_SLICES;
    example.isPlain = kept(in.mask.address == nullptr && !in.hasIgnore && !isChecked ? 1 : 0) != 0;
    i64 from = (i64) t.address + (example.labelsAt + first) * bytesOfLabels(in);
    bool isWide = t.pixelStride == 1
            && ((from | t.channelStride * bytesOfLabels(in)) & (SEG_VECTOR * bytesOfLabels(in) - 1)) == 0;
    example.isWide = SEG_VECTOR == 1 || SEG_SPREAD || kept(isWide ? 1 : 0) != 0;
#if SEG_STAGES_TRUTHS
    // Tiles begin 32 rows apart, so they are all aligned alike.
    const float* labels = (const float*) t.address + example.labelsAt + first * t.pixelStride;
    bool hasWideRows = t.channelStride == 1 && t.pixelStride == SEG_CLASSES && isAligned<float, 4>(labels)
            && areWide(p, n * p.exampleStride + first * p.pixelStride, 32);
    example.hasWideRows = kept(hasWideRows ? 1 : 0) != 0;
#endif
    return example;
}

}  // namespace seg
#endif
