#pragma once
// Consecutive pixels with index labels, all of which belong to a part. Labels are checked once for the group. If some
// pixel is void, weighted or wrong, a branch repairs what was read, so that all that is computed afterwards needs no
// check: a void pixel has the weight 0 and predictions 0, and a pixel without a class has a label beyond the last one.
#include "seg/pixel/activation.cuh"
#include "seg/pixel/exponential.cuh"
#include "seg/pixel/group_channels.cuh"

#if SEG_CLASSES > 0 && !SEG_IS_DENSE
namespace seg {

// How many labels are valid, and the type to compare them in.
#define SEG_LABEL_COUNT (SEG_CLASSES == 1 ? 2 : SEG_CLASSES)
#if SEG_LABELS == SEG_INDEX_UINT8
typedef unsigned char Label;
#elif SEG_LABELS == SEG_INDEX_INT32
typedef unsigned Label;
#else
typedef u64 Label;
#endif

// Where an example is in memory, and what holds for all of its groups, so that it is computed only once.
struct IndexedExample {
    i64 n;
    i64 predictionsAt;  // where its first pixel is, in bytes
    i64 labelsAt;
    i64 pixelBytes;     // distance of pixels
    i64 channelBytes;   // distance of channels
    bool isPlain;       // whether labels tell all, and one load brings those of a group
};

// `first` is the first pixel of any group.
SEG_DEVICE IndexedExample indexedExample(const Inputs& in, i64 n, i64 first) {
    const Tensor& p = in.predictions;
    const Tensor& t = in.labels;
    IndexedExample example;
    example.n = n;
    example.predictionsAt = kept(n * p.exampleStride * SEG_ELEMENT_BYTES);
    example.labelsAt = kept(n * t.exampleStride * (i64) sizeof(Label));
    example.pixelBytes = (SEG_LAYOUT == SEG_CHANNELS_FIRST ? 1 : p.pixelStride) * SEG_ELEMENT_BYTES;
    example.channelBytes = (SEG_LAYOUT == SEG_CHANNELS_LAST ? 1 : p.channelStride) * SEG_ELEMENT_BYTES;
    bool ignores = in.hasIgnore && in.ignore >= 0 && in.ignore < SEG_LABEL_COUNT;
    bool contiguous = SEG_LABELS != SEG_INDEX_ANY && t.pixelStride == 1
            && isAligned<Label, SEG_VECTOR>((const Label*) ((const char*) t.address + example.labelsAt) + first);
    example.isPlain = kept(in.mask.address == nullptr && !ignores && contiguous ? 1 : 0) != 0;
    return example;
}

template <int W>
struct IndexedGroup {
    GroupChannels<W> channels;  // predictions
    Real own[W];                // prediction of the label's class, above SEG_CHOSEN; -infinity or 0 if there is none
    Real shift[W];              // for a softmax, see exponentialFrom
    Real weight[W];
    int label[W];               // SEG_CLASSES if there is none
    bool isPlain;               // whether each pixel has a class and the weight 1

    // Reads and checks the pixels from `first` on. `row` holds the channels of the pixel if SEG_STAGED.
    SEG_MEMBER void read(const Inputs& in, const IndexedExample& example, i64 first, const Real* row) {
        bool plain = example.isPlain && readLabels(in, example, first);
        const char* at =
                (const char*) in.predictions.address + kept(example.predictionsAt + first * example.pixelBytes);
        if constexpr (W > 1) {
            channels.load(at, example.channelBytes);
        } else {
#pragma unroll
            for (int c = 0; c < SEG_CLASSES; c++) {
                channels.held[0][c] = SEG_STAGED ? row[c] : readReal(at + c * example.channelBytes, SEG_ELEMENT, 0);
            }
        }
        if (plain) {
#pragma unroll
            for (int v = 0; v < W; v++) {
                weight[v] = 1;
                if (SEG_CLASSES > SEG_CHOSEN) {
                    own[v] = SEG_STAGED
                            ? row[label[v]]
                            : readReal(at + label[v] * example.channelBytes, SEG_ELEMENT, SEG_STAGED ? 0 : v);
                }
            }
        } else {
            repair(in, example.n, first, row);
        }
        isPlain = plain;
    }

    // Reads labels. Returns whether each of them is valid.
    SEG_MEMBER bool readLabels(const Inputs& in, const IndexedExample& example, i64 first) {
        Pack<Label, W> given =
                readPack<Label, W>((const Label*) ((const char*) in.labels.address + example.labelsAt) + first);
        bool all = true;
#pragma unroll
        for (int v = 0; v < W; v++) {
            all = all && given.of[v] < SEG_LABEL_COUNT;
            // With one channel, label 1 has the class 0, and label 0 has none.
            label[v] = SEG_CLASSES == 1 ? 1 - (int) given.of[v] : (int) given.of[v];
        }
        return all;
    }

    SEG_MEMBER void repair(const Inputs& in, i64 n, i64 first, const Real* row) {
#pragma unroll
        for (int v = 0; v < W; v++) {
            Pixel pixel = {};
            pixel.row = row;
            pixel.load(in, n, first + v);
            weight[v] = pixel.weight;
            int y = pixel.trueClass(in);
            label[v] = y < 0 || weight[v] == 0 ? SEG_CLASSES : y;
            own[v] = SEG_ACTIVATION == SEG_IDENTITY ? 0 : floatOfBits(0xff800000u);
            if (SEG_CLASSES > SEG_CHOSEN && label[v] < SEG_CLASSES) {
                own[v] = pixel.prediction(in, y);
            }
            if (weight[v] == 0) {
                channels.clear(v);
            }
        }
    }

    // For a softmax, finds the shifts.
    SEG_MEMBER void findShifts() {
        channels.findMaxima(shift);
        channels.subtractLarge(shift, own);
#pragma unroll
        for (int v = 0; v < W; v++) {
            shift[v] = shiftOf(shift[v]);
        }
    }

    // The number that becomes the probability when it is divided by the sum over the channels, for a softmax, or that
    // is the probability otherwise.
    SEG_MEMBER Real activated(int v, Real prediction) const {
        return SEG_ACTIVATION == SEG_SOFTMAX    ? exponentialFrom(shift[v], prediction)
                : SEG_ACTIVATION == SEG_SIGMOID ? sigmoid(prediction).p
                                                : prediction;
    }

    // Activates all channels of pixel v. Returns the number of the label's class, or 0 if there is none. For few
    // classes that is left to the caller.
    SEG_MEMBER Real activate(int v, Real (&e)[SEG_CLASSES]) const {
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            e[c] = activated(v, channels.get(v, c));
        }
        return SEG_CLASSES <= SEG_CHOSEN ? 0 : activated(v, own[v]);
    }
};

}  // namespace seg
#endif
