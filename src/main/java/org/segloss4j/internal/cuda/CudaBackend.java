package org.segloss4j.internal.cuda;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.backend.Storage;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cuda.call.CallPlace;
import org.segloss4j.internal.cuda.call.DeviceCall;
import org.segloss4j.internal.cuda.call.DeviceCounts;
import org.segloss4j.internal.cuda.call.DeviceSweeps;
import org.segloss4j.internal.cuda.call.GradientTransfer;
import org.segloss4j.internal.cuda.call.Pieces;
import org.segloss4j.internal.cuda.call.Workspace;
import org.segloss4j.internal.cuda.driver.CudaException;
import org.segloss4j.internal.cuda.driver.KernelDevices;
import org.segloss4j.internal.math.ClassSums;
import org.segloss4j.internal.math.Finalisation;
import org.segloss4j.internal.math.LossSpec;

/**
 * Runs the kernels on the device on which the tensors lie: one launch for sums, value and coefficients, one for the
 * gradient. Predictions of type DOUBLE are computed in double, all others in float with double sums. Tensors on a
 * device are read and written in place, on their own stream; tensors of the host are brought there and back, large
 * batches in {@linkplain Pieces pieces}. Safe for use by several threads, each call with workspaces of its own.
 */
public final class CudaBackend implements LossBackend, AutoCloseable {

    private final KernelDevices devices;
    private final Map<Integer, Queue<Workspace>> workspaces = new ConcurrentHashMap<>();
    private final LongAdder staged = new LongAdder();
    /** Bytes of predictions that make a piece. */
    private final long piece;

    public CudaBackend(KernelDevices devices) {
        this(devices, Pieces.LEAST);
    }

    /** The same with another size of the pieces in which arrays of the host are brought to a device. */
    public CudaBackend(KernelDevices devices, long piece) {
        this.devices = devices;
        this.piece = piece;
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
    public long stagedBytes() {
        return staged.sum();
    }

    /** A batch and its gradient, as one example both where the sums are pooled and both allow it. */
    private record Joined(Batch batch, Tensor gradient) {

        static Joined of(Batch batch, Tensor gradient, boolean perImage) {
            Batch one = batch.joined();
            Tensor out = gradient.joined();
            return perImage || out == null || one.predictions().examples() != 1 ? new Joined(batch, gradient)
                    : new Joined(one, out);
        }
    }

    @Override
    public ClassSums sums(LossSpec spec, Batch batch, boolean perImage) {
        CallPlace place = CallPlace.of(devices, batch, null);
        if (Pieces.count(batch, null, piece) > 1) {
            return inPieces(place, spec, batch, perImage, Pieces::sums);
        }
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
        CallPlace place = CallPlace.of(devices, batch, gradient);
        if (Pieces.count(batch, gradient, piece) > 1) {
            inPieces(place, spec, batch, sums.perImage(), pieces -> {
                pieces.gradient(table, firstRow, scale, gradient);
                return null;
            });
            return;
        }
        Joined joined = Joined.of(batch, gradient, sums.perImage());
        inWorkspace(place, workspace -> {
            DeviceCall call = new DeviceCall(place, workspace, joined.batch());
            DeviceSweeps sweeps = new DeviceSweeps(call, spec, sums.perImage());
            sweeps.send(table);
            GradientTransfer transfer = new GradientTransfer(call, joined.gradient());
            sweeps.backward(transfer.argument(), table.rows(), firstRow, scale, true);
            call.check(batch, spec.ignoreIndex());
            transfer.finish();
            return null;
        });
    }

    /** Both sweeps one after the other, with no host synchronisation between them unless the batch goes in pieces. */
    @Override
    public double valueAndGradient(LossSpec spec, Batch batch, double scale, Tensor gradient) {
        CallPlace place = CallPlace.of(devices, batch, gradient);
        if (Pieces.count(batch, gradient, piece) > 1) {
            return inPieces(place, spec, batch, spec.needsSumsPerImage(),
                    pieces -> pieces.valueAndGradient(scale, gradient));
        }
        Joined joined = Joined.of(batch, gradient, spec.needsSumsPerImage());
        return inWorkspace(place, workspace -> {
            DeviceCall call = new DeviceCall(place, workspace, joined.batch());
            DeviceSweeps sweeps = new DeviceSweeps(call, spec, spec.needsSumsPerImage());
            GradientTransfer transfer = new GradientTransfer(call, joined.gradient());
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

    private <T> T inPieces(CallPlace place, LossSpec spec, Batch batch, boolean perImage, Function<Pieces, T> work) {
        List<CallPlace> places = IntStream.range(0, Pieces.count(batch, null, piece)).mapToObj(place::onStream).toList();
        return inWorkspaces(places, taken -> work.apply(new Pieces(places, taken, spec, batch, perImage)));
    }

    /** Runs something with a workspace that nobody else uses. */
    private <T> T inWorkspace(CallPlace place, Function<Workspace, T> work) {
        return inWorkspaces(List.of(place), workspaces -> work.apply(workspaces.get(0)));
    }

    /** The same with one for each place, all of one device. */
    private <T> T inWorkspaces(List<CallPlace> places, Function<List<Workspace>, T> work) {
        CallPlace place = places.get(0);
        Queue<Workspace> free = workspaces.computeIfAbsent(place.ordinal(), device -> new ConcurrentLinkedQueue<>());
        List<Workspace> taken = new ArrayList<>();
        for (int k = 0; k < places.size(); k++) {
            Workspace polled = free.poll();
            taken.add(polled != null ? polled : new Workspace(place.device(), staged));
        }
        try {
            T result = work.apply(taken);
            free.addAll(taken);
            return result;
        } catch (RuntimeException | Error e) {
            // Something may be under way that uses their memory.
            places.forEach(each -> suppressing(e, () -> each.device().synchronize(each.stream())));
            taken.forEach(workspace -> suppressing(e, workspace::close));
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
}
