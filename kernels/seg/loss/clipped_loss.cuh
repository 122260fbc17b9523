#pragma once
// The loss of a tile under Keras' clipped curves, from what its outputs make of them.
#include "seg/loss/grown_product.cuh"
#include "seg/loss/output_term.cuh"

#if SEG_HAS_CLIPPED_OUTPUTS
namespace seg {

// Of cross-entropy, chunks have a product of 1 + e of their outputs, without its 1; of focal loss, each side has a sum
// of (1 - u)^gamma log2(u). Void outputs, which have a bit each, are among them as certainly right, with the label 0.
template <bool IS_ENTROPY>
SEG_DEVICE Real clippedLoss(const Real (&grown)[SEG_CHUNKS], Sides asked, Sides losses, unsigned voids,
                            const WideCurve& curve) {
    Real loss = 0;
    if constexpr (IS_ENTROPY) {
        logarithmOfChunks(grown, loss);
    } else {
        loss = (Real) -0.69314718055994531 * (asked.ofTrue * losses.ofTrue + asked.ofFalse * losses.ofFalse);
    }
    if (voids != 0) {
        seldom();
        loss -= countOfBits(voids) * (IS_ENTROPY ? 1 : asked.ofFalse)
                * curveValue({1, curve.shape, curve.offset}, 1, 0);
    }
    return loss;
}

}  // namespace seg
#endif
