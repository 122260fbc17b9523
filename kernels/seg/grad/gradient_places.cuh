#pragma once
// Where the gradient of a group of pixels is, and how it is written.
#include "seg/grad/gradient.cuh"
#include "seg/pixel/dense_slice.cuh"
#include "seg/pixel/indexed_group.cuh"
#include "seg/pixel/tile.cuh"

namespace seg {

// What is computed once for all groups of an example.
struct ExamplePlaces {
#if SEG_TAKES_INDEXED_GROUPS
    IndexedExample indexed;
#endif
#if SEG_HAS_DENSE_SLICES
    SliceExample slice;
#elif SEG_IS_QUICK && SEG_IS_DENSE
    DenseExample dense;
#endif
#if SEG_IS_QUICK || SEG_SUMS == SEG_SLICES
    i64 ofLane;      // first pixel of this thread's group, in those of the block
    i64 gradientAt;  // where the first pixel is, in bytes
    bool isWide;     // whether the pixels of a channel are contiguous and aligned, and of the predictions' type; and
                     // whether dense labels are
#endif
};

// `first` is the first pixel of any group.
SEG_DEVICE ExamplePlaces placesOf(const BackwardArguments& args, i64 n, i64 first) {
    ExamplePlaces places = {};
#if SEG_TAKES_INDEXED_GROUPS
    places.indexed = indexedExample(args.in, n, first);
#endif
#if SEG_HAS_DENSE_SLICES
    places.slice = sliceExample(args.in, n, first);
#elif SEG_IS_QUICK && SEG_IS_DENSE
    places.dense = denseExample(args.in, n, first);
#endif
#if SEG_IS_QUICK || SEG_SUMS == SEG_SLICES
    const Tensor& out = args.gradient;
    places.ofLane = kept((i64) threadIdx.x * SEG_VECTOR);
    places.gradientAt = kept(n * out.exampleStride * SEG_ELEMENT_BYTES);
    bool wide = SEG_VECTOR > 1 && out.type == SEG_ELEMENT && out.pixelStride == 1
            && (out.channelStride & (SEG_VECTOR - 1)) == 0 && startOfTiles(out, n, first) == first;
#if SEG_IS_QUICK && SEG_IS_DENSE
    wide = wide && places.dense.isWide;
#endif
    places.isWide = kept(wide ? 1 : 0) != 0;
#endif
    return places;
}

#if SEG_IS_QUICK
// Brings a tile, with the labels of this lane's pixel if SEG_STAGES_TRUTHS.
SEG_DEVICE void bringTile(const Inputs& in, const ExamplePlaces& places, i64 n, i64 tile, i64 to, Real* rows,
                          LaneTruths& truths) {
#if SEG_IS_DENSE
    bringTile(in, places.dense, tile, to, rows, truths);
#else
    bringTile(in, n, tile, to, rows);
#endif
}

// Writes the gradient of a pixel, one element at a time. Callers pass a constant type where they know it.
SEG_DEVICE void writePixel(const Tensor& out, int type, i64 n, i64 s, const Real (&dz)[SEG_CLASSES]) {
    i64 at = n * out.exampleStride + s * out.pixelStride;
#pragma unroll
    for (int c = 0; c < SEG_CLASSES; c++) {
        writeReal(out.address, type, at + c * out.channelStride, dz[c]);
    }
}

// Writes the gradient of a pixel, or puts it over the channels in shared memory if `row` is not null.
SEG_DEVICE void putPixel(const Tensor& out, i64 n, i64 s, Real* row, const Real (&dz)[SEG_CLASSES]) {
    if (row != nullptr) {
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            row[c] = dz[c];
        }
    } else if (out.type == SEG_ELEMENT) {
        writePixel(out, SEG_ELEMENT, n, s, dz);
    } else {
        writePixel(out, (int) out.type, n, s, dz);
    }
}

#if SEG_TAKES_INDEXED_GROUPS || SEG_IS_DENSE
// Writes the gradient of W pixels from `first` on by one store for each channel. That of one pixel is written already.
template <int W>
SEG_DEVICE void storePixels(const Tensor& out, const ExamplePlaces& places, i64 first,
                            const GroupChannels<W>& channels) {
    if constexpr (W > 1) {
        char* at = (char*) out.address + kept(places.gradientAt + first * SEG_ELEMENT_BYTES);
        channels.store(at, out.channelStride * SEG_ELEMENT_BYTES);
    }
}
#endif
#endif

}  // namespace seg
