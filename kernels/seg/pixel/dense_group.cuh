#pragma once
// Consecutive pixels with dense labels, all of which belong to a part, with predictions and labels in registers. As
// for index labels, they are checked once for the group: if some pixel is void, weighted or wrong, a branch repairs
// what was read, so that all that is computed afterwards needs no check. A void pixel has the weight 0 and predictions
// and labels 0.
#include "seg/pixel/activation.cuh"
#include "seg/pixel/exponential.cuh"
#include "seg/pixel/group_channels.cuh"
#include "seg/pixel/staged_truths.cuh"

#if SEG_CLASSES > 0 && SEG_IS_DENSE
namespace seg {

#if SEG_FINDS_ONE_HOT || SEG_HAS_ONE_HOT_LABELS
// What a pixel's labels say.
enum OneHot { NOT_ONE_HOT, NO_CLASS, ONE_CLASS };

#if SEG_ELEMENT == SEG_DOUBLE
// ONE_CLASS if one of the labels is 1 and the others are 0.
template <int COUNT>
SEG_DEVICE OneHot oneHotOf(const Real (&truths)[COUNT]) {
    int ones = 0;
    int zeros = 0;
#pragma unroll
    for (int c = 0; c < COUNT; c++) {
        ones += truths[c] == 1 ? 1 : 0;
        zeros += truths[c] == 0 ? 1 : 0;
    }
    return ones + zeros < COUNT || ones > 1 ? NOT_ONE_HOT : ones == 1 ? ONE_CLASS : NO_CLASS;
}
#else
// Adds four labels to the bits that any has, and to those that at least two have.
SEG_DEVICE void addBits(float a, float b, float c, float d, unsigned& any, unsigned& twice) {
#ifdef __CUDACC__
    asm("{.reg .b32 first, second;\nlop3.b32 first, %0, %2, %3, 0xe8;\nlop3.b32 %0, %0, %2, %3, 0xfe;\n"
        "lop3.b32 second, %0, %4, %5, 0xe8;\nlop3.b32 %0, %0, %4, %5, 0xfe;\nlop3.b32 %1, %1, first, second, 0xfe;}"
        : "+r"(any), "+r"(twice)
        : "f"(a), "f"(b), "f"(c), "f"(d));
#else
    const float labels[] = {a, b, c, d};
    for (float label : labels) {
        twice |= any & __float_as_uint(label);
        any |= __float_as_uint(label);
    }
#endif
}

// ONE_CLASS if together the labels have the bits of 1, and each of these once. Then one of them is 1 and the others are
// 0, or none of them is 1: whoever looks for the 1 finds that out.
template <int COUNT>
SEG_DEVICE OneHot oneHotOf(const Real (&truths)[COUNT]) {
    unsigned bits = 0;
    unsigned twice = 0;
#pragma unroll
    for (int c = 0; c < COUNT; c += 4) {
        Real some[4];
#pragma unroll
        for (int k = 0; k < 4; k++) {
            some[k] = c + k < COUNT ? truths[c + k] : 0;
        }
        addBits(some[0], some[1], some[2], some[3], bits, twice);
    }
    return twice != 0 ? NOT_ONE_HOT : bits == 0x3f800000u ? ONE_CLASS : bits == 0 ? NO_CLASS : NOT_ONE_HOT;
}
#endif
#endif

#if SEG_HAS_GIVEN_TRUTHS
// The class whose label is 1, or SEG_CLASSES if there is none, of labels that are ONE_CLASS. Labels that share the bits
// of 1 have a sum of at most 0.5 and a little.
SEG_DEVICE int classOfOne(const Real (&truths)[SEG_CLASSES]) {
    constexpr int MARK = 64;
    Real mark = 0;
#pragma unroll
    for (int c = 0; c < SEG_CLASSES; c++) {
        mark = fused(truths[c], (Real) (MARK + c), mark);
    }
    return mark < MARK ? SEG_CLASSES : (int) mark - MARK;
}
#endif

template <int W>
struct DenseGroup {
    GroupChannels<W> channels;  // predictions
    Real truths[W][SEG_CLASSES];
    Real weight[W];
    bool isPlain;  // whether each pixel has the weight 1
#if SEG_SPREAD
    bool areClasses;  // whether each index is that of a class
#endif
#if SEG_HAS_ONE_HOT_LABELS
    OneHot oneHot[W];
    bool areOneHot;  // whether no pixel is NOT_ONE_HOT
#endif
#if SEG_HAS_GIVEN_TRUTHS
    int label[W];  // the class whose label is 1, or SEG_CLASSES if there is none
#endif

    // Reads and checks the pixels from `first` on, if there are several of an example that is wide. `row` holds the
    // channels of the pixel if SEG_STAGED, `staged` its labels if SEG_STAGES_TRUTHS. `findsClasses` says whether the
    // caller does something else for one-hot labels. Of probabilities, several pixels that are not all one-hot are to
    // be taken one by one: they are not checked.
    SEG_MEMBER void read(const Inputs& in, const DenseExample& example, i64 first, const Real* row,
                         const LaneTruths& staged, bool findsClasses = false) {
        const char* at =
                (const char*) in.predictions.address + kept(example.predictionsAt + first * example.pixelBytes);
        if constexpr (W > 1) {
            channels.load(at, example.channelBytes);
        } else {
#pragma unroll
            for (int c = 0; c < SEG_CLASSES; c++) {
                channels.held[0][c] = SEG_STAGED ? row[c] : readReal(at, SEG_ELEMENT, 0);
                at += example.channelBytes;
            }
        }
#if SEG_STAGES_TRUTHS
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            truths[0][c] = staged.of[c];
        }
#else
        readTruths(in, example.labelsAt + first * in.labels.pixelStride);
#endif
#if SEG_HAS_ONE_HOT_LABELS
        areOneHot = false;
        if (findsClasses) {
            findOneHot();
        }
#if SEG_HAS_GIVEN_TRUTHS
        if (W > 1 && !areOneHot) {
            return;
        }
#endif
        bool areValid = areOneHot || in.state == nullptr || areTruths();
#else
        bool areValid = in.state == nullptr || areTruths();
#endif
        isPlain = example.isPlain && areValid;
#pragma unroll
        for (int v = 0; v < W; v++) {
            weight[v] = 1;
        }
        if (!isPlain) {
            repair(in, example.n, first, row, areValid);
#if SEG_HAS_ONE_HOT_LABELS
            if (findsClasses) {
                findOneHot();
            }
#endif
        }
    }

#if SEG_HAS_ONE_HOT_LABELS
    SEG_MEMBER void findOneHot() {
        areOneHot = true;
#pragma unroll
        for (int v = 0; v < W; v++) {
            oneHot[v] = oneHotOf(truths[v]);
            areOneHot = areOneHot && oneHot[v] != NOT_ONE_HOT;
#if SEG_HAS_GIVEN_TRUTHS
            label[v] = oneHot[v] == ONE_CLASS ? classOfOne(truths[v]) : SEG_CLASSES;
            areOneHot = areOneHot && (label[v] < SEG_CLASSES || oneHot[v] == NO_CLASS);
#endif
        }
    }
#endif

#if SEG_HAS_ONE_HOT
    // The exponentials of pixel v, relative to its largest prediction.
    SEG_MEMBER void exponentials(int v, Real max, Real (&e)[SEG_CLASSES]) const {
        Real shift = shiftOf(max);
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            e[c] = exponentialFrom(shift, channels.get(v, c));
        }
    }
#endif

#if SEG_SPREAD
    // Makes labels of class indices. One that is no class has no truth.
    SEG_MEMBER void readTruths(const Inputs& in, i64 first) {
        areClasses = true;
#pragma unroll
        for (int v = 0; v < W; v++) {
            i64 given = readIndex(in.labels.address, (int) in.labels.type, first + v * in.labels.pixelStride);
            int y = given >= 0 && given < SEG_CLASSES ? (int) given : SEG_CLASSES;
            areClasses = areClasses && y < SEG_CLASSES;
#pragma unroll
            for (int c = 0; c < SEG_CLASSES; c++) {
                truths[v][c] = y == c ? 1 : 0;
            }
        }
    }

    SEG_MEMBER bool areTruths() const { return areClasses; }
#else
    // Reads labels as they are, valid or not.
    SEG_MEMBER void readTruths(const Inputs& in, i64 first) {
        if (SEG_LABELS == SEG_DENSE_FLOAT) {
            readTruths<float, 0>(in, first);
            return;
        }
        switch ((int) in.labels.type) {
            case 0: readTruths<float, 0>(in, first); break;
            case 1: readTruths<double, 1>(in, first); break;
            case 2: readTruths<unsigned short, 2>(in, first); break;
            case 3: readTruths<unsigned short, 3>(in, first); break;
            case 4: readTruths<unsigned char, 4>(in, first); break;
            case 6: readTruths<unsigned short, 6>(in, first); break;
            case 7: readTruths<short, 7>(in, first); break;
            case 8: readTruths<unsigned, 8>(in, first); break;
            case 9: readTruths<int, 9>(in, first); break;
            case 10:
            case 11: readTruths<i64, 11>(in, first); break;
            default: readTruths<signed char, 5>(in, first); break;
        }
    }

    template <typename T, int TYPE>
    SEG_MEMBER void readTruths(const Inputs& in, i64 first) {
        const T* at = (const T*) in.labels.address + first;
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            Pack<T, W> some = readPack<T, W>(at);
#pragma unroll
            for (int v = 0; v < W; v++) {
                truths[v][c] = readReal(some.of, TYPE, v);
            }
            at += in.labels.channelStride;
        }
    }

    // Whether all labels are surely valid. If not, each is to be looked at.
    SEG_MEMBER bool areTruths() const {
#if SEG_FIELD || SEG_ELEMENT == SEG_DOUBLE
        bool all = true;
#pragma unroll
        for (int v = 0; v < W; v++) {
#pragma unroll
            for (int c = 0; c < SEG_CLASSES; c++) {
                all = all && isTruth(truths[v][c]);
            }
        }
        return all;
#else
        Real most = 0;
        unsigned bits = 0;
#pragma unroll
        for (int v = 0; v < W; v++) {
#pragma unroll
            for (int c = 0; c < SEG_CLASSES; c += 2) {
                Real next = truths[v][c + 1 < SEG_CLASSES ? c + 1 : c];
                most = larger(larger(most, truths[v][c]), next);
                bits = joinedBits(bits, truths[v][c], next);
            }
        }
        // Of a float, one of the two upper bits says that it is negative, from 2 on or NaN.
        return most <= 1 && bits < 0x40000000u;
#endif
    }
#endif

    SEG_MEMBER void repair(const Inputs& in, i64 n, i64 first, const Real* row, bool areValid) {
#pragma unroll
        for (int v = 0; v < W; v++) {
            Pixel pixel = {};
            pixel.row = row;
            if (SEG_SPREAD) {
                pixel.load(in, n, first + v);
            } else {
                pixel.weigh(in, n, first + v);
                if (!areValid) {
                    pixel.checkTruths(in, n * in.pixels + first + v, 0, SEG_CLASSES);
                }
            }
            weight[v] = pixel.weight;
            if (weight[v] == 0) {
                channels.clear(v);
#pragma unroll
                for (int c = 0; c < SEG_CLASSES; c++) {
                    truths[v][c] = 0;
                }
            }
        }
    }

    // For a softmax, finds the largest prediction of each pixel. Those of a pixel with a large one become the
    // differences from it.
    SEG_MEMBER void findMaxima(Real (&maxima)[W]) {
        channels.findMaxima(maxima);
        Real none[W] = {};
        channels.subtractLarge(maxima, none);
    }
};

}  // namespace seg
#endif
