#pragma once
// A group is what a thread takes at a time: SEG_VECTOR consecutive pixels, of which one load brings each channel. So
// the stride of channels is a multiple of SEG_VECTOR. An example may begin at any address: groups begin where addresses
// are aligned, and at the edges of a part the pixels are read one by one.
#include "seg/pixel/pixel.cuh"
#include "seg/base/vectors.cuh"

namespace seg {

// The pixel at which the tiles of a part begin: its first one, or up to SEG_VECTOR - 1 before where loads are aligned.
SEG_DEVICE i64 startOfTiles(const Tensor& t, i64 n, i64 from) {
    i64 element = (i64) ((u64) t.address / SEG_ELEMENT_BYTES) + n * t.exampleStride + from;
    return from - (element & (SEG_VECTOR - 1));
}

#if SEG_CLASSES > 0
struct Group {
    i64 n;
    i64 first;  // first pixel of the group; may be before the part
    i64 from;  // first pixel of the part
    i64 to;  // end of the part

    SEG_MEMBER bool has(int v) const { return first + v < to && (SEG_VECTOR == 1 || first + v >= from); }

    // Whether all pixels of the group belong to the part.
    SEG_MEMBER bool isWhole() const { return first + SEG_VECTOR <= to && (SEG_VECTOR == 1 || first >= from); }

    // Reads the predictions of all channels to registers. The loads do not depend on one another, so all are in flight
    // together.
    SEG_MEMBER void readChannels(const Inputs& in, const Real* row, Real (&z)[SEG_VECTOR][SEG_CLASSES]) const {
        const Tensor& t = in.predictions;
        i64 stride = SEG_LAYOUT == SEG_CHANNELS_LAST ? 1 : t.channelStride;
        if (SEG_VECTOR > 1 && isWhole()) {
#pragma unroll
            for (int c = 0; c < SEG_CLASSES; c++) {
                Real some[SEG_VECTOR];
                readReals(t.address, n * t.exampleStride + first + c * stride, some);
#pragma unroll
                for (int v = 0; v < SEG_VECTOR; v++) {
                    z[v][c] = some[v];
                }
            }
            return;
        }
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            i64 at = n * t.exampleStride + (first + v) * (SEG_LAYOUT == SEG_CHANNELS_FIRST ? 1 : t.pixelStride);
#pragma unroll
            for (int c = 0; c < SEG_CLASSES; c++) {
                z[v][c] = !has(v) ? 0 : SEG_STAGED ? row[c] : readReal(t.address, SEG_ELEMENT, at + c * stride);
            }
        }
    }

    // Reads index labels as they are, valid or not.
    SEG_MEMBER void readLabels(const Inputs& in, i64 (&given)[SEG_VECTOR]) const {
        const Tensor& t = in.labels;
        i64 at = n * t.exampleStride + first * t.pixelStride;
        if (SEG_VECTOR > 1 && SEG_LABELS <= SEG_INDEX_INT64 && isWhole() && t.pixelStride == 1) {
            if (SEG_LABELS == SEG_INDEX_UINT8) {
                readSome<unsigned char>(t.address, at, given);
            } else if (SEG_LABELS == SEG_INDEX_INT32) {
                readSome<int>(t.address, at, given);
            } else {
                readSome<i64>(t.address, at, given);
            }
            return;
        }
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            given[v] = has(v) ? readIndex(t.address, labelType(in), at + v * t.pixelStride) : 0;
        }
    }

    // Reads the weights of pixels as they are, valid or not. Without a mask they are 1.
    SEG_MEMBER void readWeights(const Inputs& in, Real (&given)[SEG_VECTOR]) const {
        const Tensor& t = in.mask;
        i64 at = n * t.exampleStride + first * t.pixelStride;
        bool wide = SEG_VECTOR > 1 && isWhole() && t.pixelStride == 1 && t.type == 0;
        if (t.address != nullptr && wide) {
            readSome<float>(t.address, at, given);
            return;
        }
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            given[v] = t.address != nullptr && has(v) ? readWeight(t.address, (int) t.type, at + v * t.pixelStride) : 1;
        }
    }

    // Reads and checks labels and weights of all pixels. A pixel that does not belong to the part gets the weight 0.
    SEG_MEMBER void readPixels(const Inputs& in, const Real* row, Pixel (&pixels)[SEG_VECTOR]) const {
        i64 labels[SEG_VECTOR] = {};
        Real weights[SEG_VECTOR];
        if (!SEG_IS_DENSE) {
            readLabels(in, labels);
        }
        readWeights(in, weights);
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            pixels[v] = {};
            pixels[v].label = -1;
            pixels[v].row = row;
            if (has(v)) {
                pixels[v].take(in, n, first + v, labels[v], weights[v]);
            }
        }
    }
};
#endif

}  // namespace seg
