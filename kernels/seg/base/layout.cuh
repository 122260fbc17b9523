#pragma once
// Where each number stands in the arrays that kernels and host share, and in the sums that a block keeps for itself.
// The shared structs and their members have the names of Java types: SumsLayout and CoefficientsLayout in
// org.segloss4j.internal.math, the rows in org.segloss4j.internal.cuda.plan.LossTables. A test compares them.
#include "seg/base/common.cuh"

namespace seg {

// One row of sums in global memory, for each example or for the whole batch.
struct SumsLayout {
    enum { KINDS = 4 };   // number of sums of each class
    i64 classes;
    i64 terms;

    SEG_MEMBER i64 intersection(i64 c) const { return c; }
    SEG_MEMBER i64 predicted(i64 c) const { return classes + c; }
    SEG_MEMBER i64 truth(i64 c) const { return 2 * classes + c; }
    SEG_MEMBER i64 weight(i64 c) const { return 3 * classes + c; }
    SEG_MEMBER i64 term(i64 t) const { return KINDS * classes + t; }
    SEG_MEMBER i64 width() const { return term(terms); }
};

// The derivatives of the loss by the sums, which the gradient is made of: by the intersection and by the predicted mass
// of each class in each row of sums, and by the sum of each pixel term.
struct CoefficientsLayout {
    i64 rows;
    i64 classes;

    SEG_MEMBER i64 a(i64 row, i64 c) const { return row * classes + c; }
    SEG_MEMBER i64 b(i64 row, i64 c) const { return (rows + row) * classes + c; }
    SEG_MEMBER i64 term(i64 t) const { return 2 * rows * classes + t; }
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

// One row of the table of means: the coefficient of a pixel term, and how often it gathers each class.
struct MeanRow {
    enum { COEFFICIENT, CLASSES };
    i64 classes;

    SEG_MEMBER i64 multiplicity(i64 c) const { return CLASSES + c; }
    SEG_MEMBER i64 width() const { return CLASSES + classes; }
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

// The partial sums of a block, for a number of classes that is known at compile time. All classes then have the same
// weight, so it stands there only once. For any other number of classes the layout is that of SumsLayout.
struct PartialLayout {
    enum { INTERSECTION = 0, PREDICTED = SEG_CLASSES, TRUTH = 2 * SEG_CLASSES, WEIGHT = 3 * SEG_CLASSES, TERMS };
};

// One row of coefficients in shared memory, for the gradient: b, a, and a + b of each class, and 0 for a pixel without
// a class. It begins at a multiple of 16 bytes. If the number of classes is not known at compile time, only the
// coefficients of the pixel terms are there.
struct SharedCoefficients {
    enum { B = 0, A = SEG_CLASSES, OWN = 2 * SEG_CLASSES, TERMS = 3 * SEG_CLASSES + 1 };

    static SEG_MEMBER i64 width(i64 terms) { return TERMS + terms; }
};

// The sums of a warp whose lanes each add one column: three for each lane, one weight, and the pixel terms.
struct LaneLayout {
    static SEG_MEMBER constexpr int intersection(int lane) { return 3 * lane; }
    static SEG_MEMBER constexpr int predicted(int lane) { return 3 * lane + 1; }
    static SEG_MEMBER constexpr int truth(int lane) { return 3 * lane + 2; }
    static SEG_MEMBER constexpr int weight() { return 3 * 32; }
    static SEG_MEMBER constexpr int term(int t) { return 3 * 32 + 1 + t; }
};

}  // namespace seg
