#pragma once
// The end of the forward sweep for a loss that is not plain, as org.segloss4j.internal.math.RegionMean and Finalisation
// define it: scores with squared masses or soft labels, means of losses, classes without true pixels, and any divisor
// of a pixel term that follows from weights and true masses. What the host has to finalise is not in the tables.
#include "seg/final/finalise.cuh"

#if SEG_IS_WIDE
namespace seg {

// One region term, from its row of the table.
struct WideRegionTerm {
    const double* row;
    i64 classes;

    SEG_MEMBER double number(i64 at) const { return row[at]; }
    SEG_MEMBER bool is(i64 at) const { return row[at] != 0; }
    SEG_MEMBER double weight(i64 c) const { return row[WideRegionRow{classes}.weight(c)]; }
    SEG_MEMBER double multiplicity(i64 c) const { return row[WideRegionRow{classes}.multiplicity(c)]; }
    SEG_MEMBER int absent() const { return (int) row[WideRegionRow::ABSENT]; }

    SEG_MEMBER bool isAbsent(double truth) const { return absent() != WideRegionRow::SMOOTH && truth == 0; }

    // Whether a class that is gathered takes part.
    SEG_MEMBER bool takesPart(i64 c, double truth) const {
        return multiplicity(c) > 0 && !(absent() == WideRegionRow::SKIP && isAbsent(truth));
    }
};

// The score of one class under a term, and its slopes.
struct WideScore {
    const WideRegionTerm& term;
    double intersection;
    double predicted;
    double truth;
    double weight;  // of the pixels
    double squares;  // 0 if there is no such sum
    double distance;

    SEG_MEMBER WideScore(const WideRegionTerm& some, const SumsLayout& at, const double* sums, i64 c)
            : term(some), intersection(sums[at.intersection(c)]), predicted(sums[at.predicted(c)]),
              truth(sums[at.truth(c)]), weight(sums[at.weight(c)]),
              squares(at.further.squares ? sums[at.squares(c)] : 0),
              distance(at.further.distances ? sums[at.distance(c)] : 0) {}

    SEG_MEMBER double hits() const {
        return term.is(WideRegionRow::SOFT_LABELS) ? (predicted + truth - distance) / 2 : intersection;
    }

    // Whether the true positives count as their least number. False positives and negatives stay as they are, so the
    // denominator grows, too.
    SEG_MEMBER bool isRaised() const { return hits() < term.number(WideRegionRow::LEAST_HITS); }

    SEG_MEMBER double numerator() const {
        double least = isRaised() ? term.number(WideRegionRow::LEAST_HITS) : hits();
        return term.number(RegionRow::K) * least + term.number(RegionRow::NUMERATOR_SMOOTH);
    }

    // Before the bound.
    SEG_MEMBER double denominator() const {
        double bI = term.number(RegionRow::B_I);
        double bP = term.number(RegionRow::B_P);
        double bG = term.number(RegionRow::B_G);
        double masses = term.is(WideRegionRow::SQUARED) ? bP * squares : bP * predicted + bG * truth;
        double raised = isRaised() ? (bI + bP + bG) * (term.number(WideRegionRow::LEAST_HITS) - hits()) : 0;
        return finiteDenominator(bI * hits() + masses + raised + term.number(RegionRow::DENOMINATOR_SMOOTH));
    }

    SEG_MEMBER double predictedShare() const { return weight == 0 ? 0 : predicted / weight; }

    SEG_MEMBER double score() const {
        if (term.isAbsent(truth)) {
            return term.absent() == WideRegionRow::ZERO ? 1 : 1 - predictedShare();
        }
        double den = denominator();
        double floor = term.number(WideRegionRow::FLOOR);
        den = den < floor ? floor : den;
        return den == 0 ? 1 : numerator() / den;
    }

    // The loss of a class, or its score if the term is a function of the mean score.
    SEG_MEMBER double summand() const {
        double own = score();
        if (!term.is(WideRegionRow::OF_LOSSES)) {
            return own;
        }
        return term.is(WideRegionRow::NEGATIVE) && !term.isAbsent(truth) ? -own : 1 - own;
    }

    // Adds the slopes, times a factor, to row `toRow` of a table. The slope of any of the links by a score is -1.
    SEG_MEMBER void addSlopes(double factor, double* table, const CoefficientsLayout& to, i64 toRow, i64 c) const {
        if (term.isAbsent(truth)) {
            if (term.absent() == WideRegionRow::PENALISE && weight != 0) {
                table[to.b(toRow, c)] += factor / weight;
            }
            return;
        }
        double den = denominator();
        double floor = term.number(WideRegionRow::FLOOR);
        double byHits = 0;
        double byMass = 0;
        double numeratorByHits = isRaised() ? 0 : term.number(RegionRow::K);
        if (den < floor) {
            byHits = -factor * numeratorByHits / floor;
        } else if (den != 0) {
            double own = numerator() / den;
            double denominatorByHits = isRaised() ? -term.number(RegionRow::B_P) - term.number(RegionRow::B_G)
                                                  : term.number(RegionRow::B_I);
            byHits = -factor * (numeratorByHits - own * denominatorByHits) / den;
            byMass = factor * own * term.number(RegionRow::B_P) / den;
        }
        if (term.is(WideRegionRow::SOFT_LABELS)) {
            table[to.b(toRow, c)] += byHits / 2;
            table[to.distance(toRow, c)] -= byHits / 2;
        } else {
            // A class without true pixels needs no slope by the intersection, which may be infinite without smoothing.
            table[to.a(toRow, c)] += truth == 0 ? 0 : byHits;
        }
        table[term.is(WideRegionRow::SQUARED) ? to.squares(toRow, c) : to.b(toRow, c)] += byMass;
    }
};

// Adds the slopes of a term to the table, and returns its value. All threads of the block must call it; each of them
// always works on the same places of the table.
SEG_DEVICE double finaliseTerm(const Ending& end, const WideRegionTerm& term) {
    SumsLayout at = end.layout();
    i64 count = at.classes;
    bool perImage = term.is(RegionRow::PER_IMAGE);
    double total = 0;
    double classesThere = 0;
    double weights = 0;
    for (i64 k = threadIdx.x; k < (perImage ? end.rows : 1) * count; k += blockDim.x) {
        i64 image = k < count ? 0 : k / count;
        i64 c = k - image * count;
        const double* row = perImage ? end.sums + image * end.width : end.pooled;
        if (term.takesPart(c, row[at.truth(c)]) && (!perImage || end.counts(image))) {
            classesThere += term.multiplicity(c);
            weights += term.weight(c);
            total += term.weight(c) * WideScore(term, at, row, c).summand();
        }
    }
    total = blockSum(total);
    classesThere = blockSum(classesThere);
    weights = blockSum(weights);
    double divisor = term.is(WideRegionRow::SUM) ? 1 : term.is(WideRegionRow::NORMALISED) ? weights : classesThere;
    double coefficient = term.number(RegionRow::COEFFICIENT);
    if (divisor == 0) {
        return 0;
    }
    CoefficientsLayout table = coefficientsLayout(end.args.in, end.rows);
    for (i64 k = threadIdx.x; coefficient != 0 && k < end.rows * count; k += blockDim.x) {
        i64 image = k < count ? 0 : k / count;
        i64 c = k - image * count;
        const double* row = perImage ? end.sums + image * end.width : end.pooled;
        // The weight of a class that is not gathered is 0; where it is asked for anyway, NaN of its sums stays.
        bool asked = term.is(WideRegionRow::EVERY_CLASS) || term.takesPart(c, row[at.truth(c)]);
        if (asked && (!perImage || end.counts(image))) {
            WideScore(term, at, row, c)
                    .addSlopes(coefficient / divisor * term.weight(c), end.args.table, table, image, c);
        }
    }
    double mean = total / divisor;
    return coefficient
            * (term.is(WideRegionRow::OF_LOSSES)          ? mean
                       : term.is(WideRegionRow::NEGATIVE) ? -mean
                                                          : 1 - mean);
}

// What the sum of a pixel term is divided by.
SEG_DEVICE double divisorOfTerm(const double* row, const SumsLayout& at, const double* sums) {
    DivisorRow divisor = {at.classes};
    double sum = row[DivisorRow::CONSTANT];
    for (i64 c = 0; c < at.classes; c++) {
        sum += row[divisor.ofWeight(c)] * sums[at.weight(c)] + row[divisor.ofTruth(c)] * sums[at.truth(c)];
    }
    return sum;
}

// Merges the partial sums, and writes the sums, the table of coefficients and the value of the loss.
SEG_DEVICE void finaliseWide(const ForwardArguments& args) {
    SumsLayout layout = sumsLayout(args.in);
    i64 count = layout.classes;
    i64 width = layout.width();
    i64 rows = args.in.perImage ? args.in.examples : 1;
    CoefficientsLayout table = coefficientsLayout(args.in, rows);
    bool inShared = args.pooled == nullptr;
    double* scratch = segShared + 32;
    double* pooled = inShared ? scratch + blockDim.x : args.pooled;
    Ending end = {args, rows, width, inShared ? pooled : args.sums, pooled};
    __threadfence();
    mergePartials(args.partials, partialWidth(args.in), rows, args.in.perImage ? args.in.parts : gridDim.x, scratch,
                  [&](i64 row, i64 j, double sum) { writeSum(args.in, end.sums + row * width, j, sum); });
    end.pool();
    double counting = 0;
    for (i64 row = threadIdx.x; row < rows; row += blockDim.x) {
        counting += end.counts(row) ? 1 : 0;
    }
    double images = blockSum(counting);
    for (i64 k = threadIdx.x; k < table.width(layout.terms); k += blockDim.x) {
        args.table[k] = 0;
    }
    __syncthreads();

    // A batch in which all pixels are void has loss 0 and gradient 0.
    double value = 0;
    for (i64 r = 0; images > 0 && r < args.regionTerms; r++) {
        value += finaliseTerm(end, {args.regions + r * WideRegionRow{count}.width(), count});
    }
    double pixelLosses = 0;
    for (i64 t = threadIdx.x; images > 0 && t < layout.terms; t += blockDim.x) {
        const double* row = args.means + t * DivisorRow{count}.width();
        double divisor = divisorOfTerm(row, layout, end.pooled);
        double factor = divisor == 0 || row[DivisorRow::COEFFICIENT] == 0 ? 0 : row[DivisorRow::COEFFICIENT] / divisor;
        args.table[table.term(t)] = factor;
        pixelLosses += factor == 0 ? 0 : factor * end.pooled[layout.term(t)];
    }
    value += blockSum(pixelLosses);
    if (threadIdx.x == 0) {
        args.in.state->value = value;
    }
}

}  // namespace seg
#endif
