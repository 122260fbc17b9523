package org.segloss4j.cuda;

import org.segloss4j.backend.Tensor;

/**
 * A kernel of a sweep and how it is spread over the device.
 *
 * @param need what the kernel is and needs
 * @param plan how it is spread
 */
record PlannedSweep(LaunchPlan.Need need, LaunchPlan plan) {

    /** Plans a sweep over predictions [N, C, S]. */
    static PlannedSweep of(KernelDevice device, Tensor predictions, LaunchPolicy policy, LaunchPlan.Need need) {
        return new PlannedSweep(need, LaunchPlan.of(predictions.examples(), predictions.pixels(),
                device.multiprocessors(), policy, need));
    }

    KernelVariant variant() {
        return need.variant();
    }

    LaunchShape shape() {
        return plan.shape(need);
    }
}
