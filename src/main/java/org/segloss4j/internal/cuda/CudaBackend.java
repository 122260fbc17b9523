package org.segloss4j.internal.cuda;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Job.View;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.backend.Storage;
import org.segloss4j.internal.backend.Summands;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cuda.call.CallPlace;
import org.segloss4j.internal.cuda.call.DeviceCalibration;
import org.segloss4j.internal.cuda.call.DeviceCall;
import org.segloss4j.internal.cuda.call.DeviceCounts;
import org.segloss4j.internal.cuda.call.DeviceHardest;
import org.segloss4j.internal.cuda.call.DeviceLovasz;
import org.segloss4j.internal.cuda.call.DeviceSweeps;
import org.segloss4j.internal.cuda.call.GradientTransfer;
import org.segloss4j.internal.cuda.call.Pieces;
import org.segloss4j.internal.cuda.call.UnreadValues;
import org.segloss4j.internal.cuda.call.Workspaces;
import org.segloss4j.internal.cuda.call.Workspaces.Lease;
import org.segloss4j.internal.cuda.driver.KernelDevices;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.math.CalibrationTerm;
import org.segloss4j.internal.math.Coefficients;
import org.segloss4j.internal.math.HardestPixelsTerm;
import org.segloss4j.internal.math.LovaszTerm;
import org.segloss4j.internal.math.SeparateTerm;
import org.segloss4j.internal.math.Sums;

/**
 * Runs the kernels on the device on which the tensors lie: one launch for sums, value and coefficients, one for the
 * gradient. Predictions of type DOUBLE are computed in double, all others in float with double sums. Tensors in
 * device memory are read and written in place, on their own stream. Tensors in host memory are copied to the device and
 * back, large batches in {@linkplain Pieces pieces}. Safe for use by several threads; each call has its own workspace.
 */
public final class CudaBackend implements LossBackend, AutoCloseable {

    private final KernelDevices devices;
    private final LaunchPolicy policy;
    /** The fewest bytes of predictions in a piece. */
    private final long piece;
    private final Workspaces workspaces = new Workspaces();
    private final UnreadValues unread = new UnreadValues();

    /** A backend that runs on the given devices, which the caller closes. */
    public CudaBackend(KernelDevices devices, LaunchPolicy policy) {
        this(devices, policy, Pieces.LEAST);
    }

    /** The same with another size of the pieces in which host memory is copied to a device. */
    public CudaBackend(KernelDevices devices, LaunchPolicy policy, long piece) {
        this.devices = devices;
        this.policy = policy;
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
        return workspaces.stagedBytes();
    }

    @Override
    public Sums sums(Job wanted) {
        Job job = wanted.withoutDistances();
        CallPlace place = CallPlace.of(devices, job.batch(), null);
        if (isInPieces(job)) {
            try (Pieces pieces = pieces(place, job)) {
                return pieces.sums().in(wanted.layout());
            }
        }
        try (Lease lease = workspaces.lease(place)) {
            DeviceSweeps sweeps = new DeviceSweeps(lease, job, job.reading().batch(), policy);
            sweeps.forward();
            sweeps.check();
            return lease.keep(sweeps.sums()).in(wanted.layout());
        }
    }

    @Override
    public void gradient(Job wanted, Coefficients table, int firstRow) {
        Job job = wanted.withoutDistances();
        Coefficients coefficients = job == wanted ? table : table.withoutDistances();
        CallPlace place = CallPlace.of(devices, job.batch(), job.gradient());
        if (isInPieces(job)) {
            try (Pieces pieces = pieces(place, job)) {
                pieces.gradient(coefficients, firstRow);
            }
            return;
        }
        View view = job.writing();
        try (Lease lease = workspaces.lease(place)) {
            DeviceSweeps sweeps = new DeviceSweeps(lease, job, view.batch(), policy);
            sweeps.send(coefficients);
            GradientTransfer transfer = sweeps.backward(view.gradient(), coefficients.rows(), firstRow, true);
            sweeps.check();
            transfer.finish();
            lease.keep(null);
        }
    }

    /**
     * Both sweeps, one after the other, or the one sweep of a loss without region terms. There is no host
     * synchronisation at all if the gradient stays on the device, unless the host finalises a score of the loss.
     */
    @Override
    public Summands enqueueValueAndGradient(Job wanted) {
        Job job = wanted.withoutDistances();
        CallPlace place = CallPlace.of(devices, job.batch(), job.gradient());
        if (isInPieces(job)) {
            try (Pieces pieces = pieces(place, job)) {
                return pieces.valueAndGradient();
            }
        }
        View view = countsImages(job) ? new View(job.batch(), job.gradient()) : job.writing();
        try (Lease lease = workspaces.lease(place)) {
            DeviceSweeps sweeps = new DeviceSweeps(lease, job, view.batch(), policy);
            if (sweeps.isFinalisedOnDevice()) {
                GradientTransfer transfer = sweeps.valueAndGradient(view.gradient());
                if (!transfer.isToHost()) {
                    return unread.add(lease.moved(), sweeps);
                }
                Summands value = sweeps.checkedValue();
                transfer.finish();
                return lease.keep(value);
            }
            sweeps.forward();
            sweeps.check();
            Sums sums = sweeps.sums();
            sweeps.send(job.coefficients(sums));
            GradientTransfer transfer = sweeps.backward(view.gradient(), sums.rows(), 0, false);
            // Waits, also where the gradient lies on the device: what the kernel reads is the next call's memory.
            sweeps.check();
            transfer.finish();
            return lease.keep(sweeps.counted(job.summands(sums)));
        }
    }

    /** Kernels tell images apart by the example, also where these could be joined. */
    private static boolean countsImages(Job job) {
        return job.counting() != null && job.counting().isOfLabels();
    }

    /** What a softmax makes of a prediction depends on the others, so no cut says which are predicted. */
    @Override
    public boolean countsLabels(Batch batch) {
        return batch.activation() != Activation.SOFTMAX;
    }

    @Override
    public double addSeparate(Job job, SeparateTerm term) {
        CallPlace place = CallPlace.of(devices, job.batch(), job.gradient());
        try (Lease lease = workspaces.lease(place)) {
            if (term instanceof LovaszTerm lovasz) {
                return lease.keep(new DeviceLovasz(lease, job, lovasz, policy).add());
            }
            if (term instanceof HardestPixelsTerm hardest) {
                return lease.keep(new DeviceHardest(lease, job, hardest, policy).add());
            }
            return lease.keep(new DeviceCalibration(lease, job, (CalibrationTerm) term, policy).add());
        }
    }

    private boolean isInPieces(Job job) {
        return Pieces.count(job, piece) > 1;
    }

    private Pieces pieces(CallPlace place, Job job) {
        return new Pieces(workspaces, place, Pieces.count(job, piece), job, policy);
    }

    @Override
    public long[] confusion(Batch batch, Integer ignoreIndex, double threshold) {
        try (Lease lease = workspaces.lease(CallPlace.of(devices, batch, null))) {
            DeviceCall call = new DeviceCall(lease, batch, policy);
            DeviceCounts counts = DeviceCounts.confusion(call, ignoreIndex, threshold);
            call.check(batch, ignoreIndex);
            return lease.keep(counts.fetch());
        }
    }

    @Override
    public long[][] labelCounts(Tensor labels, int classes, Integer ignore) {
        // A batch needs predictions. Nobody reads these, so one number is enough for any shape.
        Tensor shape = new Tensor(Storage.of(ByteBuffer.allocate(Float.BYTES)), ElementType.FLOAT, 0, labels.examples(),
                classes, labels.pixels(), 0, 0, 0);
        Batch batch = new Batch(shape, Activation.IDENTITY, new Labels(Labels.Kind.INDEX, labels), null);
        long[] flat;
        try (Lease lease = workspaces.lease(CallPlace.of(devices, batch, null))) {
            DeviceCall call = new DeviceCall(lease, batch, policy);
            DeviceCounts counted = DeviceCounts.histogram(call, classes, ignore);
            call.check(labels, classes, ignore);
            flat = lease.keep(counted.fetch());
        }
        long[][] counts = new long[Math.toIntExact(labels.examples())][];
        for (int n = 0; n < counts.length; n++) {
            counts[n] = Arrays.copyOfRange(flat, n * (classes + 1), (n + 1) * (classes + 1));
        }
        return counts;
    }

    /**
     * Reads the values that nobody has asked for yet, so that they can still be asked for, and frees the memory on the
     * devices. The devices themselves belong to the caller.
     */
    @Override
    public void close() {
        unread.close();
        workspaces.close();
    }
}
