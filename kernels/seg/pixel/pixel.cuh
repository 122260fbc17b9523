#pragma once
// One pixel: its truth, its weight and its probabilities, as org.segloss4j.internal.cpu.sweep.Pixel defines them. Channels are read
// again from memory (the first-level cache, or a staged row) wherever they are asked for one at a time, so nothing
// here needs an array in registers.
#include "seg/base/bad_input.cuh"
#include "seg/base/elements.cuh"

namespace seg {

SEG_DEVICE i64 classes(const Inputs& in) { return SEG_CLASSES > 0 ? SEG_CLASSES : in.classes; }

// Whether outputs of one pixel may weigh differently. Such batches run the variant for a run-time class count.
SEG_DEVICE bool isIgnoredPerOutput(const Inputs& in) {
    return SEG_IS_DENSE && in.hasIgnore && !(classes(in) > 1 && in.ignore >= 0 && in.ignore < classes(in));
}

SEG_DEVICE int labelType(const Inputs& in) {
    return SEG_LABELS == SEG_INDEX_UINT8 ? 4 : SEG_LABELS == SEG_INDEX_INT32 ? 9
            : SEG_LABELS == SEG_INDEX_INT64 ? 11 : (int) in.labels.type;
}

struct Pixel {
    i64 predictionsAt;   // element of channel 0
    i64 labelsAt;
    i64 maskAt;
    int label;           // of index labels: the class, or -1
    Real weight;         // 0 for void; the weight of all outputs, unless they have their own
    const Real* row;     // the predictions in shared memory, if staged
    // Of a softmax: p = exp(z - max) * inverse. The channel that holds most knows what the others hold together.
    Real max;
    Real inverse;
    Real topComplement;
    int top;

    SEG_MEMBER Real prediction(const Inputs& in, i64 c) const {
        if (SEG_STAGED) {
            return row[c];
        }
        i64 stride = SEG_LAYOUT == SEG_CHANNELS_LAST ? 1 : in.predictions.channelStride;
        return readReal(in.predictions.address, SEG_ELEMENT, predictionsAt + c * stride);
    }

    SEG_MEMBER Real truth(const Inputs& in, i64 c) const {
        if (!SEG_IS_DENSE) {
            return label == (classes(in) == 1 ? 1 : c) ? 1 : 0;
        }
        int type = SEG_LABELS == SEG_DENSE_FLOAT ? 0 : (int) in.labels.type;
        return readReal(in.labels.address, type, labelsAt + c * in.labels.channelStride);
    }

    // The only class with a truth above 0, of index labels; -1 if there is none.
    SEG_MEMBER int trueClass(const Inputs& in) const {
        return classes(in) == 1 ? label - 1 : label;
    }

    SEG_MEMBER Real maskWeight(const Inputs& in, i64 c) const {
        return readWeight(in.mask.address, (int) in.mask.type, maskAt + c * in.mask.channelStride);
    }

    // The weight of an output, 0 for void.
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

    // Where pixel s of example n is.
    SEG_MEMBER void locate(const Inputs& in, i64 n, i64 s) {
        i64 pixelStride = SEG_LAYOUT == SEG_CHANNELS_FIRST ? 1 : in.predictions.pixelStride;
        predictionsAt = n * in.predictions.exampleStride + s * pixelStride;
        labelsAt = n * in.labels.exampleStride + s * in.labels.pixelStride;
        maskAt = n * in.mask.exampleStride + s * in.mask.pixelStride;
    }

    // Reads label and mask of pixel s of example n.
    SEG_MEMBER void load(const Inputs& in, i64 n, i64 s) {
        locate(in, n, s);
        i64 given = SEG_IS_DENSE ? 0 : readIndex(in.labels.address, labelType(in), labelsAt);
        Real first = in.mask.address == nullptr ? 1 : maskWeight(in, 0);
        take(in, n, s, given, first);
    }

    // Takes label and weight of pixel s of example n as they are given, and reports what is wrong with them.
    SEG_MEMBER void take(const Inputs& in, i64 n, i64 s, i64 given, Real first) {
        locate(in, n, s);
        weight = 1;
        label = -1;
        for (i64 c = 0; in.mask.address != nullptr && c < (SEG_CLASSES > 0 ? 1 : in.mask.channels); c++) {
            Real own = c == 0 ? first : maskWeight(in, c);
            if (!isWeight(own)) {
                reportWeight(in.state, n * in.pixels + s);
                own = 0;
            }
            weight = in.mask.channels == 1 ? own : weight;
        }
        if (SEG_IS_DENSE) {
            bool byClass = in.hasIgnore && !isIgnoredPerOutput(in);
            if (byClass ? truth(in, in.ignore) > (Real) 0.5
                    : SEG_CLASSES > 0 && in.hasIgnore && truth(in, 0) == (Real) in.ignore) {
                weight = 0;
            }
            return;
        }
        if (in.hasIgnore && given == in.ignore) {
            weight = 0;
        } else if (given >= 0 && given < (classes(in) == 1 ? 2 : classes(in))) {
            label = (int) given;
        } else {
            reportLabel(in.state, n * in.pixels + s);
        }
    }

    // Whether no output counts.
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
