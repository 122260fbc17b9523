package org.segloss4j.internal.cuda.call;

import java.util.stream.IntStream;
import org.segloss4j.internal.backend.Counting;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cuda.call.Workspace.Slot;
import org.segloss4j.internal.cuda.plan.KernelArguments;
import org.segloss4j.internal.cuda.plan.KernelArguments.ConfusionArguments;
import org.segloss4j.internal.cuda.plan.KernelArguments.HistogramArguments;
import org.segloss4j.internal.cuda.plan.KernelChoice;
import org.segloss4j.internal.cuda.plan.LaunchPlan;
import org.segloss4j.internal.cuda.plan.SharedMemory;

/** 64-bit counters in device memory, and the kernels that add to them. */
public final class DeviceCounts {

    private final DeviceCall call;
    private final long address;
    private final int size;

    private DeviceCounts(DeviceCall call, int size) {
        this.call = call;
        this.size = size;
        address = call.workspace.memory(Slot.COUNTS, 8L * size);
        call.device.clear(address, 8L * size, call.stream);
    }

    /** Enqueues the count of (truth, prediction) pairs. */
    public static DeviceCounts confusion(DeviceCall call, Integer ignore, double threshold) {
        Tensor predictions = call.batch.predictions();
        int kinds = Math.max(2, predictions.channels());
        DeviceCounts counts = new DeviceCounts(call, Math.multiplyExact(kinds, kinds));
        int shared = sharedBytes(counts.size);
        LaunchPlan plan = call.counting(shared);
        call.workspace.launch(KernelChoice.confusion(call.batch), plan.shape(),
                new ConfusionArguments(call.inputs(plan, false, ignore, 0, 0, true),
                        cut(call, new Counting(ignore, threshold)), counts.address, shared > 0 ? 1 : 0), call.stream);
        return counts;
    }

    /** The least prediction that is class 1, in the type that kernels compare in; a prediction has no more digits. */
    static double cut(DeviceCall call, Counting counting) {
        return ofKernels(call, call.batch.predictions().channels() == 1 ? counting.cut(call.batch) : 0);
    }

    /** The least prediction of each label that is predicted, in the same type. */
    static double[] labelCuts(DeviceCall call, Counting counting) {
        return IntStream.range(0, call.batch.predictions().channels())
                .mapToDouble(c -> ofKernels(call, counting.labelCut(call.batch, c))).toArray();
    }

    private static double ofKernels(DeviceCall call, double cut) {
        float single = (float) cut;
        return call.batch.predictions().type() == ElementType.DOUBLE ? cut
                : single < cut ? Math.nextUp(single) : single;
    }

    /** Enqueues the counts of each example: those of the classes, then that of void pixels. */
    public static DeviceCounts histogram(DeviceCall call, int classes, Integer ignore) {
        Tensor labels = call.batch.labels().tensor();
        DeviceCounts counts = new DeviceCounts(call, Math.toIntExact(labels.examples() * (classes + 1)));
        int shared = sharedBytes(classes + 1);
        LaunchPlan plan = call.counting(shared);
        KernelArguments.Inputs in = call.inputs(plan, true, ignore, 0, 0, true);
        call.workspace.launch(KernelChoice.histogram(), plan.shape(),
                new HistogramArguments(in.labels(), in.examples(), in.pixels(), classes, in.parts(), in.chunk(),
                        in.hasIgnore(), in.ignore(), counts.address, in.state(), shared > 0 ? 1 : 0), call.stream);
        return counts;
    }

    /** Bytes of shared memory for the counters of a block, or 0 if they do not fit. */
    static int sharedBytes(int counters) {
        return 4L * counters <= SharedMemory.MOST ? 4 * counters : 0;
    }

    /** Waits, and copies the counts to the host. */
    public long[] fetch() {
        long[] counts = new long[size];
        call.fetch(address, 8L * size).asLongBuffer().get(counts);
        return counts;
    }
}
