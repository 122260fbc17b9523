#pragma once
// True and false positives and negatives of each image and label, where labels do not exclude one another.
#include "seg/base/bad_input.cuh"
#include "seg/base/common.cuh"

namespace seg {

// What a thread has seen of one channel of an image, void pixels left out.
struct Outcomes {
    unsigned counted;
    unsigned predicted;
    unsigned truths;
    unsigned both;  // predicted, and true

    SEG_MEMBER void add(bool isPredicted, bool isTrue) {
        counted++;
        predicted += isPredicted;
        truths += isTrue;
        both += isPredicted && isTrue;
    }
};

struct OutcomeCounts {
    // Places of the counts of an image and channel, as org.segloss4j.internal.backend.Counting names them.
    enum { TRUE_POSITIVE, FALSE_POSITIVE, FALSE_NEGATIVE, TRUE_NEGATIVE, COUNT };
    u64* counts;  // [N, C, COUNT], zero at first. Behind them [C] double, the cut of each channel.
    State* state;  // where a NaN is reported

    // The prediction from which on a label is predicted; NaN if none is.
    SEG_MEMBER double cut(const Inputs& in, i64 c) const {
        return ((const double*) (counts + in.examples * in.classes * COUNT))[c];
    }

    SEG_MEMBER void report(const Inputs& in, i64 n, i64 s) const { reportPrediction(state, n * in.pixels + s); }

    // The sum over the threads of a warp that have the same channel or, where these are other lanes in each warp, what
    // one thread has.
    static SEG_MEMBER unsigned together(unsigned own) {
#if SEG_LAYOUT == SEG_ROWS
        for (int distance = 16; distance >= SEG_CLASSES && distance % SEG_CLASSES == 0; distance /= 2) {
            own += __shfl_xor_sync(0xffffffffu, own, distance);
        }
        return own;
#else
        return warpSum(own);
#endif
    }

    // Whether this thread has such a sum for all of them.
    static SEG_MEMBER bool hasSum() {
#if SEG_LAYOUT == SEG_ROWS
        return 16 % SEG_CLASSES != 0 || lane() < SEG_CLASSES;
#else
        return lane() == 0;
#endif
    }

    // Adds what the threads of a warp have seen of channel c of example n. All of them must call it.
    SEG_MEMBER void add(const Inputs& in, i64 n, i64 c, const Outcomes& own) const {
        unsigned all = together(own.counted);
        unsigned positives = together(own.predicted);
        unsigned truths = together(own.truths);
        unsigned hits = together(own.both);
        if (hasSum()) {
            u64* at = counts + (n * in.classes + c) * COUNT;
            atomicAdd(at + TRUE_POSITIVE, (u64) hits);
            atomicAdd(at + FALSE_POSITIVE, (u64) (positives - hits));
            atomicAdd(at + FALSE_NEGATIVE, (u64) (truths - hits));
            atomicAdd(at + TRUE_NEGATIVE, (u64) (all - positives - truths + hits));
        }
    }
};

}  // namespace seg
