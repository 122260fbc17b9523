#pragma once
// Counts labels, weights and predictions that must not be, and keeps the first of each. Integer atomics only, whose
// result does not depend on the order.
#include "seg/base/arguments.cuh"

namespace seg {

// position is n*S + s. The complement makes the first position the largest number, and zero stand for none.
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

// Whether a number is a weight, as org.segloss4j.internal.backend.Weights says. False for NaN.
SEG_DEVICE bool isWeight(Real weight) {
    return weight == 0 || ((float) weight >= 1e-20f && (float) weight <= 1e20f);
}

}  // namespace seg
