package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.data.Offset.offset;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.DevicePlace;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.backend.TestTensors;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.driver.CudaDevices;
import org.segloss4j.internal.cuda.driver.JCudaDriverCalls;
import org.segloss4j.internal.cuda.driver.KernelDevice;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.math.LossSpec;

/** Values that a device computes while the host goes on: whoever asks for them, and in whatever order. */
class RealDeviceEnqueuedTest {

    private static final LossSpec LOSS = LossInternals.spec(Losses.jaccard().plus(Losses.categoricalCrossEntropy()));
    private static final int PIXELS = 1203;

    @BeforeAll
    static void requireDevice() {
        RealBackends.require();
    }

    /** Pixel `bad`, if it is not negative, has the label 7. */
    private static Batch batch(int seed, int bad) {
        Random random = new Random(seed);
        Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, 3, PIXELS),
                () -> 2 * random.nextGaussian());
        int[] pixel = new int[1];
        Tensor labels = TestTensors.fill(TestTensors.packed(ElementType.UINT8, 1, 1, PIXELS),
                () -> pixel[0]++ == bad ? 7 : random.nextInt(3));
        return TestTensors.indexed(logits, Activation.SOFTMAX, labels);
    }

    @Test
    void anyThreadMayAskInAnyOrder() throws ExecutionException, InterruptedException {
        try (CudaDevices devices = new CudaDevices(new JCudaDriverCalls(), CudaAvailability::compilers);
                CudaBackend backend = new CudaBackend(devices, LaunchPolicy.DEFAULT)) {
            KernelDevice device = devices.device(0);
            DevicePlace place = new DevicePlace(0, device.stream(0));
            List<DoubleSupplier> values = new ArrayList<>();
            List<Tensor> gradients = new ArrayList<>();
            // More than may be unread, so that the first ones are read to make room.
            for (int k = 0; k < 24; k++) {
                Batch here = batch(k, k == 1 || k == 20 ? 100 + k : -1);
                Batch there = new Batch(DeviceResidentBackend.put(device, place, here.predictions()),
                        here.activation(), new Labels(Labels.Kind.INDEX, DeviceResidentBackend.put(device, place,
                        here.labels().tensor())), null);
                // In place, so that the next call's logits are not these.
                gradients.add(there.predictions());
                values.add(backend.enqueueValueAndGradient(Job.gradient(LOSS, there, 1, there.predictions())));
            }
            for (int k = 23; k >= 0; k--) {
                DoubleSupplier value = values.get(k);
                if (k == 1 || k == 20) {
                    assertThatIllegalArgumentException().isThrownBy(value::getAsDouble).withMessage(
                            "1 label is outside 0..2; the first is 7 at example 0, pixel " + (100 + k));
                    continue;
                }
                Batch here = batch(k, -1);
                Tensor expected = TestTensors.packed(ElementType.FLOAT, 1, 3, PIXELS);
                double truth = new ReferenceBackend().valueAndGradient(Job.gradient(LOSS, here, 1, expected));
                double found = k % 2 == 0 ? value.getAsDouble()
                        : CompletableFuture.supplyAsync(value::getAsDouble).get();
                assertThat(found).isCloseTo(truth, offset(1e-5));
                Tensor actual = TestTensors.packed(ElementType.FLOAT, 1, 3, PIXELS);
                DeviceResidentBackend.moved(device, gradients.get(k).storage(), actual.storage(), false);
                assertThat(TestTensors.values(actual)).containsExactly(TestTensors.values(expected), offset(1e-7));
            }
            assertThat(backend.stagedBytes()).isZero();
        }
    }
}
