#pragma once
// What one block does in the backward sweep: block b takes part b % parts of the examples b / parts,
// b / parts + grid / parts, and so on. If `reverse` is set, it goes from the last of its pixels to the first.
#include "seg/grad/gradient_channel.cuh"
#include "seg/grad/gradient_outputs.cuh"
#include "seg/grad/gradient_slice.cuh"
#include "seg/grad/gradient_tile.cuh"
#include "seg/loss/smoothed_row.cuh"

namespace seg {

#if SEG_CLASSES > 0 && SEG_HAS_OWN_SLOPES
// Copies the derivatives by further statistics, times the scale, to shared memory. All threads of the block must call
// it, before a barrier.
SEG_DEVICE void bringFurther(const BackwardArguments& args, i64 row, Real* shared) {
    CoefficientsLayout at = coefficientsLayout(args.in, args.rows);
#if SEG_SQUARES
    for (int c = threadIdx.x; c < SharedCoefficients::PADDED + 4; c += blockDim.x) {
        shared[SharedCoefficients::SQUARES + c] =
                c < SEG_CLASSES ? (Real) (2 * args.scale * args.table[at.squares(row, c)]) : 0;
    }
#endif
#if SEG_DISTANCES
    for (int c = threadIdx.x; c < SharedCoefficients::PADDED; c += blockDim.x) {
        shared[SharedCoefficients::DISTANCE + c] =
                c < SEG_CLASSES ? (Real) (args.scale * args.table[at.distance(row, c)]) : 0;
    }
#endif
#if SEG_PAIRS
    const Real* factors = statisticsRow(args.in);
    for (int j = threadIdx.x; j < (SEG_CLASSES + 1) * SharedCoefficients::PADDED; j += blockDim.x) {
        int y = j / SharedCoefficients::PADDED;
        int c = j % SharedCoefficients::PADDED;
        // What all classes of a pixel have in common is no slope of a softmax. Without the number of the true class,
        // digits do not cancel where sums hardly depend on the predicted class.
        double slope = c < SEG_CLASSES ? args.table[at.b(row, c)] : 0;
        for (i64 k = 0; y < SEG_CLASSES && c < SEG_CLASSES && k < at.ofPairs(); k++) {
            StatisticsRow of = {SEG_CLASSES};
            slope += args.table[at.pair(row, k)] * ((double) factors[of.factor(k, y, c)] - factors[of.factor(k, y, y)]);
        }
        shared[SharedCoefficients::PAIRS + j] = (Real) (args.scale * slope);
        if (y == c && y < SEG_CLASSES) {
            shared[SharedCoefficients::OWN + y] = (Real) (args.scale * (args.table[at.a(row, c)] + slope));
        }
    }
#endif
}
#endif

#if SEG_HAS_SMOOTHED_LABELS
// Adds the slopes of terms that are linear in the probabilities, from the factors in shared memory, to those of the
// region scores, which are slopes by probabilities, too. What all classes of a pixel have in common is no slope of a
// softmax: without that of the first class nothing is left of what does not depend on the class. All threads of the
// block must call it, before a barrier.
SEG_DEVICE void addLinearSlopes(const Inputs& in, Real* shared) {
    for (int c = threadIdx.x; c < SEG_CLASSES; c += blockDim.x) {
        Real ofAll = 0;
        Real ofLabel = 0;
#pragma unroll 1
        for (int t = 0; t < (int) in.pixelTerms; t++) {
            OwnTerm term = ownTerm(in, t);
            Real factor = shared[SharedCoefficients::TERMS + t] * term.positive().a;
            // An infinite factor must not be felt where nothing is asked.
            Real ofClass = term.weight(c) == 0 ? 0 : factor * term.weight(c);
            Real ofFirst = term.weight(0) == 0 ? 0 : factor * term.weight(0);
            if (!term.positive().isCrossEntropy()) {
                ofAll -= term.isSmoothed() ? (ofClass - ofFirst) * term.row[TermRow::SHIFT] : 0;
                ofLabel -= ofClass * term.row[TermRow::SCALE];
            }
        }
        shared[SharedCoefficients::B + c] += ofAll;
        shared[SharedCoefficients::OWN + c] += ofAll + ofLabel;
    }
}
#endif

#if SEG_EXTENT == SEG_EXACT && !SEG_HAS_SHARED_TRUTHS
// Adds up the slopes of the cross-entropies of each true class by log p, from the factors in shared memory, and behind
// them what smoothing adds, or else the factors of focal losses that have the same exponent. Returns which families of
// curves there are. All threads of the block must call it.
SEG_DEVICE Families bringEntropies(const Inputs& in, Real* shared, Real* entropies) {
    Families families;
    families.find(in);
#if SEG_HAS_SMOOTHED_LABELS
    Real* smoothing = shared + SharedCoefficients::smoothing(in.pixelTerms);
#endif
    for (int c = threadIdx.x; c <= SEG_CLASSES; c += blockDim.x) {
        Real slope = 0;
        Real everywhere = 0;
        Real focals = 0;
        for (i64 t = 0; t < in.pixelTerms && c < SEG_CLASSES; t++) {
            OwnTerm term = ownTerm(in, t);
            int family = familyOf(term.positive(), families.exponent);
            bool isAsked = (family & (SEG_ENTROPIES | SEG_SQUARED_FOCALS | SEG_FOCALS)) != 0
                    && term.multiplicity(SEG_CLASSES, c) != 0;
            Real weight = isAsked ? term.positive().a * term.weight(c) : 0;
            // An infinite factor must not be felt where nothing is asked.
            Real ofClass = weight == 0 ? 0 : shared[SharedCoefficients::TERMS + t] * weight;
            focals += family != SEG_ENTROPIES ? ofClass : 0;
            slope -= family == SEG_ENTROPIES ? ofClass * term.row[TermRow::SCALE] : 0;
            everywhere -= term.isSmoothed() ? ofClass * term.row[TermRow::SHIFT] : 0;
        }
#if SEG_HAS_SMOOTHED_LABELS
        entropies[c] = slope + everywhere;
        if (c < SEG_CLASSES) {
            smoothing[PaddedClasses::of(c)] = everywhere;
        }
#else
        entropies[c] = slope;
        entropies[SEG_CLASSES + 1 + c] = focals;
#endif
    }
    __syncthreads();
#if SEG_HAS_SMOOTHED_LABELS
    // What is read of four classes at a time has no class at the end.
    for (int place = threadIdx.x; place < PaddedClasses::COUNT; place += blockDim.x) {
        if (PaddedClasses::at(place) == SEG_CLASSES) {
            smoothing[place] = 0;
        }
    }
    addLinearSlopes(in, shared);
    __syncthreads();
    // In double, since of large and small numbers the small ones may be left.
    double sum = sumOfPlaces(smoothing);
    for (int y = threadIdx.x; y <= SEG_CLASSES; y += blockDim.x) {
        double own = y < SEG_CLASSES ? smoothing[PaddedClasses::of(y)] : 0;
        // An infinite slope of this class alone is none of the others'.
        entropies[SEG_CLASSES + 1 + y] = (Real) (own == sum ? 0 : sum - own);
    }
    __syncthreads();
#endif
    return families;
}
#endif

// Copies a row of coefficients, times the scale, to shared memory. All threads of the block must call it.
SEG_DEVICE Coefficients bringCoefficients(const BackwardArguments& args, i64 row, Real* shared) {
    i64 count = classes(args.in);
    const double* a = args.table + CoefficientsLayout{args.rows, count}.a(row, 0);
    __syncthreads();
    for (int c = threadIdx.x; c < SEG_CLASSES; c += blockDim.x) {
        Real ofClass = (Real) (args.scale * a[c]);
        Real ofAll = (Real) (args.scale * a[CoefficientsLayout{args.rows, count}.b(0, c)]);
        shared[SharedCoefficients::A + c] = ofClass;
        shared[SharedCoefficients::B + c] = ofAll;
#if !SEG_PAIRS
        shared[SharedCoefficients::OWN + c] = ofClass + ofAll;
#endif
    }
#if SEG_HOLDS_LABELS
    // What is read of four classes at a time has no class at the end.
    for (int c = SEG_CLASSES + threadIdx.x; c < SharedCoefficients::PADDED; c += blockDim.x) {
        shared[SharedCoefficients::A + c] = shared[SharedCoefficients::B + c] = 0;
    }
#endif
    if (threadIdx.x == 0) {
        shared[SharedCoefficients::OWN + SEG_CLASSES] = 0;
    }
#if SEG_CLASSES > 0 && SEG_HAS_OWN_SLOPES
    bringFurther(args, row, shared);
#endif
    for (i64 t = threadIdx.x; t < args.in.pixelTerms; t += blockDim.x) {
#if SEG_IS_WIDE
        shared[SharedCoefficients::TERMS + t] =
                (Real) (args.scale * args.table[coefficientsLayout(args.in, args.rows).term(t)]);
#else
        shared[SharedCoefficients::TERMS + t] =
                (Real) (args.scale * args.table[CoefficientsLayout{args.rows, count}.term(t)]);
#endif
    }
    __syncthreads();
#if SEG_HAS_SHARED_TRUTHS
    Real* rows = shared + SharedCoefficients::truthRows(args.in.pixelTerms);
    bringTruthRows(args.in, rows);
    int truths = bringTruthSlopes(args.in, shared, rows);
    return {shared, a, args.rows * count, args.scale, nullptr, nullptr, nullptr, nullptr, {}, rows, truths};
#elif SEG_EXTENT == SEG_EXACT
    Real* entropies = shared + SharedCoefficients::entropies(args.in.pixelTerms);
    Families families = bringEntropies(args.in, shared, entropies);
#if SEG_HAS_SMOOTHED_LABELS
    const Real* smoothing = shared + SharedCoefficients::smoothing(args.in.pixelTerms);
    return {shared, a, args.rows * count, args.scale, nullptr, nullptr, nullptr, entropies, families, smoothing};
#else
    return {shared, a, args.rows * count, args.scale, nullptr, nullptr, nullptr, entropies, families};
#endif
#elif SEG_IS_WIDE
    CoefficientsLayout at = coefficientsLayout(args.in, args.rows);
    return {shared,
            a,
            at.b(0, 0),
            args.scale,
            at.further.squares ? args.table + at.squares(row, 0) : nullptr,
            at.further.distances ? args.table + at.distance(row, 0) : nullptr,
            args.table + at.pair(row, 0)};
#else
    return {shared, a, CoefficientsLayout{args.rows, count}.b(0, 0), args.scale};
#endif
}

// How a block divides its shared memory: the channels of pixels, which begin it, then the coefficients, then the slopes
// of renormalised terms. Each begins at an address that is aligned for a double.
struct GradientMemory {
    Real* coefficients;
    RenormalisedSlope* renormalised;  // [T, threads], if there is room for it
    double* end;
};

SEG_DEVICE GradientMemory gradientMemory(const BackwardArguments& args) {
    double* behind = (double*) ((Real*) segShared + realsOfTiles());
    double* slopes = behind + SharedCoefficients::width(args.in.pixelTerms);
    i64 kept = args.keepsSlopes ? (SEG_IS_WIDE ? 5 : 3) * args.in.pixelTerms * blockDim.x : 0;
    return {(Real*) behind, (RenormalisedSlope*) slopes, slopes + kept};
}

// Writes the gradient of this block's pixels.
SEG_DEVICE void gradientOfBlock(const BackwardArguments& args) {
    // There are no more parts than blocks, so they are divided in 32 bits.
    unsigned parts = (unsigned) args.in.parts;
    i64 firstExample = blockIdx.x / parts;
    i64 from = blockIdx.x % parts * args.in.chunk;
    i64 to = smaller(from + args.in.chunk, args.in.pixels);
    GradientMemory memory = gradientMemory(args);
    Coefficients table = {};
    i64 groups = gridDim.x / parts;
    i64 turns = (args.in.examples - firstExample + groups - 1) / groups;
    for (i64 turn = 0; turn < turns; turn++) {
        i64 n = firstExample + (args.reverse ? turns - 1 - turn : turn) * groups;
        if (table.shared == nullptr || args.in.perImage) {
            table = bringCoefficients(args, args.in.perImage ? args.firstRow + n : 0, memory.coefficients);
            bringSlopesOfSlices(table, segShared);
        }
        Slopes slopes = {args, table, memory.renormalised + threadIdx.x};
#if SEG_HAS_OUTPUT_TERMS
        NoLosses none;
        gradientOfOutputs<true>(slopes, n, from, to, nullptr, none);
#elif SEG_SUMS == SEG_CHANNELS
        gradientOfChannels(slopes, n, from, to);
#else
        // The reverse order begins with the tiles that the L2 cache may still hold.
        i64 start = startOfTiles(args.in.predictions, n, from);
        ExamplePlaces places = placesOf(args, n, start);
        i64 step = pixelsOfBlock();
        i64 rounds = (to - start + step - 1) / step;
        i64 at = kept(args.reverse ? start + (rounds - 1) * step : start);
        step = kept(args.reverse ? -step : step);
        for (i64 k = 0; k < rounds; k++) {
            gradientOfTiles(slopes, places, n, at, from, to, segShared);
            at += step;
        }
#endif
    }
}

}  // namespace seg
