package org.segloss4j.internal.cuda.call;

import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.cuda.call.Workspaces.Lease;
import org.segloss4j.internal.cuda.plan.KernelArguments;
import org.segloss4j.internal.cuda.plan.KernelArguments.Inputs;
import org.segloss4j.internal.cuda.plan.KernelArguments.TensorArgument;
import org.segloss4j.internal.cuda.plan.KernelChoice;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;
import org.segloss4j.internal.cuda.plan.LaunchPlan;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.cuda.plan.LaunchShape;

/** What the passes of a separate term over a batch on the device share, and the gradient that they add to. */
final class PixelPasses {

    /** Threads of a block. */
    static final int THREADS = 256;
    /** Shared memory for a number of each thread. */
    static final int SUM_BYTES = Double.BYTES * THREADS;

    final DeviceCall call;
    final Job job;
    /** Whether kernels compute in double, and the bytes of one of their numbers. */
    final boolean inDouble;
    final int bytes;
    private final GradientTransfer transfer;

    /** Brings the batch and the gradient to the device if they are not there. */
    PixelPasses(Lease lease, Job job, LaunchPolicy policy) {
        call = new DeviceCall(lease, job.batch(), policy);
        this.job = job;
        inDouble = job.batch().predictions().type() == ElementType.DOUBLE;
        bytes = inDouble ? Double.BYTES : Float.BYTES;
        transfer = job.gradient() == null ? null : new GradientTransfer(call, job.gradient());
        if (transfer != null) {
            transfer.bring();
        }
    }

    boolean hasGradient() {
        return transfer != null;
    }

    TensorArgument gradient() {
        return transfer == null ? TensorArgument.ABSENT : transfer.argument();
    }

    /** What kernels read, and whether they report what is bad. */
    Inputs inputs(LaunchPlan plan, boolean reports) {
        return call.inputs(plan, false, job.spec().ignoreIndex(), 0, 0, reports);
    }

    Inputs inputs(boolean reports) {
        return inputs(call.counting(0), reports);
    }

    /** Blocks for a kernel whose threads take one element after the other. */
    int grid(long elements) {
        return (int) Math.max(1, Math.min((elements + THREADS - 1) / THREADS, 8L * call.device.multiprocessors()));
    }

    /** Launches a kernel that goes through the pixels. */
    void overPixels(Entry entry, Activation activation, LaunchShape shape, KernelArguments arguments) {
        call.workspace.launch(call.device.variant(KernelChoice.separate(entry, call.batch,
                        job.spec().ignoreIndex(), activation)), shape,
                arguments, call.stream);
    }

    /** Launches a kernel that reads no predictions. */
    void overNumbers(Entry entry, int blocks, int sharedBytes, KernelArguments arguments) {
        call.workspace.launch(call.device.variant(KernelChoice.numbers(entry, inDouble)),
                new LaunchShape(blocks, THREADS, sharedBytes), arguments, call.stream);
    }

    /**
     * Waits, and checks what kernels found.
     *
     * @return the value that they left in the state
     * @throws IllegalArgumentException for bad labels or weights
     */
    double check() {
        return call.check(job.batch(), job.spec().ignoreIndex());
    }

    /** Copies the gradient to the host if it belongs there, and waits: what kernels read is the next call's memory. */
    void finish() {
        if (transfer != null) {
            transfer.finish();
        }
        call.workspace.pinned.finish(call.stream);
    }

    /** A multiple of 8 bytes. */
    static long aligned(long size) {
        return (size + 7) / 8 * 8;
    }
}
