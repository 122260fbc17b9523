#pragma once
// The gradient of the group of pixels that a thread takes at a time, with all channels in registers.
#include "seg/grad/gradient_dense.cuh"
#include "seg/grad/gradient_given_truths.cuh"
#include "seg/grad/gradient_places.cuh"
#include "seg/grad/gradient_softmax.cuh"
#include "seg/grad/gradient_truths.cuh"

namespace seg {

#if SEG_IS_QUICK
#if SEG_TAKES_INDEXED_GROUPS
// Computes the gradient of W pixels from `first` on. If there is more than one, their gradient is contiguous, too.
// `work` turns the exponentials of one pixel into dL/dz, as ScoreGradient does. With smoothed labels it does so as if
// the pixel's weight was 1, since each class has a slope that no other number of the pixel is a factor of.
template <int W, typename Work>
SEG_DEVICE bool gradientOfPixels(const BackwardArguments& args, const ExamplePlaces& places, i64 first, const Real* row,
                                 const LaneTruths&, Real* outRow, Work& work) {
    const Inputs& in = args.in;
    const Tensor& out = args.gradient;
    IndexedGroup<W> pixels;
    pixels.read(in, places.indexed, first, row);
#if SEG_COUNTS
    work.hard->add(pixels);
    Real any = 0;
#endif
    if (SEG_ACTIVATION == SEG_SOFTMAX) {
        pixels.findShifts();
    }
#if SEG_HAS_SMOOTHED_LABELS
    work.look(pixels, places.indexed.n, first, row);
#endif
#pragma unroll
    for (int v = 0; v < W; v++) {
        Real e[SEG_CLASSES];
#if SEG_HAS_SMOOTHED_LABELS
        Real own = work.activate(pixels, v, places.indexed.n, first, row, e);
#else
        Real own = pixels.activate(v, e);
#endif
        int y = pixels.label[v];
#if SEG_IS_WIDE
        work.locate(places.indexed.n, first + v, row);
#endif
#if SEG_COUNTS && SEG_HAS_GIVEN_LABELS
        any += work.sumOfAll(e);
#endif
        own = work(pixels.weight[v], y, own, e);
#if SEG_COUNTS
        // The gradient may be written over the predictions.
        any += own;
        if (v == W - 1) {
            work.hard->template look<W>(in, places.indexed.n, first, any);
        }
#endif
        replace<0>(e, y, own);
        if (!pixels.isPlain) {
            // Coefficients may be NaN or infinite, which a void pixel must not show.
            seldom();
#pragma unroll
            for (int c = 0; c < SEG_CLASSES; c++) {
                Real weight = SEG_HAS_SMOOTHED_LABELS ? pixels.weight[v] : 1;
                e[c] = pixels.weight[v] == 0 ? 0 : weight * e[c];
            }
        }
        if constexpr (W > 1) {
            pixels.channels.put(v, e);
        } else {
            putPixel(out, places.indexed.n, first, outRow, e);
        }
    }
    storePixels(out, places, first, pixels.channels);
    return true;
}
#elif SEG_IS_DENSE
// The same with dense labels: `work` turns the predictions of one pixel into dL/dz, as if its weight was 1, as
// DenseGradient does. Returns false, and does nothing, if the pixels are to be taken one by one.
template <int W, typename Work>
SEG_DEVICE bool gradientOfPixels(const BackwardArguments& args, const ExamplePlaces& places, i64 first, const Real* row,
                                 const LaneTruths& truths, Real* outRow, Work& work) {
    const Tensor& out = args.gradient;
    DenseGroup<W> pixels;
#if SEG_HAS_ONE_HOT
    pixels.read(args.in, places.dense, first, row, truths, work.asksOneClass());
#elif SEG_HAS_GIVEN_TRUTHS
    pixels.read(args.in, places.dense, first, row, truths, true);
    if (W > 1 && !pixels.areOneHot) {
        seldom();
        return false;
    }
#else
    pixels.read(args.in, places.dense, first, row, truths);
#endif
    Real maxima[W] = {};
#if SEG_HAS_ONE_HOT
    if (pixels.areOneHot) {
#else
    if (Work::NEEDS_MAXIMA) {
#endif
        pixels.findMaxima(maxima);
    }
#pragma unroll
    for (int v = 0; v < W; v++) {
        Real values[SEG_CLASSES];
#if SEG_HAS_ONE_HOT
        typename Work::Split split;
        bool isOneHot = pixels.areOneHot;
        if (isOneHot) {
            pixels.exponentials(v, maxima[v], values);
            isOneHot = work.split(pixels.oneHot[v], pixels.truths[v], values, split);
        }
        if (isOneHot) {
            work.ofOneHot(pixels.weight[v], places.dense.n, first + v, row, split, values);
        } else {
            pixels.channels.get(v, values);
            work(pixels.weight[v], pixels.truths[v], maxima[v], values);
        }
#else
        pixels.channels.get(v, values);
#if SEG_HAS_GIVEN_TRUTHS
        work(pixels.weight[v], pixels.truths[v], W > 1 || pixels.areOneHot, pixels.label[v], values);
#else
        work(pixels.weight[v], pixels.truths[v], maxima[v], values);
#endif
#endif
        if (!pixels.isPlain) {
            // Coefficients may be NaN or infinite, which a void pixel must not show.
            seldom();
#pragma unroll
            for (int c = 0; c < SEG_CLASSES; c++) {
                values[c] = pixels.weight[v] == 0 ? 0 : pixels.weight[v] * values[c];
            }
        }
        if constexpr (W > 1) {
            pixels.channels.put(v, values);
        } else {
            putPixel(out, places.dense.n, first, outRow, values);
        }
    }
    storePixels(out, places, first, pixels.channels);
    return true;
}
#endif

#if SEG_TAKES_INDEXED_GROUPS || SEG_IS_DENSE
// Computes the gradient of a group and writes it, or puts it over the channels in shared memory if `outRow` is not
// null.
template <typename Work>
SEG_DEVICE void eachOfGroup(const BackwardArguments& args, const ExamplePlaces& places, const Group& group,
                            const Real* row, const LaneTruths& truths, Real* outRow, Work& work) {
    if (SEG_VECTOR > 1 && places.isWide && group.isWhole()
        && gradientOfPixels<SEG_VECTOR>(args, places, group.first, row, truths, nullptr, work)) {
        return;
    }
#pragma unroll 1
    for (int v = 0; v < SEG_VECTOR; v++) {
        if (group.has(v)) {
            gradientOfPixels<1>(args, places, group.first + v, row, truths, outRow, work);
        }
    }
}

SEG_DEVICE void quickGroup(const Slopes& slopes, const ExamplePlaces& places, const Group& group, const Real* row,
                           const LaneTruths& truths, Real* outRow) {
#if SEG_HAS_SHARED_TRUTHS
    NoTruthLosses none;
    TruthGradient<true, NoTruthLosses> work = {slopes, none};
#elif SEG_HAS_GIVEN_TRUTHS
    NoGivenLosses none;
    GivenTruthGradient<true, NoGivenLosses> work = {slopes, none};
#elif SEG_IS_DENSE
    DenseGradient work = {slopes};
#elif SEG_HAS_GIVEN_LABELS
    NoGivenLosses none;
    GivenGradient<true, NoGivenLosses> work(slopes, none);
#else
    ScoreGradient work(slopes);
#endif
    eachOfGroup(slopes.args, places, group, row, truths, outRow, work);
}
#else
// Writes the gradient of a group, or puts it over the channels in shared memory if `outRow` is not null.
SEG_DEVICE void putGroup(const Tensor& out, const ExamplePlaces& places, const Group& group,
                         const Real (&values)[SEG_VECTOR][SEG_CLASSES], Real* outRow) {
#if SEG_VECTOR > 1
    if (places.isWide && group.isWhole()) {
        char* at = (char*) out.address + places.gradientAt + group.first * SEG_ELEMENT_BYTES;
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            Real some[SEG_VECTOR];
#pragma unroll
            for (int v = 0; v < SEG_VECTOR; v++) {
                some[v] = values[v][c];
            }
            writeReals(at, c * out.channelStride, some);
        }
        return;
    }
#endif
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        if (group.has(v)) {
            putPixel(out, group.n, group.first + v, outRow, values[v]);
        }
    }
}

// Reads a group and computes its gradient, which is 0 where pixels are void.
SEG_DEVICE void gradientOfGroup(const Slopes& slopes, const Group& group, const Real* row, Pixel (&pixels)[SEG_VECTOR],
                                Real (&values)[SEG_VECTOR][SEG_CLASSES]) {
    group.readChannels(slopes.args.in, row, values);
    group.readPixels(slopes.args.in, row, pixels);
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        bool counts = pixels[v].weight != 0;
        if (counts) {
            quickGradient(slopes, pixels[v], values[v]);
        }
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            values[v][c] = counts ? values[v][c] : 0;
        }
    }
}

// Reads a group, computes its gradient and writes it, or puts it over the channels in shared memory if `outRow` is not
// null.
SEG_DEVICE void quickGroup(const Slopes& slopes, const ExamplePlaces& places, const Group& group, const Real* row,
                           const LaneTruths&, Real* outRow) {
    Real values[SEG_VECTOR][SEG_CLASSES];
    Pixel pixels[SEG_VECTOR];
    gradientOfGroup(slopes, group, row, pixels, values);
    putGroup(slopes.args.gradient, places, group, values, outRow);
}
#endif
#endif

}  // namespace seg
