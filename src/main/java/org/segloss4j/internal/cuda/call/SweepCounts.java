package org.segloss4j.internal.cuda.call;

import java.nio.ByteBuffer;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Counting;
import org.segloss4j.internal.cuda.call.Workspace.Slot;
import org.segloss4j.internal.cuda.plan.KernelArguments.ConfusionArguments;
import org.segloss4j.internal.cuda.plan.KernelArguments.CountArguments;
import org.segloss4j.internal.cuda.plan.KernelArguments.Inputs;
import org.segloss4j.internal.cuda.plan.KernelArguments.OutcomeArguments;
import org.segloss4j.internal.cuda.plan.KernelChoice;
import org.segloss4j.internal.cuda.plan.LaunchPlan;
import org.segloss4j.internal.cuda.plan.StateLayout;

/**
 * Hard predictions that are counted beside a loss: by its own sweep, or by a kernel before it. What is bad by the rules
 * of the counts has a state of its own, so that the value of the loss can be told all the same.
 */
final class SweepCounts {

    private final DeviceCall call;
    private final Counting counting;
    /** How many counts there are. */
    private final int length;
    /** Of the state, of the counts behind it and, of labels, of their cuts behind these. */
    private final long address;

    /** Clears the counters. */
    SweepCounts(DeviceCall call, Counting counting) {
        this.call = call;
        this.counting = counting;
        length = counting.length(call.batch);
        double[] cuts = counting.isOfLabels() ? DeviceCounts.labelCuts(call, counting) : new double[0];
        address = call.workspace.memory(Slot.COUNTS, bytes() + 8L * cuts.length);
        call.device.clear(address, bytes(), call.stream);
        if (cuts.length > 0) {
            call.send(cuts, address + bytes());
        }
    }

    private long bytes() {
        return StateLayout.BYTES + 8L * length;
    }

    /**
     * What a sweep that counts gets.
     *
     * @param plan     its launch
     * @param counters bytes of its counters at the end of shared memory, or 0
     */
    CountArguments arguments(LaunchPlan plan, int counters) {
        return new CountArguments(address + StateLayout.BYTES, address,
                counting.isOfLabels() ? Double.NaN : DeviceCounts.cut(call, counting),
                counters == 0 ? -1 : plan.shape().sharedBytes() - counters);
    }

    /** Enqueues a kernel that counts, since the sweep cannot. It comes first: the sweep may write over predictions. */
    void enqueue() {
        if (counting.isOfLabels()) {
            LaunchPlan plan = call.counting(0);
            call.workspace.launch(KernelChoice.outcomes(call.batch), plan.shape(),
                    new OutcomeArguments(inputs(plan), address + StateLayout.BYTES), call.stream);
            return;
        }
        int shared = DeviceCounts.sharedBytes(length);
        LaunchPlan plan = call.counting(shared);
        call.workspace.launch(KernelChoice.confusion(call.batch), plan.shape(), new ConfusionArguments(
                inputs(plan), DeviceCounts.cut(call, counting), address + StateLayout.BYTES, shared > 0 ? 1 : 0),
                call.stream);
    }

    private Inputs inputs(LaunchPlan plan) {
        return call.inputs(plan, false, counting.ignoreIndex(), 0, 0, true).reportingTo(address);
    }

    /** Waits, copies the counts to the host, and adds what was bad, in examples from the given one on. */
    long[] fetch(long firstExample, BadInput bad) {
        ByteBuffer found = call.fetch(address, bytes());
        long[] counts = new long[length];
        found.position(StateLayout.BYTES).slice().order(found.order()).asLongBuffer().get(counts);
        call.add(found, firstExample, counting.ignoreIndex(), bad);
        return counts;
    }

    /** Throws if something cannot be counted. */
    static long[] checked(long[] counts, BadInput bad, Batch batch, Counting counting) {
        bad.check(batch, counting.ignoreIndex());
        return counts;
    }
}
