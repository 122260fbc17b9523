#pragma once
// SEG_COUNTS: (true class, predicted class) pairs that a sweep counts while it has the predictions at hand, to the same
// numbers as confusion.cu. What stands here is not part of the text of sweeps that do not count.
#include "seg/base/elements.cuh"
#include "seg/count/block_counts.cuh"
#include "seg/count/hard_pixel.cuh"
#include "seg/count/outcome_counts.cuh"

namespace seg {

#if SEG_COUNTS == SEG_CLASS_PAIRS

struct HardCounts {
    BlockCounts block;
    State* state;  // where a NaN is reported
    double cut;  // for one channel: a prediction from it on is class 1
    i64 kinds;  // K

    // Sets the counters of the block to 0. All threads of the block must call it.
    SEG_MEMBER void open(const Inputs& in, const CountArguments& args) {
        kinds = SEG_CLASSES == 1 ? 2 : SEG_CLASSES > 1 ? SEG_CLASSES : in.classes == 1 ? 2 : in.classes;
        block = {args.shared < 0 ? nullptr : (unsigned*) ((char*) segShared + args.shared), args.counts, kinds * kinds};
        state = args.state;
        cut = args.cut;
        block.open();
    }

    SEG_MEMBER void add(i64 truth, i64 prediction) const { block.add(truth * kinds + prediction); }

    // Counts pixel s of example n, which it reads.
    SEG_MEMBER void read(const Inputs& in, i64 n, i64 s) const {
        HardPixel pixel = {in, cut, nullptr, n, s};
        i64 truth = pixel.isMasked() ? -1 : pixel.truth();
        if (truth >= 0) {
            add(truth, pixel.prediction(state));
        }
    }

    // Counts those pixels of a group that belong to the part.
    template <typename Group>
    SEG_MEMBER void readGroup(const Inputs& in, const Group& group) const {
#pragma unroll 1
        for (int v = 0; v < SEG_VECTOR; v++) {
            if (group.has(v)) {
                read(in, group.n, group.first + v);
            }
        }
    }

    SEG_MEMBER void report(const Inputs& in, i64 n, i64 s) const { reportPrediction(state, n * in.pixels + s); }

    // Reports those of W pixels from s on of which a prediction is NaN. `sum` is NaN if one is, and perhaps otherwise.
    template <int W>
    SEG_MEMBER void look(const Inputs& in, i64 n, i64 s, Real sum) const {
        if (sum == sum) {
            return;
        }
        seldom();
        const Tensor& t = in.predictions;
#pragma unroll 1
        for (int v = 0; v < W; v++) {
            i64 at = n * t.exampleStride + (s + v) * t.pixelStride;
            bool any = false;
#pragma unroll 1
            for (i64 c = 0; c < in.classes; c++) {
                Real value = readReal(t.address, SEG_ELEMENT, at + c * t.channelStride);
                any = any || value != value;
            }
            if (any) {
                report(in, n, s + v);
            }
        }
    }

#if SEG_CLASSES > 0 && !SEG_IS_DENSE
    // Counts pixels of which an IndexedGroup has the predictions as they are, before it finds shifts.
    template <template <int> class Group, int W>
    SEG_MEMBER void add(const Group<W>& pixels) const {
        Real maxima[W];
        pixels.channels.findMaxima(maxima);
#pragma unroll
        for (int v = 0; v < W; v++) {
            if (SEG_CLASSES == 1) {
                // Label 0 has no channel, but a void pixel has no weight.
                if (pixels.weight[v] != 0) {
                    add(1 - pixels.label[v], (double) pixels.channels.get(v, 0) >= cut ? 1 : 0);
                }
                continue;
            }
            int best = SEG_CLASSES - 1;
#pragma unroll
            for (int c = SEG_CLASSES - 2; c >= 0; c--) {
                best = pixels.channels.get(v, c) == maxima[v] ? c : best;
            }
            if (pixels.label[v] < SEG_CLASSES) {
                block.add(pixels.label[v] * SEG_CLASSES + best);
            }
        }
    }
#endif

    // Adds the counters of the block to those in global memory. All threads of the block must call it.
    SEG_MEMBER void close() const { block.close(); }
};
#elif SEG_COUNTS == SEG_LABEL_OUTCOMES
// Of sweeps that take one channel after the other; others do not count outcomes.
struct HardCounts : OutcomeCounts {
    SEG_MEMBER void open(const Inputs&, const CountArguments& args) {
        counts = args.counts;
        state = args.state;
    }

    SEG_MEMBER void close() const {}
};
#else
struct HardCounts;
#endif

}  // namespace seg
