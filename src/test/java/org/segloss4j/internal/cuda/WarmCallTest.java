package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.DevicePlace;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Storage;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cuda.compile.CompileLadder;
import org.segloss4j.internal.cuda.compile.DiskCache;
import org.segloss4j.internal.cuda.driver.CudaDevice;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.math.LossSpec;

/** What a call on tensors of a device asks of the driver once everything is there, and what it leaves on the heap. */
class WarmCallTest {

    private static final DevicePlace PLACE = new DevicePlace(0, 7);

    @TempDir
    private Path folder;

    private final FakeDriver driver = new FakeDriver();

    private static Tensor tensor(long address, ElementType type, int channels) {
        return tensor(address, type, channels, 128 * 128);
    }

    private static Tensor tensor(long address, ElementType type, int channels, long pixels) {
        return new Tensor(Storage.onDevice(PLACE, address, 8 * channels * pixels * type.bytes(), PLACE), type, 0, 8,
                channels, pixels, channels * pixels, pixels, 1);
    }

    private CudaDevice device() {
        return new CudaDevice(driver, 0, new CompileLadder(List.of(CompileLadder.Rung.of(
                new CountingCompiler("maker", "1"))), new DiskCache(folder)));
    }

    /** A gradient over the predictions: what is allocated is the workspace, whatever the number of pixels. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 19, 150, 200})
    void inPlaceNoMemoryIsTakenThatGrowsWithTheBatch(int classes) {
        LossSpec spec = LossInternals.spec(classes == 1 ? Losses.BCE_DICE_LOSS
                : Losses.dice().plus(Losses.categoricalFocal()));
        long[] taken = new long[3];
        for (int k = 0; k < 3; k++) {
            long pixels = k == 0 ? 2048 * 2048 : 4096 * 4096;
            Tensor logits = tensor(1L << 40, ElementType.FLOAT, classes, pixels);
            Tensor gradient = k < 2 ? logits : tensor(3L << 40, ElementType.FLOAT, classes, pixels);
            Batch batch = new Batch(logits, classes == 1 ? Activation.SIGMOID : Activation.SOFTMAX,
                    new Labels(Labels.Kind.INDEX, tensor(2L << 40, ElementType.UINT8, 1, pixels)), null);
            long before = driver.allocated;
            try (CudaDevice device = device();
                    CudaBackend backend = new CudaBackend(new OneDevice(device), LaunchPolicy.DEFAULT)) {
                backend.valueAndGradient(Job.gradient(spec, batch, 1, gradient));
                assertThat(backend.stagedBytes()).isZero();
            }
            taken[k] = driver.allocated - before;
        }
        assertThat(taken[0]).isPositive().isLessThan(8 << 20).isEqualTo(taken[1]).isEqualTo(taken[2]);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 19, 150, 200})
    void launchesTwiceAndCopiesTheValueAndWaitsOnceWhenItIsAsked(int classes) {
        LossSpec spec = LossInternals.spec(Losses.dice().plus(Losses.categoricalFocal()));
        Batch batch = new Batch(tensor(1L << 40, ElementType.FLOAT, classes), Activation.SOFTMAX,
                new Labels(Labels.Kind.INDEX, tensor(2L << 40, ElementType.UINT8, 1)), null);
        Tensor gradient = tensor(3L << 40, ElementType.FLOAT, classes);
        try (CudaDevice device = device();
                CudaBackend backend = new CudaBackend(new OneDevice(device), LaunchPolicy.DEFAULT)) {
            // As a thread of ND4J has it.
            driver.setCurrentContext(0xc0);
            backend.valueAndGradient(Job.gradient(spec, batch, 1, gradient));
            driver.calls.clear();
            backend.valueAndGradient(Job.gradient(spec, batch, 1, gradient));
            assertThat(driver.calls).containsExactly("currentContext", "launch", "currentContext", "launch",
                    "currentContext", "copyOut", "currentContext", "synchronizeStream");
            driver.calls.clear();
            DoubleSupplier value = backend.enqueueValueAndGradient(Job.gradient(spec, batch, 1, gradient));
            assertThat(driver.calls).containsExactly("currentContext", "launch", "currentContext", "launch");
            driver.calls.clear();
            value.getAsDouble();
            assertThat(driver.calls).containsExactly("currentContext", "copyOut", "currentContext",
                    "synchronizeStream");
            driver.setCurrentContext(0);
            driver.calls.clear();
            backend.valueAndGradient(Job.gradient(spec, batch, 1, gradient));
            driver.calls.removeIf(call -> call.endsWith("Context"));
            assertThat(driver.calls).containsExactly("launch", "launch", "copyOut", "synchronizeStream");
            assertThat(heapBytes(() -> backend.valueAndGradient(Job.gradient(spec, batch, 1, gradient))))
                    .isLessThan(16_384);
        }
    }

    /** The second sweep reads coefficients that the host sent to the workspace, which the next call gets. */
    @Test
    void ofAScoreThatTheHostFinalisesTheSecondSweepIsWaitedFor() {
        LossSpec spec = LossInternals.spec(Losses.logCoshDice());
        Batch batch = new Batch(tensor(1L << 40, ElementType.FLOAT, 3), Activation.SOFTMAX,
                new Labels(Labels.Kind.INDEX, tensor(2L << 40, ElementType.UINT8, 1)), null);
        Job job = Job.gradient(spec, batch, 1, tensor(3L << 40, ElementType.FLOAT, 3));
        try (CudaDevice device = device();
                CudaBackend backend = new CudaBackend(new OneDevice(device), LaunchPolicy.DEFAULT)) {
            backend.enqueueValueAndGradient(job);
            driver.calls.clear();
            backend.enqueueValueAndGradient(job);
            assertThat(driver.calls).filteredOn("launch"::equals).hasSize(2);
            assertThat(driver.calls.subList(driver.calls.lastIndexOf("launch"), driver.calls.size()))
                    .contains("synchronizeStream");
        }
    }

    /** Bytes of Java's heap that a call takes; of several the least, since the first ones load classes. */
    private static long heapBytes(Runnable call) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int k = 0; k < 50; k++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            call.run();
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }
}
