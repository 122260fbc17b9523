package org.segloss4j.internal.cuda;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.DevicePlace;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.backend.Storage;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.math.ClassSums;
import org.segloss4j.internal.math.LossSpec;

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
        backend = new CudaBackend(device);
    }

    @Override
    public String name() {
        return "device-resident";
    }

    @Override
    public ClassSums sums(LossSpec spec, Batch batch, boolean perImage) {
        return on(batch, there -> backend.sums(spec, there, perImage));
    }

    @Override
    public void gradient(LossSpec spec, Batch batch, ClassSums sums, int firstRow, double scale, Tensor gradient) {
        on(batch, there -> written(gradient, g -> {
            backend.gradient(spec, there, sums, firstRow, scale, g);
            return null;
        }));
    }

    @Override
    public double valueAndGradient(LossSpec spec, Batch batch, double scale, Tensor gradient) {
        return on(batch, there -> written(gradient, g -> backend.valueAndGradient(spec, there, scale, g)));
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
