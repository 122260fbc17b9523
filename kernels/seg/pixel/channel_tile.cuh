#pragma once
// What a thread has of a tile of one channel that lies as chunk.cuh says.
#include "seg/pixel/label_bytes.cuh"
#include "seg/pixel/tile_indexes.cuh"
#include "seg/pixel/tile_truths.cuh"
#include "seg/pixel/tile_weights.cuh"

#if SEG_SUMS == SEG_CHANNELS
namespace seg {

// Where this thread's part of a tile is in memory.
struct ChannelAddresses {
    const char* predictions;
    const char* labels;
    const char* weights;  // of type FLOAT, if there is a mask

    SEG_MEMBER void advance(i64 pixels) {
        predictions += pixels * SEG_APART * SEG_ELEMENT_BYTES;
        labels += pixels * SEG_LABELS_APART * SEG_LABEL_BYTES;
        weights += pixels * 4;
    }
};

// What the prediction of a void pixel becomes: something with the probability 0.
#define SEG_VOID_PREDICTION ((Real) (SEG_ACTIVATION == SEG_SIGMOID ? -1e30 : 0))

template <int CHUNKS>
struct TilePredictions {
    Real z[CHUNKS * SEG_VECTOR];  // of void pixels something with the probability 0

    SEG_MEMBER void readPredictions(const char* from, int count) {
#pragma unroll
        for (int k = 0; k < CHUNKS; k++) {
            Real some[SEG_VECTOR];
            readChunk(from, k, count, some);
#pragma unroll
            for (int j = 0; j < SEG_VECTOR; j++) {
                z[k * SEG_VECTOR + j] = some[j];
            }
        }
    }

    // The predictions of chunk k where bytes are marked become those of void pixels.
    SEG_MEMBER void hidePredictions(int k, unsigned marks) {
#pragma unroll
        for (int j = 0; j < SEG_VECTOR; j++) {
            Real& own = z[k * SEG_VECTOR + j];
            own = (marks >> 8 * j & 128) == 0 ? own : SEG_VOID_PREDICTION;
        }
    }
};

// Which dense labels make outputs void where each has a weight of its own: those of a value, or those of a class, for
// which all outputs of the pixel are.
enum Ignored { IGNORED_NONE, IGNORED_VALUE, IGNORED_CLASS };

#if SEG_OWN_WEIGHTS && SEG_IS_DENSE
// Makes a void output of one where a number equals another or, if ABOVE, is above it, and adds a bit for it.
template <bool ABOVE>
SEG_DEVICE void hideWhere(Real number, Real other, unsigned bit, Real& truth, Real& z, unsigned& voids) {
#if defined(__CUDACC__) && SEG_ELEMENT != SEG_DOUBLE
#define SEG_HIDE_WHERE(compare)                                           \
    asm("{.reg .pred is;\nsetp." compare                                  \
        ".f32 is, %3, %4;\n@is mov.f32 %0, 0f00000000;\n@is mov.f32 %1, " \
        "%5;\n@is or.b32 %2, %2, %6;}"                                    \
        : "+f"(truth), "+f"(z), "+r"(voids)                               \
        : "f"(number), "f"(other), "f"(SEG_VOID_PREDICTION), "r"(bit))
    if constexpr (ABOVE) {
        SEG_HIDE_WHERE("gt");
    } else {
        SEG_HIDE_WHERE("eq");
    }
#undef SEG_HIDE_WHERE
#else
    bool is = ABOVE ? number > other : number == other;
    truth = is ? 0 : truth;
    z = is ? SEG_VOID_PREDICTION : z;
    voids |= is ? bit : 0;
#endif
}
#endif

// How many chunks a tile has, WEIGHTED if pixels may have weights other than 1. It is then half of a tile at a time,
// since all of it would take too many registers. It is only a chunk with clipped curves that have no loop of their own
// for weights, and with other curves, too, if two blocks are resident and there is more than one channel or sum.
template <bool WEIGHTED>
SEG_DEVICE constexpr int chunksOfTile() {
    constexpr bool IS_SLOW = SEG_HAS_CLIPPED_OUTPUTS && SEG_ACTIVATION == SEG_SIGMOID;
    constexpr bool IS_TIGHT = SEG_HAS_OUTPUT_TERMS && SEG_RESIDENT > 1 && (SEG_CLASSES > 1 || SEG_SQUARES);
    return !WEIGHTED ? SEG_CHUNKS : IS_SLOW || IS_TIGHT ? 1 : SEG_CHUNKS / 2;
}

template <bool WEIGHTED, int COUNT = chunksOfTile<WEIGHTED>()>
struct ChannelTile : TilePredictions<COUNT>, TileWeights<WEIGHTED ? COUNT : 0>, TileLabels<COUNT> {
    enum { CHUNKS = COUNT, PIXELS = COUNT * SEG_VECTOR };
    typedef TilePredictions<COUNT> Predictions;
    typedef TileWeights<WEIGHTED ? COUNT : 0> Weights;
    typedef TileLabels<COUNT> Labels;
    unsigned voids;  // a bit for each void pixel
#if SEG_LAYOUT == SEG_ROWS
    int count;  // of the thread's pixels that are there; only with weights there may be fewer
#else
    enum { count = PIXELS };
#endif

    // Where a pixel of a thread is in the tile, apart from where the thread's first pixel is.
    static SEG_MEMBER int place(int k) { return placeInTile(k); }

    SEG_MEMBER bool isVoid(int k) const { return (voids >> k & 1) != 0; }

    SEG_MEMBER void read(const Inputs& in, const ChannelAddresses& from, int there = PIXELS) {
#if SEG_LAYOUT == SEG_ROWS
        count = WEIGHTED ? there : PIXELS;
#endif
        voids = 0;
        Predictions::readPredictions(from.predictions, count);
        Labels::readLabels(from.labels, count);
        if (WEIGHTED) {
            Weights::readAll(in, from.weights, count);
        }
    }

    // Whether there are but truths, which they then are. False if some are to be looked at, or are void.
    SEG_MEMBER bool settlePlain(const Inputs& in, const char* labels, int c, int ignored) {
#if SEG_OWN_WEIGHTS && SEG_IS_DENSE
        if (ignored == IGNORED_CLASS
            && hideClass(labels + (in.ignore - c) * in.labels.channelStride * SEG_LABEL_BYTES)) {
            return false;
        }
        // Values that are ignored are looked for at once.
        return Labels::areAllSure(Labels::truths) || (ignored != IGNORED_VALUE && Labels::settlePlain(in, c));
#else
        return Labels::settlePlain(in, c);
#endif
    }

#if SEG_OWN_WEIGHTS && SEG_IS_DENSE
    // Makes void outputs of those of pixels that are of the class with these labels. False if there are surely none.
    SEG_MEMBER bool hideClass(const char* labels) {
        Labels ofClass;
        if (areAligned<SEG_LABEL_BYTES>(labels)) {
            ofClass.readLabels(labels, count);
        } else {
            ofClass.readOneByOne(labels);
        }
        if (ofClass.areAllFalse()) {
            return false;
        }
        seldom();
#pragma unroll
        for (int k = 0; k < PIXELS; k++) {
            hideWhere<true>(ofClass.truths[k], (Real) 0.5, 1u << k, Labels::truths[k], Predictions::z[k], voids);
        }
        return true;
    }
#endif

    // Makes truths of any labels, and void pixels of those that are ignored. Returns whether some are invalid.
    SEG_MEMBER bool settleAny(const Inputs& in, const char* labels, int c, int ignored) {
#if SEG_OWN_WEIGHTS && SEG_IS_DENSE
        if (ignored == IGNORED_VALUE) {
            Real value = (Real) in.ignore;
#pragma unroll
            for (int k = 0; k < PIXELS; k++) {
                hideWhere<false>(Labels::truths[k], value, 1u << k, Labels::truths[k], Predictions::z[k], voids);
            }
        }
        return !Labels::areAllTruths();
#else
        return Labels::settleAll(in, labels, count, c, [&](int k, unsigned marks) { hide(k, marks); });
#endif
    }

    // Makes void pixels of those that weigh nothing. Returns whether some weight is invalid; it becomes 0.
    SEG_MEMBER bool settleWeights() {
        if (voids == 0 && Weights::areAllWeights(Weights::weights)) {
            return false;
        }
        seldom();
        bool invalid = false;
#pragma unroll
        for (int k = 0; k < CHUNKS; k++) {
            unsigned hidden = 0;
#pragma unroll
            for (int j = 0; j < SEG_VECTOR; j++) {
                Real& weight = Weights::weights[WEIGHTED ? k * SEG_VECTOR + j : 0];
                bool isBad = !isWeight(weight);
                invalid = invalid || isBad;
                weight = isBad || isVoid(k * SEG_VECTOR + j) ? 0 : weight;
                hidden |= weight == 0 ? 128u << 8 * j : 0;
            }
            hide(k, hidden);
        }
        return invalid;
    }

    // Makes void pixels of those that weigh nothing, where a tile without weights has a mask. Returns false if there
    // are weights beside 0 and 1.
    SEG_MEMBER bool mask(const Inputs& in, const char* from) {
        Pack<float, SEG_VECTOR> some[CHUNKS];
#pragma unroll
        for (int k = 0; k < CHUNKS; k++) {
            some[k] = readWeights(in, from, k, count);
        }
        if (areOnes(some)) {
            return true;
        }
        seldom();
        if (!areZerosAndOnes(some)) {
            return false;
        }
#pragma unroll
        for (int k = 0; k < CHUNKS; k++) {
            hide(k, ~marksOfOnes(some[k]) & SEG_MARKS);
        }
        return true;
    }

    // Makes void pixels of those of chunk k whose bytes are marked.
    SEG_MEMBER void hide(int k, unsigned marks) {
        Labels::hideTruths(k, marks);
        voids |= bitsOfMarks(marks) << k * SEG_VECTOR;
        Predictions::hidePredictions(k, marks);
    }
};

}  // namespace seg
#endif
