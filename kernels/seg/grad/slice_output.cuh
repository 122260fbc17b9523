#pragma once
// How warps that hold a slice of the channels each write the gradient of their pixels.
#include "seg/grad/gradient_group.cuh"
#include "seg/pixel/sliced_group.cuh"

#if SEG_SUMS == SEG_SLICES
namespace seg {

// Writes the gradient of the group, or the channels of this lane's pixel over those in shared memory if `row` is not
// null. Callers pass a constant type where they know it.
SEG_DEVICE void writeSlice(const Tensor& out, int type, const ChannelSlice& slice, Real* row) {
    const Group& group = slice.group;
    i64 step = kept(out.channelStride);
    i64 first = group.n * out.exampleStride + group.first * out.pixelStride + ChannelSlice::channel(0) * step;
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        i64 at = first + v * kept(out.pixelStride);
        if (group.has(v)) {
#pragma unroll
            for (int i = 0; i < SEG_SLICE; i++) {
                if (ChannelSlice::exists(i)) {
                    if (row != nullptr) {
                        row[ChannelSlice::channel(i)] = slice.p[i][v];
                    } else {
                        writeReal(out.address, type, at, slice.p[i][v]);
                    }
                }
                at += step;
            }
        }
    }
}

// Writes the gradient of a whole group by one store for each channel, if ExamplePlaces says that this is possible.
SEG_DEVICE void writeWideSlice(const Tensor& out, const ExamplePlaces& places, const ChannelSlice& slice) {
#if SEG_VECTOR > 1
    char* at = (char*) out.address + places.gradientAt
            + (slice.group.first + ChannelSlice::channel(0) * out.channelStride) * SEG_ELEMENT_BYTES;
    i64 step = kept(out.channelStride * SEG_ELEMENT_BYTES);
#pragma unroll
    for (int i = 0; i < SEG_SLICE; i++) {
        if (ChannelSlice::exists(i)) {
            writeReals(at, 0, slice.p[i]);
        }
        at += step;
    }
#endif
}

// Writes the gradient of a group of one pixel in the predictions' type.
SEG_DEVICE void writeSliceOfOne(const Tensor& out, const ExamplePlaces& places, const ChannelSlice& slice) {
    i64 first = slice.group.first * out.pixelStride + ChannelSlice::channel(0) * out.channelStride;
    char* at = (char*) out.address + places.gradientAt + first * SEG_ELEMENT_BYTES;
    i64 step = kept(out.channelStride * SEG_ELEMENT_BYTES);
    if (slice.group.has(0)) {
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            if (ChannelSlice::exists(i)) {
                writeReal(at, SEG_ELEMENT, 0, slice.p[i][0]);
            }
            at += step;
        }
    }
}

// Writes the gradient of all channels of the slice, or puts it into the row of this lane's pixel.
SEG_DEVICE void putSlice(const Tensor& out, const ExamplePlaces& places, const ChannelSlice& slice, bool byRows,
                         Real* row) {
    if (byRows) {
        writeSlice(out, SEG_ELEMENT, slice, row);
    } else if (places.isWide && slice.group.isWhole()) {
        writeWideSlice(out, places, slice);
    } else if (SEG_VECTOR == 1 && !SEG_STAGED && out.type == SEG_ELEMENT) {
        writeSlice(out, SEG_ELEMENT, slice, nullptr);
    } else {
        writeSlice(out, (int) out.type, slice, nullptr);
    }
}

// Writes the rows of a tile from shared memory. All threads of the block must call it.
SEG_DEVICE void writeRowsOfSlices(const Tensor& out, const Group& group, Real* rows) {
    i64 tile = group.first - lane();
    writeRows(out, group.n * out.exampleStride + tile * out.pixelStride, (int) smaller(group.to - tile, (i64) 32),
              rows);
}

#if SEG_HAS_INDEX_SLICES
// dL/dz of one element that gradientOfSlices computes apart, for each pixel of a group: its channel, SEG_CLASSES if
// there is none.
struct ApartSlope {
    int channel[SEG_VECTOR];
    Real dz[SEG_VECTOR];
};

// Writes the elements that were computed apart and belong to this warp, over what the same thread wrote before.
SEG_DEVICE void writeApart(const Tensor& out, const SlicedGroup& sliced, const ApartSlope& apart, Real* row) {
    const Group& group = sliced.group;
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        int c = apart.channel[v];
        if (sliced.isMine(c)) {
            if (row != nullptr) {
                row[c] = apart.dz[v];
            } else {
                i64 at = group.n * out.exampleStride + (group.first + v) * out.pixelStride;
                writeReal(out.address, (int) out.type, at + c * out.channelStride, apart.dz[v]);
            }
        }
    }
}

// Writes the gradient of a tile: that of all channels and, over it, elements that were computed apart, `top` only if
// hasTop. All threads of the block must call it.
SEG_DEVICE void putSlices(const Tensor& out, const ExamplePlaces& places, const SlicedGroup& sliced, Exchange& exchange,
                          const ApartSlope& truth, const ApartSlope& top, bool hasTop) {
    Real* rows = (Real*) (&exchange + 1);
    bool byRows = SEG_STAGED && out.channelStride == 1;
    Real* row = byRows ? rows + lane() * SEG_PITCH : nullptr;
    putSlice(out, places, sliced, byRows, row);
    writeApart(out, sliced, truth, row);
    if (hasTop) {
        writeApart(out, sliced, top, row);
    }
    if (byRows) {
        writeRowsOfSlices(out, sliced.group, rows);
    }
}
#endif

}  // namespace seg
#endif
