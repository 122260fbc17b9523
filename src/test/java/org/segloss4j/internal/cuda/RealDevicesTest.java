package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.Need;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Outcome;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.backend.TestTensors;
import org.segloss4j.internal.cuda.call.CallPlace;
import org.segloss4j.internal.cuda.driver.CudaDevice;
import org.segloss4j.internal.cuda.driver.CudaDevices;
import org.segloss4j.internal.cuda.driver.Driver;
import org.segloss4j.internal.cuda.driver.Drivers;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;

/** Where there are two devices: on which of them a call runs, and that they do not disturb each other. */
class RealDevicesTest {

    private static final SegmentationLoss LOSS = Losses.jaccard();

    private static Driver driver;
    private static CudaDevices devices;
    private static CudaBackend backend;

    private final Batch batch = DeviceArrays.onHost(ElementType.FLOAT, 3, 1500, 0);

    @BeforeAll
    static void open() {
        RealBackends.require();
        driver = Drivers.open();
        devices = new CudaDevices(driver, CudaAvailability::compilers);
        Need.present("devices", devices.count() > 1 ? null : "there is only one CUDA device");
        backend = new CudaBackend(devices, LaunchPolicy.DEFAULT);
    }

    @AfterAll
    static void close() {
        if (backend != null) {
            backend.close();
        }
        if (devices != null) {
            devices.close();
        }
    }

    private static void same(Outcome outcome, Outcome expected) {
        assertThat(outcome.value()).isEqualTo(expected.value());
        assertThat(outcome.gradient()).isEqualTo(expected.gradient());
    }

    /** The loss of a batch on a device, with its gradient there. */
    private static Outcome outcomeOn(int ordinal, Batch there, Tensor like) {
        CudaDevice device = devices.device(ordinal);
        Tensor gradient = DeviceArrays.put(device, ordinal, like);
        double value = backend.valueAndGradient(Job.gradient(LossInternals.spec(LOSS), there, 1, gradient));
        return new Outcome(value, TestTensors.values(DeviceArrays.fetch(device, gradient)));
    }

    /** As ND4J sets its threads to devices. */
    @Test
    void arraysOfTheHostGoToTheDeviceOfTheThread() {
        Outcome expected = Outcome.of(backend, LOSS, batch);
        assertThat(CallPlace.of(devices, batch, null).ordinal()).isZero();
        long[] context = new long[1];
        assertThat(driver.retainPrimaryContext(1, context)).isZero();
        assertThat(driver.setCurrentContext(context[0])).isZero();
        try {
            CallPlace place = CallPlace.of(devices, batch, null);
            assertThat(place.ordinal()).isEqualTo(1);
            assertThat(place.device()).isSameAs(devices.device(1));
            same(Outcome.of(backend, LOSS, batch), expected);
            assertThat(devices.current()).as("the thread's device after the call").isEqualTo(1);
        } finally {
            driver.setCurrentContext(0);
            driver.releasePrimaryContext(1);
        }
    }

    @Test
    void arraysOfADeviceAreReadThereWhateverTheThreadIsSetTo() {
        Outcome expected = Outcome.of(backend, LOSS, batch);
        Batch there = DeviceArrays.on(devices.device(1), 1, batch);
        long staged = backend.stagedBytes();
        assertThat(devices.current()).isZero();
        same(outcomeOn(1, there, batch.predictions()), expected);
        assertThat(backend.stagedBytes()).as("bytes of tensors that were copied").isEqualTo(staged);
    }

    @Test
    void arraysOfTwoDevicesAreRefused() {
        Batch first = DeviceArrays.on(devices.device(0), 0, batch);
        Batch second = DeviceArrays.on(devices.device(1), 1, batch);
        Batch mixed = new Batch(first.predictions(), batch.activation(), new Labels(batch.labels().kind(),
                second.labels().tensor()), null);
        assertThatIllegalArgumentException().isThrownBy(() -> Outcome.value(backend, LOSS, mixed))
                .withMessageMatching("labels .* on CUDA device 1, but predictions .* on device 0");
    }

    @Test
    void bothComputeAtTheSameTime() {
        Outcome expected = Outcome.of(backend, LOSS, batch);
        List<CompletableFuture<Void>> threads = IntStream.range(0, 4).mapToObj(thread -> CompletableFuture.runAsync(
                () -> {
                    int ordinal = thread % 2;
                    for (int round = 0; round < 4; round++) {
                        Batch there = DeviceArrays.on(devices.device(ordinal), ordinal, batch);
                        same(outcomeOn(ordinal, there, batch.predictions()), expected);
                    }
                })).toList();
        threads.forEach(CompletableFuture::join);
    }
}
