#pragma once
// Region scores in double, as org.segloss4j.internal.math.RegionScore defines them. Six numbers say which score it is.
#include "seg/base/layout.cuh"

namespace seg {

// A denominator of a score: NaN if it is infinite, as a probability that is infinite makes it. Activations give none.
SEG_DEVICE double finiteDenominator(double number) {
    return SEG_ACTIVATION == SEG_IDENTITY ? number + (number - number) : number;
}

// One region term, from its row of the table.
struct RegionTerm {
    const double* row;

    SEG_MEMBER double coefficient() const { return row[RegionRow::COEFFICIENT]; }
    SEG_MEMBER bool perImage() const { return row[RegionRow::PER_IMAGE] != 0; }
    SEG_MEMBER double count() const { return row[RegionRow::COUNT]; }
    SEG_MEMBER double weight(i64 c) const { return row[RegionRow{0}.weight(c)]; }
    SEG_MEMBER bool gathers(i64 classes, i64 c) const { return row[RegionRow{classes}.multiplicity(c)] > 0; }

    SEG_MEMBER double numerator(double i) const { return row[RegionRow::K] * i + row[RegionRow::NUMERATOR_SMOOTH]; }

    SEG_MEMBER double denominator(double i, double p, double g) const {
        return finiteDenominator(row[RegionRow::B_I] * i + row[RegionRow::B_P] * p + row[RegionRow::B_G] * g
                                 + row[RegionRow::DENOMINATOR_SMOOTH]);
    }

    // A class with neither prediction nor truth gives 0/0 without smoothing, which counts as the score 1.
    SEG_MEMBER double score(double i, double p, double g) const {
        double den = denominator(i, p, g);
        return den == 0 ? 1 : numerator(i) / den;
    }

    SEG_MEMBER double slopeOfIntersection(double i, double p, double g) const {
        double den = denominator(i, p, g);
        return den == 0 ? 0 : (row[RegionRow::K] - numerator(i) / den * row[RegionRow::B_I]) / den;
    }

    SEG_MEMBER double slopeOfPrediction(double i, double p, double g) const {
        double den = denominator(i, p, g);
        return den == 0 ? 0 : -numerator(i) / den * row[RegionRow::B_P] / den;
    }
};

SEG_DEVICE RegionTerm regionTerm(const double* regions, i64 classes, i64 r) {
    return {regions + r * RegionRow{classes}.width()};
}

}  // namespace seg
