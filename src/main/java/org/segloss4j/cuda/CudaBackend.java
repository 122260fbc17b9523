package org.segloss4j.cuda;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
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
 * Runs the kernels on the device on which the tensors lie: one launch for sums, value and coefficients, one for the
 * gradient. Predictions of type DOUBLE are computed in double, all others in float with double sums. Tensors on a
 * device are read and written in place, on their own stream; tensors of the host are brought there and back. Safe for
 * use by several threads, each call with a workspace of its own.
 */
public final class CudaBackend implements LossBackend, AutoCloseable {

    private final KernelDevices devices;
    private final Map<Integer, Queue<Workspace>> workspaces = new ConcurrentHashMap<>();
    private final LongAdder staged = new LongAdder();

    CudaBackend(KernelDevices devices) {
        this.devices = devices;
    }

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public boolean takesDeviceMemory() {
        return true;
    }

    /** Bytes of tensors that were copied between host and device so far: those of tensors on a device never are. */
    long stagedBytes() {
        return staged.sum();
    }

    @Override
    public ClassSums sums(LossSpec spec, Batch batch, boolean perImage) {
        CallPlace place = CallPlace.of(devices, batch, null);
        return inWorkspace(place, workspace -> {
            DeviceCall call = new DeviceCall(place, workspace, perImage ? batch : batch.joined());
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
        CallPlace place = CallPlace.of(devices, batch, gradient);
        inWorkspace(place, workspace -> {
            DeviceCall call = new DeviceCall(place, workspace, walk.batch());
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
        CallPlace place = CallPlace.of(devices, batch, gradient);
        return inWorkspace(place, workspace -> {
            DeviceCall call = new DeviceCall(place, workspace, walk.batch());
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
        CallPlace place = CallPlace.of(devices, batch, null);
        return inWorkspace(place, workspace -> {
            DeviceCall call = new DeviceCall(place, workspace, batch);
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
        CallPlace place = CallPlace.of(devices, batch, null);
        long[] flat = inWorkspace(place, workspace -> {
            DeviceCall call = new DeviceCall(place, workspace, batch);
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
    private <T> T inWorkspace(CallPlace place, Function<Workspace, T> work) {
        Queue<Workspace> free = workspaces.computeIfAbsent(place.ordinal(), device -> new ConcurrentLinkedQueue<>());
        Workspace polled = free.poll();
        Workspace workspace = polled != null ? polled : new Workspace(place.device(), staged);
        try {
            T result = work.apply(workspace);
            free.add(workspace);
            return result;
        } catch (RuntimeException | Error e) {
            // Something may be under way that uses its memory.
            suppressing(e, () -> place.device().synchronize(place.stream()));
            suppressing(e, workspace::close);
            throw e;
        }
    }

    private static void suppressing(Throwable first, Runnable work) {
        try {
            work.run();
        } catch (CudaException another) {
            first.addSuppressed(another);
        }
    }

    /** Gives the devices' memory back; the devices themselves belong to the caller. */
    @Override
    public void close() {
        for (Queue<Workspace> free : workspaces.values()) {
            for (Workspace workspace = free.poll(); workspace != null; workspace = free.poll()) {
                workspace.close();
            }
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
