#pragma once
// Counts invalid labels, weights and predictions, and keeps the first position of each kind. All atomics are on
// integers, so the result does not depend on the order of threads.
#include "seg/base/arguments.cuh"

namespace seg {

// The position is n*S + s. Its complement is kept: the first position has the largest one, and zero can stand for none.
SEG_DEVICE void report(u64* count, u64* first, i64 position) {
    atomicAdd(count, (u64) 1);
    atomicMax(first, ~(u64) position);
}

SEG_DEVICE void reportLabel(State* state, i64 position) {
    if (state != nullptr) {
        report(&state->badLabels, &state->firstBadLabel, position);
    }
}

SEG_DEVICE void reportWeight(State* state, i64 position) {
    if (state != nullptr) {
        report(&state->badWeights, &state->firstBadWeight, position);
    }
}

SEG_DEVICE void reportPrediction(State* state, i64 position) {
    if (state != nullptr) {
        report(&state->badPredictions, &state->firstBadPrediction, position);
    }
}

// Whether a number is a dense label, as org.segloss4j.internal.backend.Truths says, or any finite number of a field.
// False for NaN.
SEG_DEVICE bool isTruth(Real value) {
    return SEG_FIELD ? value - value == 0 : absolute((float) value - 0.5f) <= 0.50001f;
}

// Whether a number is a weight, as org.segloss4j.internal.backend.Weights says. False for NaN.
SEG_DEVICE bool isWeight(Real weight) { return weight == 0 || ((float) weight >= 1e-20f && (float) weight <= 1e20f); }

}  // namespace seg
