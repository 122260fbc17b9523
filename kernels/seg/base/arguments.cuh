#pragma once
// Each kernel takes one struct by value. Every member has 8 bytes, so Java and the compilers need not agree on padding.
// The records of the same names in org.segloss4j.internal.cuda.plan.KernelArguments write the structs, and a test
// compares the offsets. N, C, S, R and T are the numbers of examples, classes, pixels in an example, region terms and
// pixel terms.
#include "seg/base/layout.cuh"

namespace seg {

// A strided view [N, C, S]; the address is that of element [0, 0, 0], strides are in elements.
struct Tensor {
    void* address;  // device memory, or null for an absent mask
    i64 exampleStride;
    i64 channelStride;  // 0 for a mask [N, 1, S]
    i64 pixelStride;  // 0 for a mask per example
    i64 type;  // ordinal of ElementType
    i64 channels;
};

// What kernels report. It is zero at first and stays between launches. The host reads it, and clears it after bad
// input.
struct State {
    u64 ticket;  // number of blocks that are done; zero between launches
    u64 badLabels;
    u64 firstBadLabel;  // complement of the position n*S + s: zero stands for none, and the first is the largest
    u64 badWeights;
    u64 firstBadWeight;
    u64 badPredictions;
    u64 firstBadPrediction;
    double value;  // of the loss
};

// What both sweeps and the confusion counts read.
struct Inputs {
    Tensor predictions;  // [N, C, S] of SEG_ELEMENT
    Tensor labels;  // [N, 1, S] class indices or [N, C, S] values
    Tensor mask;  // [N, 1, S] or [N, C, S] weights of any type, or absent
    i64 examples;  // N
    i64 pixels;  // S
    i64 classes;  // C
    i64 parts;  // number of blocks that share an example
    i64 chunk;  // number of pixels in a part
    i64 perImage;  // whether each example has sums and coefficients of its own
    i64 hasIgnore;
    i64 ignore;  // label of void pixels
    i64 pixelTerms;  // T
    const Real* curves;  // [T, CurveRow]
    State* state;  // where bad input is reported, or null if it has been already
};

struct ForwardArguments {
    Inputs in;
    i64 hasThreshold;
    double threshold;  // probabilities above it count as 1, others as 0
    i64 regionTerms;  // R
    const double* regions;  // [R, RegionRow]
    const double* means;  // [T, MeanRow]
    double* partials;  // [N*parts or blocks, at most SumsLayout], one row for each set of sums of a block; scratch
    double* sums;  // [N or 1, SumsLayout], written by the last block
    double* pooled;  // [SumsLayout + N], the sums over all examples, then whether each example counts; scratch.
            // Null if shared memory has room for it.
    double* table;  // [CoefficientsLayout], written by the last block
};

struct BackwardArguments {
    Inputs in;
    Tensor gradient;  // [N, C, S] of any floating-point type, written
    const double* table;  // as the forward sweep writes it
    i64 rows;  // of the table
    i64 firstRow;  // row of the first example, if each has its own
    i64 keepsSlopes;  // whether there are renormalised terms, of which shared memory then has room for slopes
    i64 reverse;  // whether blocks go from the last of their pixels to the first
    double scale;  // factor of the gradient
};

struct WeightArguments {
    Inputs in;  // of which the predictions are not read; its state is null, since the sweep behind reports bad input
    const double* means;  // [T, MeanRow]
    double* partials;  // [blocks, 1 or C], the weight of a block's pixels; scratch
    double* sums;  // [SumsLayout], written by the last block: the weights, and zeros
    double* table;  // [CoefficientsLayout], written by the last block: the factors of the pixel terms, and zeros
    State* state;  // of which only the ticket is used
};

struct PixelLossArguments {
    BackwardArguments backward;  // all that the gradient needs
    double* partials;  // [blocks, T], the sums of the pixel terms over a block's pixels; scratch
    double* sums;  // [SumsLayout], of which the last block writes the pixel terms
};

struct ConfusionArguments {
    Inputs in;
    double cut;  // for one channel: a prediction from it on is class 1; NaN if none is
    u64* counts;  // [K, K], by true and then by predicted class; zero at first
    i64 shared;  // whether a block counts in shared memory first
};

struct OutcomeArguments {
    Inputs in;
    u64* counts;  // OutcomeCounts
};

// What a sweep that counts gets beside the arguments of one that does not.
struct CountArguments {
    u64* counts;  // [K, K], by true and then by predicted class; zero at first. Of labels, OutcomeCounts.
    State* state;  // where NaN predictions are reported, apart from the bad input of the loss; zero at first
    double cut;  // for one channel: a prediction from it on is class 1; NaN if none is
    i64 shared;  // where the counters of a block stand in shared memory, in bytes, or -1 if they do not fit
};

struct CountingForwardArguments {
    ForwardArguments forward;
    CountArguments counting;
};

struct CountingLossArguments {
    PixelLossArguments losses;
    CountArguments counting;
};

struct HistogramArguments {
    Tensor labels;  // [N, 1, S] of an integer type
    i64 examples;
    i64 pixels;
    i64 classes;
    i64 parts;
    i64 chunk;
    i64 hasIgnore;
    i64 ignore;
    u64* counts;  // [N, C + 1], of each class and of void; zero at first
    State* state;
    i64 shared;
};

// Sets of pixels whose errors are ranked together: those of some examples each. Every set has some rows, one for each
// class that is ranked, or one in all. The places of a row are numbered by example of the set, then by channel if all
// channels are ranked together, then by pixel.
struct SetArguments {
    Inputs in;
    Tensor gradient;  // [N, C, S] of any floating-point type, added to; only for the gradient
    i64 from;  // first example of the first set
    i64 count;  // examples of all sets
    i64 together;  // examples of a set
    i64 rows;  // of a set
    i64 places;  // of a row
    i64 hinge;  // whether errors are those of the hinge, and all channels are ranked together
    Real* errors;  // [sets, rows, places] with the sign of p - g, or minus for the true class where there are no masses
    Real* truth;  // [sets, rows, places] true mass; null if each place has the mass 1, by the sign of its error
    Real* other;  // [sets, rows, places] other mass, or null
    u64* counts;  // [sets, rows, BinCounts] if errors are only counted in bins, or null
    const double* slopes;  // [sets, rows, ERROR_BINS, 2] of bins, or null
    const double* table;  // [C], the row of each class, or -1 if it has none; then [sets, C], factors of its slopes
    double scale;  // factor of the gradient
};

// Places of rows in the order of their errors. Each row has tiles of its own.
struct RankArguments {
    Real* errors;  // [rows, places], read; in the end the slope by each is written in its place
    const Real* truth;  // [rows, places], or null if each place has the mass 1, by the sign of its error
    const Real* other;  // [rows, places]
    i64 places;  // of a row
    i64 hinge;  // whether numbers below 0 are no errors; otherwise the error is the magnitude
    const Real* numbers;  // [rows, places] errors in the order so far
    const unsigned* from;  // [rows, places] their places, or null if that is the first order
    Real* numbersThen;  // [rows, places] in the order by one more digit
    unsigned* to;  // [rows, places]
    i64 shift;  // of that digit
    i64 blocks;  // number of tiles of a row
    unsigned*
            counts;  // [rows, blocks, RANK_DIGITS], how often a digit is in a tile, then where the first of these goes
    u64* tickets;  // [rows], tiles that are done; zero at first
    u64* bins;  // [rows, BinCounts], masses of bins
    double* slopes;  // [rows, ERROR_BINS, 2], by a true and by another error of a bin
    double* partials;  // [rows, blocks, 2], true and other mass of a tile, and then those of all tiles before it
    double* values;  // [rows, blocks], what a tile adds to the value
    double* totals;  // [rows], all true mass
};

// The number that selects pixels: that which stands at a place if all are sorted.
struct Selection {
    u64 prefix;  // its digits so far, all in the end
    i64 left;  // its place among those that have them
    i64 tied;  // how many have the last one
    double factor;  // coefficient over the mass of the pixels that are kept
    i64 voids;  // how many void pixels are kept
};

// Cross-entropy over the hardest pixels.
struct HardestArguments {
    Inputs in;
    Tensor gradient;  // [N, C, S] of any floating-point type, added to; only for the gradient
    i64 places;  // N*S
    i64 byProbability;  // whether pixels below a probability of the truth are kept, instead of a part of them all
    double rule;  // the probability below which pixels are kept anyway, or the part of all pixels that is kept
    i64 minimum;  // how many pixels are kept at least, if by probability
    double coefficient;
    double scale;  // factor of the gradient
    const double* weights;  // [C]
    Real* losses;  // [places]
    Real* masses;  // [places], 0 for void
    Real* ranked;  // [places], what pixels are ranked by; the losses themselves or those without weights
    i64 shift;  // of the digit that is selected
    i64 isFirst;  // whether it is the first digit
    u64* counts;  // [SELECT_DIGITS] of this digit, zero at first
    u64* ticket;  // blocks that are done, zero at first
    Selection* selection;
    double* partials;  // [blocks, 2], loss and mass of what a block keeps
};

// The average calibration error of each image and class.
struct CalibrationArguments {
    Inputs in;
    Tensor gradient;  // [N, C, S] of any floating-point type, added to; only for the gradient
    i64 bins;  // from 0 to 1
    i64 onlyPresent;  // whether a class without true pixels has no error
    i64 isShared;  // whether a block counts in shared memory first
    double most;  // units of the largest weight
    const double* table;  // [C], factors of the errors of each class, 0 for those that are left out
    u64* largest;  // bits of the largest weight as a float; zero at first
    u64* counts;  // [N, C, bins, BIN_NUMBERS] in units, zero at first
    double* slopes;  // [N, C, bins]
    double* values;  // [N, C] errors
    double scale;  // factor of the gradient
};

}  // namespace seg
