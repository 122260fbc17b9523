#pragma once
// The sums that a thread has of the pixels of one channel, in float.
#include "seg/pixel/activation.cuh"
#include "seg/pixel/exponential.cuh"

#if SEG_SUMS == SEG_CHANNELS
namespace seg {

// Each of so many float sums takes every so many-th pixel, for the sake of exactness and of additions that do not wait
// for one another. Beside pixel terms, tiles have sums of their own.
#define SEG_SHARES (SEG_HAS_OUTPUT_TERMS ? 1 : 4)

struct ChannelShares {
    Real intersection[SEG_SHARES];
    Real predicted[SEG_SHARES];
    Real truth[SEG_SHARES];  // of dense labels and of weighted pixels
#if SEG_SQUARES
    Real squares[SEG_SHARES];  // of index labels without those, which are the truths
#endif
#if SEG_DISTANCES
    Real common[SEG_SHARES];  // the smaller one of probability and truth: D is P + G without twice these
#endif
    const ForwardArguments* args;

    SEG_MEMBER void clearShares() {
#pragma unroll
        for (int k = 0; k < SEG_SHARES; k++) {
            intersection[k] = predicted[k] = truth[k] = 0;
#if SEG_SQUARES
            squares[k] = 0;
#endif
#if SEG_DISTANCES
            common[k] = 0;
#endif
        }
    }

    static SEG_MEMBER Real shareOf(Real z) { return SEG_ACTIVATION == SEG_SIGMOID ? sigmoidAlone(z) : z; }

    // Adds a pixel whose probability has no threshold.
    template <bool WEIGHTED>
    SEG_MEMBER void add(Real z, Real g, Real m, int share) {
        addShare<WEIGHTED>(shareOf(z), g, m, share);
    }

    // The only place that says what a pixel adds to I and P, and to further statistics.
    template <bool WEIGHTED>
    SEG_MEMBER void addShare(Real u, Real g, Real m, int share) {
        Real& i = intersection[share];
        Real& p = predicted[share];
#if SEG_SQUARES || SEG_DISTANCES
        addFurther<WEIGHTED>(u, g, m, share);
#endif
        if (WEIGHTED) {
            u *= m;
        }
        p += u;
        i += u * g;
    }

#if SEG_SQUARES || SEG_DISTANCES
    template <bool WEIGHTED>
    SEG_MEMBER void addFurther(Real u, Real g, Real m, int share) {
#if SEG_SQUARES
        Real own = WEIGHTED ? m * u : u;
        squares[share] = fused(u, own, squares[share]);
        if (SEG_IS_DENSE) {
            squares[share] = fused(g, WEIGHTED ? m * g : g, squares[share]);
        }
#endif
#if SEG_DISTANCES
        Real least = smallest(u, g);
        common[share] = WEIGHTED ? fused(m, least, common[share]) : common[share] + least;
#endif
    }
#endif

    // The sum over all threads of a warp, which have the same channel but in rows.
    template <typename T>
    static SEG_MEMBER T together(T number) {
#if SEG_LAYOUT == SEG_ROWS
        return number;
#else
        return warpSum(number);
#endif
    }

    static SEG_MEMBER Real total(const Real (&shares)[SEG_SHARES]) {
        if constexpr (SEG_SHARES == 1) {
            return together(shares[0]);
        } else {
            return together((shares[0] + shares[1]) + (shares[2] + shares[3]));
        }
    }
};

}  // namespace seg
#endif
