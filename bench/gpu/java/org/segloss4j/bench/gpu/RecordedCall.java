package org.segloss4j.bench.gpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.segloss4j.internal.cuda.driver.KernelDevice;
import org.segloss4j.internal.cuda.driver.KernelDevices;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.LaunchShape;

/**
 * A device that notes which kernels a call of the backend launches, so that just these can be launched again and timed,
 * and how much memory it takes. Work is put on the default stream.
 */
final class RecordedCall implements KernelDevice, KernelDevices {

    private final KernelDevice device;
    private final List<Launch> launches = new ArrayList<>();
    private final Map<Long, Long> sizes = new HashMap<>();
    private long allocated;

    private record Launch(KernelVariant variant, LaunchShape shape, ByteBuffer arguments) {
    }

    RecordedCall(KernelDevice device) {
        this.device = device;
    }

    /** Launches again what was launched since {@link #forget}. */
    void replay() {
        launches.forEach(l -> device.launch(l.variant, l.shape, l.arguments.rewind(), 0));
    }

    /** Launches the first of them again. */
    void replayFirst() {
        Launch first = launches.get(0);
        device.launch(first.variant, first.shape, first.arguments.rewind(), 0);
    }

    /** From now on notes anew. */
    void forget() {
        launches.clear();
    }

    /** What was launched: kernels with grid and block. */
    List<String> kernels() {
        return launches.stream().map(l -> l.variant.symbol() + " " + l.shape.blocks() + "x" + l.shape.threads())
                .toList();
    }

    /** The variants that were launched. */
    List<KernelVariant> variants() {
        return launches.stream().map(Launch::variant).toList();
    }

    /** Bytes of device memory that the backend holds. */
    long allocated() {
        return allocated;
    }

    @Override
    public KernelDevice device(int ordinal) {
        return this;
    }

    @Override
    public int current() {
        return 0;
    }

    @Override
    public void launch(KernelVariant variant, LaunchShape shape, ByteBuffer arguments, long stream) {
        ByteBuffer copy = ByteBuffer.allocateDirect(arguments.remaining()).order(ByteOrder.nativeOrder());
        launches.add(new Launch(variant, shape, copy.put(arguments.duplicate()).flip()));
        device.launch(variant, shape, arguments, stream);
    }

    @Override
    public String description() {
        return device.description();
    }

    @Override
    public int multiprocessors() {
        return device.multiprocessors();
    }

    @Override
    public KernelVariant variant(KernelVariant chosen) {
        return device.variant(chosen);
    }

    @Override
    public long stream(int number) {
        return 0;
    }

    @Override
    public long allocate(long bytes) {
        long address = device.allocate(bytes);
        sizes.put(address, bytes);
        allocated += bytes;
        return address;
    }

    @Override
    public void free(long address) {
        allocated -= sizes.remove(address);
        device.free(address);
    }

    @Override
    public ByteBuffer allocatePinned(int bytes) {
        return device.allocatePinned(bytes);
    }

    @Override
    public void freePinned(ByteBuffer buffer) {
        device.freePinned(buffer);
    }

    @Override
    public void copyIn(long deviceAddress, long hostAddress, long bytes, long stream) {
        device.copyIn(deviceAddress, hostAddress, bytes, stream);
    }

    @Override
    public void copyOut(long hostAddress, long deviceAddress, long bytes, long stream) {
        device.copyOut(hostAddress, deviceAddress, bytes, stream);
    }

    @Override
    public void clear(long deviceAddress, long bytes, long stream) {
        device.clear(deviceAddress, bytes, stream);
    }

    @Override
    public void synchronize(long stream) {
        device.synchronize(stream);
    }

    @Override
    public void close() {
        // The device belongs to the caller.
    }
}
