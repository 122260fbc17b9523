package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.data.Offset.offset;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.DevicePlace;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.backend.Storage;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.driver.KernelDevice;
import org.segloss4j.internal.cuda.driver.KernelDevices;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.cuda.plan.LaunchShape;
import org.segloss4j.internal.cuda.plan.LossTables;
import org.segloss4j.internal.cuda.plan.StateLayout;
import org.segloss4j.internal.math.LossSpec;

/** Tensors that lie on devices: nothing of them is copied, and a call stays on one device. */
class DeviceTensorsTest {

    private static final LossSpec JACCARD = LossInternals.spec(Losses.jaccard());
    private static final int PIXELS = 1203;

    private final HostDevice device = new HostDevice(HostVariants.SPECIAL, UnaryOperator.identity());
    private final CudaBackend backend = new CudaBackend(device, LaunchPolicy.DEFAULT);
    private final Tensor logits = host(ElementType.FLOAT, 3);
    private final Tensor labels = host(ElementType.UINT8, 1);
    private final Tensor gradient = host(ElementType.FLOAT, 3);
    private double expected;

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    private static Tensor host(ElementType type, int channels) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(channels * PIXELS * type.bytes()).order(ByteOrder.nativeOrder());
        return new Tensor(Storage.of(bytes), type, 0, 1, channels, PIXELS, 0, PIXELS, 1);
    }

    @BeforeEach
    void fill() {
        for (int k = 0; k < 3 * PIXELS; k++) {
            logits.storage().window(0).putFloat(4 * k, (float) Math.sin(k));
        }
        for (int k = 0; k < PIXELS; k++) {
            labels.storage().window(0).put(k, (byte) (k % 3));
        }
        expected = new ReferenceBackend().valueAndGradient(Job.gradient(JACCARD, batch(logits, labels), 1, gradient));
    }

    @AfterEach
    void close() {
        backend.close();
        device.close();
    }

    private static Batch batch(Tensor logits, Tensor labels) {
        return new Batch(logits, Activation.SOFTMAX, new Labels(Labels.Kind.INDEX, labels), null);
    }

    private Tensor there(Tensor tensor) {
        return DeviceResidentBackend.put(device, tensor);
    }

    private static Tensor at(DevicePlace place, Tensor t, long firstElement) {
        Storage storage = Storage.onDevice(place, t.storage().address(), t.storage().bytes(), t);
        return new Tensor(storage, t.type(), firstElement, t.examples(), t.channels(), t.pixels(), t.exampleStride(),
                t.channelStride(), t.pixelStride());
    }

    private void check(double value, Tensor written) {
        assertThat(value).isCloseTo(expected, offset(1e-6));
        ByteBuffer truth = DeviceResidentBackend.bytes(gradient.storage()).order(ByteOrder.nativeOrder());
        ByteBuffer ours = DeviceResidentBackend.bytes(written.storage()).order(ByteOrder.nativeOrder());
        for (int k = 0; k < 3 * PIXELS; k++) {
            assertThat(ours.getFloat(4 * k)).isCloseTo(truth.getFloat(4 * k),
                    offset(1e-8f));
        }
    }

    /** The state of 64 bytes comes back with the value, and the loss's tables go there once. */
    @Test
    void aCallCopiesNothingButTheValueAndWaitsOnce() {
        Batch batch = batch(there(logits), there(labels));
        Tensor written = there(logits);
        for (int call = 0; call < 3; call++) {
            long copied = device.copied.get();
            int waited = device.synchronisations.get();
            check(backend.valueAndGradient(Job.gradient(JACCARD, batch, 1, written)), written);
            assertThat(device.copied.get() - copied).isEqualTo(StateLayout.BYTES
                    + (call == 0 ? new LossTables(JACCARD, 3, Activation.SOFTMAX, false, 0, false).bytes() : 0));
            assertThat(device.synchronisations.get() - waited).isEqualTo(1);
        }
        assertThat(backend.stagedBytes()).isZero();
    }

    @Test
    void onlyWhatTheHostHoldsIsCopied() {
        Tensor written = there(logits);
        check(backend.valueAndGradient(Job.gradient(JACCARD, batch(there(logits), labels), 1, written)), written);
        assertThat(backend.stagedBytes()).isEqualTo(PIXELS);
        Tensor back = host(ElementType.FLOAT, 3);
        check(backend.valueAndGradient(Job.gradient(JACCARD, batch(logits, there(labels)), 1, back)), back);
        assertThat(backend.stagedBytes()).isEqualTo(PIXELS + 2 * 12 * PIXELS);
        check(backend.valueAndGradient(Job.gradient(JACCARD, batch(there(logits), there(labels)), 1, back)), back);
        assertThat(backend.stagedBytes()).isEqualTo(PIXELS + 3 * 12 * PIXELS);
    }

    @Test
    void theFirstBadLabelIsFetchedFromTheDevice() {
        labels.storage().window(0).put(1000, (byte) 77);
        Batch batch = batch(there(logits), there(labels));
        assertThatIllegalArgumentException().isThrownBy(() -> backend.sums(Job.sums(JACCARD, batch, false)))
                .withMessage("1 label is outside 0..2; the first is 77 at example 0, pixel 1000");
        assertThat(backend.stagedBytes()).isZero();
        labels.storage().window(0).put(1000, (byte) 1);
        check(backend.valueAndGradient(Job.gradient(JACCARD, batch(logits, labels), 1, logits)), logits);
    }

    /** In place, there is no memory but the workspace's, which is small and does not grow with the pixels. */
    @Test
    void aGradientMayBeWrittenOverThePredictions() {
        Tensor z = there(logits);
        Batch batch = batch(z, there(labels));
        int own = device.blocks();
        check(backend.valueAndGradient(Job.gradient(JACCARD, batch, 1, z)), z);
        assertThat(device.blocks() - own).isLessThan(8);
        assertThat(backend.stagedBytes()).isZero();
        // And from the host's memory, from which everything is copied first.
        check(backend.valueAndGradient(Job.gradient(JACCARD, batch(logits, labels), 1, logits)), logits);
    }

    @Test
    void aGradientOverWhatIsStillToBeReadIsRefused() {
        Tensor z = there(logits);
        Tensor g = there(labels);
        Tensor later = new Tensor(z.storage(), ElementType.FLOAT, 4, 1, 3, PIXELS, 0, PIXELS, 1);
        assertThatIllegalArgumentException().isThrownBy(() -> Job.gradient(JACCARD, batch(z, g), 1, later))
                .withMessage("gradient FLOAT [1, 3, 1203] shares memory with predictions FLOAT [1, 3, 1203] but is"
                        + " another view of it, so predictions would be overwritten before they are read: give the"
                        + " predictions themselves, or memory of its own");
        Tensor turned = new Tensor(z.storage(), ElementType.FLOAT, 0, 1, 3, PIXELS, 0, 1, 3);
        assertThatIllegalArgumentException().isThrownBy(() -> Job.gradient(JACCARD, batch(z, g), 1, turned))
                .withMessageContaining("but is another view of it");
        Tensor narrow = new Tensor(z.storage(), ElementType.HALF, 0, 1, 3, PIXELS, 0, PIXELS, 1);
        assertThatIllegalArgumentException().isThrownBy(() -> Job.gradient(JACCARD, batch(z, g), 1, narrow))
                .withMessageContaining("but is another view of it");
        Tensor overLabels = new Tensor(g.storage(), ElementType.FLOAT, 0, 1, 3, PIXELS, 0, PIXELS, 1);
        assertThatIllegalArgumentException().isThrownBy(() -> Job.gradient(JACCARD, batch(z, g), 1, overLabels))
                .withMessage("gradient FLOAT [1, 3, 1203] shares memory with labels UINT8 [1, 1, 1203], which would be"
                        + " overwritten before it is read: give it memory of its own");
        Tensor repeated = new Tensor(z.storage(), ElementType.FLOAT, 0, 1, 3, PIXELS, 0, 0, 1);
        assertThatIllegalArgumentException().isThrownBy(() -> Job.gradient(JACCARD, batch(z, g), 1, repeated))
                .withMessage("gradient FLOAT [1, 3, 1203] repeats the same elements along an axis (its stride is 0), so"
                        + " it cannot be written");
        // The same rule on the host, whatever computes it.
        Tensor hostLater = new Tensor(logits.storage(), ElementType.FLOAT, 4, 1, 3, PIXELS, 0, PIXELS, 1);
        assertThatIllegalArgumentException().isThrownBy(() -> Job.gradient(JACCARD, batch(logits, labels), 1,
                hostLater)).withMessageContaining("but is another view of it");
    }

    @Test
    void tensorsOfSeveralDevicesAreRefused() {
        Tensor z = there(logits);
        Tensor g = at(new DevicePlace(1, 0), there(labels), 0);
        assertThatIllegalArgumentException().isThrownBy(() -> backend.sums(Job.sums(JACCARD, batch(z, g), false)))
                .withMessage("labels UINT8 [1, 1, 1203] on CUDA device 1, but predictions FLOAT [1, 3, 1203] on"
                        + " device 0");
    }

    @Test
    void otherBackendsSayThatTheyDoNotReadDevices() {
        for (LossBackend other : List.of(new ReferenceBackend(), new CpuBackend())) {
            assertThat(other.takesDeviceMemory()).isFalse();
            assertThatIllegalArgumentException().isThrownBy(
                    () -> other.sums(Job.sums(JACCARD, batch(there(logits), labels), false))).withMessage(
                    "the array is in the memory of CUDA device 0, which this backend does not read");
        }
    }

    /** Kernels run where the tensors lie, in order with what made them, and each device has its own memory. */
    @Test
    void callsGoToTheDeviceAndStreamOfTheirTensors() {
        List<String> events = new ArrayList<>();
        List<HostDevice> both = new ArrayList<>();
        for (int ordinal = 0; ordinal < 2; ordinal++) {
            int number = ordinal;
            both.add(new HostDevice(HostVariants.SPECIAL, UnaryOperator.identity()) {
                @Override
                public void launch(KernelVariant variant, LaunchShape shape, ByteBuffer arguments, long stream) {
                    events.add(number + " stream " + stream);
                    super.launch(variant, shape, arguments, stream);
                }

                @Override
                public void synchronize(long stream) {
                    events.add(number + " waits for " + stream);
                    super.synchronize(stream);
                }
            });
        }
        KernelDevices devices = new KernelDevices() {
            @Override
            public KernelDevice device(int ordinal) {
                return both.get(ordinal);
            }

            @Override
            public int current() {
                return 1;
            }
        };
        try (CudaBackend several = new CudaBackend(devices, LaunchPolicy.DEFAULT)) {
            for (int ordinal = 0; ordinal < 2; ordinal++) {
                HostDevice own = both.get(ordinal);
                DevicePlace place = new DevicePlace(ordinal, 40 + ordinal);
                Tensor z = at(place, DeviceResidentBackend.put(own, logits), 0);
                Tensor g = at(new DevicePlace(ordinal, 50), DeviceResidentBackend.put(own, labels), 0);
                Tensor written = at(place, DeviceResidentBackend.put(own, logits), 0);
                events.clear();
                check(several.valueAndGradient(Job.gradient(JACCARD, batch(z, g), 1, written)), written);
                String here = ordinal + " stream " + (40 + ordinal);
                assertThat(events).containsExactly(ordinal + " waits for 50", here, here,
                        ordinal + " waits for " + (40 + ordinal));
            }
            events.clear();
            several.sums(Job.sums(JACCARD, batch(logits, labels), false));
            assertThat(events).first().isEqualTo("1 stream 0");
        }
        // Predictions, labels and gradient are the test's own.
        both.forEach(own -> assertThat(own.blocks()).isEqualTo(3));
        both.forEach(HostDevice::close);
    }
}
