#pragma once
// SEG_COUNTS for one channel: the counts of (true class, predicted class) pairs, beside what a sweep does with tiles.
#include "seg/count/hard_counts.cuh"
#include "seg/pixel/channel_bits.cuh"
#include "seg/pixel/channel_outcomes.cuh"

#if SEG_COUNTS == SEG_CLASS_PAIRS && SEG_SUMS == SEG_CHANNELS
namespace seg {

// Takes tiles as `Work` does, which it passes them on to.
template <typename Work>
struct CountedChannel {
    enum { RUN = Work::RUN, WEIGHTED_RUN = Work::WEIGHTED_RUN };
    Work& work;
    const HardCounts& hard;
    const Channel& channel;
    // Pixels of this thread since the end of the last run: not void, predicted as class 1, truly of it, both.
    int counted = 0;
    int predicted = 0;
    int truths = 0;
    int both = 0;

    SEG_MEMBER CountedChannel(Work& beside, const HardCounts& counts, const Channel& some)
            : work(beside), hard(counts), channel(some) {}

    template <bool WEIGHTED>
    SEG_MEMBER bool takeAll(const ChannelTile<WEIGHTED>& tile, const ChannelAddresses& from) {
#if SEG_HAS_OUTPUT_TERMS
        if (!work.takeAll(tile, from)) {
            return false;
        }
#endif
        constexpr int PIXELS = ChannelTile<WEIGHTED>::PIXELS;
        Real least = (Real) hard.cut;
        unsigned below = 0;
        Real zero = 0;
#pragma unroll
        for (int k = 0; k < PIXELS; k++) {
            // A void pixel has a prediction that no threshold lies below, and the truth 0.
            below = withSignOf(tile.z[k] - least, below);
            zero += tile.z[k] * 0;
        }
        // Without such a prediction, no pixel is class 1.
        unsigned ofPredictions = hard.cut == hard.cut ? ~below & ((1u << PIXELS) - 1) : 0;
        unsigned ofLabels = truthsOf(tile);
        counted += PIXELS - countOfBits(tile.voids);
        predicted += countOfBits(ofPredictions);
        truths += countOfBits(ofLabels);
        both += countOfBits(ofPredictions & ofLabels);
        if (zero != 0) {
            // Some prediction is NaN, or infinite.
            seldom();
            i64 element = (from.predictions - (const char*) channel.in.predictions.address) / SEG_ELEMENT_BYTES;
#pragma unroll
            for (int k = 0; k < PIXELS; k++) {
                if (tile.z[k] != tile.z[k]) {
                    hard.report(channel.in, channel.n, element - channel.predictionsAt + tile.place(k));
                }
            }
        }
#if !SEG_HAS_OUTPUT_TERMS
        work.takeAll(tile, from);
#endif
        return true;
    }

#if SEG_HAS_OUTPUT_TERMS
    SEG_MEMBER void beginAnew() { work.beginAnew(); }
#endif

    SEG_MEMBER void takeOne(const Channel& some, const Pixel& pixel, i64 s) {
        if (pixel.weight != 0) {
            Real z = pixel.prediction(some.in, 0);
            hard.add(pixel.truth(some.in, 0) > (Real) 0.5 ? 1 : 0, (double) z >= hard.cut ? 1 : 0);
            if (z != z) {
                hard.report(some.in, some.n, s);
            }
        }
        work.takeOne(some, pixel, s);
    }

    SEG_MEMBER void endRun(const Channel& some) {
        int all = warpSum(counted);
        int positives = warpSum(predicted);
        int trues = warpSum(truths);
        int hits = warpSum(both);
        if (lane() == 0) {
            hard.block.add(0, all - positives - trues + hits);
            hard.block.add(1, positives - hits);
            hard.block.add(2, trues - hits);
            hard.block.add(3, hits);
        }
        counted = predicted = truths = both = 0;
        work.endRun(some);
    }

    SEG_MEMBER void close() const {}
};

}  // namespace seg
#endif

#if SEG_SUMS == SEG_CHANNELS
namespace seg {

// Takes the tiles of a channel, and counts by the way if `hard` is not null.
template <typename Work>
SEG_DEVICE void takeCounted(const Channel& channel, bool isWide, bool isWeighted, bool reverse, const HardCounts* hard,
                            Work& work) {
#if SEG_COUNTS
    CountedChannel<Work> counted(work, *hard, channel);
    takeTiles(channel, isWide, isWeighted, reverse, counted);
    counted.close();
#else
    takeTiles(channel, isWide, isWeighted, reverse, work);
#endif
}

}  // namespace seg
#endif
