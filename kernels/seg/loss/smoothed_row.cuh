#pragma once
// Exact cross-entropy under a softmax of smoothed index labels. Each class is asked q, its weight times its truth; the
// loss is the sum of q (log(sum of exp(z)) - z). Relative to the largest logit no part of it is negative, so nothing
// cancels. All q but that of the label's class are known before; the logarithm of that class is as exact as without
// smoothing. Beside it, terms that are linear in the probabilities, the sum of q (1 - p). As all p sum to 1, that is
// the sum of all q but the largest one, and of p times what q is less than that: no part of it is negative either.
#include "seg/loss/own_term.cuh"

#if SEG_HAS_SMOOTHED_LABELS
namespace seg {

// The sum of the numbers of all classes. All threads of the warp must call it.
SEG_DEVICE double sumOfPlaces(const Real* places) {
    double sum = 0;
#pragma unroll 1
    for (int place = lane(); place < PaddedClasses::COUNT; place += 32) {
        sum += places[place];
    }
    return warpSum(sum);
}

// The largest of the numbers of all classes, none of which is negative. All threads of the warp must call it.
SEG_DEVICE Real largestOfPlaces(const Real* places) {
    Real most = 0;
#pragma unroll 1
    for (int place = lane(); place < PaddedClasses::COUNT; place += 32) {
        most = larger(most, places[place]);
    }
#pragma unroll
    for (int distance = 16; distance > 0; distance /= 2) {
        most = larger(most, __shfl_xor_sync(0xffffffffu, most, distance));
    }
    return most;
}

// Writes the row of each term. All threads of the block must call it.
SEG_DEVICE void bringSmoothedRows(const Inputs& in, Real* rows) {
    for (int j = threadIdx.x; j < (int) in.pixelTerms * SmoothedRow::WIDTH; j += blockDim.x) {
        WideTerm term = wideTerm(in, j / SmoothedRow::WIDTH);
        bool isLinear = !term.positive().isCrossEntropy();
        Real a = term.positive().a;
        Real shift = a * term.row[TermRow::SHIFT];
        int k = j % SmoothedRow::WIDTH;
        int place = k - (isLinear ? SmoothedRow::SHARE : SmoothedRow::ALL);
        int c = place >= 0 && place < PaddedClasses::COUNT ? PaddedClasses::at(place) : SEG_CLASSES;
        Real asked = k == SmoothedRow::IS_LINEAR && isLinear ? 1 : 0;
        if (c < SEG_CLASSES) {
            asked = shift * term.weight(c);
        } else if (k >= SmoothedRow::LABEL && k < SmoothedRow::LABEL + SEG_CLASSES) {
            asked = a * term.row[TermRow::SCALE] * term.weight(k - SmoothedRow::LABEL);
        }
        rows[j] = k == SmoothedRow::SCALE ? SEG_LOG_SCALE : asked;
    }
    __syncthreads();
    for (int t = warp(); t < (int) in.pixelTerms; t += warps()) {
        Real* row = rows + t * SmoothedRow::WIDTH;
        double sum = sumOfPlaces(row + SmoothedRow::ALL) + sumOfPlaces(row + SmoothedRow::SHARE);
        Real most = largestOfPlaces(row + SmoothedRow::SHARE);
        for (int place = lane(); place < PaddedClasses::COUNT; place += 32) {
            Real& share = row[SmoothedRow::SHARE + place];
            share = PaddedClasses::at(place) < SEG_CLASSES ? most - share : 0;
        }
        if (lane() == 0) {
            row[SmoothedRow::SUM] = (Real) (sum - most);
        }
    }
    __syncthreads();
}

// The other part: of the label's class y its logarithm, and of all classes that of the sum of the exponentials. Of a
// linear term, what the complement of that class is asked, and what all are but the one that is asked most; what shares
// add to that is left to the sum of those of all classes. Returns what the loss is less by; of a void pixel any number.
SEG_DEVICE Real aboveReference(const Real* row, int y, const Probability& u, Real log, Real logInverse) {
    bool isLinear = row[SmoothedRow::IS_LINEAR] != 0;
    Real ofLabel = isLinear ? -u.complement : log;
    Real ofAll = isLinear ? -1 : logInverse;
    Real asked = row[SmoothedRow::LABEL + y];
    return (asked == 0 ? 0 : asked * ofLabel) + (row[SmoothedRow::SUM] == 0 ? 0 : row[SmoothedRow::SUM] * ofAll);
}

// Whether some linear term asks of the shares of a pixel more than their sum. All threads of the warp must call it.
SEG_DEVICE bool areSharesAsked(const Inputs& in, const Real* rows) {
    bool any = false;
#pragma unroll 1
    for (int j = lane(); j < (int) in.pixelTerms * PaddedClasses::COUNT; j += 32) {
        int t = j / PaddedClasses::COUNT;
        any = any || rows[t * SmoothedRow::WIDTH + SmoothedRow::SHARE + j % PaddedClasses::COUNT] != 0;
    }
    return anyOfWarp(any);
}

// The part of what the label's class is asked from which on the others, together, are asked much.
#define SEG_MUCH ((Real) 0.03125)

// Whether smoothing asks so much of the other classes, whatever the label is, that a loss is never small beside the
// rounding of a probability that is nearly 1. Then 1 less that probability is exact enough, and so is its logarithm as
// the device has it. All threads of the warp must call it.
SEG_DEVICE bool smoothsMuch(const Inputs& in, const Real* rows) {
    bool all = true;
#pragma unroll 1
    for (int j = lane(); j < (int) in.pixelTerms * SEG_CLASSES; j += 32) {
        const Real* row = rows + j / SEG_CLASSES * SmoothedRow::WIDTH;
        int place = PaddedClasses::of(j % SEG_CLASSES);
        Real others = row[SmoothedRow::SUM] - row[SmoothedRow::ALL + place] + row[SmoothedRow::SHARE + place];
        all = all && SEG_MUCH * row[SmoothedRow::LABEL + j % SEG_CLASSES] <= others;
    }
    return !anyOfWarp(!all);
}

// Adds what the linear terms ask of the predicted masses of all classes to the sum of a term.
SEG_DEVICE void addShares(const Real* row, const double* predicted, double& sum) {
    for (int c = 0; c < SEG_CLASSES; c++) {
        Real asked = row[SmoothedRow::SHARE + PaddedClasses::of(c)];
        sum += asked == 0 ? 0 : asked * predicted[c];
    }
}

}  // namespace seg
#endif
