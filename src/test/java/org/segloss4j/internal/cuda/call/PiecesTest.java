package org.segloss4j.internal.cuda.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Counting;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Storage;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.CountingCompiler;
import org.segloss4j.internal.cuda.CudaBackend;
import org.segloss4j.internal.cuda.FakeDriver;
import org.segloss4j.internal.cuda.HostBackends;
import org.segloss4j.internal.cuda.HostDevice;
import org.segloss4j.internal.cuda.HostVariants;
import org.segloss4j.internal.cuda.OneDevice;
import org.segloss4j.internal.cuda.compile.CompileLadder;
import org.segloss4j.internal.cuda.compile.DiskCache;
import org.segloss4j.internal.cuda.driver.CudaDevice;
import org.segloss4j.internal.cuda.driver.CudaException;
import org.segloss4j.internal.cuda.driver.Driver;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.cuda.plan.LaunchShape;

/** Large batches of the host, of which one piece is computed while another is copied. */
class PiecesTest {

    private static final int EXAMPLES = 6;
    private static final int PIXELS = 50;
    private static final SegmentationLoss LOSS = Losses.jaccard().plus(Losses.categoricalCrossEntropy());

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    /** Notes what is enqueued on which stream, and waits for all but some. */
    private static final class Recorder extends HostDevice {
        private final List<String> enqueued = new ArrayList<>();
        private long deaf = -1;

        Recorder() {
            super(HostVariants.SPECIAL, UnaryOperator.identity());
        }

        @Override
        public void copyIn(long deviceAddress, long hostAddress, long bytes, long stream) {
            enqueued.add("in " + stream);
            super.copyIn(deviceAddress, hostAddress, bytes, stream);
        }

        @Override
        public void copyOut(long hostAddress, long deviceAddress, long bytes, long stream) {
            enqueued.add("out " + stream);
            super.copyOut(hostAddress, deviceAddress, bytes, stream);
        }

        @Override
        public void launch(KernelVariant variant, LaunchShape shape, ByteBuffer arguments, long stream) {
            enqueued.add(variant.entry() + " " + stream);
            super.launch(variant, shape, arguments, stream);
        }

        @Override
        public void synchronize(long stream) {
            if (stream != deaf) {
                super.synchronize(stream);
            }
        }
    }

    private static Tensor tensor(ElementType type, int examples, int channels) {
        ByteBuffer memory = ByteBuffer.allocate(examples * channels * PIXELS * type.bytes());
        return new Tensor(Storage.of(memory), type, 0, examples, channels, PIXELS, (long) channels * PIXELS, PIXELS, 1);
    }

    private static Batch batch(int examples) {
        Tensor logits = tensor(ElementType.FLOAT, examples, 3);
        for (int k = 0; k < examples * 3 * PIXELS; k++) {
            logits.storage().window(0).putFloat(4 * k, (float) Math.sin(k * k));
        }
        Tensor labels = tensor(ElementType.UINT8, examples, 1);
        for (int k = 0; k < examples * PIXELS; k++) {
            labels.storage().window(0).put(k, (byte) (k * 7 % 3));
        }
        return new Batch(logits, Activation.SOFTMAX, new Labels(Labels.Kind.INDEX, labels), null);
    }

    private static double value(CudaBackend backend, Tensor gradient) {
        return backend.valueAndGradient(Job.gradient(LossInternals.spec(LOSS), batch(EXAMPLES), 1, gradient));
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "2, 1, 2", "3, 1, 3", "9, 1, 4", "6, 600, 6", "6, 1200, 3", "6, 3600, 1", "6, 9999, 1"})
    void areWholeExamplesOfSomeSize(int examples, long least, int most) {
        assertThat(Pieces.count(Job.sums(LossInternals.spec(LOSS), batch(examples), false), least))
                .isEqualTo(Math.min(4, most));
    }

    /** A piece is launched before the next is copied, and copied back when the last has been launched. */
    @Test
    void kernelsRunWhileOthersAreCopied() {
        try (Recorder device = new Recorder();
                CudaBackend backend = new CudaBackend(device, LaunchPolicy.DEFAULT, 1800)) {
            Tensor gradient = tensor(ElementType.FLOAT, EXAMPLES, 3);
            value(backend, gradient);
            device.enqueued.clear();
            value(backend, gradient);
            assertThat(device.enqueued).containsExactly("in 0", "in 0", "REGION_FORWARD 0", "in 1", "in 1",
                    "REGION_FORWARD 1", "out 0", "out 0", "out 1", "out 1", "in 0", "REGION_BACKWARD 0", "in 1",
                    "REGION_BACKWARD 1", "out 0", "out 1");
        }
    }

    @Test
    void agreeWithTheReferenceAndWithThemselves() {
        Tensor expected = tensor(ElementType.FLOAT, EXAMPLES, 3);
        double value = new ReferenceBackend()
                .valueAndGradient(Job.gradient(LossInternals.spec(LOSS), batch(EXAMPLES), 1, expected));
        try (Recorder device = new Recorder(); CudaBackend backend = new CudaBackend(device, LaunchPolicy.DEFAULT, 1)) {
            Tensor first = tensor(ElementType.FLOAT, EXAMPLES, 3);
            double once = value(backend, first);
            assertThat(once).isCloseTo(value, within(1e-6));
            for (int k = 0; k < EXAMPLES * 3 * PIXELS; k++) {
                assertThat(first.storage().window(0).getFloat(4 * k))
                        .isCloseTo(expected.storage().window(0).getFloat(4 * k), within(1e-8f));
            }
            for (int run = 0; run < 10; run++) {
                Tensor again = tensor(ElementType.FLOAT, EXAMPLES, 3);
                assertThat(value(backend, again)).isEqualTo(once);
                assertThat(again.storage().window(0)).isEqualTo(first.storage().window(0));
            }
        }
    }

    /** Counts of pieces are added, and the first NaN is told by its place in the whole batch. */
    @Test
    void hardPredictionsOfAllAreCounted() {
        for (SegmentationLoss loss : List.of(LOSS, Losses.categoricalCrossEntropy(), Losses.jaccard().ignoreIndex(1))) {
            Batch batch = batch(EXAMPLES);
            Job job = Job.gradient(LossInternals.spec(loss), batch, 1, tensor(ElementType.FLOAT, EXAMPLES, 3))
                    .counting(new Counting(null, 0.5));
            try (Recorder device = new Recorder();
                    CudaBackend backend = new CudaBackend(device, LaunchPolicy.DEFAULT, 1)) {
                assertThat(backend.enqueueValueAndGradient(job).counts()).as(loss.name())
                        .isEqualTo(new ReferenceBackend().confusion(batch, null, 0.5));
                assertThat(device.enqueued).as(loss.name()).contains("in 3");
                batch.predictions().storage().window(0).putFloat(4 * (4 * 3 * PIXELS + 7), Float.NaN);
                batch.predictions().storage().window(0).putFloat(4 * (5 * 3 * PIXELS + 9), Float.NaN);
                assertThatThrownBy(backend.enqueueValueAndGradient(job)::counts).hasMessage(
                        "2 predictions are not a number; the first is NaN at example 4, pixel 7");
            }
        }
    }

    /** Outcomes are those of each image, whatever piece it is in. */
    @Test
    void outcomesOfEachImageAreCounted() {
        Batch classes = batch(EXAMPLES);
        Batch batch = new Batch(classes.predictions(), Activation.SIGMOID, classes.labels(), null);
        Job job = Job.gradient(LossInternals.spec(Losses.dice()), batch, 1, tensor(ElementType.FLOAT, EXAMPLES, 3))
                .counting(Counting.ofLabels(null, 0.25, 0.5, 0.75));
        try (Recorder device = new Recorder();
                CudaBackend backend = new CudaBackend(device, LaunchPolicy.DEFAULT, 1)) {
            assertThat(backend.enqueueValueAndGradient(job).counts())
                    .isEqualTo(new ReferenceBackend().enqueueValueAndGradient(job).counts());
            assertThat(device.enqueued).contains("in 3");
        }
    }

    /** Where channels lie outermost, as behind a convolution, between a piece's rows lie those of the others. */
    @Test
    void whatIsBetweenRowsIsNotCopiedWithEveryPiece() {
        int pixels = 2048;
        Tensor[] outermost = new Tensor[2];
        for (int k = 0; k < 2; k++) {
            ByteBuffer memory = ByteBuffer.allocate(4 * 3 * 4 * pixels);
            outermost[k] = new Tensor(Storage.of(memory), ElementType.FLOAT, 0, 4, 3, pixels, pixels, 4L * pixels, 1);
        }
        Tensor labels = new Tensor(Storage.of(ByteBuffer.allocate(4 * pixels)), ElementType.UINT8, 0, 4, 1, pixels,
                pixels, pixels, 1);
        Batch batch = new Batch(outermost[0], Activation.SOFTMAX, new Labels(Labels.Kind.INDEX, labels), null);
        long bytes = outermost[0].storage().bytes();
        try (Recorder device = new Recorder();
                CudaBackend backend = new CudaBackend(device, LaunchPolicy.DEFAULT, bytes / 2)) {
            backend.valueAndGradient(Job.gradient(LossInternals.spec(LOSS), batch, 1, outermost[1]));
            assertThat(backend.stagedBytes()).isEqualTo(2 * bytes + labels.storage().bytes());
        }
    }

    /** The device does nothing before it is waited for, so a stream that is forgotten shows. */
    @Test
    void aStreamThatNobodyWaitsForIsNoticed() {
        try (Recorder device = new Recorder();
                CudaBackend backend = new CudaBackend(device, LaunchPolicy.DEFAULT, 1800)) {
            Tensor gradient = tensor(ElementType.FLOAT, EXAMPLES, 3);
            double right = value(backend, gradient);
            device.deaf = 1;
            Tensor other = tensor(ElementType.FLOAT, EXAMPLES, 3);
            boolean same;
            try {
                same = value(backend, other) == right
                        && other.storage().window(0).equals(gradient.storage().window(0));
            } catch (RuntimeException e) {
                // What was never copied looks like bad labels at positions that there are not.
                same = false;
            }
            assertThat(same).isFalse();
            device.deaf = -1;
        }
    }

    /** Each of the calls of the driver that the second piece makes, refused. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"createStream | 1 | cuStreamCreate", "allocate | 7 | cuMemAlloc of \\d+ bytes",
        "allocatePinned | 1 | cuMemHostAlloc of \\d+ bytes", "copyIn | 4 | cuMemcpyHtoDAsync",
        "launch | 1 | cuLaunchKernel seg_region_forward_.+ bytes of shared memory,",
        "launch | 3 | cuLaunchKernel seg_region_backward_.+ bytes of shared memory,",
        "copyOut | 3 | cuMemcpyDtoHAsync"})
    void whatIsRefusedIsToldAndLeavesNothingBehind(String call, int before, String told, @TempDir Path folder) {
        FakeDriver driver = new FakeDriver();
        Integer[] results = new Integer[before + 1];
        Arrays.fill(results, Driver.SUCCESS);
        results[before] = 2;
        CompileLadder ladder = new CompileLadder(List.of(CompileLadder.Rung.of(new CountingCompiler("maker", "1"))),
                new DiskCache(folder));
        try (CudaDevice device = new CudaDevice(driver, 0, ladder);
                CudaBackend backend = new CudaBackend(new OneDevice(device), LaunchPolicy.DEFAULT, 1800)) {
            driver.failing(call, results);
            Tensor gradient = tensor(ElementType.FLOAT, EXAMPLES, 3);
            assertThatThrownBy(() -> value(backend, gradient)).isInstanceOf(CudaException.class)
                    .hasMessageMatching(told + " on device 0 \\(Fake 0, .+\\): CUDA_ERROR_OUT_OF_MEMORY");
            List<String> after = driver.calls.subList(driver.calls.lastIndexOf(call), driver.calls.size());
            if (!call.equals("createStream")) {
                assertThat(after.subList(0, after.indexOf("free"))).as("waits before it frees")
                        .filteredOn("synchronizeStream"::equals).hasSizeGreaterThanOrEqualTo(2);
            }
            value(backend, gradient);
        }
        assertThat(driver.open).isEmpty();
    }
}
