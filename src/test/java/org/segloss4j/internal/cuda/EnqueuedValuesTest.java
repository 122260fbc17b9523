package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.DoubleSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.segloss4j.AbsentClassPolicy;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.WeightMode;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Storage;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.driver.CudaException;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.cuda.plan.LaunchShape;
import org.segloss4j.internal.math.LossSpec;

/** Values that are asked for after the gradient, or never: nothing waits, nothing is lost, memory stays bounded. */
class EnqueuedValuesTest {

    private static final LossSpec JACCARD = LossInternals.spec(Losses.jaccard());
    private static final int PIXELS = 403;
    /** More calls than there may be unread values. */
    private static final int MANY = 100;

    private final HostDevice device = new HostDevice(HostVariants.SPECIAL, UnaryOperator.identity());
    private final CudaBackend backend = new CudaBackend(device, LaunchPolicy.DEFAULT);

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    @AfterEach
    void close() {
        backend.close();
        device.close();
    }

    private static Tensor host(ElementType type, int channels) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(channels * PIXELS * type.bytes()).order(ByteOrder.nativeOrder());
        return new Tensor(Storage.of(bytes), type, 0, 1, channels, PIXELS, 0, PIXELS, 1);
    }

    /** A batch on the host; pixel `bad`, if it is not negative, has the label 7. */
    private static Batch batch(int seed, int bad) {
        Tensor logits = host(ElementType.FLOAT, 3);
        Tensor labels = host(ElementType.UINT8, 1);
        for (int k = 0; k < 3 * PIXELS; k++) {
            logits.storage().window(0).putFloat(4 * k, (float) Math.sin(k + seed));
        }
        for (int k = 0; k < PIXELS; k++) {
            labels.storage().window(0).put(k, (byte) (k == bad ? 7 : k % 3));
        }
        return new Batch(logits, Activation.SOFTMAX, new Labels(Labels.Kind.INDEX, labels), null);
    }

    private Job there(Batch batch) {
        Batch there = new Batch(DeviceResidentBackend.put(device, batch.predictions()), batch.activation(),
                new Labels(Labels.Kind.INDEX, DeviceResidentBackend.put(device, batch.labels().tensor())), null);
        return Job.gradient(JACCARD, there, 1, DeviceResidentBackend.put(device, batch.predictions()));
    }

    private DoubleSupplier enqueue(int seed, int bad) {
        return backend.enqueueValueAndGradient(there(batch(seed, bad)));
    }

    /** The value, on a device of its own. */
    private static double alone(int seed) {
        HostDevice other = new HostDevice(HostVariants.SPECIAL, UnaryOperator.identity());
        try (CudaBackend fresh = new CudaBackend(other, LaunchPolicy.DEFAULT)) {
            return fresh.valueAndGradient(Job.gradient(JACCARD, batch(seed, -1), 1, host(ElementType.FLOAT, 3)));
        }
    }

    private static String message(int bad) {
        try {
            return "no error but " + new ReferenceBackend().sums(Job.sums(JACCARD, batch(0, bad), false));
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }

    private static void throwsFor(int bad, DoubleSupplier value) {
        assertThatIllegalArgumentException().isThrownBy(value::getAsDouble).withMessage(message(bad));
    }

    @Test
    void nothingWaitsOrIsCopiedBeforeTheValueIsAskedFor() {
        enqueue(0, -1).getAsDouble();
        Job job = there(batch(1, -1));
        int waited = device.synchronisations.get();
        long copied = device.copied.get();
        DoubleSupplier value = backend.enqueueValueAndGradient(job);
        assertThat(device.synchronisations).hasValue(waited);
        assertThat(device.copied).hasValue(copied);
        assertThat(value.getAsDouble()).isEqualTo(alone(1));
        assertThat(device.synchronisations).hasValue(waited + 1);
        assertThat(value.getAsDouble()).isEqualTo(alone(1));
        assertThat(device.synchronisations).hasValue(waited + 1);
    }

    /** Losses of ratios, whatever their masses, means and absent classes, beside pixel losses with any divisor. */
    static Stream<SegmentationLoss> finalisedOnDevice() {
        return Stream.of(Losses.vNetDice(), Losses.jaccardMetric(), Losses.dice().plus(Losses.crossEntropy()),
                Losses.dice().absentClasses(AbsentClassPolicy.ZERO),
                Losses.dice().absentClasses(AbsentClassPolicy.PENALISE).perImage(true),
                Losses.jaccard().weightMode(WeightMode.NORMALISED).classWeights(1, 2, 3),
                Losses.vNetDice().plus(Losses.softmaxFocal()),
                Losses.jaccard().plus(Losses.crossEntropy().labelSmoothing(0.1)));
    }

    @ParameterizedTest
    @MethodSource("finalisedOnDevice")
    void nothingWaitsBetweenTheSweeps(SegmentationLoss loss) {
        LossSpec spec = LossInternals.spec(loss);
        Batch batch = batch(1, -1);
        Job job = there(batch);
        backend.enqueueValueAndGradient(new Job(spec, job.batch(), spec.needsSumsPerImage(), job.gradient(), 1))
                .getAsDouble();
        int waited = device.synchronisations.get();
        DoubleSupplier value = backend.enqueueValueAndGradient(
                new Job(spec, job.batch(), spec.needsSumsPerImage(), job.gradient(), 1));
        assertThat(device.synchronisations).hasValue(waited);
        assertThat(value.getAsDouble()).isCloseTo(new ReferenceBackend().valueAndGradient(
                Job.gradient(spec, batch, 1, host(ElementType.FLOAT, 3))), Offset.offset(1e-6));
        assertThat(device.synchronisations).hasValue(waited + 1);
    }

    @Test
    void severalMayBeUnreadAndAreReadInAnyOrder() {
        List<DoubleSupplier> values = new ArrayList<>();
        for (int k = 0; k < 5; k++) {
            values.add(enqueue(k, k == 2 ? 17 : -1));
        }
        for (int k = 4; k >= 0; k--) {
            if (k == 2) {
                throwsFor(17, values.get(k));
                throwsFor(17, values.get(k));
            } else {
                assertThat(values.get(k).getAsDouble()).isEqualTo(alone(k));
            }
        }
    }

    /** Old values give back their memory without being lost. */
    @Test
    void memoryIsBoundedThoughNobodyAsks() {
        List<DoubleSupplier> values = new ArrayList<>();
        List<Job> jobs = new ArrayList<>();
        for (int k = 0; k < MANY; k++) {
            jobs.add(there(batch(k, k == 0 ? 5 : -1)));
        }
        int before = device.blocks();
        int afterHalf = 0;
        for (int k = 0; k < MANY; k++) {
            values.add(backend.enqueueValueAndGradient(jobs.get(k)));
            afterHalf = k == MANY / 2 ? device.blocks() : afterHalf;
        }
        assertThat(afterHalf).isGreaterThan(before);
        assertThat(device.blocks()).isEqualTo(afterHalf);
        throwsFor(5, values.get(0));
        for (int k = 1; k < MANY; k += 33) {
            assertThat(values.get(k).getAsDouble()).isEqualTo(alone(k));
        }
    }

    @Test
    void valuesOutliveTheBackend() {
        DoubleSupplier good = enqueue(3, -1);
        DoubleSupplier bad = enqueue(3, 9);
        int own = 3 * 2;
        backend.close();
        assertThat(device.blocks()).isEqualTo(own);
        assertThat(good.getAsDouble()).isEqualTo(alone(3));
        throwsFor(9, bad);
    }

    /** What waits reads what was found then, also where the labels have been written over since. */
    @Test
    void theMessageIsThatOfTheLabelsAsTheyWere() {
        Job job = there(batch(0, 11));
        DoubleSupplier value = backend.enqueueValueAndGradient(job);
        throwsFor(11, value);
        DeviceResidentBackend.bytes(job.batch().labels().tensor().storage()).put(11, (byte) 1);
        throwsFor(11, value);
    }

    /** Later work on the stream may write over the labels before anybody asks. */
    @Test
    void aLabelThatHasChangedSinceIsNotSaidToBeWrong() {
        enqueue(0, -1).getAsDouble();
        Job job = there(batch(0, 11));
        DoubleSupplier value = backend.enqueueValueAndGradient(job);
        device.synchronize(job.gradient().storage().place().stream());
        DeviceResidentBackend.bytes(job.batch().labels().tensor().storage()).put(11, (byte) 1);
        assertThatIllegalArgumentException().isThrownBy(value::getAsDouble).withMessage("1 label is outside 0..2;"
                + " the first, which has changed since, was at example 0, pixel 11");
    }

    @Test
    void threadsDoNotDisturbOneAnother() throws InterruptedException {
        double[] expected = new double[4];
        for (int k = 0; k < 4; k++) {
            expected[k] = alone(k);
        }
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int k = 0; k < 4; k++) {
            int seed = k;
            threads.add(new Thread(() -> {
                for (int step = 0; step < 5; step++) {
                    DoubleSupplier good = enqueue(seed, -1);
                    DoubleSupplier bad = enqueue(seed, seed);
                    assertThat(good.getAsDouble()).isEqualTo(expected[seed]);
                    throwsFor(seed, bad);
                }
            }));
        }
        threads.forEach(thread -> thread.setUncaughtExceptionHandler((where, thrown) -> failures.add(thrown)));
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
    }

    /** Where the host has to do something in between or afterwards, all is done before the call returns. */
    @Test
    void arraysOfTheHostAreDoneAtOnce() {
        Tensor gradient = host(ElementType.FLOAT, 3);
        DoubleSupplier value = backend.enqueueValueAndGradient(Job.gradient(JACCARD, batch(1, -1), 1, gradient));
        Tensor expected = host(ElementType.FLOAT, 3);
        new ReferenceBackend().valueAndGradient(Job.gradient(JACCARD, batch(1, -1), 1, expected));
        for (int k = 0; k < 3 * PIXELS; k++) {
            assertThat(gradient.storage().window(0).getFloat(4 * k)).isCloseTo(
                    expected.storage().window(0).getFloat(4 * k), org.assertj.core.data.Offset.offset(1e-8f));
        }
        int waited = device.synchronisations.get();
        assertThat(value.getAsDouble()).isEqualTo(alone(1));
        assertThat(device.synchronisations).hasValue(waited);
        assertThatIllegalArgumentException().isThrownBy(() -> backend.enqueueValueAndGradient(
                Job.gradient(JACCARD, batch(1, 4), 1, gradient))).withMessage(message(4));
    }

    @Test
    void aFaultOfTheDeviceIsToldToWhoeverAsks() {
        HostDevice failing = new HostDevice(HostVariants.SPECIAL, UnaryOperator.identity()) {
            @Override
            void run(KernelVariant variant, LaunchShape shape, ByteBuffer arguments) {
                throw new CudaException("a fault");
            }
        };
        try (CudaBackend broken = new CudaBackend(failing, LaunchPolicy.DEFAULT)) {
            Batch batch = batch(0, -1);
            Tensor there = DeviceResidentBackend.put(failing, batch.predictions());
            Tensor labels = DeviceResidentBackend.put(failing, batch.labels().tensor());
            DoubleSupplier value = broken.enqueueValueAndGradient(Job.gradient(JACCARD, new Batch(there,
                    Activation.SOFTMAX, new Labels(Labels.Kind.INDEX, labels), null), 1,
                    DeviceResidentBackend.put(failing, batch.predictions())));
            for (Object each : Collections.nCopies(2, "")) {
                assertThatThrownBy(value::getAsDouble).isInstanceOf(CudaException.class).hasMessage("a fault");
            }
        }
    }
}
