package org.segloss4j.bench.gpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.DevicePlace;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Elements;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Storage;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cuda.driver.KernelDevice;

/** Random logits and labels of a case, on the host and on the device, and room for the gradient. */
final class BenchData implements AutoCloseable {

    /** On the default stream. */
    private static final DevicePlace PLACE = new DevicePlace(0, 0);

    private final KernelDevice device;
    private final BenchCase shape;
    private final Tensor logits;
    private final Tensor labels;
    private final Tensor gradient;
    private final Tensor logitsThere;
    private final Tensor labelsThere;
    private final Tensor gradientThere;

    BenchData(KernelDevice device, BenchCase shape) {
        this.device = device;
        this.shape = shape;
        logits = host(shape, shape.type(), shape.channels());
        labels = host(shape, ElementType.UINT8, 1);
        gradient = host(shape, shape.type(), shape.channels());
        draw();
        logitsThere = there(logits);
        labelsThere = there(labels);
        gradientThere = there(gradient);
        copyIn(logits, logitsThere);
        copyIn(labels, labelsThere);
        device.synchronize(0);
    }

    private static Tensor host(BenchCase shape, ElementType type, int channels) {
        long bytes = shape.examples() * channels * shape.pixels() * type.bytes();
        ByteBuffer buffer = ByteBuffer.allocateDirect(Math.toIntExact(bytes)).order(ByteOrder.nativeOrder());
        return laidOut(shape, type, channels, Storage.of(buffer));
    }

    private static Tensor laidOut(BenchCase shape, ElementType type, int channels, Storage storage) {
        long pixels = shape.pixels();
        return new Tensor(storage, type, 0, shape.examples(), channels, pixels, channels * pixels,
                shape.channelsLast() ? 1 : pixels, shape.channelsLast() ? channels : 1);
    }

    /** The same on the device: only shapes, for an address that nobody reads. */
    static Batch unread(BenchCase shape) {
        Storage nothing = Storage.onDevice(PLACE, 1L << 40, shape.logitsBytes(), shape);
        Storage label = Storage.onDevice(PLACE, 1L << 42, shape.labelBytes(), shape);
        return new Batch(laidOut(shape, shape.type(), shape.channels(), nothing), shape.activation(),
                new Labels(Labels.Kind.INDEX, laidOut(shape, ElementType.UINT8, 1, label)), null);
    }

    /** Room for the gradient of {@link #unread}. */
    static Tensor unwritten(BenchCase shape) {
        return laidOut(shape, shape.type(), shape.channels(), Storage.onDevice(PLACE, 1L << 41, shape.logitsBytes(),
                shape));
    }

    private Tensor there(Tensor host) {
        long bytes = host.storage().bytes();
        return laidOut(shape, host.type(), host.channels(), Storage.onDevice(PLACE, device.allocate(bytes), bytes,
                device));
    }

    private void copyIn(Tensor from, Tensor to) {
        device.copyIn(to.storage().address(), address(from), from.storage().bytes(), 0);
    }

    private static long address(Tensor host) {
        return address(host.storage().window(0));
    }

    private static long address(ByteBuffer direct) {
        try (BytePointer pointer = new BytePointer(direct)) {
            return pointer.address();
        }
    }

    /** The same numbers whatever the layout. */
    private void draw() {
        long pixels = shape.pixels();
        int channels = shape.channels();
        IntStream.range(0, Math.toIntExact(shape.examples() * channels)).parallel().forEach(row -> {
            for (long s = 0; s < pixels; s++) {
                long bits = mix(row * pixels + s);
                double sum = (bits & 0xffffff) + (bits >>> 40);
                Elements.put(logits, row / channels, row % channels, s, 3 * (sum / (1 << 24) - 1));
            }
        });
        ByteBuffer bytes = labels.storage().window(0);
        int classes = Math.max(2, channels);
        IntStream.range(0, Math.toIntExact(shape.labelBytes())).parallel()
                .forEach(k -> bytes.put(k, (byte) ((mix(~(long) k) >>> 1) % classes)));
    }

    /** Sixty-four bits that look random: the finaliser of SplitMix64 (Steele, Lea and Flood 2014). */
    private static long mix(long k) {
        long z = (k + 1) * 0x9e3779b97f4a7c15L;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }

    Batch onHost() {
        return new Batch(logits, shape.activation(), new Labels(Labels.Kind.INDEX, labels), null);
    }

    Batch onDevice() {
        return new Batch(logitsThere, shape.activation(), new Labels(Labels.Kind.INDEX, labelsThere), null);
    }

    Tensor gradientOnHost() {
        return gradient;
    }

    Tensor gradientOnDevice() {
        return gradientThere;
    }

    /** Fills both gradients with NaN, so that what is not written shows. */
    void poison() {
        ByteBuffer bytes = gradient.storage().window(0);
        IntStream.range(0, bytes.capacity() / 2).parallel().forEach(k -> bytes.putShort(2 * k, (short) -1));
        copyIn(gradient, gradientThere);
        device.synchronize(0);
    }

    /** Brings the device's gradient to the host. */
    void fetch() {
        device.copyOut(address(gradient), gradientThere.storage().address(), gradient.storage().bytes(), 0);
        device.synchronize(0);
    }

    /** The time of copying logits and labels from pinned memory and the gradient back to it, with nothing else. */
    BenchTimes pinnedCopy(BenchDevice timer) {
        int bytes = Math.toIntExact(shape.logitsBytes());
        int labelBytes = Math.toIntExact(shape.labelBytes());
        ByteBuffer pinned = device.allocatePinned(bytes + labelBytes);
        long at = address(pinned);
        BenchTimes times = BenchTimes.of(() -> timer.time(() -> {
            device.copyIn(logitsThere.storage().address(), at, bytes, 0);
            device.copyIn(labelsThere.storage().address(), at + bytes, labelBytes, 0);
            device.copyOut(at, gradientThere.storage().address(), bytes, 0);
        }), 2e5, 30);
        device.freePinned(pinned);
        return times;
    }

    @Override
    public void close() {
        for (Tensor tensor : new Tensor[] {logitsThere, labelsThere, gradientThere}) {
            device.free(tensor.storage().address());
        }
    }
}
