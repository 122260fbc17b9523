#pragma once
// SEG_CHANNELS: where no channel depends on another, a thread takes the pixels of one channel at a time: one channel
// after the other or, in rows, always the same one.
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
    i64 predictionsAt;  // index of the element of pixel 0; the same for labels and mask
    i64 labelsAt;
    i64 start;  // where tiles begin: from, or before it where the sectors of 32 elements begin
#if SEG_OWN_WEIGHTS && SEG_IS_DENSE
    int ignored;  // which labels are
#else
    enum { ignored = IGNORED_NONE };  // as far as tiles need to know
#endif

    SEG_MEMBER Channel(const Inputs& inputs, i64 example, int channel, i64 first, i64 end)
            : in(inputs), n(example), c(channel), from(first), to(end) {
        predictionsAt = n * in.predictions.exampleStride + c * in.predictions.channelStride;
        labelsAt = n * in.labels.exampleStride + (SEG_IS_DENSE ? c * in.labels.channelStride : 0);
#if SEG_OWN_WEIGHTS && SEG_IS_DENSE
        ignored = kept(!in.hasIgnore ? IGNORED_NONE : isIgnoredPerOutput(in) ? IGNORED_VALUE : IGNORED_CLASS);
#endif
#if SEG_LAYOUT == SEG_ROWS
        start = from;
#else
        start = from - (((i64) ((u64) in.predictions.address / SEG_ELEMENT_BYTES) + predictionsAt + from) & 31);
#endif
    }

    SEG_MEMBER bool hasMask() const { return in.mask.address != nullptr; }

    // Whether tiles that lie in [from, to) can be read by wide loads.
    SEG_MEMBER bool isWide() const {
        if (isIdle() || SEG_LABELS == SEG_INDEX_ANY || (SEG_LABELS == SEG_DENSE_ANY && in.labels.type != SEG_ELEMENT)) {
            return false;
        }
        // A value that is ignored although it may be a truth makes all labels worth a look. With more channels, that
        // is the number of a class; tiles look at class indices themselves.
        bool ignoresTruth = in.hasIgnore && (SEG_CLASSES > 1 ? SEG_IS_DENSE && !SEG_OWN_WEIGHTS : (u64) in.ignore < 2);
        ChannelAddresses some = addresses(start);
        return in.predictions.pixelStride == SEG_APART && in.labels.pixelStride == SEG_LABELS_APART && !ignoresTruth
                && areAligned<SEG_LABEL_BYTES>(some.labels)
                && (!hasMask() || (in.mask.type == 0 && areWeightsAlike() && areAligned<4>(some.weights)));
    }

    // Whether the weights of a mask lie as tiles read them.
    SEG_MEMBER bool areWeightsAlike() const {
        return in.mask.pixelStride == 1 || (SEG_HAS_WEIGHT_ROWS && in.mask.pixelStride == SEG_APART);
    }

    SEG_MEMBER ChannelAddresses addresses(i64 s) const {
        return {(const char*) in.predictions.address + (predictionsAt + s * SEG_APART) * SEG_ELEMENT_BYTES,
                (const char*) in.labels.address + (labelsAt + s * SEG_LABELS_APART) * SEG_LABEL_BYTES, weights(s)};
    }

    // Where the weight of a pixel is, if a mask is of type FLOAT. Found anew each time, so that loops without weights
    // have a register more.
    SEG_MEMBER const char* weights(i64 s) const {
        return (const char*) in.mask.address
                + (n * in.mask.exampleStride + (SEG_OWN_WEIGHTS ? c * in.mask.channelStride : 0)
                   + (SEG_HAS_WEIGHT_ROWS ? s * in.mask.pixelStride : s))
                * 4;
    }

    // Label and weight of one pixel, checked.
    SEG_MEMBER Pixel pixel(i64 s) const {
        Pixel some = {};
        some.loadChannel(in, n, s, c);
        return some;
    }
};

#if SEG_LAYOUT == SEG_ROWS
// How many of so many pixels of a thread are there, if the channel ends so far behind the first one.
SEG_DEVICE int countOfLeft(i64 left, int pixels) {
    int within = (int) smaller(left, (i64) SEG_TILE);
    return within <= 0 ? 0 : smaller((within - 1) / SEG_ABREAST + 1, pixels);
}
#endif

// Takes a tile that can be read by wide loads; `first` is the first pixel of this thread. Returns false if there are
// weights, or if the work wants pixels to be taken as ones with weights. What is invalid is reported if it `reports`,
// which is false behind that.
template <bool WEIGHTED, typename Work>
SEG_DEVICE bool takeWide(const Channel& channel, i64 first, const ChannelAddresses& from, Work& work, bool& reports) {
    typedef ChannelTile<WEIGHTED> Tile;
    const int step = SEG_ABREAST * Tile::PIXELS;
    ChannelAddresses addresses = from;
#pragma unroll 1
    for (int part = 0; part < SEG_TILE; part += step) {
        Tile tile;
#if SEG_LAYOUT == SEG_ROWS
        int count = countOfLeft(channel.to - first - part, Tile::PIXELS);
        if (WEIGHTED && count == 0) {
            break;
        }
#if SEG_HAS_WEIGHT_ROWS
        addresses.weights = channel.weights(first + part);
#endif
        tile.read(channel.in, addresses, count);
#else
        tile.read(channel.in, addresses);
#endif
        bool isPlain = tile.settlePlain(channel.in, addresses.labels, channel.c, channel.ignored);
        // The last tile of rows has no weight where no pixel is.
        bool hasWeights = channel.hasMask() || (WEIGHTED && SEG_LAYOUT == SEG_ROWS);
        if (!isPlain || hasWeights) {
            seldom();
            bool invalid = !isPlain && tile.settleAny(channel.in, addresses.labels, channel.c, channel.ignored);
            if constexpr (WEIGHTED) {
                invalid = tile.settleWeights() || invalid;
            } else {
                if (channel.hasMask() && !tile.mask(channel.in, channel.weights(first))) {
                    return false;
                }
            }
            if (invalid && reports) {
#pragma unroll 1
                for (int k = 0; k < tile.count; k++) {
                    // What is invalid is reported.
                    channel.pixel(first + part + Tile::place(k));
                }
                reports = WEIGHTED;
            }
        }
#if SEG_HAS_OUTPUT_TERMS
        if (!work.takeAll(tile, addresses)) {
            return false;
        }
#else
        work.takeAll(tile, addresses);
#endif
        addresses.advance(step);
    }
    return true;
}

// Takes a tile pixel by pixel, each lane the next one to that of its neighbour.
template <typename Work>
SEG_DEVICE void takePixels(const Channel& channel, i64 tile, Work& work) {
    if (isIdle()) {
        return;
    }
#pragma unroll 1
    for (int k = 0; k < SEG_THREAD_PIXELS; k++) {
        i64 s = tile + SEG_ABREAST * k + SEG_PLACE_ABREAST;
        if (s >= channel.from && s < channel.to) {
            work.takeOne(channel, channel.pixel(s), s);
        }
    }
}

#if SEG_LAYOUT == SEG_ROWS
// Takes a tile of which not all pixels are there, or that cannot be read as others are.
template <typename Work>
SEG_DEVICE void takeRest(const Channel& channel, bool isWide, i64 tile, const ChannelAddresses& from, Work& work) {
    if (isWide) {
        ChannelAddresses addresses = from;
        addresses.weights = channel.weights(tile + placeOfThread());
        bool reports = true;
        takeWide<true>(channel, tile + placeOfThread(), addresses, work, reports);
    } else {
        takePixels(channel, tile, work);
    }
}
#endif

// Takes all tiles of this thread, from the first to the last or the other way round. `work` says what to do with them,
// and after how many tiles its run ends, fewer if there may be weights, for all threads of a warp at the same time. If
// `isWeighted`, all pixels are taken as ones with weights, and otherwise from the tile on where a mask has others than
// 0 and 1. All threads of the warp must call it.
template <typename Work>
SEG_DEVICE void takeTiles(const Channel& channel, bool isWide, bool isWeighted, bool reverse, Work& work) {
#if SEG_LAYOUT == SEG_ROWS
    isWeighted = anyOfWarp(isWeighted);  // the same run for all
#endif
    i64 step = tilesAtOnce() * SEG_TILE;
    i64 tile = channel.start + ownTile() * SEG_TILE;
    if (reverse && tile < channel.to) {
        tile += (channel.to - 1 - tile) / step * step;
    }
    step = reverse ? -step : step;
    int ofThread = placeOfThread();
    ChannelAddresses addresses = channel.addresses(tile + ofThread);
    int run = isWeighted || channel.hasMask() ? Work::WEIGHTED_RUN : Work::RUN;
    while (tile >= channel.start && tile < channel.to) {
#pragma unroll 1
        for (int k = 0; k < run && tile >= channel.start && tile < channel.to; k++) {
            if (!isWide || tile < channel.from || tile + SEG_TILE > channel.to) {
#if SEG_LAYOUT == SEG_ROWS
                takeRest(channel, isWide, tile, addresses, work);
#else
                takePixels(channel, tile, work);
#endif
            } else {
                bool reports = true;
                if (isWeighted || !takeWide<false>(channel, tile + ofThread, addresses, work, reports)) {
                    addresses.weights = channel.weights(tile + ofThread);
                    takeWide<true>(channel, tile + ofThread, addresses, work, reports);
#if SEG_HAS_OUTPUT_TERMS
                    work.beginAnew();
#endif
                    // Where a mask has weights, most tiles have some.
                    isWeighted = isWeighted || channel.hasMask();
                }
            }
            tile += step;
            addresses.advance(step);
        }
        work.endRun(channel);
    }
}

}  // namespace seg
#endif
