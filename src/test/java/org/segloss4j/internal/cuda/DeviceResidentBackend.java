package org.segloss4j.internal.cuda;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.DevicePlace;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.backend.Storage;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.math.Coefficients;
import org.segloss4j.internal.math.Sums;

/**
 * The CUDA backend on tensors that lie in a device's memory, where this puts those that it is given, strides and all.
 * Fails if the backend copies one of them.
 */
final class DeviceResidentBackend implements LossBackend {

    static final DevicePlace PLACE = new DevicePlace(0, 7);

    private final HostDevice device;
    private final CudaBackend backend;

    DeviceResidentBackend(HostDevice device) {
        this.device = device;
        backend = new CudaBackend(device, LaunchPolicy.DEFAULT);
    }

    @Override
    public String name() {
        return "device-resident";
    }

    @Override
    public Sums sums(Job job) {
        return on(job.batch(), there -> backend.sums(Job.sums(job.spec(), there, job.perImage())));
    }

    @Override
    public void gradient(Job job, Coefficients coefficients, int firstRow) {
        on(job.batch(), there -> written(job.gradient(), g -> {
            backend.gradient(new Job(job.spec(), there, job.perImage(), g, job.scale()), coefficients, firstRow);
            return null;
        }));
    }

    @Override
    public DoubleSupplier enqueueValueAndGradient(Job job) {
        double value = on(job.batch(), there -> written(job.gradient(),
                g -> backend.valueAndGradient(Job.gradient(job.spec(), there, job.scale(), g))));
        return () -> value;
    }

    @Override
    public long[] confusion(Batch batch, Integer ignoreIndex, double threshold) {
        return on(batch, there -> backend.confusion(there, ignoreIndex, threshold));
    }

    private <T> T on(Batch batch, Function<Batch, T> call) {
        List<Tensor> blocks = new ArrayList<>();
        try {
            Batch there = new Batch(put(batch.predictions(), blocks), batch.activation(),
                    new Labels(batch.labels().kind(), put(batch.labels().tensor(), blocks)),
                    batch.mask() == null ? null : put(batch.mask(), blocks));
            T result = call.apply(there);
            if (backend.stagedBytes() != 0) {
                throw new AssertionError(backend.stagedBytes() + " bytes of tensors on the device were copied");
            }
            return result;
        } finally {
            blocks.forEach(block -> device.free(block.storage().address()));
        }
    }

    private <T> T written(Tensor gradient, Function<Tensor, T> call) {
        List<Tensor> block = new ArrayList<>();
        try {
            Tensor there = put(gradient, block);
            T result = call.apply(there);
            bytes(gradient.storage()).put(bytes(there.storage()));
            return result;
        } finally {
            device.free(block.get(0).storage().address());
        }
    }

    private Tensor put(Tensor t, List<Tensor> blocks) {
        Tensor there = put(device, t);
        blocks.add(there);
        return there;
    }

    /** The same tensor in memory of the device. */
    static Tensor put(HostDevice device, Tensor t) {
        long bytes = t.storage().bytes();
        Storage storage = Storage.onDevice(PLACE, device.allocate(bytes), bytes, device);
        bytes(storage).put(bytes(t.storage()));
        return new Tensor(storage, t.type(), t.offset(), t.examples(), t.channels(), t.pixels(), t.exampleStride(),
                t.channelStride(), t.pixelStride());
    }

    /** All bytes of a storage, as the host that plays the device sees them. */
    static ByteBuffer bytes(Storage storage) {
        return storage.address() == 0 ? storage.window(0).duplicate().clear()
                : new Pointer(storage.address()).getByteBuffer(0, storage.bytes());
    }
}
