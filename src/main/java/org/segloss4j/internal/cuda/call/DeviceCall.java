package org.segloss4j.internal.cuda.call;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Elements;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Storage;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.backend.Truths;
import org.segloss4j.internal.backend.Weights;
import org.segloss4j.internal.cuda.call.Workspace.Slot;
import org.segloss4j.internal.cuda.call.Workspaces.Lease;
import org.segloss4j.internal.cuda.driver.KernelDevice;
import org.segloss4j.internal.cuda.plan.KernelArguments.Inputs;
import org.segloss4j.internal.cuda.plan.KernelArguments.TensorArgument;
import org.segloss4j.internal.cuda.plan.LaunchPlan;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.cuda.plan.StateLayout;

/** A batch on the device for the duration of one call, and what its kernels report. */
public final class DeviceCall {

    final KernelDevice device;
    final Workspace workspace;
    final long stream;
    final LaunchPolicy policy;
    /** The batch with the strides that it has on the device. The storages are those of the given tensors. */
    final Batch batch;
    private final Batch source;
    private final TensorArgument predictions;
    private final TensorArgument labels;
    private final TensorArgument mask;
    private final long state;

    /** Copies tensors to the device that are not there yet. */
    public DeviceCall(Lease lease, Batch source, LaunchPolicy policy) {
        device = lease.place.device();
        workspace = lease.workspace;
        stream = lease.place.stream();
        this.source = source;
        this.policy = policy;
        state = workspace.state(stream);
        Brought p = bring(source.predictions(), Slot.PREDICTIONS);
        Brought g = bring(source.labels().tensor(), Slot.LABELS);
        Brought m = source.mask() == null ? new Brought(null, TensorArgument.ABSENT) : bring(source.mask(), Slot.MASK);
        predictions = p.argument;
        labels = g.argument;
        mask = m.argument;
        batch = new Batch(p.there, source.activation(), new Labels(source.labels().kind(), g.there), m.there);
    }

    /** A tensor with the strides that it has on the device, and the argument that describes it to kernels. */
    private record Brought(Tensor there, TensorArgument argument) {
    }

    private Brought bring(Tensor tensor, Slot slot) {
        if (tensor.storage().place() != null) {
            return new Brought(tensor, TensorArgument.of(tensor));
        }
        TensorTransfer transfer = new TensorTransfer(tensor, false);
        long address = workspace.memory(slot, transfer.bytes());
        workspace.copyIn(transfer, address, stream);
        return new Brought(transfer.there(), transfer.argument(address));
    }

    /** The launch of a kernel that counts, with the given bytes of shared memory. */
    LaunchPlan counting(int sharedBytes) {
        return LaunchPlan.counting(batch.predictions().examples(), batch.predictions().pixels(),
                device.multiprocessors(), policy, sharedBytes);
    }

    /**
     * The arguments for what both sweeps read.
     *
     * @param terms   number of pixel terms
     * @param curves  device address of their curves
     * @param reports whether kernels report bad input
     */
    Inputs inputs(LaunchPlan plan, boolean perImage, Integer ignore, int terms, long curves, boolean reports) {
        Tensor p = batch.predictions();
        return new Inputs(predictions, labels, mask, p.examples(), p.pixels(), p.channels(), plan.parts(), plan.chunk(),
                perImage ? 1 : 0, ignore == null ? 0 : 1, ignore == null ? 0 : ignore, terms, curves,
                reports ? state : 0);
    }

    /** Enqueues a copy of numbers to the device. */
    void send(double[] values, long to) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, 8)).order(ByteOrder.nativeOrder());
        bytes.asDoubleBuffer().put(values);
        workspace.pinned.copyIn((from, length, target, at) -> target.put(at, bytes, (int) from, length),
                bytes.capacity(), to, stream);
    }

    /** Waits, and copies bytes to the host. */
    ByteBuffer fetch(long from, long bytes) {
        ByteBuffer result = ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.nativeOrder());
        workspace.pinned.copyOut(from, bytes, (at, length, of, index) -> result.put((int) at, of, index, length),
                stream);
        return result;
    }

    /**
     * Waits for the kernels, and checks whether they found bad input.
     *
     * @param given  the batch of the caller, whose shape messages name
     * @param ignore the ignored label, or null
     * @return the value of the loss, if a forward sweep ran
     * @throws IllegalArgumentException for bad labels, weights or predictions
     */
    public double check(Batch given, Integer ignore) {
        BadInput bad = new BadInput();
        double value = findings(0, ignore, bad);
        bad.check(given, ignore);
        return value;
    }

    /** The same for labels alone. */
    public void check(Tensor labels, int classes, Integer ignore) {
        BadInput bad = new BadInput();
        findings(0, ignore, bad);
        bad.check(labels.pixels(), classes, ignore);
    }

    /** Waits, and adds the bad input that kernels found, in examples from the given one on. Returns the loss. */
    double findings(long firstExample, Integer ignore, BadInput bad) {
        ByteBuffer found = fetch(state, StateLayout.BYTES);
        if (add(found, firstExample, ignore, bad)) {
            device.clear(state, StateLayout.BYTES, stream);
            workspace.pinned.finish(stream);
        }
        return found.getDouble(StateLayout.VALUE);
    }

    /** Adds the bad input that stands in a state, in examples from the given one on. Returns whether there is any. */
    boolean add(ByteBuffer found, long firstExample, Integer ignore, BadInput bad) {
        boolean any = false;
        for (BadInput.Kind kind : BadInput.Kind.values()) {
            long count = found.getLong(StateLayout.count(kind));
            if (count != 0) {
                long position = ~found.getLong(StateLayout.first(kind));
                long n = position / batch.predictions().pixels();
                long s = position % batch.predictions().pixels();
                bad.add(kind, firstExample + n, s, valueAt(kind, n, s, ignore), count);
                any = true;
            }
        }
        return any;
    }

    /** The value at the first position of a kind of bad input. */
    private Number valueAt(BadInput.Kind kind, long n, long s, Integer ignore) {
        return switch (kind) {
            case LABEL -> {
                Tensor truth = source.labels().tensor();
                yield source.labels().kind() != Labels.Kind.INDEX ? denseAt(truth, n, s, ignore)
                        : Elements.getLong(truth.type(), element(truth, n, 0, s), 0);
            }
            case PREDICTION -> Double.NaN;
            case WEIGHT -> {
                Tensor weights = source.mask();
                double weight = 0;
                for (int c = 0; c < weights.channels() && Weights.isWeight(weight); c++) {
                    weight = Elements.get(weights.type(), element(weights, n, c, s), 0);
                }
                yield weight;
            }
        };
    }

    /**
     * The first value of a pixel that is no truth or, of a field, not finite, among the outputs that neither a mask
     * nor a label takes away.
     */
    private double denseAt(Tensor truth, long n, long s, Integer ignore) {
        Tensor mask = source.mask();
        boolean perOutput = mask != null && mask.channels() > 1;
        double value = 0;
        boolean isField = source.labels().kind() == Labels.Kind.FIELD;
        // Otherwise it is the number of a class.
        boolean isValue = !isField && ignore != null && (truth.channels() == 1 || ignore < 0
                || ignore >= truth.channels());
        for (int c = 0; c < truth.channels() && (isField ? Double.isFinite(value) : Truths.isTruth(value));
                c++) {
            boolean counts = !perOutput || Elements.get(mask.type(), element(mask, n, c, s), 0) != 0;
            value = counts ? Elements.get(truth.type(), element(truth, n, c, s), 0) : 0;
            value = isValue && value == ignore ? 0 : value;
        }
        return value;
    }

    /** The bytes of an element, whether it is in device or host memory. */
    private ByteBuffer element(Tensor t, long n, int c, long s) {
        int bytes = t.type().bytes();
        long at = t.offset(n, c, s) * bytes;
        if (t.storage().place() != null) {
            return fetch(t.storage().address() + at, bytes);
        }
        return t.storage().window(at).slice(Storage.indexInWindow(at), bytes).order(ByteOrder.nativeOrder());
    }
}
