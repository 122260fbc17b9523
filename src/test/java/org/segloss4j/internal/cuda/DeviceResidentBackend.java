package org.segloss4j.internal.cuda;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.DevicePlace;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.backend.Storage;
import org.segloss4j.internal.backend.Summands;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cuda.driver.Driver;
import org.segloss4j.internal.cuda.driver.KernelDevice;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.math.Coefficients;
import org.segloss4j.internal.math.SeparateTerm;
import org.segloss4j.internal.math.Sums;

/**
 * The CUDA backend on tensors that lie in a device's memory, where this puts those that it is given, strides and all.
 * Fails if the backend copies one of them.
 */
final class DeviceResidentBackend implements LossBackend {

    static final DevicePlace PLACE = new DevicePlace(0, 7);

    private final KernelDevice device;
    private final DevicePlace place;
    private final CudaBackend backend;

    DeviceResidentBackend(HostDevice device) {
        this(device, PLACE);
    }

    /** On any device, on a stream of it. */
    DeviceResidentBackend(KernelDevice device, DevicePlace place) {
        this.device = device;
        this.place = place;
        backend = new CudaBackend(new OneDevice(device), LaunchPolicy.DEFAULT);
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
        on(job.batch(), there -> written(job, there, g -> {
            backend.gradient(new Job(job.spec(), there, job.perImage(), g, job.scale()), coefficients, firstRow);
            return null;
        }));
    }

    @Override
    public Summands enqueueValueAndGradient(Job job) {
        return on(job.batch(), there -> written(job, there, g -> {
            Summands value = backend.enqueueValueAndGradient(Job.gradient(job.spec(), there, job.scale(), g).ofTerms()
                    .counting(job.counting()));
            // Waits, before the arrays are brought back.
            value.getAsDouble();
            return value;
        }));
    }

    @Override
    public double addSeparate(Job job, SeparateTerm term) {
        if (job.gradient() == null) {
            return on(job.batch(), there -> backend.addSeparate(Job.sums(job.spec(), there, false), term));
        }
        return on(job.batch(), there -> written(job, there,
                g -> backend.addSeparate(new Job(job.spec(), there, false, g, job.scale()), term)));
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

    /** Calls with a gradient on the device, which is over the predictions there if it is on the host. */
    private <T> T written(Job job, Batch batch, Function<Tensor, T> call) {
        Tensor gradient = job.gradient();
        boolean isOver = gradient.storage() == job.batch().predictions().storage();
        List<Tensor> block = new ArrayList<>();
        try {
            Tensor there = isOver ? batch.predictions() : put(gradient, block);
            T result = call.apply(there);
            moved(device, there.storage(), gradient.storage(), false);
            return result;
        } finally {
            block.forEach(own -> device.free(own.storage().address()));
        }
    }

    private Tensor put(Tensor t, List<Tensor> blocks) {
        Tensor there = put(device, place, t);
        blocks.add(there);
        return there;
    }

    /** The same tensor in memory of a device, to be used on a stream of it. */
    static Tensor put(KernelDevice device, DevicePlace place, Tensor t) {
        long bytes = t.storage().bytes();
        Storage storage = Storage.onDevice(place, device.allocate(bytes), bytes, device);
        moved(device, storage, t.storage(), true);
        return on(storage, t);
    }

    /** Copies all bytes of a storage to or from the device. */
    static void moved(KernelDevice device, Storage there, Storage here, boolean in) {
        long stream = there.place().stream();
        int bytes = Math.toIntExact(here.bytes());
        ByteBuffer pinned = device.allocatePinned(bytes);
        try {
            long address = Driver.addressOf(pinned);
            if (in) {
                pinned.put(0, bytes(here), 0, bytes);
                device.copyIn(there.address(), address, bytes, stream);
            } else {
                device.copyOut(address, there.address(), bytes, stream);
            }
            device.synchronize(stream);
            if (!in) {
                bytes(here).put(0, pinned, 0, bytes);
            }
        } finally {
            device.freePinned(pinned);
        }
    }

    private static Tensor on(Storage storage, Tensor t) {
        return new Tensor(storage, t.type(), t.offset(), t.examples(), t.channels(), t.pixels(), t.exampleStride(),
                t.channelStride(), t.pixelStride());
    }

    /** The same tensor in memory of the device. */
    static Tensor put(HostDevice device, Tensor t) {
        long bytes = t.storage().bytes();
        Storage storage = Storage.onDevice(PLACE, device.allocate(bytes), bytes, device);
        bytes(storage).put(bytes(t.storage()));
        return on(storage, t);
    }

    /** All bytes of a storage, as the host that plays the device sees them. */
    static ByteBuffer bytes(Storage storage) {
        return storage.address() == 0 ? storage.window(0).duplicate().clear()
                : new Pointer(storage.address()).getByteBuffer(0, storage.bytes());
    }
}
