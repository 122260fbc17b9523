package org.segloss4j.cuda;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.segloss4j.backend.Activation;
import org.segloss4j.backend.Batch;
import org.segloss4j.backend.ElementType;
import org.segloss4j.backend.Labels;
import org.segloss4j.backend.LossBackend;
import org.segloss4j.backend.Storage;
import org.segloss4j.backend.Tensor;
import org.segloss4j.math.ClassSums;
import org.segloss4j.math.Finalisation;
import org.segloss4j.math.LossSpec;

/**
 * Runs the kernels of a device: one launch for sums, value and coefficients, one for the gradient. Predictions of type
 * DOUBLE are computed in double, all others in float with double sums. Tensors are brought from the host's memory and
 * back. Safe for use by several threads, each with a stream and a workspace of its own.
 */
public final class CudaBackend implements LossBackend, AutoCloseable {

    private final KernelDevice device;
    private final Queue<Workspace> workspaces = new ConcurrentLinkedQueue<>();

    CudaBackend(KernelDevice device) {
        this.device = device;
    }

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public ClassSums sums(LossSpec spec, Batch batch, boolean perImage) {
        return inWorkspace(workspace -> {
            DeviceCall call = new DeviceCall(device, workspace, perImage ? batch : batch.joined());
            DeviceSweeps sweeps = new DeviceSweeps(call, spec, perImage);
            sweeps.forward();
            call.check(batch, spec.ignoreIndex());
            return sweeps.sums();
        });
    }

    @Override
    public void gradient(LossSpec spec, Batch batch, ClassSums sums, int firstRow, double scale, Tensor gradient) {
        Finalisation.Coefficients table = Finalisation.coefficients(spec, sums);
        Walk walk = Walk.of(batch, gradient, sums.perImage());
        inWorkspace(workspace -> {
            DeviceCall call = new DeviceCall(device, workspace, walk.batch());
            DeviceSweeps sweeps = new DeviceSweeps(call, spec, sums.perImage());
            sweeps.send(table);
            GradientTransfer transfer = new GradientTransfer(call, walk.gradient());
            sweeps.backward(transfer.argument(), table.rows(), firstRow, scale, true);
            call.check(batch, spec.ignoreIndex());
            transfer.finish();
            return null;
        });
    }

    /** Both sweeps one after the other, without a word to the host between them. */
    @Override
    public double valueAndGradient(LossSpec spec, Batch batch, double scale, Tensor gradient) {
        Walk walk = Walk.of(batch, gradient, spec.needsSumsPerImage());
        return inWorkspace(workspace -> {
            DeviceCall call = new DeviceCall(device, workspace, walk.batch());
            DeviceSweeps sweeps = new DeviceSweeps(call, spec, spec.needsSumsPerImage());
            GradientTransfer transfer = new GradientTransfer(call, walk.gradient());
            sweeps.forward();
            sweeps.backward(transfer.argument(), sweeps.rows(), 0, scale, false);
            double value = call.check(batch, spec.ignoreIndex());
            transfer.finish();
            return value;
        });
    }

    @Override
    public long[] confusion(Batch batch, Integer ignoreIndex, double threshold) {
        return inWorkspace(workspace -> {
            DeviceCall call = new DeviceCall(device, workspace, batch);
            DeviceCounts counts = DeviceCounts.confusion(call, ignoreIndex, threshold);
            call.check(batch, ignoreIndex);
            return counts.fetch();
        });
    }

    @Override
    public long[][] labelCounts(Tensor labels, int classes, Integer ignore) {
        // One number stands for predictions that nobody reads; they only have a shape.
        Tensor shape = new Tensor(Storage.of(ByteBuffer.allocate(Float.BYTES)), ElementType.FLOAT, 0, labels.examples(),
                classes, labels.pixels(), 0, 0, 0);
        Batch batch = new Batch(shape, Activation.IDENTITY, new Labels(Labels.Kind.INDEX, labels), null);
        long[] flat = inWorkspace(workspace -> {
            DeviceCall call = new DeviceCall(device, workspace, batch);
            DeviceCounts counts = DeviceCounts.histogram(call, classes, ignore);
            call.check(labels, classes, ignore);
            return counts.fetch();
        });
        long[][] counts = new long[Math.toIntExact(labels.examples())][];
        for (int n = 0; n < counts.length; n++) {
            counts[n] = Arrays.copyOfRange(flat, n * (classes + 1), (n + 1) * (classes + 1));
        }
        return counts;
    }

    /** Runs something with a workspace that nobody else uses. */
    private <T> T inWorkspace(Function<Workspace, T> work) {
        Workspace workspace = workspaces.poll();
        if (workspace == null) {
            workspace = new Workspace(device);
        }
        try {
            return work.apply(workspace);
        } finally {
            workspaces.add(workspace);
        }
    }

    /** Gives the device's memory back; the device itself belongs to the caller. */
    @Override
    public void close() {
        for (Workspace workspace = workspaces.poll(); workspace != null; workspace = workspaces.poll()) {
            workspace.close();
        }
    }

    /** A batch and its gradient, as one example both where the sums are pooled and both allow it. */
    private record Walk(Batch batch, Tensor gradient) {

        static Walk of(Batch batch, Tensor gradient, boolean perImage) {
            Batch joined = batch.joined();
            Tensor out = gradient.joined();
            return perImage || out == null || joined.predictions().examples() != 1 ? new Walk(batch, gradient)
                    : new Walk(joined, out);
        }
    }
}
