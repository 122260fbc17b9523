#pragma once
// The one struct that each kernel takes by value. Every member has 8 bytes, so there is no padding to agree on with
// Java; records of the same names in org.segloss4j.cuda write them, and a test compares the offsets.
#include "seg/base/layout.cuh"

namespace seg {

// A strided view [N, C, S]; the address is that of element [0, 0, 0], strides are in elements.
struct Tensor {
    void* address;       // device memory, or null for an absent mask
    i64 exampleStride;
    i64 channelStride;   // 0 for a mask [N, 1, S]
    i64 pixelStride;     // 0 for a mask per example
    i64 type;            // ordinal of ElementType
    i64 channels;
};

// Kept between launches, zero at first. The host reads it, and clears it after bad input.
struct State {
    u64 ticket;            // blocks that are done; zero between launches
    u64 badLabels;
    u64 firstBadLabel;     // complement of its position n*S + s, so that zero is none and the largest comes first
    u64 badWeights;
    u64 firstBadWeight;
    u64 badPredictions;
    u64 firstBadPrediction;
    double value;          // of the loss
};

// What both sweeps read.
struct Inputs {
    Tensor predictions;    // [N, C, S] of SEG_ELEMENT
    Tensor labels;         // [N, 1, S] class indices or [N, C, S] values
    Tensor mask;           // [N, 1, S] or [N, C, S] weights of any type, or absent
    i64 examples;          // N
    i64 pixels;            // S
    i64 classes;           // C
    i64 parts;             // blocks that share an example
    i64 chunk;             // pixels of a part
    i64 perImage;          // whether each example has sums and coefficients of its own
    i64 hasIgnore;
    i64 ignore;            // label of void pixels
    i64 pixelTerms;        // T
    const Real* curves;    // [T, 8 + 2C], see pixel_term.cuh
    State* state;          // where bad input is reported, or null if it has been already
};

struct ForwardArguments {
    Inputs in;
    i64 hasThreshold;
    double threshold;      // probabilities above it count as 1, others as 0
    i64 regionTerms;       // R
    const double* regions; // [R, 9 + 2C], see region_term.cuh
    const double* means;   // [T, 1 + C]: coefficient of a pixel term, how often it gathers each class
    double* partials;      // [N*parts or blocks, at most 4C + T], one row per flush of a block; scratch
    double* sums;          // [N or 1, 4C + T], I, P, G, M and pixel terms; written by the last block
    double* pooled;        // [4C + T + N], sums of all examples and whether each counts; scratch; or null if shared
                           // memory has place for it
    double* table;         // [2*rows*C + T], dL/dI, dL/dP and factors of the pixel terms; written by the last block
};

struct BackwardArguments {
    Inputs in;
    Tensor gradient;       // [N, C, S] of any floating-point type, written
    const double* table;   // as the forward sweep writes it
    i64 rows;              // of the table
    i64 firstRow;          // row of the first example, if per image
    i64 keepsSlopes;       // whether threads keep what slopes of renormalised terms need
    i64 reverse;           // whether blocks begin with the last of their pixels
    double scale;          // factor of the gradient
};

struct ConfusionArguments {
    Inputs in;
    double threshold;      // for one channel: a probability above it is class 1
    u64* counts;           // [K, K], row = truth; zero at first
    i64 shared;            // whether a block counts in shared memory first
};

struct HistogramArguments {
    Tensor labels;         // [N, 1, S] of an integer type
    i64 examples;
    i64 pixels;
    i64 classes;
    i64 parts;
    i64 chunk;
    i64 hasIgnore;
    i64 ignore;
    u64* counts;           // [N, C + 1], of each class and of void; zero at first
    State* state;
    i64 shared;
};

}  // namespace seg
