#pragma once
// Dense labels of a group of pixels whose channels the warps of a block share, where they are one-hot: this warp has at
// most one class of each pixel that is true, or none.
#include "seg/loss/one_hot_losses.cuh"
#include "seg/loss/slice_shares.cuh"

#if SEG_HAS_SLICED_TRUTHS
namespace seg {

// Finds where a label is 1, and the prediction there.
SEG_DEVICE void findTrue(int i, Real g, Real z, int& at, Real& own) {
#if SEG_IS_PREDICATED
    asm("{.reg .pred is;\nsetp.eq.f32 is, %2, 0f3F800000;\n@is mov.b32 %0, %4;\n@is mov.f32 %1, %3;}"
        : "+r"(at), "+f"(own)
        : "f"(g), "f"(z), "r"(i));
#else
    at = g == 1 ? i : at;
    own = g == 1 ? z : own;
#endif
}

struct OneHotSlice {
    enum { NONE = -1 };
    int at[SEG_VECTOR];  // which channel of the slice is true
    Real own[SEG_VECTOR];  // its prediction
    bool is;  // whether the slice of no pixel has other labels

    // `looks` says whether one-hot labels ask of one class alone. If not, or where they are not one-hot, the caller
    // asks nothing but that.
    SEG_MEMBER void find(const DenseSlice& slice, bool looks) {
        is = looks;
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            at[v] = NONE;
            own[v] = 0;
            if (looks) {
                is = find(slice, v) && is;
            }
        }
    }

    // Finds the true class of a pixel. Returns whether its labels are one-hot. Those of a void pixel are not looked at.
    SEG_MEMBER bool find(const DenseSlice& slice, int v) {
        Real g[SEG_SLICE];
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            g[i] = slice.truths[i][v];
        }
        OneHot oneHot = oneHotOf(g);
        if (oneHot == NO_CLASS || slice.weight[v] == 0) {
            return true;
        }
        if (oneHot == ONE_CLASS) {
#pragma unroll
            for (int i = 0; i < SEG_SLICE; i++) {
                findTrue(i, g[i], slice.p[i][v], at[v], own[v]);
            }
        }
        return at[v] != NONE;
    }

    // Whether the slice has the true class of some pixel.
    SEG_MEMBER bool hasAny() const {
        bool has = false;
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            has = has || at[v] != NONE;
        }
        return has;
    }

    // The true class of pixel v, or the number of classes.
    SEG_MEMBER int classOf(int v) const { return at[v] == NONE ? SEG_CLASSES : ChannelSlice::channel(at[v]); }

    // Its probability.
    SEG_MEMBER OneHotSide side(PixelShares shares, int v) const {
        shares.findLogarithm();
        OneHotSide side;
        (Side&) side = shares.side(own[v]);
        return side;
    }
};

}  // namespace seg
#endif
