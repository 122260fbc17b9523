package org.segloss4j.cuda;

import org.segloss4j.backend.Tensor;
import org.segloss4j.cuda.KernelVariant.Entry;

/**
 * A kernel of a sweep and how it is spread over the device, with the tiles in shared memory that its policy asks for, as
 * far as there is place for them.
 *
 * @param need what the kernel is and needs
 * @param plan how it is spread
 */
record PlannedSweep(LaunchPlan.Need need, LaunchPlan plan) {

    /**
     * Plans a sweep over predictions [N, C, S]. Where shared memory is short, fewer tiles are on their way at a time than
     * the kernel was chosen for.
     */
    static PlannedSweep of(KernelDevice device, Tensor predictions, LaunchPolicy policy, LaunchPlan.Need need) {
        LaunchPlan plan = LaunchPlan.of(predictions.examples(), predictions.pixels(), device.multiprocessors(), policy,
                need);
        KernelVariant variant = need.variant();
        boolean keeps = variant.entry() == Entry.REGION_FUSED && variant.stages() == 0;
        if (variant.stages() == 0 && !keeps) {
            return new PlannedSweep(need, plan);
        }
        int together = (plan.blocks() + device.multiprocessors() - 1) / device.multiprocessors();
        LaunchPlan keeping = plan.keeping(keeps ? Integer.MAX_VALUE : variant.stages(), need,
                device.sharedBytes(together));
        LaunchPlan.Need fewer = keeps ? need : new LaunchPlan.Need(variant.withStages(keeping.tiles()), need.channels(),
                need.terms(), need.slopesOfTerms());
        return new PlannedSweep(fewer, keeping);
    }

    KernelVariant variant() {
        return need.variant();
    }

    LaunchShape shape() {
        return plan.shape(need);
    }

    /** Whether the device has all blocks at a time, so that they may wait for one another. */
    boolean isResident(KernelDevice device) {
        return plan.blocks() <= device.residentBlocks(variant(), shape());
    }
}
