package org.segloss4j.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.segloss4j.backend.BadInput;
import org.segloss4j.backend.Batch;
import org.segloss4j.backend.Elements;
import org.segloss4j.backend.Labels;
import org.segloss4j.backend.Tensor;
import org.segloss4j.cuda.KernelArguments.Inputs;
import org.segloss4j.cuda.KernelArguments.TensorArgument;
import org.segloss4j.cuda.Workspace.Slot;

/** A batch on the device for the length of one call, and what its kernels report. */
final class DeviceCall {

    final KernelDevice device;
    final Workspace workspace;
    final long stream;
    /** As it lies on the device; its storages are the host's. */
    final Batch batch;
    private final Batch source;
    private final TensorArgument predictions;
    private final TensorArgument labels;
    private final TensorArgument mask;
    private final long state;
    private final BadInput bad = new BadInput();

    /** Brings a batch to the device. */
    DeviceCall(KernelDevice device, Workspace workspace, Batch source) {
        this.device = device;
        this.workspace = workspace;
        this.source = source;
        stream = device.stream();
        state = workspace.state(stream);
        TensorTransfer p = new TensorTransfer(source.predictions(), false);
        TensorTransfer g = new TensorTransfer(source.labels().tensor(), false);
        TensorTransfer m = source.mask() == null ? null : new TensorTransfer(source.mask(), false);
        predictions = bring(p, Slot.PREDICTIONS);
        labels = bring(g, Slot.LABELS);
        mask = m == null ? TensorArgument.ABSENT : bring(m, Slot.MASK);
        batch = new Batch(p.there(), source.activation(), new Labels(source.labels().kind(), g.there()),
                m == null ? null : m.there());
    }

    private TensorArgument bring(TensorTransfer transfer, Slot slot) {
        long address = workspace.memory(slot, transfer.bytes());
        workspace.pinned.copyIn(transfer::fill, transfer.bytes(), address, stream);
        return transfer.argument(address);
    }

    LaunchPlan plan() {
        return LaunchPlan.of(batch.predictions().examples(), batch.predictions().pixels(), device.multiprocessors());
    }

    /**
     * What both sweeps read.
     *
     * @param terms   number of pixel terms
     * @param curves  address of their curves
     * @param reports whether bad input is to be reported, as it has not been yet
     */
    Inputs inputs(LaunchPlan plan, boolean perImage, Integer ignore, int terms, long curves, boolean reports) {
        Tensor p = batch.predictions();
        return new Inputs(predictions, labels, mask, p.examples(), p.pixels(), p.channels(), plan.parts(), plan.chunk(),
                perImage ? 1 : 0, ignore == null ? 0 : 1, ignore == null ? 0 : ignore, terms, curves,
                reports ? state : 0);
    }

    /** Brings numbers to the device. */
    void send(double[] values, long to) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, 8)).order(ByteOrder.nativeOrder());
        bytes.asDoubleBuffer().put(values);
        workspace.pinned.copyIn((from, length, target, at) -> target.put(at, bytes, (int) from, length),
                bytes.capacity(), to, stream);
    }

    /** Waits and brings bytes back. */
    ByteBuffer fetch(long from, long bytes) {
        ByteBuffer result = ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.nativeOrder());
        workspace.pinned.copyOut(from, bytes, (at, length, of, index) -> result.put((int) at, of, index, length),
                stream);
        return result;
    }

    /**
     * Waits for the kernels and checks what they found.
     *
     * @param given  the batch of the caller, whose shape stands in messages
     * @param ignore the ignored label, or null
     * @return the value of the loss, if a forward sweep ran
     * @throws IllegalArgumentException for bad labels, weights or predictions
     */
    double check(Batch given, Integer ignore) {
        double value = findings();
        bad.check(given, ignore);
        return value;
    }

    /** The same for labels alone, of a number of classes. */
    void check(Tensor labels, int classes, Integer ignore) {
        findings();
        bad.check(labels.pixels(), classes, ignore);
    }

    /** Waits and brings back what the kernels found; gives the value of the loss. */
    private double findings() {
        ByteBuffer found = fetch(state, Workspace.STATE_BYTES);
        boolean any = false;
        for (BadInput.Kind kind : BadInput.Kind.values()) {
            long count = found.getLong(8 + 16 * kind.ordinal());
            if (count != 0) {
                long position = ~found.getLong(16 + 16 * kind.ordinal());
                long n = position / batch.predictions().pixels();
                long s = position % batch.predictions().pixels();
                bad.add(kind, n, s, valueAt(kind, n, s), count);
                any = true;
            }
        }
        if (any) {
            device.clear(state, Workspace.STATE_BYTES, stream);
            workspace.pinned.finish(stream);
        }
        return found.getDouble(56);
    }

    /** What stands at the place of the first finding. */
    private Number valueAt(BadInput.Kind kind, long n, long s) {
        return switch (kind) {
            case LABEL -> Elements.getLong(source.labels().tensor(), n, 0, s);
            case PREDICTION -> Double.NaN;
            case WEIGHT -> {
                double weight = 0;
                for (int c = 0; c < source.mask().channels() && weight >= 0 && weight < Float.POSITIVE_INFINITY; c++) {
                    weight = Elements.get(source.mask(), n, c, s);
                }
                yield weight;
            }
        };
    }
}
