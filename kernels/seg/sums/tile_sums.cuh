#pragma once
// SEG_TILES: the sums of any number of classes. The block adds a tile of pixels at a time, one pixel for each thread.
// First each thread prepares its pixel. Then each warp adds some classes over all pixels of the tile, and reads their
// predictions again while the L1 cache still holds them. A class belongs to one warp, so its double sums need no
// atomics.
#include "seg/sums/known_classes.cuh"

#if SEG_SUMS == SEG_TILES
namespace seg {

struct TileSums {
    enum { INTERSECTION, PREDICTED, TRUTH, WEIGHT, SQUARES, DISTANCE };
    enum { KINDS = SEG_IS_WIDE ? 6 : 4 };
    double* terms;       // [warps, extras]
    // One number for each pixel of the tile. The weight of a pixel whose outputs are all void is -1.
    Real* max;
    Real* inverse;
    Real* weight;
    i64* label;
    double* partial;     // the block's row of partial sums, in SumsLayout
#if SEG_COUNTS
    HardCounts hard;
#endif

    // How many sums a warp has beside those of classes: those of the pixel terms, behind those over pairs of classes.
    // They stand side by side in a row of sums, too.
    static SEG_MEMBER i64 extras(const Inputs& in) { return sumsLayout(in).ofPairs() + in.pixelTerms; }

    SEG_MEMBER void start(const Inputs& in) {
        terms = segShared;
        label = (i64*) (terms + warps() * extras(in));
        max = (Real*) (label + blockDim.x);
        inverse = max + blockDim.x;
        weight = inverse + blockDim.x;
    }

    // Sets a row of partial sums to 0. All threads of the block must call it.
    SEG_MEMBER void open(const ForwardArguments& args, i64 row) {
#if SEG_IS_WIDE
        i64 columns = sumsLayout(args.in).width();
#else
        i64 columns = SumsLayout::KINDS * args.in.classes + args.in.pixelTerms;
#endif
        partial = args.partials + row * columns;
        for (i64 j = threadIdx.x; j < columns; j += blockDim.x) {
            partial[j] = 0;
        }
        for (i64 k = threadIdx.x; k < warps() * extras(args.in); k += blockDim.x) {
            terms[k] = 0;
        }
        __syncthreads();
    }

    // Adds pixels [from, to) of example n.
    SEG_MEMBER void sweep(const ForwardArguments& args, i64 n, i64 from, i64 to) {
        const Inputs& in = args.in;
        for (i64 first = from; first < to; first += blockDim.x) {
            prepareTile(args, n, first, to);
            __syncthreads();
            for (i64 c = warp(); c < in.classes; c += warps()) {
                addClass(args, n, first, c);
#if SEG_IS_WIDE
                addPairs(args, n, first, c);
#endif
            }
            __syncthreads();
        }
    }

    SEG_MEMBER void prepareTile(const ForwardArguments& args, i64 n, i64 first, i64 to) {
        const Inputs& in = args.in;
        Pixel pixel = {};
        bool counts = false;
        if (first + threadIdx.x < to) {
            pixel.load(in, n, first + threadIdx.x);
            counts = !pixel.isVoid(in);
#if SEG_COUNTS
            hard.read(in, n, first + threadIdx.x);
#endif
        }
        if (counts) {
            prepare(in, pixel);
            max[threadIdx.x] = pixel.max;
            inverse[threadIdx.x] = pixel.inverse;
            label[threadIdx.x] = pixel.label;
        }
        weight[threadIdx.x] = counts ? pixel.weight : -1;
        for (i64 t = 0; t < in.pixelTerms; t++) {
#if SEG_IS_WIDE
            Real loss = warpSum(counts ? wideLoss(in, pixel, wideTerm(in, t)) : 0);
#else
            Real loss = warpSum(counts ? pixelLoss(in, pixel, pixelTerm(in, t)) : 0);
#endif
            if (lane() == 0) {
                terms[warp() * extras(in) + sumsLayout(in).ofPairs() + t] += loss;
            }
        }
    }

#if SEG_IS_WIDE
    // A pixel of the tile that is not void, as it was prepared.
    SEG_MEMBER Pixel pixelOfTile(const Inputs& in, i64 n, i64 first, int k) const {
        Pixel pixel = {};
        pixel.locate(in, n, first + k);
        pixel.weight = weight[k];
        pixel.label = label[k];
        pixel.max = max[k];
        pixel.inverse = inverse[k];
        return pixel;
    }

    // Adds the sums over pairs of a true class and the predicted class c.
    SEG_MEMBER void addPairs(const ForwardArguments& args, i64 n, i64 first, i64 c) const {
        const Inputs& in = args.in;
        for (i64 pair = 0; pair < sumsLayout(in).ofPairs(); pair++) {
            Real own = 0;
            for (int k = lane(); k < (int) blockDim.x; k += 32) {
                if (weight[k] < 0) {
                    continue;
                }
                Pixel pixel = pixelOfTile(in, n, first, k);
                Real m = pixel.weightOf(in, c);
                own += m == 0 ? 0 : m * harden(args, probability(in, pixel, c).p) * pairFactor(in, pixel, pair, c);
            }
            Real sum = warpSum(own);
            if (lane() == 0) {
                terms[warp() * extras(in) + pair] += sum;
            }
        }
    }
#endif

    SEG_MEMBER void addClass(const ForwardArguments& args, i64 n, i64 first, i64 c) {
        const Inputs& in = args.in;
#if SEG_IS_WIDE
        Real sums[KINDS] = {};
#else
        Real sums[4] = {0, 0, 0, 0};
#endif
        for (int k = lane(); k < (int) blockDim.x; k += 32) {
            if (weight[k] < 0) {
                continue;
            }
            Pixel pixel = {};
            pixel.locate(in, n, first + k);
            pixel.weight = weight[k];
            pixel.label = label[k];
            pixel.max = max[k];
            pixel.inverse = inverse[k];
            Real m = pixel.weightOf(in, c);
            if (m != 0) {
                Real p = probability(in, pixel, c).p;
                Real weighted = m * harden(args, p);
                Real g = pixel.truth(in, c);
#if SEG_IS_WIDE
                Real hard = harden(args, p);
                sums[SQUARES] += m * (hard * hard + g * g);
                sums[DISTANCE] += m * absolute(hard - g);
#endif
                sums[INTERSECTION] += g * weighted;
                sums[PREDICTED] += weighted;
                sums[TRUTH] += g * m;
                sums[WEIGHT] += m;
            }
        }
#pragma unroll
        for (int k = 0; k < KINDS; k++) {
            Real sum = warpSum(sums[k]);
            if (lane() == 0 && isKept(in, k)) {
                partial[column(in, k, c)] += sum;
            }
        }
    }

    // Whether there is such a sum.
    static SEG_MEMBER bool isKept(const Inputs& in, int kind) {
#if SEG_IS_WIDE
        Further all = further(in);
        return kind == SQUARES ? all.squares : kind == DISTANCE ? all.distances : true;
#else
        return true;
#endif
    }

    // Where one of the sums of a class stands.
    static SEG_MEMBER i64 column(const Inputs& in, int kind, i64 c) {
        SumsLayout at = sumsLayout(in);
        return kind == INTERSECTION ? at.intersection(c)
                : kind == PREDICTED ? at.predicted(c)
                : kind == TRUTH     ? at.truth(c)
#if SEG_IS_WIDE
                : kind == SQUARES  ? at.squares(c)
                : kind == DISTANCE ? at.distance(c)
#endif
                                   : at.weight(c);
    }

    // Adds the sums that are not those of classes to the row of partial sums. All threads of the block must call it.
    SEG_MEMBER void close(const ForwardArguments& args, i64) {
        i64 count = extras(args.in);
        for (i64 t = threadIdx.x; t < count; t += blockDim.x) {
            for (int w = 0; w < warps(); w++) {
                partial[sumsLayout(args.in).pair(t)] += terms[w * count + t];
            }
        }
        __syncthreads();
    }
};

typedef TileSums Sums;

}  // namespace seg
#endif
