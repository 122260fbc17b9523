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
    i64 keepsSlopes;  // whether shared memory has room for slopes of renormalised terms
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

// What a sweep that counts gets beside the arguments of one that does not.
struct CountArguments {
    u64* counts;  // [K, K], by true and then by predicted class; zero at first
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

// Pixels whose errors are ranked together: those of some examples. Their places are numbered by example, then by
// channel if all channels are ranked together, then by pixel.
struct SetArguments {
    Inputs in;
    Tensor gradient;  // [N, C, S] of any floating-point type, added to; only for the gradient
    i64 from;  // the first example
    i64 count;  // number of examples
    i64 channel;  // whose errors are written
    i64 hinge;  // whether errors are those of the hinge, and all channels are ranked together
    i64 rowStride;  // places of a row of errors
    Real* errors;  // [rows, places], one row for each class that is ranked, or one in all; with the sign of p - g
    Real* truth;  // [places] true mass
    Real* other;  // [places] other mass
    const double* table;  // [2, C], factors of the slopes of each class, then its row, or -1 if it has none
    double scale;  // factor of the gradient
};

// Places in the order of their errors.
struct RankArguments {
    Real* errors;  // [places], read; in the end the slope by each is written in its place
    const Real* truth;  // [places]
    const Real* other;  // [places]
    i64 places;
    i64 hinge;  // whether numbers below 0 are no errors; otherwise the error is the magnitude
    const i64* from;  // [places] in the order so far, or null if that is the first one
    i64* to;  // [places] in the order by one more digit
    i64 shift;  // of that digit
    i64 blocks;  // number of tiles
    i64* counts;  // [RANK_DIGITS, blocks], how often a digit is in a tile, and then where the first of these goes; or
            // [ERROR_BINS, 2] and one more
    double* partials;  // [2, blocks], true and other mass of a tile, and then those of all tiles before it; or
            // [ERROR_BINS, 2]
    double* values;  // [blocks], what a tile adds to the value; or one number
    double* total;  // all true mass
};

struct AddArguments {
    Tensor gradient;  // [N, C, S] of any floating-point type, added to
    i64 examples;
    i64 classes;
    i64 pixels;
    const Real* added;  // [N, C, S]
};

}  // namespace seg
