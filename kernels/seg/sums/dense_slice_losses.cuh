#pragma once
// What pixel losses add to the sums of many classes with dense labels: sums that tell the largest probability from the
// others, and the losses of a group.
#include "seg/loss/one_hot_slice.cuh"
#include "seg/loss/truth_losses.cuh"

#if SEG_HAS_SLICED_TRUTHS
namespace seg {

// Counts an exponential that is that of the largest prediction, and adds any other to a sum.
SEG_DEVICE void addUnlessTop(Real e, Real ofTop, Real& count, Real& others) {
#if SEG_IS_PREDICATED
    asm("{.reg .pred top;\nsetp.eq.f32 top, %2, %3;\n@top add.f32 %0, %0, 0f3F800000;\n@!top add.f32 %1, %1, %2;}"
        : "+f"(count), "+f"(others)
        : "f"(e), "f"(ofTop));
#else
    count += e == ofTop ? 1 : 0;
    others += e == ofTop ? 0 : e;
#endif
}

// Turns the predictions of pixel v into exponentials.
SEG_DEVICE void exponentials(DenseSlice& slice, int v) {
#pragma unroll
    for (int i = 0; i < SEG_SLICE; i++) {
        slice.p[i][v] = exponentialFrom(slice.shift[v], slice.p[i][v]);
    }
}

// The same of one-hot labels. Counts the largest ones, and adds up the others.
SEG_DEVICE void sumOneHot(DenseSlice& slice, int v, Real& count, Real& others) {
    Real ofTop = exponentialFrom(slice.shift[v], slice.max[v]);
    exponentials(slice, v);
    // Few warps have the largest prediction, which is to be told from the others.
    if (exponentialFrom(slice.shift[v], slice.ofWarp[v]) == ofTop) {
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            addUnlessTop(slice.p[i][v], ofTop, count, others);
        }
    } else {
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            others += slice.p[i][v];
        }
    }
}

// The same of any labels, but for leaving predictions as they are.
SEG_DEVICE void sumAny(const DenseSlice& slice, int v, Real& count, Real& others) {
    Real ofTop = exponentialFrom(slice.shift[v], slice.max[v]);
#pragma unroll
    for (int i = 0; i < SEG_SLICE; i++) {
        addUnlessTop(exponentialFrom(slice.shift[v], slice.p[i][v]), ofTop, count, others);
    }
}

// Adds the losses of a group with one-hot labels to `terms` of this lane, 32 apart, by a TruthRow of each.
SEG_DEVICE void addLosses(const Inputs& in, const Real* rows, Real* terms, const DenseSlice& slice,
                          const OneHotSlice& oneHot, const PixelShares (&shares)[SEG_VECTOR]) {
    OneHotSide at[SEG_VECTOR];
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        at[v] = oneHot.side(shares[v], v);
    }
#pragma unroll 1
    for (int t = 0; t < (int) in.pixelTerms; t++) {
        const Real* row = rows + t * TruthRow::WIDTH;
        Real asked[SEG_VECTOR];
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            at[v].keep();
            asked[v] = askedOfClass(row, oneHot.classOf(v));
        }
        terms[32 * t] += ofTruthKind(row, OneHotLosses<SEG_VECTOR>{row, slice.weight, asked, at});
    }
}

// The same for any labels.
SEG_DEVICE void addLosses(const Inputs& in, const Real* rows, Real* terms, const DenseSlice& slice,
                          const PixelShares (&shares)[SEG_VECTOR]) {
#pragma unroll
    for (int v = 0; v < SEG_VECTOR; v++) {
        SliceShares ofPixel;
        ofPixel.take(shares[v], slice, v);
        Real truths[SEG_SLICE];
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            truths[i] = slice.truths[i][v];
        }
#pragma unroll 1
        for (int t = 0; t < (int) in.pixelTerms; t++) {
            const Real* row = rows + t * TruthRow::WIDTH;
            Real none[SEG_SLICE];
            ofPixel.forget();
            Real loss = row[TruthRow::KIND] == SEG_TRUTH_ENTROPY ? truthEntropy(row, ofPixel, truths)
                                                                 : truthLoss<false>(row, ofPixel, truths, 0, none);
            terms[32 * t] += slice.weight[v] == 0 ? 0 : slice.weight[v] * loss;
        }
    }
}

}  // namespace seg
#endif
