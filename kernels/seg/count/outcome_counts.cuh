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

    // Adds what the threads of a warp have seen of channel c of example n. All of them must call it.
    SEG_MEMBER void add(const Inputs& in, i64 n, i64 c, const Outcomes& own) const {
        unsigned all = warpSum(own.counted);
        unsigned positives = warpSum(own.predicted);
        unsigned truths = warpSum(own.truths);
        unsigned hits = warpSum(own.both);
        if (lane() == 0) {
            u64* at = counts + (n * in.classes + c) * COUNT;
            atomicAdd(at + TRUE_POSITIVE, (u64) hits);
            atomicAdd(at + FALSE_POSITIVE, (u64) (positives - hits));
            atomicAdd(at + FALSE_NEGATIVE, (u64) (truths - hits));
            atomicAdd(at + TRUE_NEGATIVE, (u64) (all - positives - truths + hits));
        }
    }
};

}  // namespace seg
