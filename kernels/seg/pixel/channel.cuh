#pragma once
// SEG_CHANNELS: where no channel depends on another, and there are no pixel terms, the sweeps go through one channel
// after the other. A tile is what a warp takes at a time: some pixels of one channel.
#include "seg/pixel/channel_tile.cuh"

#if SEG_SUMS == SEG_CHANNELS
namespace seg {

// One channel of the pixels [from, to) of an example.
struct Channel {
    const Inputs& in;
    i64 n;
    int c;
    i64 from;
    i64 to;
    i64 predictionsAt;  // index of the element of pixel 0; the same for labels
    i64 labelsAt;
    i64 start;  // where tiles begin: from, or before it where the sectors of 32 elements begin
    bool isWide;  // whether tiles that lie in [from, to) can be read by wide loads

    SEG_MEMBER Channel(const Inputs& inputs, i64 example, int channel, i64 first, i64 end)
            : in(inputs), n(example), c(channel), from(first), to(end) {
        predictionsAt = n * in.predictions.exampleStride + c * in.predictions.channelStride;
        labelsAt = n * in.labels.exampleStride + (SEG_IS_DENSE ? c * in.labels.channelStride : 0);
        start = from - (((i64) ((u64) in.predictions.address / SEG_ELEMENT_BYTES) + predictionsAt + from) & 31);
        // A value that is ignored although it may be a truth makes all labels worth a look. With more channels, a dense
        // label is ignored by what stands in another channel.
        bool ignoresTruth = in.hasIgnore && (SEG_IS_DENSE && SEG_CLASSES > 1 ? true : (u64) in.ignore < 2);
        isWide = in.mask.address == nullptr && in.predictions.pixelStride == 1 && in.labels.pixelStride == 1
                && !ignoresTruth && areLabelsAligned();
    }

    // Whether the labels of a chunk can be read together.
    SEG_MEMBER bool areLabelsAligned() const {
        if (SEG_LABELS == SEG_INDEX_ANY || (SEG_LABELS == SEG_DENSE_ANY && in.labels.type != SEG_ELEMENT)) {
            return false;
        }
        i64 together = SEG_LABEL_BYTES * SEG_VECTOR;
        return ((u64) labels(start) & ((together < 16 ? together : 16) - 1)) == 0;
    }

    SEG_MEMBER const char* predictions(i64 s) const {
        return (const char*) in.predictions.address + (predictionsAt + s) * SEG_ELEMENT_BYTES;
    }

    SEG_MEMBER const char* labels(i64 s) const {
        return (const char*) in.labels.address + (labelsAt + s) * SEG_LABEL_BYTES;
    }

    // Label and weight of one pixel, checked.
    SEG_MEMBER Pixel pixel(i64 s) const {
        Pixel some = {};
        some.loadChannel(in, n, s, c);
        return some;
    }
};

// Takes all tiles of this warp, from the first to the last or the other way round. What to do with them says `work`:
// with tiles that can be read by wide loads all at once, with others pixel by pixel, each lane the next one to that of
// its neighbour. All threads of the warp must call it.
template <typename Work>
SEG_DEVICE void takeTiles(const Channel& channel, bool isWide, bool reverse, Work& work) {
    i64 step = warps() * SEG_TILE;
    i64 tile = channel.start + warp() * SEG_TILE;
    if (reverse && tile < channel.to) {
        tile += (channel.to - 1 - tile) / step * step;
    }
    step = reverse ? -step : step;
    // Tiles that begin in [from, lastWide] are read by wide loads.
    i64 lastWide = isWide ? channel.to - SEG_TILE : channel.from - 1;
    i64 first = tile + lane() * SEG_VECTOR;
    const char* predictions = channel.predictions(first);
    const char* labels = channel.labels(first);
    while (tile >= channel.start && tile < channel.to) {
#pragma unroll 1
        for (int k = 0; k < Work::RUN && tile >= channel.start && tile < channel.to; k++) {
            if (tile >= channel.from && tile <= lastWide) {
                ChannelTile some;
                some.read(predictions, labels);
                if (some.arePeculiar()) {
                    some.settle([&](int i) { return channel.pixel(tile + ChannelTile::place(i)); });
                }
                work.takeAll(some, predictions);
            } else {
                takePixels(channel, tile, work);
            }
            tile += step;
            predictions += step * SEG_ELEMENT_BYTES;
            labels += step * SEG_LABEL_BYTES;
        }
        work.endRun(channel);
    }
}

template <typename Work>
SEG_DEVICE void takePixels(const Channel& channel, i64 tile, Work& work) {
#pragma unroll 1
    for (int k = 0; k < SEG_THREAD_PIXELS; k++) {
        i64 s = tile + 32 * k + lane();
        if (s >= channel.from && s < channel.to) {
            work.takeOne(channel, channel.pixel(s), s);
        }
    }
    work.endPixels(channel);
}

}  // namespace seg
#endif
