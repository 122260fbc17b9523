#pragma once
// Region scores in double, as org.segloss4j.internal.math.RegionScore: which loss it is stands in six numbers.
#include "seg/base/common.cuh"

namespace seg {

// One row of the table of region terms: coefficient, k, numerator smooth, b_I, b_P, b_G, denominator smooth, whether
// it is per image, number of gathered classes, weight[C], multiplicity[C].
struct RegionTerm {
    const double* row;

    SEG_MEMBER double coefficient() const { return row[0]; }
    SEG_MEMBER bool perImage() const { return row[7] != 0; }
    SEG_MEMBER double count() const { return row[8]; }
    SEG_MEMBER double weight(i64 c) const { return row[9 + c]; }
    SEG_MEMBER bool gathers(i64 classes, i64 c) const { return row[9 + classes + c] > 0; }

    SEG_MEMBER double numerator(double i) const { return row[1] * i + row[2]; }

    SEG_MEMBER double denominator(double i, double p, double g) const {
        return row[3] * i + row[4] * p + row[5] * g + row[6];
    }

    // An empty class without smoothing, 0/0, scores 1.
    SEG_MEMBER double score(double i, double p, double g) const {
        double den = denominator(i, p, g);
        return den == 0 ? 1 : numerator(i) / den;
    }

    SEG_MEMBER double slopeOfIntersection(double i, double p, double g) const {
        double den = denominator(i, p, g);
        return den == 0 ? 0 : (row[1] - numerator(i) / den * row[3]) / den;
    }

    SEG_MEMBER double slopeOfPrediction(double i, double p, double g) const {
        double den = denominator(i, p, g);
        return den == 0 ? 0 : -numerator(i) / den * row[4] / den;
    }
};

SEG_DEVICE RegionTerm regionTerm(const double* regions, i64 classes, i64 r) {
    return {regions + r * (9 + 2 * classes)};
}

}  // namespace seg
