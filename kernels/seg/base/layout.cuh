#pragma once
// Where each number stands in the arrays that kernels and host share, and in the sums that a block keeps for itself.
// The shared structs and their members have the names of Java types: SumsLayout and CoefficientsLayout in
// org.segloss4j.internal.math, the rows in org.segloss4j.internal.cuda.plan.LossTables. A test compares them.
#include "seg/base/common.cuh"

namespace seg {

// Which further statistics there are: Q and D of each class, and so many sums over pairs of classes.
struct Further {
    bool squares;
    bool distances;
    i64 pairs;
};

// One row of sums in global memory, for each example or for the whole batch. The number of pixels, which may stand
// before the pixel terms, is none of the kernels' business: the host puts it there.
struct SumsLayout {
    enum { KINDS = 4 };   // number of sums that each class has in every loss
    i64 classes;
    i64 terms;
#if SEG_IS_WIDE
    Further further;

    SEG_MEMBER i64 ofSquares() const { return further.squares ? classes : 0; }
    SEG_MEMBER i64 ofDistances() const { return further.distances ? classes : 0; }
    SEG_MEMBER i64 ofPairs() const { return further.pairs; }
#else
    SEG_MEMBER i64 ofSquares() const { return 0; }
    SEG_MEMBER i64 ofDistances() const { return 0; }
    SEG_MEMBER i64 ofPairs() const { return 0; }
#endif

    SEG_MEMBER i64 intersection(i64 c) const { return c; }
    SEG_MEMBER i64 predicted(i64 c) const { return classes + c; }
    SEG_MEMBER i64 truth(i64 c) const { return 2 * classes + c; }
    SEG_MEMBER i64 weight(i64 c) const { return 3 * classes + c; }
    SEG_MEMBER i64 squares(i64 c) const { return KINDS * classes + c; }
    SEG_MEMBER i64 distance(i64 c) const { return squares(c) + ofSquares(); }
    SEG_MEMBER i64 pair(i64 k) const { return distance(k) + ofDistances(); }
    SEG_MEMBER i64 pixels() const { return pair(ofPairs()); }
    SEG_MEMBER i64 term(i64 t) const { return SEG_IS_WIDE ? pixels() + t : KINDS * classes + t; }
    SEG_MEMBER i64 width() const { return term(terms); }
};

// The derivatives of the loss by the sums, which the gradient is made of: by the intersection and by the predicted mass
// of each class in each row of sums, by the further statistics in each row, and by the sum of each pixel term.
struct CoefficientsLayout {
    i64 rows;
    i64 classes;
#if SEG_IS_WIDE
    Further further;

    SEG_MEMBER i64 ofSquares() const { return further.squares ? rows * classes : 0; }
    SEG_MEMBER i64 ofDistances() const { return further.distances ? rows * classes : 0; }
    SEG_MEMBER i64 ofPairs() const { return further.pairs; }
#else
    SEG_MEMBER i64 ofSquares() const { return 0; }
    SEG_MEMBER i64 ofDistances() const { return 0; }
    SEG_MEMBER i64 ofPairs() const { return 0; }
#endif

    SEG_MEMBER i64 a(i64 row, i64 c) const { return row * classes + c; }
    SEG_MEMBER i64 b(i64 row, i64 c) const { return (rows + row) * classes + c; }
    SEG_MEMBER i64 squares(i64 row, i64 c) const { return (2 * rows + row) * classes + c; }
    SEG_MEMBER i64 distance(i64 row, i64 c) const { return squares(row, c) + ofSquares(); }
    SEG_MEMBER i64 pair(i64 row, i64 k) const { return distance(0, 0) + ofDistances() + row * ofPairs() + k; }
    SEG_MEMBER i64 term(i64 t) const { return SEG_IS_WIDE ? pair(rows, t) : 2 * rows * classes + t; }
    SEG_MEMBER i64 width(i64 terms) const { return term(terms); }
};

// One row of the table of region terms: a score is (K * I + NUMERATOR_SMOOTH) divided by
// (B_I * I + B_P * P + B_G * G + DENOMINATOR_SMOOTH). COUNT is the number of gathered classes, with repetitions.
struct RegionRow {
    enum { COEFFICIENT, K, NUMERATOR_SMOOTH, B_I, B_P, B_G, DENOMINATOR_SMOOTH, PER_IMAGE, COUNT, CLASSES };
    i64 classes;

    SEG_MEMBER i64 weight(i64 c) const { return CLASSES + c; }
    SEG_MEMBER i64 multiplicity(i64 c) const { return CLASSES + classes + c; }
    SEG_MEMBER i64 width() const { return CLASSES + 2 * classes; }
};

// One row of the table of region terms of a loss that is not plain: the numbers before the classes of RegionRow, then
// what the true positives and the masses are, the least denominator and the least true positives, what the mean is one
// of, and what a class without true pixels counts.
struct WideRegionRow {
    enum {
        SOFT_LABELS = RegionRow::CLASSES,
        SQUARED,
        FLOOR,
        LEAST_HITS,
        OF_LOSSES,
        NEGATIVE,
        NORMALISED,
        SUM,
        ABSENT,
        EVERY_CLASS,
        CLASSES
    };
    // Ordinals of org.segloss4j.internal.math.AbsentPolicy.
    enum { SMOOTH, ZERO, SKIP, PENALISE };
    i64 classes;

    SEG_MEMBER i64 weight(i64 c) const { return CLASSES + c; }
    SEG_MEMBER i64 multiplicity(i64 c) const { return CLASSES + classes + c; }
    SEG_MEMBER i64 width() const { return CLASSES + 2 * classes; }
};

// One row of the table of means: the coefficient of a pixel term, and how often it gathers each class.
struct MeanRow {
    enum { COEFFICIENT, CLASSES };
    i64 classes;

    SEG_MEMBER i64 multiplicity(i64 c) const { return CLASSES + c; }
    SEG_MEMBER i64 width() const { return CLASSES + classes; }
};

// One row of the table of divisors of a loss that is not plain: a pixel term is its COEFFICIENT times its sum, divided
// by CONSTANT and, for each class, factors of the weight and of the true mass.
struct DivisorRow {
    enum { COEFFICIENT, CONSTANT, CLASSES };
    i64 classes;

    SEG_MEMBER i64 ofWeight(i64 c) const { return CLASSES + c; }
    SEG_MEMBER i64 ofTruth(i64 c) const { return CLASSES + classes + c; }
    SEG_MEMBER i64 width() const { return CLASSES + 2 * classes; }
};

// One row of the table of curves: the curve of the true side and that of the other side, each with the numbers A, GAMMA
// and LOG_OFFSET, and whether the term has another side and renormalises probabilities.
struct CurveRow {
    enum { POSITIVE = 0, NEGATIVE = 3, BINARY = 6, RENORMALISED = 7, CLASSES = 8 };
    enum { A, GAMMA, LOG_OFFSET };
    i64 classes;

    SEG_MEMBER i64 weight(i64 c) const { return CLASSES + c; }
    SEG_MEMBER i64 multiplicity(i64 c) const { return CLASSES + classes + c; }
    SEG_MEMBER i64 width() const { return CLASSES + 2 * classes; }
};

// One row of the table of pixel terms of a loss that is not plain: the curves of both sides, each with its KIND and the
// numbers A, SHAPE (gamma or q) and OFFSET (delta or tau), which probability they look at, and how a label g is seen:
// as SCALE g + SHIFT.
struct TermRow {
    enum { POSITIVE = 0, NEGATIVE = 4, BINARY = 8, INPUT = 9, SCALE = 10, SHIFT = 11, CLASSES = 12 };
    enum { KIND, A, SHAPE, OFFSET };
    enum { LOG_CURVE, FOCAL_CURVE, FACTOR_CURVE, BOUNDED_CURVE };
    i64 classes;

    SEG_MEMBER i64 weight(i64 c) const { return CLASSES + c; }
    SEG_MEMBER i64 otherWeight(i64 c) const { return CLASSES + classes + c; }
    SEG_MEMBER i64 multiplicity(i64 c) const { return CLASSES + 2 * classes + c; }
    SEG_MEMBER i64 width() const { return CLASSES + 3 * classes; }
};

// What stands behind the rows of such a loss: its further statistics, and the factors of the sums over pairs of
// classes, by true and by predicted class.
struct StatisticsRow {
    enum { SQUARES, DISTANCES, PAIRS, FACTORS };
    i64 classes;

    SEG_MEMBER i64 factor(i64 k, i64 y, i64 c) const { return FACTORS + (k * classes + y) * classes + c; }
    SEG_MEMBER i64 width(i64 pairs) const { return factor(pairs, 0, 0); }
};

// The partial sums of a block, for a number of classes that is known at compile time. All classes then have the same
// weight, so it stands there only once, unless there are SEG_OWN_WEIGHTS. For any other number of classes the layout is
// that of SumsLayout. Sums over pairs of classes stand before the pixel terms.
struct PartialLayout {
    enum { INTERSECTION = 0, PREDICTED = SEG_CLASSES, TRUTH = 2 * SEG_CLASSES, SQUARES = 3 * SEG_CLASSES };
    enum { DISTANCE = SQUARES + SEG_SQUARES * SEG_CLASSES, WEIGHT = DISTANCE + SEG_DISTANCES * SEG_CLASSES };
    enum { WEIGHTS = SEG_OWN_WEIGHTS ? SEG_CLASSES : 1, TERMS = WEIGHT + WEIGHTS };
};

#if SEG_HAS_SMOOTHED_LABELS
// Where numbers of all classes stand of which four are read at a time. If there are slices, those of each warp's slice
// begin at a multiple of four.
struct PaddedClasses {
    enum { COUNT = SEG_SUMS == SEG_SLICES ? SEG_WARPS * SEG_PADDED_SLICE : (SEG_CLASSES + 3) / 4 * 4 };

    // The class at a place, or SEG_CLASSES if there is none.
    static SEG_MEMBER int at(int place) {
        int i = place % SEG_PADDED_SLICE;
        int c = SEG_SUMS != SEG_SLICES ? place : i < SEG_SLICE ? place / SEG_PADDED_SLICE * SEG_SLICE + i : SEG_CLASSES;
        return smaller(c, SEG_CLASSES);
    }

    static SEG_MEMBER int of(int c) {
        return SEG_SUMS != SEG_SLICES ? c : c / SEG_SLICE * SEG_PADDED_SLICE + c % SEG_SLICE;
    }
};

// What one term of smoothed index labels asks of the classes of a pixel, in shared memory. Of a cross-entropy that
// is the part that the logarithm of a class has whatever the label is, of a term that is linear in 1 - p what the
// SHARE of a class is asked less than the one that is asked most; the other ones are 0. Then what the label's class
// is asked beside that, with 0 for none, what is asked of all together whatever the label is, and which kind of both
// it IS. SCALE is SEG_LOG_SCALE: what is read again for each term, the assembler does not compute ahead of them all,
// for which it has no registers.
struct SmoothedRow {
    enum {
        ALL = 0,
        SHARE = PaddedClasses::COUNT,
        LABEL = 2 * SHARE,
        SUM = LABEL + SEG_CLASSES + 1,
        SCALE,
        IS_LINEAR,
        WIDTH = (IS_LINEAR + 4) / 4 * 4
    };
};
#endif

// What one pixel term asks of the classes of a pixel with dense labels, in shared memory: of class c, FACTOR + c times
// the truth and SHIFT + c; then which KIND of curve it is, its GAMMA, the LEAST probability and complement that it
// sees, which is below 0 if it sees all, and the THRESHOLD from which probability on its modulating factor is not 1.
struct TruthRow {
    enum { FACTOR = 0, SHIFT = (SEG_CLASSES + 3) / 4 * 4, KIND = 2 * SHIFT, GAMMA, LEAST, THRESHOLD, WIDTH };
};

// One row of coefficients in shared memory, for the gradient: b, a, and a + b of each class, and 0 for a pixel without
// a class. Then, if there are such sums, twice the derivatives by squares, also with a 0 at the end, the derivatives by
// distances, and for sums over pairs b as each true class sees it, and a pixel without one. What is read 16 bytes at a
// time begins at a multiple of that. If the number of classes is not known at compile time, only the coefficients of
// the pixel terms are there. Behind them, exact curves have two numbers more of each class and of none: the slope of
// all cross-entropies by log p of a class with the truth 1, and what smoothing adds to it. Kernels of smoothed index
// labels have there the slope of the label's class with all that is added, and what is added to all others together.
// Behind these they have what is added to each class, and a SmoothedRow for each pixel term. Kernels of dense labels
// under a softmax have, instead of all that, the slopes of all exact cross-entropies together, as the FACTOR and the
// SHIFT of a TruthRow, and a TruthRow for each pixel term.
struct SharedCoefficients {
    enum { PADDED = (SEG_CLASSES + 3) / 4 * 4 };
    enum { B = 0, A = SEG_HOLDS_LABELS ? PADDED : SEG_CLASSES, OWN = A + (SEG_HOLDS_LABELS ? PADDED : SEG_CLASSES) };
    enum { SQUARES = (OWN + SEG_CLASSES + 4) / 4 * 4 };
    enum { DISTANCE = SQUARES + SEG_SQUARES * (PADDED + 4), PAIRS = DISTANCE + SEG_DISTANCES * PADDED };
    enum { TERMS = SEG_HAS_OWN_SLOPES ? PAIRS + (SEG_PAIRS > 0) * PADDED * (SEG_CLASSES + 1) : OWN + SEG_CLASSES + 1 };

    static SEG_MEMBER i64 entropies(i64 terms) { return TERMS + terms; }
    static SEG_MEMBER i64 width(i64 terms) {
#if SEG_HAS_SMOOTHED_LABELS
        return smoothedRows(terms) + terms * SmoothedRow::WIDTH;
#elif SEG_HAS_SHARED_TRUTHS
        return truthRows(terms) + terms * TruthRow::WIDTH;
#else
        return entropies(terms) + (SEG_EXTENT == SEG_EXACT ? 2 * (SEG_CLASSES + 1) : 0);
#endif
    }
#if SEG_HAS_SMOOTHED_LABELS
    static SEG_MEMBER i64 smoothing(i64 terms) { return (entropies(terms) + 2 * (SEG_CLASSES + 1) + 3) / 4 * 4; }
    static SEG_MEMBER i64 smoothedRows(i64 terms) { return smoothing(terms) + PaddedClasses::COUNT; }
#endif
#if SEG_HAS_SHARED_TRUTHS
    static SEG_MEMBER i64 truthSlopes(i64 terms) { return (TERMS + terms + 3) / 4 * 4; }
    static SEG_MEMBER i64 truthRows(i64 terms) { return truthSlopes(terms) + 2 * PADDED; }
#endif
};

}  // namespace seg
