package org.segloss4j.internal.cuda.call;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.ToDoubleFunction;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Storage;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cuda.call.Workspace.Slot;
import org.segloss4j.internal.cuda.call.Workspaces.Lease;
import org.segloss4j.internal.cuda.driver.KernelDevice;
import org.segloss4j.internal.cuda.plan.KernelArguments.AddArguments;
import org.segloss4j.internal.cuda.plan.KernelArguments.TensorArgument;
import org.segloss4j.internal.cuda.plan.KernelChoice;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;
import org.segloss4j.internal.cuda.plan.LaunchShape;

/**
 * A term of a loss that no kernel computes: tensors on the device are copied to the host, which computes it, and what
 * it adds to the gradient is copied back and added there.
 */
public final class HostTerm {

    private static final int THREADS = 256;

    private final KernelDevice device;
    private final Workspace workspace;
    private final long stream;

    /** On the device and stream of a lease. */
    public HostTerm(Lease lease) {
        device = lease.place.device();
        workspace = lease.workspace;
        stream = lease.place.stream();
    }

    /**
     * Computes the term.
     *
     * @param job  some of whose tensors lie on the device
     * @param term adds to the gradient of a job on the host, if it has one, and returns the value
     * @return the value
     */
    public double add(Job job, ToDoubleFunction<Job> term) {
        Batch batch = job.batch();
        Batch here = new Batch(onHost(batch.predictions()), batch.activation(),
                new Labels(batch.labels().kind(), onHost(batch.labels().tensor())),
                batch.mask() == null ? null : onHost(batch.mask()));
        Tensor gradient = job.gradient();
        if (gradient == null || gradient.storage().place() == null) {
            return term.applyAsDouble(new Job(job.spec(), here, job.perImage(), gradient, job.scale()));
        }
        Tensor added = zeros(gradient, batch.predictions().type() == ElementType.DOUBLE
                || gradient.type() == ElementType.DOUBLE);
        double value = term.applyAsDouble(new Job(job.spec(), here, job.perImage(), added, job.scale()));
        addOnDevice(gradient, added);
        return value;
    }

    /** The same tensor in memory of the host; the bytes between its elements come with it. */
    private Tensor onHost(Tensor t) {
        if (t.storage().place() == null) {
            return t;
        }
        long first = t.offset();
        long last = t.offset();
        long[] sizes = {t.examples(), t.channels(), t.pixels()};
        long[] strides = {t.exampleStride(), t.channelStride(), t.pixelStride()};
        for (int k = 0; k < sizes.length; k++) {
            first += Math.min(0, (sizes[k] - 1) * strides[k]);
            last += Math.max(0, (sizes[k] - 1) * strides[k]);
        }
        int bytes = requireFitting((last - first + 1) * t.type().bytes(), t);
        ByteBuffer copy = ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
        workspace.pinned.copyOut(t.storage().address() + first * t.type().bytes(), bytes,
                (at, length, of, index) -> copy.put((int) at, of, index, length), stream);
        return new Tensor(Storage.of(copy), t.type(), t.offset() - first, t.examples(), t.channels(), t.pixels(),
                t.exampleStride(), t.channelStride(), t.pixelStride());
    }

    private static int requireFitting(long bytes, Tensor t) {
        if (bytes > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("the loss has a term that is computed on the host, which takes at most "
                    + (Integer.MAX_VALUE - 8) + " bytes of a device's array, but " + t + " has " + bytes
                    + ": compute fewer images at a time");
        }
        return (int) bytes;
    }

    private static Tensor zeros(Tensor like, boolean inDouble) {
        ElementType type = inDouble ? ElementType.DOUBLE : ElementType.FLOAT;
        long channels = like.channels();
        int bytes = requireFitting(like.examples() * channels * like.pixels() * type.bytes(), like);
        return new Tensor(Storage.of(ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder())), type, 0,
                like.examples(), like.channels(), like.pixels(), channels * like.pixels(), like.pixels(), 1);
    }

    private void addOnDevice(Tensor gradient, Tensor added) {
        long bytes = added.storage().bytes();
        long address = workspace.memory(Slot.GRADIENT, bytes);
        ByteBuffer from = added.storage().window(0);
        workspace.pinned.copyIn((at, length, to, index) -> to.put(index, from, (int) at, length), bytes, address,
                stream);
        long all = bytes / added.type().bytes();
        int blocks = (int) Math.min((all + THREADS - 1) / THREADS, 8L * device.multiprocessors());
        workspace.launch(device.variant(KernelChoice.numbers(Entry.ADD_GRADIENT,
                        added.type() == ElementType.DOUBLE)),
                new LaunchShape(blocks, THREADS, 0), new AddArguments(TensorArgument.of(gradient),
                        gradient.examples(), gradient.channels(), gradient.pixels(), address), stream);
        // What the kernel reads is the next call's memory.
        workspace.pinned.finish(stream);
    }
}
