// Tells the tests where the members of structs and the numbers of rows are, which Java counts for itself.
#include <stdio.h>

struct HostNumber {
    const char* name;
    size_t value;
};

#define HOST_FIELD(type, field) {#type "." #field, offsetof(seg::type, field)},
#define HOST_SIZE(type) {#type, sizeof(seg::type)},

static const HostNumber HOST_NUMBERS[] = {
    HOST_SIZE(Tensor)
    HOST_FIELD(Tensor, address) HOST_FIELD(Tensor, exampleStride) HOST_FIELD(Tensor, channelStride)
    HOST_FIELD(Tensor, pixelStride) HOST_FIELD(Tensor, type) HOST_FIELD(Tensor, channels)
    HOST_SIZE(State)
    HOST_FIELD(State, ticket) HOST_FIELD(State, badLabels) HOST_FIELD(State, firstBadLabel)
    HOST_FIELD(State, badWeights) HOST_FIELD(State, firstBadWeight) HOST_FIELD(State, badPredictions)
    HOST_FIELD(State, firstBadPrediction) HOST_FIELD(State, value)
    HOST_SIZE(Inputs)
    HOST_FIELD(Inputs, predictions) HOST_FIELD(Inputs, labels) HOST_FIELD(Inputs, mask) HOST_FIELD(Inputs, examples)
    HOST_FIELD(Inputs, pixels) HOST_FIELD(Inputs, classes) HOST_FIELD(Inputs, parts) HOST_FIELD(Inputs, chunk)
    HOST_FIELD(Inputs, perImage) HOST_FIELD(Inputs, hasIgnore) HOST_FIELD(Inputs, ignore)
    HOST_FIELD(Inputs, pixelTerms) HOST_FIELD(Inputs, curves) HOST_FIELD(Inputs, state)
    HOST_SIZE(ForwardArguments)
    HOST_FIELD(ForwardArguments, in) HOST_FIELD(ForwardArguments, hasThreshold)
    HOST_FIELD(ForwardArguments, threshold) HOST_FIELD(ForwardArguments, regionTerms)
    HOST_FIELD(ForwardArguments, regions) HOST_FIELD(ForwardArguments, means) HOST_FIELD(ForwardArguments, partials)
    HOST_FIELD(ForwardArguments, sums) HOST_FIELD(ForwardArguments, pooled) HOST_FIELD(ForwardArguments, table)
    HOST_SIZE(BackwardArguments)
    HOST_FIELD(BackwardArguments, in) HOST_FIELD(BackwardArguments, gradient) HOST_FIELD(BackwardArguments, table)
    HOST_FIELD(BackwardArguments, rows) HOST_FIELD(BackwardArguments, firstRow) HOST_FIELD(BackwardArguments, reverse)
    HOST_FIELD(BackwardArguments, keepsSlopes) HOST_FIELD(BackwardArguments, scale)
    HOST_SIZE(WeightArguments)
    HOST_FIELD(WeightArguments, in) HOST_FIELD(WeightArguments, means) HOST_FIELD(WeightArguments, partials)
    HOST_FIELD(WeightArguments, sums) HOST_FIELD(WeightArguments, table) HOST_FIELD(WeightArguments, state)
    HOST_SIZE(PixelLossArguments)
    HOST_FIELD(PixelLossArguments, backward) HOST_FIELD(PixelLossArguments, partials)
    HOST_FIELD(PixelLossArguments, sums)
    HOST_SIZE(ConfusionArguments)
    HOST_FIELD(ConfusionArguments, in) HOST_FIELD(ConfusionArguments, cut)
    HOST_FIELD(ConfusionArguments, counts) HOST_FIELD(ConfusionArguments, shared)
    HOST_SIZE(OutcomeArguments)
    HOST_FIELD(OutcomeArguments, in) HOST_FIELD(OutcomeArguments, counts)
    HOST_SIZE(CountArguments)
    HOST_FIELD(CountArguments, counts) HOST_FIELD(CountArguments, state) HOST_FIELD(CountArguments, cut)
    HOST_FIELD(CountArguments, shared)
    HOST_SIZE(CountingForwardArguments)
    HOST_FIELD(CountingForwardArguments, forward) HOST_FIELD(CountingForwardArguments, counting)
    HOST_SIZE(CountingLossArguments)
    HOST_FIELD(CountingLossArguments, losses) HOST_FIELD(CountingLossArguments, counting)
    HOST_SIZE(SetArguments)
    HOST_FIELD(SetArguments, in) HOST_FIELD(SetArguments, gradient) HOST_FIELD(SetArguments, from)
    HOST_FIELD(SetArguments, count) HOST_FIELD(SetArguments, together)
    HOST_FIELD(SetArguments, rows) HOST_FIELD(SetArguments, places) HOST_FIELD(SetArguments, hinge)
    HOST_FIELD(SetArguments, errors) HOST_FIELD(SetArguments, truth) HOST_FIELD(SetArguments, other)
    HOST_FIELD(SetArguments, counts) HOST_FIELD(SetArguments, slopes) HOST_FIELD(SetArguments, table)
    HOST_FIELD(SetArguments, scale)
    HOST_SIZE(RankArguments)
    HOST_FIELD(RankArguments, errors) HOST_FIELD(RankArguments, truth) HOST_FIELD(RankArguments, other)
    HOST_FIELD(RankArguments, places) HOST_FIELD(RankArguments, hinge) HOST_FIELD(RankArguments, numbers)
    HOST_FIELD(RankArguments, from) HOST_FIELD(RankArguments, numbersThen) HOST_FIELD(RankArguments, to)
    HOST_FIELD(RankArguments, shift) HOST_FIELD(RankArguments, blocks) HOST_FIELD(RankArguments, counts)
    HOST_FIELD(RankArguments, tickets) HOST_FIELD(RankArguments, bins) HOST_FIELD(RankArguments, slopes)
    HOST_FIELD(RankArguments, partials) HOST_FIELD(RankArguments, values) HOST_FIELD(RankArguments, totals)
    HOST_SIZE(HardestArguments)
    HOST_FIELD(HardestArguments, in) HOST_FIELD(HardestArguments, gradient) HOST_FIELD(HardestArguments, places)
    HOST_FIELD(HardestArguments, byProbability) HOST_FIELD(HardestArguments, rule)
    HOST_FIELD(HardestArguments, minimum) HOST_FIELD(HardestArguments, coefficient) HOST_FIELD(HardestArguments, scale)
    HOST_FIELD(HardestArguments, weights) HOST_FIELD(HardestArguments, losses) HOST_FIELD(HardestArguments, masses)
    HOST_FIELD(HardestArguments, ranked) HOST_FIELD(HardestArguments, shift) HOST_FIELD(HardestArguments, isFirst)
    HOST_FIELD(HardestArguments, counts) HOST_FIELD(HardestArguments, ticket) HOST_FIELD(HardestArguments, selection)
    HOST_FIELD(HardestArguments, partials)
    HOST_SIZE(CalibrationArguments)
    HOST_FIELD(CalibrationArguments, in) HOST_FIELD(CalibrationArguments, gradient)
    HOST_FIELD(CalibrationArguments, bins) HOST_FIELD(CalibrationArguments, onlyPresent)
    HOST_FIELD(CalibrationArguments, isShared) HOST_FIELD(CalibrationArguments, most)
    HOST_FIELD(CalibrationArguments, table) HOST_FIELD(CalibrationArguments, largest)
    HOST_FIELD(CalibrationArguments, counts) HOST_FIELD(CalibrationArguments, slopes)
    HOST_FIELD(CalibrationArguments, values) HOST_FIELD(CalibrationArguments, scale)
    HOST_SIZE(HistogramArguments)
    HOST_FIELD(HistogramArguments, labels) HOST_FIELD(HistogramArguments, examples)
    HOST_FIELD(HistogramArguments, pixels) HOST_FIELD(HistogramArguments, classes)
    HOST_FIELD(HistogramArguments, parts) HOST_FIELD(HistogramArguments, chunk)
    HOST_FIELD(HistogramArguments, hasIgnore) HOST_FIELD(HistogramArguments, ignore)
    HOST_FIELD(HistogramArguments, counts) HOST_FIELD(HistogramArguments, state)
    HOST_FIELD(HistogramArguments, shared)
};

// One line per struct and member: its size or offset.
HOST_EXPORT const char* seg_host_layout() {
    static char text[8192];
    size_t length = 0;
    for (const HostNumber& number : HOST_NUMBERS) {
        length += (size_t) snprintf(text + length, sizeof text - length, "%s=%zu\n", number.name, number.value);
    }
    return text;
}

#define HOST_AT(row, member) hostLine(text, length, #row "." #member, (long long) at.member);
#define HOST_NUMBER(row, number) hostLine(text, length, #row "." #number, (long long) seg::row::number);

template <size_t SIZE>
static void hostLine(char (&text)[SIZE], size_t& length, const char* name, long long value) {
    length += (size_t) snprintf(text + length, SIZE - length, "%s=%lld\n", name, value);
}

// One line per named number of a layout: where it stands for three rows, five classes and two pixel terms.
HOST_EXPORT const char* seg_host_names() {
    static char text[8192];
    size_t length = 0;
    {
        seg::SumsLayout at = {5, 2};
        HOST_AT(SumsLayout, intersection(2)) HOST_AT(SumsLayout, predicted(2)) HOST_AT(SumsLayout, truth(2))
        HOST_AT(SumsLayout, weight(2)) HOST_AT(SumsLayout, squares(2)) HOST_AT(SumsLayout, distance(2))
        HOST_AT(SumsLayout, pair(2)) HOST_AT(SumsLayout, pixels()) HOST_AT(SumsLayout, term(2))
        HOST_AT(SumsLayout, width())
    }
    {
        seg::CoefficientsLayout at = {3, 5};
        HOST_AT(CoefficientsLayout, a(2, 3)) HOST_AT(CoefficientsLayout, b(2, 3))
        HOST_AT(CoefficientsLayout, squares(2, 3)) HOST_AT(CoefficientsLayout, distance(2, 3))
        HOST_AT(CoefficientsLayout, pair(2, 3)) HOST_AT(CoefficientsLayout, term(2))
        HOST_AT(CoefficientsLayout, width(2))
    }
    {
        seg::RegionRow at = {5};
        HOST_NUMBER(RegionRow, COEFFICIENT) HOST_NUMBER(RegionRow, K) HOST_NUMBER(RegionRow, NUMERATOR_SMOOTH)
        HOST_NUMBER(RegionRow, B_I) HOST_NUMBER(RegionRow, B_P) HOST_NUMBER(RegionRow, B_G)
        HOST_NUMBER(RegionRow, DENOMINATOR_SMOOTH) HOST_NUMBER(RegionRow, PER_IMAGE) HOST_NUMBER(RegionRow, COUNT)
        HOST_NUMBER(RegionRow, CLASSES)
        HOST_AT(RegionRow, weight(2)) HOST_AT(RegionRow, multiplicity(2)) HOST_AT(RegionRow, width())
    }
    {
        seg::WideRegionRow at = {5};
        HOST_NUMBER(WideRegionRow, SOFT_LABELS)
        HOST_NUMBER(WideRegionRow, SQUARED) HOST_NUMBER(WideRegionRow, FLOOR) HOST_NUMBER(WideRegionRow, LEAST_HITS)
        HOST_NUMBER(WideRegionRow, OF_LOSSES) HOST_NUMBER(WideRegionRow, NEGATIVE)
        HOST_NUMBER(WideRegionRow, NORMALISED) HOST_NUMBER(WideRegionRow, SUM) HOST_NUMBER(WideRegionRow, ABSENT)
        HOST_NUMBER(WideRegionRow, EVERY_CLASS) HOST_NUMBER(WideRegionRow, CLASSES)
        HOST_NUMBER(WideRegionRow, SMOOTH) HOST_NUMBER(WideRegionRow, ZERO) HOST_NUMBER(WideRegionRow, SKIP)
        HOST_NUMBER(WideRegionRow, PENALISE)
        HOST_AT(WideRegionRow, weight(2)) HOST_AT(WideRegionRow, multiplicity(2)) HOST_AT(WideRegionRow, width())
    }
    {
        seg::MeanRow at = {5};
        HOST_NUMBER(MeanRow, COEFFICIENT) HOST_NUMBER(MeanRow, CLASSES)
        HOST_AT(MeanRow, multiplicity(2)) HOST_AT(MeanRow, width())
    }
    {
        seg::CurveRow at = {5};
        HOST_NUMBER(CurveRow, A) HOST_NUMBER(CurveRow, GAMMA) HOST_NUMBER(CurveRow, LOG_OFFSET)
        HOST_NUMBER(CurveRow, POSITIVE) HOST_NUMBER(CurveRow, NEGATIVE) HOST_NUMBER(CurveRow, BINARY)
        HOST_NUMBER(CurveRow, RENORMALISED) HOST_NUMBER(CurveRow, CLASSES)
        HOST_AT(CurveRow, weight(2)) HOST_AT(CurveRow, multiplicity(2)) HOST_AT(CurveRow, width())
    }
    {
        seg::DivisorRow at = {5};
        HOST_NUMBER(DivisorRow, COEFFICIENT) HOST_NUMBER(DivisorRow, CONSTANT) HOST_NUMBER(DivisorRow, CLASSES)
        HOST_AT(DivisorRow, ofWeight(2)) HOST_AT(DivisorRow, ofTruth(2)) HOST_AT(DivisorRow, width())
    }
    {
        seg::TermRow at = {5};
        HOST_NUMBER(TermRow, KIND) HOST_NUMBER(TermRow, A) HOST_NUMBER(TermRow, SHAPE) HOST_NUMBER(TermRow, OFFSET)
        HOST_NUMBER(TermRow, LOG_CURVE) HOST_NUMBER(TermRow, FOCAL_CURVE) HOST_NUMBER(TermRow, FACTOR_CURVE)
        HOST_NUMBER(TermRow, BOUNDED_CURVE) HOST_NUMBER(TermRow, POSITIVE) HOST_NUMBER(TermRow, NEGATIVE)
        HOST_NUMBER(TermRow, BINARY) HOST_NUMBER(TermRow, INPUT) HOST_NUMBER(TermRow, SCALE)
        HOST_NUMBER(TermRow, SHIFT) HOST_NUMBER(TermRow, CLASSES)
        HOST_AT(TermRow, weight(2)) HOST_AT(TermRow, otherWeight(2)) HOST_AT(TermRow, multiplicity(2))
        HOST_AT(TermRow, width())
    }
    {
        seg::StatisticsRow at = {5};
        HOST_NUMBER(StatisticsRow, SQUARES) HOST_NUMBER(StatisticsRow, DISTANCES) HOST_NUMBER(StatisticsRow, PAIRS)
        HOST_NUMBER(StatisticsRow, FACTORS)
        HOST_AT(StatisticsRow, factor(2, 3, 4)) HOST_AT(StatisticsRow, width(2))
    }
    return text;
}
