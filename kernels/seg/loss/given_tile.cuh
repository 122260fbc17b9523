#pragma once
// Keras' clipped curves of all outputs of a tile whose labels are 0 and 1, where predictions are probabilities. Scores
// see these as they are; curves see them within [SEG_EPSILON, 1 - SEG_EPSILON], beyond which losses are constant and
// have no slope. With u the probability of the label's side and v = 1 - u, cross-entropy is -log u, and outputs share a
// logarithm: of outputs together, the product U of all u and what it lacks, V = 1 - U, are known without a difference
// of numbers that are nearly equal.
#include "seg/loss/clipped_loss.cuh"

#if SEG_HAS_CLIPPED_OUTPUTS && SEG_ACTIVATION == SEG_IDENTITY
namespace seg {

// A probability within its bounds; 0 in place of NaN, but for the lower bound. A float cannot tell the larger bound
// from 1 in any sum.
SEG_DEVICE double clippedProbability(double p) { return smallest(larger(p, 1e-7), 1 - 1e-7); }
SEG_DEVICE float clippedProbability(float p) {
#ifdef __CUDACC__
    float own;
    asm("sub.sat.f32 %0, %1, 0f00000000;" : "=f"(own) : "f"(p));
    return larger(own, 1e-7f);
#else
    return smallest(larger(p, 1e-7f), 1.0f);
#endif
}

// The same of 1 - p.
SEG_DEVICE double clippedComplement(double p) { return clippedProbability(1 - p); }
SEG_DEVICE float clippedComplement(float p) {
#ifdef __CUDACC__
    float other;
    asm("sub.sat.f32 %0, 0f3F800000, %1;" : "=f"(other) : "f"(p));
    return larger(other, 1e-7f);
#else
    return clippedProbability(1 - p);
#endif
}

// Whether curves have a slope at p, which they have at NaN, too. p (1 - p) is below that of the bounds beyond them.
SEG_DEVICE bool isWithinEdges(Real p) {
    Real least = fused(-SEG_EPSILON, SEG_EPSILON, SEG_EPSILON);
    return !(fused(-p, p, p) < least);
}

// Adds a product to a number where curves have a slope.
SEG_DEVICE Real plusWithinEdges(Real p, Real factor, Real x, Real number) {
#if SEG_IS_PREDICATED
    asm("{.reg .pred is;\nsetp.geu.f32 is, %1, %2;\n@is fma.rn.f32 %0, %3, %4, %0;}"
        : "+f"(number)
        : "f"(fused(-p, p, p)), "f"(fused(-SEG_EPSILON, SEG_EPSILON, SEG_EPSILON)), "f"(factor), "f"(x));
    return number;
#else
    return isWithinEdges(p) ? fused(factor, x, number) : number;
#endif
}

// The probabilities of both sides of an output within their bounds: of the label's, and of the other one.
struct GivenOutput {
    Real u;
    Real v;

    // If `HAS_SUMS`, p is added to `hits` where the label is 1.
    template <bool HAS_SUMS, typename Tile>
    static SEG_MEMBER GivenOutput of(const Tile& tile, int k, Real& hits) {
        Real p = tile.z[k];
        Real own = clippedProbability(p);
        Real other = clippedComplement(p);
#if SEG_IS_PREDICATED && !SEG_IS_DENSE
        if (HAS_SUMS) {
            GivenOutput at;
            asm("{.reg .pred is;\nsetp.lt.s32 is, %3, 0;\nselp.f32 %1, %4, %5, is;\nselp.f32 %2, %5, %4, is;\n"
                "@is add.f32 %0, %0, %6;}"
                : "+f"(hits), "=&f"(at.u), "=&f"(at.v)
                : "r"(tile.side(k)), "f"(own), "f"(other), "f"(p));
            return at;
        }
#endif
        bool isTrue = tile.isTrue(k);
        if (HAS_SUMS) {
            hits = SEG_IS_DENSE ? fused(tile.truth(k), p, hits) : isTrue ? hits + p : hits;
        }
        return {isTrue ? own : other, isTrue ? other : own};
    }
};

// Multiplies 1 and a number by 1 and e.
SEG_DEVICE void addGrown(Real e, bool isFirst, Real& all) { all = isFirst ? e : fused(e, all + 1, all); }

// A focal curve of an output: v^gamma, log2(u), and minus the slope by u.
template <int FORM>
struct GivenFocal {
    Real factor;
    Real log;
    Real slope;

    SEG_MEMBER GivenFocal(const GivenOutput& at, Real gamma) {
        log = logarithmOfRight(at.u, at.v);
        Real power = FORM == OutputTerm::SQUARED ? at.v : powerOf2((gamma - 1) * quickLogarithm2(at.v));
        factor = power * at.v;
        slope = power * fused((Real) -0.69314718055994531 * gamma, log, at.v * reciprocal(at.u));
    }
};

// The product of the probabilities of outputs, and what it lacks.
struct SharedLogarithm {
    Real product;
    Real lack;

    SEG_MEMBER void add(const GivenOutput& at, bool isFirst) {
        lack = isFirst ? at.v : fused(product, at.v, lack);
        product = isFirst ? at.u : product * at.u;
    }

    // What 1 divided by the product has above 1.
    SEG_MEMBER Real grown() const { return lack * reciprocal(product); }
};

// Takes outputs, as `given` and `focal` want them, of any form.
template <int FORM, typename Take>
SEG_DEVICE bool takeClipped(const OutputTerm& term, const ChannelTile<false>& tile, Take& take, Real& loss) {
    constexpr bool IS_EVEN = FORM == OutputTerm::EVEN;
    constexpr bool IS_ENTROPY = IS_EVEN || FORM == OutputTerm::OFFSET;
    // Bounds hide what is no number, but not from sums, nor from the slopes of cross-entropy.
    constexpr bool LOOKS = !Take::HAS_SUMS && (Take::HAS_VALUE || !IS_EVEN);
    WideCurve curve = term.term().positive();
    Sides asked = term.asked();
    Sides losses = {0, 0};
    Real grown[SEG_CHUNKS];
    SharedLogarithm shared;
    Real hits = 0;
    Real mass = 0;
    Real squares = 0;
    Real reach = 0;
#pragma unroll
    for (int k = 0; k < SEG_THREAD_PIXELS; k++) {
        Real p = tile.z[k];
        GivenOutput at = GivenOutput::of<Take::HAS_SUMS>(tile, k, hits);
        if (Take::HAS_SUMS) {
            mass += p;
            squares = SEG_SQUARES ? fused(p, p, squares) : 0;
        } else if (LOOKS && k % 2 != 0) {
            reach = fused(tile.z[k - 1], p, reach);
        }
        if constexpr (IS_EVEN && LOOKS) {
            // Value and slope share a quotient.
            Real inverse = reciprocal(at.u);
            addGrown(at.v * inverse, k % SEG_VECTOR == 0, grown[k / SEG_VECTOR]);
            take.alone(k, p, tile.isTrue(k), inverse);
        } else if constexpr (IS_EVEN) {
            shared.add(at, k % SEG_VECTOR == 0);
            if (k % SEG_VECTOR == SEG_VECTOR - 1) {
                grown[k / SEG_VECTOR] = shared.grown();
            }
            take.given(k, p);
        } else if constexpr (IS_ENTROPY) {
            Real inverse = reciprocal(at.u + curve.offset);
            addGrown((at.v - curve.offset) * inverse, k % SEG_VECTOR == 0, grown[k / SEG_VECTOR]);
            take.focal(k, p, isWithinEdges(p) ? inverse : 0);
        } else {
            GivenFocal<FORM> own(at, curve.shape);
            if (Take::HAS_VALUE) {
                addProduct(tile.side(k), own.factor, own.log, losses);
            }
            take.focal(k, p, isWithinEdges(p) ? own.slope : 0);
        }
    }
    if (IS_EVEN && !Take::HAS_SUMS && !LOOKS && asked.ofFalse == 0) {
        // NaN must not be felt where nothing is asked, not even by scores, which may leave out an absent class.
        seldom();
#pragma unroll
        for (int k = 0; k < SEG_THREAD_PIXELS; k++) {
            // Kept behind the branch.
            reach += kept(tile.z[k]);
        }
    }
    if constexpr (Take::HAS_SUMS) {
        take.hits = hits;
        take.mass = reach = mass;
        take.squares = squares;
    }
    bool fits = absolute(reach) < SEG_TOO_LARGE;
    if constexpr (Take::HAS_VALUE) {
        loss = clippedLoss<IS_ENTROPY>(grown, asked, losses, tile.voids, curve);
    }
    if (fits) {
        take.finish();
    }
    return fits;
}

// Takes outputs with weights; `weigh(k, m)` of `take` follows what it does with output k. Each has a logarithm of its
// own, as weights stand before it.
template <int FORM, typename Take>
SEG_DEVICE bool takeWeighted(const OutputTerm& term, const ChannelTile<true>& tile, Take& take, Real& loss) {
    WideCurve curve = term.term().positive();
    Sides asked = term.asked();
    Sides losses = {0, 0};
    Real hits = 0;
    Real mass = 0;
    Real squares = 0;
    Real reach = 0;
#pragma unroll
    for (int k = 0; k < ChannelTile<true>::PIXELS; k++) {
        Real p = tile.z[k];
        Real m = tile.weights[k];
        reach += p;
        if (Take::HAS_SUMS) {
            Real share = m * p;
            mass += share;
            hits = fused(share, tile.truth(k), hits);
            squares = SEG_SQUARES ? fused(share, p, squares) : 0;
        }
        Real none = 0;
        GivenOutput at = GivenOutput::of<false>(tile, k, none);
        if constexpr (FORM == OutputTerm::EVEN) {
            losses.ofTrue = fused(m, logarithmOfRight(at.u, at.v), losses.ofTrue);
            take.given(k, p);
        } else {
            GivenFocal<FORM> own(at, curve.shape);
            addProduct(tile.side(k), m * own.factor, own.log, losses);
            take.focal(k, p, isWithinEdges(p) ? own.slope : 0);
        }
        take.weigh(k, m);
    }
    if (!(absolute(reach) < SEG_TOO_LARGE)) {
        return false;
    }
    if constexpr (Take::HAS_SUMS) {
        take.hits = hits;
        take.mass = mass;
        take.squares = squares;
    }
    loss = (Real) -0.69314718055994531 * (asked.ofTrue * losses.ofTrue + asked.ofFalse * losses.ofFalse);
    take.finish();
    return true;
}

template <typename Take>
SEG_DEVICE bool takeWeighted(const OutputTerm& term, const ChannelTile<true>& tile, Take& take, Real& loss) {
    if (!tile.areHard()) {
        return false;
    }
    switch (term.form) {
        case OutputTerm::EVEN: return takeWeighted<OutputTerm::EVEN>(term, tile, take, loss);
        // One loop for both, as two take more registers than two resident blocks have.
        case OutputTerm::SQUARED:
        case OutputTerm::POWER: return takeWeighted<OutputTerm::POWER>(term, tile, take, loss);
        default: return false;
    }
}

}  // namespace seg
#endif
