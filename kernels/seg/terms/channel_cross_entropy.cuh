#pragma once
// Binary cross-entropy of one channel, where it is the only term: its value and slope are so simple that a tile needs
// few instructions. With t = z for the truth 0 and -z for the truth 1, the loss of an output is log(1 + e^t), and its
// slope by t is e^t / (1 + e^t). Any other truth counts as the nearer one of both; if h is its distance from that, h t
// is subtracted from the loss, and h from the slope. The clip of probabilities is one of t. Several outputs share one
// logarithm, that of the product of their 1 + e; it is kept as its difference from 1, so that small numbers keep their
// digits.
#include "seg/grad/gradient_channel.cuh"
#include "seg/terms/channel_term.cuh"
#include "seg/terms/term_sums.cuh"

#if SEG_SUMS == SEG_CHANNELS
namespace seg {

// A logit, but not beyond the edges. NaN stays NaN.
SEG_DEVICE Real withinEdges(Real z) {
#if defined(__CUDACC__) && SEG_ELEMENT != SEG_DOUBLE && __CUDA_ARCH__ >= 800
    float inside;
    asm("max.NaN.f32 %0, %1, %2;\nmin.NaN.f32 %0, %0, %3;" : "=&f"(inside) : "f"(z), "f"(-SEG_EDGE), "f"(SEG_EDGE));
    return inside;
#else
    return z < -SEG_EDGE ? -SEG_EDGE : z > SEG_EDGE ? SEG_EDGE : z;
#endif
}

// A number, or 0 if two others differ. If one of these is NaN, the number.
SEG_DEVICE Real zeroWhereDiffer(Real a, Real b, Real number) {
#if defined(__CUDACC__) && SEG_ELEMENT != SEG_DOUBLE
    asm("{.reg .pred differ;\nsetp.ne.f32 differ, %1, %2;\n@differ mov.f32 %0, 0f00000000;}"
        : "+f"(number)
        : "f"(a), "f"(b));
    return number;
#else
    return a < b || a > b ? 0 : number;
#endif
}

struct ChannelCrossEntropy {
    enum { RUN = 4, WEIGHTED_RUN = RUN };
    typedef ChannelTile<false> Tile;
    TermSums& sums;
    const ChannelPlace& place;
    ChannelTerm term;
    Real whole;  // the slope's factor
    Real inverse;  // of that
    Real loss;  // of this thread, before the weight of the class

    SEG_MEMBER ChannelCrossEntropy(TermSums& all, const ChannelPlace& where, const ChannelTerm& own)
            : sums(all), place(where), term(own), whole(own.positive.a * own.factor), inverse(1 / whole), loss(0) {}

    static SEG_MEMBER bool fits(const ChannelTerm& own) {
        Real slope = absolute(own.positive.a * own.factor);
        return SEG_ACTIVATION == SEG_SIGMOID && own.isBinary && own.positive.a == own.negative.a
                && own.positive.isCrossEntropy() && own.negative.isCrossEntropy() && slope > (Real) 1e-20
                && slope < (Real) 1e20;
    }

    // Finds e of output j of a tile, whose loss is log(1 + e) beside what it adds to the sum, and returns its slope.
    SEG_MEMBER Real take(const Tile& tile, int j, Real& e) {
        Real outside = tile.negatedIfTrue(j, tile.z[j]);
        Real t = withinEdges(outside);
        e = exponentialWithin(t);
        Real slope = e * reciprocal(e * inverse + inverse);
#if SEG_IS_DENSE
        Real h = smaller(tile.truth(j), 1 - tile.truth(j));
        loss -= h * t;
        slope -= h * whole;
#endif
        return tile.negatedIfTrue(j, zeroWhereDiffer(outside, t, slope));
    }

    // Pixels with weights, one at a time.
    SEG_MEMBER void takeAll(const ChannelTile<true>& tile, const ChannelAddresses& from) const {
#pragma unroll
        for (int k = 0; k < ChannelTile<true>::CHUNKS; k++) {
            Real dz[SEG_VECTOR];
            Real sum = 0;
#pragma unroll
            for (int j = 0; j < SEG_VECTOR; j++) {
                dz[j] = takeWeighted(tile, k * SEG_VECTOR + j, sum);
            }
            sums.add(0, term.weight * sum);
            place.write(from, k, dz, tile.count);
        }
    }

    // Adds the loss of a pixel before the weight of the class, and returns its slope.
    SEG_MEMBER Real takeWeighted(const ChannelTile<true>& tile, int k, Real& sum) const {
        if (tile.isVoid(k)) {
            return 0;
        }
        Real own = 0;
        Real slope = term.one(tile.z[k], tile.truth(k), own);
        sum += tile.weights[k] * own;
        return tile.weights[k] * term.factor * slope;
    }

    SEG_MEMBER void takeAll(const Tile& tile, const ChannelAddresses& from) {
#pragma unroll
        for (int k = 0; k < SEG_CHUNKS; k++) {
            Real dz[SEG_VECTOR];
            // The product of all 1 + e, as its difference from 1.
            Real product = 0;
#pragma unroll
            for (int j = 0; j < SEG_VECTOR; j++) {
                Real e;
                dz[j] = take(tile, k * SEG_VECTOR + j, e);
                product = j == 0 ? e : product + e * (product + 1);
            }
            loss += logarithmBeside1(1 + product, -product);
            place.write(from, k, dz);
        }
        // Void outputs are certainly right. Their logits lie beyond the edge, so their slope is 0 and their loss this:
        loss -= countOfBits(tile.voids) * SEG_EPSILON;
    }

    SEG_MEMBER void takeOne(const Channel& channel, const Pixel& pixel, i64 s) {
        Real dz = 0;
        if (pixel.weight != 0) {
            Real own = 0;
            Real slope = term.one(pixel.prediction(channel.in, channel.c), pixel.truth(channel.in, channel.c), own);
            sums.add(0, pixel.weight * term.weight * own);
            dz = pixel.weight * term.factor * slope;
        }
        place.write(s, dz);
    }

    SEG_MEMBER void endRun(const Channel& channel) {
        sums.add(0, term.weight * term.positive.a * loss);
        loss = 0;
        sums.flush(channel.in);
    }
};

}  // namespace seg
#endif
