#pragma once
// The truth, the weight and the predictions of one pixel, as org.segloss4j.internal.cpu.sweep.Pixel defines them. Each
// access to a channel reads memory again, which is the L1 cache or shared memory, so nothing here needs an array in
// registers.
#include "seg/base/bad_input.cuh"
#include "seg/base/elements.cuh"

namespace seg {

SEG_DEVICE i64 classes(const Inputs& in) { return SEG_CLASSES > 0 ? SEG_CLASSES : in.classes; }

// Whether a label may make some outputs of a pixel void and others not. Such batches run kernels for any number of
// classes, or those that have SEG_OWN_WEIGHTS.
SEG_DEVICE bool isIgnoredPerOutput(const Inputs& in) {
    return SEG_READS_TRUTHS && in.hasIgnore && !(classes(in) > 1 && in.ignore >= 0 && in.ignore < classes(in));
}

SEG_DEVICE int labelType(const Inputs& in) {
    return SEG_LABELS == SEG_INDEX_UINT8    ? 4
            : SEG_LABELS == SEG_INDEX_INT32 ? 9
            : SEG_LABELS == SEG_INDEX_INT64 ? 11
                                            : (int) in.labels.type;
}

struct Pixel {
    i64 predictionsAt;   // index of the element of channel 0; the same for labels and mask
    i64 labelsAt;
    i64 maskAt;
    int label;           // for index labels the class, or -1 if there is none
    Real weight;         // 0 for a void pixel; the weight of all outputs, unless each has its own, or of the channel
    const Real* row;     // the channels in shared memory, if SEG_STAGED
    // For a softmax, p = exp(z - max) * inverse. The channel with the largest p is `top`; the sum of the others is its
    // complement.
    Real max;
    Real inverse;
    Real topComplement;
    int top;
#if SEG_IS_WIDE
    Real logTotal;  // logarithm of the sum of exp(z - max)
    Real second;  // the largest of the other channels
    Real otherTotal;  // the sum of exp(z - second) over the others
#endif

    SEG_MEMBER Real prediction(const Inputs& in, i64 c) const {
        if (SEG_STAGED) {
            return row[c];
        }
        i64 stride = SEG_LAYOUT == SEG_CHANNELS_LAST ? 1 : in.predictions.channelStride;
        return readReal(in.predictions.address, SEG_ELEMENT, predictionsAt + c * stride);
    }

    SEG_MEMBER Real truth(const Inputs& in, i64 c) const {
        if (!SEG_READS_TRUTHS) {
            return label == (classes(in) == 1 ? 1 : c) ? 1 : 0;
        }
        int type = SEG_LABELS == SEG_DENSE_FLOAT ? 0 : (int) in.labels.type;
        return readReal(in.labels.address, type, labelsAt + c * in.labels.channelStride);
    }

    // For index labels, the only channel with a truth above 0, or -1 if there is none.
    SEG_MEMBER int trueClass(const Inputs& in) const { return classes(in) == 1 ? label - 1 : label; }

    SEG_MEMBER Real maskWeight(const Inputs& in, i64 c) const {
        return readWeight(in.mask.address, (int) in.mask.type, maskAt + c * in.mask.channelStride);
    }

    // The weight of one output, 0 if it is void.
    SEG_MEMBER Real weightOf(const Inputs& in, i64 c) const {
        if (SEG_CLASSES > 0 || weight == 0) {
            return weight;
        }
        Real own = weight;
        if (in.mask.channels > 1) {
            own = maskWeight(in, c);
            own = isWeight(own) ? own : 0;
        }
        return isIgnoredPerOutput(in) && truth(in, c) == (Real) in.ignore ? 0 : own;
    }

    // Finds where pixel s of example n is in memory.
    SEG_MEMBER void locate(const Inputs& in, i64 n, i64 s) {
        i64 pixelStride = SEG_LAYOUT == SEG_CHANNELS_FIRST ? 1 : in.predictions.pixelStride;
        predictionsAt = n * in.predictions.exampleStride + s * pixelStride;
        labelsAt = n * in.labels.exampleStride + s * in.labels.pixelStride;
        maskAt = n * in.mask.exampleStride + s * in.mask.pixelStride;
    }

    // Reads and checks label and weight of pixel s of example n.
    SEG_MEMBER void load(const Inputs& in, i64 n, i64 s) {
        locate(in, n, s);
        i64 given = SEG_READS_TRUTHS ? 0 : readIndex(in.labels.address, labelType(in), labelsAt);
        Real first = in.mask.address == nullptr ? 1 : maskWeight(in, 0);
        take(in, n, s, given, first);
    }

    // The same for a caller that comes back for each channel: a bad weight or class index is reported with the first
    // one alone, and a dense label, or a weight of its own, with the channel.
    SEG_MEMBER void loadChannel(const Inputs& in, i64 n, i64 s, int c) {
        locate(in, n, s);
        i64 given = SEG_READS_TRUTHS ? 0 : readIndex(in.labels.address, labelType(in), labelsAt);
        // Of a mask with one channel, channels lie no elements apart.
        Real first = in.mask.address == nullptr ? 1 : maskWeight(in, SEG_OWN_WEIGHTS ? c : 0);
        take(in, n, s, given, first, c);
    }

    // Checks a label and a weight that were read for pixel s of example n, and reports invalid ones. A bad weight
    // counts as 0, a bad label as no class. If `only` is not -1, it checks no more than one channel of the labels, and
    // weights with the first one.
    SEG_MEMBER void take(const Inputs& in, i64 n, i64 s, i64 given, Real first, int only = -1) {
        locate(in, n, s);
        label = -1;
        takeWeight(in, n, s, first, only);
        if (SEG_READS_TRUTHS) {
            checkTruths(in, n * in.pixels + s, only < 0 ? 0 : only, only < 0 ? classes(in) : only + 1);
        } else if (in.hasIgnore && given == in.ignore) {
            weight = 0;
        } else if (given >= 0 && given < (classes(in) == 1 ? 2 : classes(in))) {
            label = (int) given;
        } else {
            reportLabel(only > 0 ? nullptr : in.state, n * in.pixels + s);
        }
    }

    // Reads and checks the weight of a pixel with dense labels, but none of these.
    SEG_MEMBER void weigh(const Inputs& in, i64 n, i64 s) {
        locate(in, n, s);
        takeWeight(in, n, s, in.mask.address == nullptr ? 1 : maskWeight(in, 0), -1);
    }

    SEG_MEMBER void takeWeight(const Inputs& in, i64 n, i64 s, Real first, int only) {
        weight = 1;
        for (i64 c = 0; in.mask.address != nullptr && c < (SEG_CLASSES > 0 ? 1 : in.mask.channels); c++) {
            Real own = c == 0 ? first : maskWeight(in, c);
            if (!isWeight(own)) {
                bool isOfAll = only > 0 && !(SEG_OWN_WEIGHTS && in.mask.channels > 1);
                reportWeight(isOfAll ? nullptr : in.state, n * in.pixels + s);
                own = 0;
            }
            weight = SEG_OWN_WEIGHTS || in.mask.channels == 1 ? own : weight;
        }
        if (SEG_READS_TRUTHS) {
            bool byClass = in.hasIgnore && !isIgnoredPerOutput(in);
            if (byClass ? truth(in, in.ignore) > (Real) 0.5
                        : SEG_CLASSES > 0 && in.hasIgnore
                                && truth(in, SEG_OWN_WEIGHTS ? only : 0) == (Real) in.ignore) {
                weight = 0;
            }
        }
    }

    // Reports dense labels of the channels [from, to) outside [0, 1], but those of void outputs. A sweep that does not
    // report reads none.
    SEG_MEMBER void checkTruths(const Inputs& in, i64 position, i64 from, i64 to) const {
        for (i64 c = from; in.state != nullptr && weight != 0 && c < to; c++) {
            if (!isTruth(truth(in, c)) && weightOf(in, c) != 0) {
                reportLabel(in.state, position);
            }
        }
    }

    // Whether all outputs are void.
    SEG_MEMBER bool isVoid(const Inputs& in) const {
        bool same = SEG_CLASSES > 0 || (in.mask.channels <= 1 && !isIgnoredPerOutput(in));
        bool isVoid = weight == 0 || !same;
        for (i64 c = 0; weight != 0 && isVoid && c < classes(in); c++) {
            isVoid = weightOf(in, c) == 0;
        }
        return isVoid;
    }
};

}  // namespace seg
