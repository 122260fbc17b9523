package org.segloss4j.internal.cuda;

import java.nio.ByteBuffer;
import java.util.Random;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.DevicePlace;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Storage;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.backend.TestTensors;
import org.segloss4j.internal.cuda.driver.CudaDevice;

/** Tensors of real devices, for tests that have no array library for them. */
final class DeviceArrays {

    private DeviceArrays() {
    }

    /** Random logits, and labels behind some elements that are not theirs, in the host's memory. */
    static Batch onHost(ElementType type, int channels, long pixels, int padding) {
        Random random = new Random(channels + pixels);
        return TestTensors.indexed(TestTensors.fill(TestTensors.packed(type, 2, channels, pixels),
                random::nextGaussian), Activation.SOFTMAX, TestTensors.fill(TestTensors.laidOut(ElementType.UINT8, 2, 1,
                pixels, "NCS", padding), () -> random.nextInt(channels)));
    }


    /** The same batch in memory of a device, said to be in that of some device. */
    static Batch on(CudaDevice device, int said, Batch batch) {
        return new Batch(put(device, said, batch.predictions()), batch.activation(),
                new Labels(batch.labels().kind(), put(device, said, batch.labels().tensor())),
                batch.mask() == null ? null : put(device, said, batch.mask()));
    }

    /** A copy of a tensor in memory of a device. */
    static Tensor put(CudaDevice device, int said, Tensor t) {
        int bytes = Math.toIntExact(t.storage().bytes());
        long address = device.allocate(bytes);
        ByteBuffer pinned = device.allocatePinned(bytes);
        pinned.put(0, t.storage().window(0), 0, bytes);
        device.copyIn(address, device.pinnedAddress(pinned), bytes, 0);
        device.synchronize(0);
        device.freePinned(pinned);
        return at(Storage.onDevice(new DevicePlace(said, 0), address, bytes, device), t);
    }

    /** What is in a tensor of a device, as one of the host. */
    static Tensor fetch(CudaDevice device, Tensor t) {
        int bytes = Math.toIntExact(t.storage().bytes());
        ByteBuffer pinned = device.allocatePinned(bytes);
        device.copyOut(device.pinnedAddress(pinned), t.storage().address(), bytes, 0);
        device.synchronize(0);
        ByteBuffer kept = ByteBuffer.allocate(bytes).put(0, pinned, 0, bytes);
        device.freePinned(pinned);
        return at(Storage.of(kept), t);
    }

    private static Tensor at(Storage storage, Tensor t) {
        return new Tensor(storage, t.type(), t.offset(), t.examples(), t.channels(), t.pixels(), t.exampleStride(),
                t.channelStride(), t.pixelStride());
    }
}
