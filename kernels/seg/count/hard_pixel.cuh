#pragma once
// The true and the predicted class of a pixel, as org.segloss4j.internal.cpu.sweep.ConfusionSweep defines them.
#include "seg/base/bad_input.cuh"
#include "seg/base/elements.cuh"

namespace seg {

struct HardPixel {
    const Inputs& in;
    double cut;  // for one channel: a prediction from it on is class 1
    State* state;  // where bad labels and weights are reported, or null if they have been already
    i64 n;
    i64 s;

    SEG_MEMBER i64 at(const Tensor& t) const { return n * t.exampleStride + s * t.pixelStride; }

    SEG_MEMBER i64 position() const { return n * in.pixels + s; }

    SEG_MEMBER Real label(i64 c) const {
        const Tensor& t = in.labels;
        return readReal(t.address, (int) t.type, at(t) + c * t.channelStride);
    }

    // Whether every weight of the pixel is 0.
    SEG_MEMBER bool isMasked() const {
        const Tensor& mask = in.mask;
        if (mask.address == nullptr) {
            return false;
        }
        Real weight = 0;
        for (i64 c = 0; weight == 0 && c < mask.channels; c++) {
            weight = readWeight(mask.address, (int) mask.type, at(mask) + c * mask.channelStride);
            if (!isWeight(weight)) {
                reportWeight(state, position());
            }
        }
        return weight == 0;
    }

    // The true class, or -1 for a void pixel.
    SEG_MEMBER i64 truth() const { return SEG_READS_TRUTHS ? largestLabel() : index(); }

    SEG_MEMBER i64 index() const {
        i64 y = readIndex(in.labels.address, (int) in.labels.type, at(in.labels));
        if (in.hasIgnore && y == in.ignore) {
            return -1;
        }
        if (y < 0 || y >= (in.classes == 1 ? 2 : in.classes)) {
            reportLabel(state, position());
            return -1;
        }
        return y;
    }

    SEG_MEMBER i64 largestLabel() const {
        bool single = in.classes == 1;
        bool isValueIgnored = in.hasIgnore && (single || in.ignore < 0 || in.ignore >= in.classes);
        i64 best = single ? 0 : -1;
        Real largest = single ? (Real) 0.5 : 0;
        for (i64 c = 0; c < in.classes; c++) {
            Real value = label(c);
            if (isValueIgnored && value == (Real) in.ignore) {
                return -1;
            }
            if (value > largest) {
                largest = value;
                best = single ? 1 : c;
            }
        }
        if (in.hasIgnore && !isValueIgnored && best == in.ignore) {
            return -1;
        }
        for (i64 c = 0; c < in.classes; c++) {
            if (!isTruth(label(c))) {
                reportLabel(state, position());
            }
        }
        return best;
    }

    // The predicted class. NaN is reported, since it cannot be compared.
    SEG_MEMBER i64 prediction(State* ofNaN) const {
        const Tensor& t = in.predictions;
        i64 best = 0;
        Real largest = 0;
        for (i64 c = 0; c < in.classes; c++) {
            Real value = readReal(t.address, SEG_ELEMENT, at(t) + c * t.channelStride);
            if (value != value) {
                reportPrediction(ofNaN, position());
                return best;
            }
            if (c == 0 || value > largest) {
                largest = value;
                best = c;
            }
        }
        return in.classes > 1 ? best : (double) largest >= cut ? 1 : 0;
    }
};

}  // namespace seg
