#pragma once
// SEG_COUNTS of labels that do not exclude one another: the outcomes of each, beside what a sweep does with tiles.
#include "seg/count/hard_counts.cuh"
#include "seg/pixel/channel_bits.cuh"

#if SEG_COUNTS == SEG_LABEL_OUTCOMES && SEG_SUMS == SEG_CHANNELS
namespace seg {

// Takes tiles as `Work` does, which it passes them on to.
template <typename Work>
struct CountedChannel {
    enum { RUN = Work::RUN, WEIGHTED_RUN = Work::WEIGHTED_RUN };
    Work& work;
    const HardCounts& hard;
    const Channel& channel;
    Real cut;
    Outcomes seen = {0, 0, 0, 0};  // of the whole channel, since they are integers

    SEG_MEMBER CountedChannel(Work& beside, const HardCounts& counts, const Channel& some)
            : work(beside), hard(counts), channel(some) {
        cut = (Real) hard.cut(channel.in, channel.c);
    }

    template <bool WEIGHTED>
    SEG_MEMBER bool takeAll(const ChannelTile<WEIGHTED>& tile, const ChannelAddresses& from) {
#if SEG_HAS_OUTPUT_TERMS
        if (!work.takeAll(tile, from)) {
            return false;
        }
#endif
        constexpr int PIXELS = ChannelTile<WEIGHTED>::PIXELS;
        unsigned below = 0;
        Real zero = 0;
#pragma unroll
        for (int k = 0; k < PIXELS; k++) {
            below = withSignOf(tile.z[k] - cut, below);
            zero += tile.z[k] * 0;
        }
        unsigned ofPredictions = ~below & ((1u << PIXELS) - 1);
        if (zero != 0 || cut - cut != 0 || tile.voids != 0) {
            // Differences of infinite numbers have no sign, and a void pixel may have a prediction that is enough.
            seldom();
            ofPredictions = 0;
            unsigned ofNaN = 0;
#pragma unroll
            for (int k = 0; k < PIXELS; k++) {
                ofPredictions = ofPredictions << 1 | (tile.z[k] >= cut && !tile.isVoid(k) ? 1 : 0);
                ofNaN = ofNaN << 1 | (tile.z[k] != tile.z[k] ? 1 : 0);
            }
#pragma unroll 1
            for (int k = PIXELS - 1; ofNaN != 0; k--, ofNaN >>= 1) {
                if ((ofNaN & 1) != 0) {
                    report(from, tile.place(k));
                }
            }
        }
        // A void pixel has the truth 0.
        unsigned ofLabels = truthsOf(tile);
        seen.counted += PIXELS - countOfBits(tile.voids);
        seen.predicted += countOfBits(ofPredictions);
        seen.truths += countOfBits(ofLabels);
        seen.both += countOfBits(ofPredictions & ofLabels);
#if !SEG_HAS_OUTPUT_TERMS
        work.takeAll(tile, from);
#endif
        return true;
    }

    SEG_MEMBER void report(const ChannelAddresses& from, int place) const {
        i64 element = (from.predictions - (const char*) channel.in.predictions.address) / SEG_ELEMENT_BYTES;
        hard.report(channel.in, channel.n, (element - channel.predictionsAt) / SEG_APART + place);
    }

#if SEG_HAS_OUTPUT_TERMS
    SEG_MEMBER void beginAnew() { work.beginAnew(); }
#endif

    SEG_MEMBER void takeOne(const Channel& some, const Pixel& pixel, i64 s) {
        if (pixel.weight != 0) {
            Real z = pixel.prediction(some.in, some.c);
            seen.add(z >= cut, pixel.truth(some.in, some.c) >= (Real) 0.5);
            if (z != z) {
                hard.report(some.in, some.n, s);
            }
        }
        work.takeOne(some, pixel, s);
    }

    SEG_MEMBER void endRun(const Channel& some) { work.endRun(some); }

    // Adds what was seen to the counts of all blocks. All threads of the warp must call it.
    SEG_MEMBER void close() const { hard.add(channel.in, channel.n, channel.c, seen); }
};

}  // namespace seg
#endif
