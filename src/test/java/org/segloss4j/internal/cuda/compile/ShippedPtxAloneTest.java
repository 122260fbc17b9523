package org.segloss4j.internal.cuda.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.LossInternals;
import org.segloss4j.LossResult;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.evaluation.SegmentationEvaluation;
import org.segloss4j.internal.backend.Counting;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.CountingCompiler;
import org.segloss4j.internal.cuda.CudaBackend;
import org.segloss4j.internal.cuda.FakeDriver;
import org.segloss4j.internal.cuda.HostBackends;
import org.segloss4j.internal.cuda.HostDevice;
import org.segloss4j.internal.cuda.OneDevice;
import org.segloss4j.internal.cuda.driver.CudaDevice;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.KernelVariant.Counted;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.cuda.plan.VariantList;
import org.segloss4j.internal.nd4j.HostBatches;

/** Where nothing compiles and the jar has PTX for any number of classes and predictions FLOAT. */
class ShippedPtxAloneTest {

    private static final CompileLadder.Rung NO_NVCC = CompileLadder.Rung.missing("nvcc", "not in PATH");
    private static final SegmentationLoss LOSS = Losses.CATEGORICAL_FOCAL_JACCARD_LOSS;
    /** Made once, since the text of each kernel is put together and hashed for it. */
    private static final CompileLadder.Rung SHIPPED = shipped(VariantList.of(List.of(0), List.of(ElementType.FLOAT),
            LaunchPolicy.DEFAULT));

    @TempDir
    private Path folder;

    private final FakeDriver driver = new FakeDriver();

    private static CompileLadder.Rung shipped(List<KernelVariant> variants) {
        Map<String, byte[]> files = new HashMap<>();
        StringBuilder index = new StringBuilder();
        for (KernelVariant variant : variants) {
            index.append(ShippedPtx.indexLine(KernelText.of(variant), 75)).append('\n');
            files.put(ShippedPtx.file(variant.symbol(), 75), "ptx".getBytes(StandardCharsets.US_ASCII));
        }
        files.put(ShippedPtx.INDEX, index.toString().getBytes(StandardCharsets.UTF_8));
        return ShippedPtx.find(files::get);
    }

    private static KernelVariant variant(Entry entry, int classes, ElementType element) {
        return new KernelVariant(entry, classes, org.segloss4j.internal.backend.Activation.SOFTMAX,
                KernelVariant.Layout.CHANNELS_FIRST, KernelVariant.LabelKind.INDEX_UINT8, element);
    }

    private static String symbol(Entry entry, int classes, ElementType element) {
        return name(variant(entry, classes, element).symbol());
    }

    private CompileLadder ladder(CompileLadder.Rung... better) {
        List<CompileLadder.Rung> rungs = new ArrayList<>(List.of(better));
        rungs.add(SHIPPED);
        return new CompileLadder(rungs, new DiskCache(folder));
    }

    private static SegmentationBatch batch(DataType type) {
        INDArray logits = Nd4j.rand(DataType.FLOAT, 2, 3, 40).castTo(type);
        INDArray labels = Nd4j.zeros(DataType.UINT8, 2, 40).addi(1);
        return SegmentationBatch.predictions(logits).labels(labels).activation(Activation.SOFTMAX);
    }

    /** Kernels that a device loads for a loss and its gradient. */
    private List<String> loaded(CompileLadder ladder, DataType type) {
        try (CudaDevice device = new CudaDevice(driver, 0, ladder);
                CudaBackend backend = new CudaBackend(new OneDevice(device), LaunchPolicy.DEFAULT)) {
            LossInternals.valueAndGradient(LOSS, batch(type), backend);
        }
        return driver.functions.stream().map(ShippedPtxAloneTest::name).toList();
    }

    /** What a symbol says of a kernel but its form. */
    private static String name(String symbol) {
        return symbol.replaceFirst("_[a-z]+_v\\d+_.*", "");
    }

    @Test
    void kernelsForAnyNumberOfClassesAreUsed() {
        assertThat(loaded(ladder(NO_NVCC), DataType.FLOAT)).containsExactly(
                symbol(Entry.REGION_FORWARD, 0, ElementType.FLOAT),
                symbol(Entry.REGION_BACKWARD, 0, ElementType.FLOAT));
    }

    @Test
    void countingNeedsNoOther() {
        try (CudaDevice device = new CudaDevice(driver, 0, ladder(NO_NVCC));
                CudaBackend backend = new CudaBackend(new OneDevice(device), LaunchPolicy.DEFAULT)) {
            new SegmentationEvaluation(3).eval(batch(DataType.FLOAT));
            backend.confusion(HostBatches.of(Nd4j.rand(DataType.FLOAT, 2, 1, 40),
                    Nd4j.rand(DataType.FLOAT, 2, 1, 40), 1, org.segloss4j.internal.backend.Activation.SIGMOID, null,
                    org.segloss4j.internal.nd4j.RowOrder.EXAMPLES), null, 0.5);
        }
        assertThat(driver.functions).singleElement().asString()
                .startsWith("seg_confusion_c0_sigmoid_strided_dense_any_float");
    }

    /** What a compiler says of a kernel is not hidden by other code. */
    @Test
    void whereACompilerIsTheChosenKernelIsCompiled() {
        assertThat(loaded(ladder(CompileLadder.Rung.of(new CountingCompiler("maker", "1"))), DataType.FLOAT))
                .containsExactly(symbol(Entry.REGION_FORWARD, 3, ElementType.FLOAT),
                        symbol(Entry.REGION_BACKWARD, 3, ElementType.FLOAT));
        KernelCompiler failing = new CountingCompiler("failing", "1") {
            @Override
            public KernelImage compile(KernelText kernel, Target target) {
                throw new KernelCompilationException("line 1: error");
            }
        };
        assertThatThrownBy(() -> loaded(ladder(CompileLadder.Rung.of(failing)), DataType.FLOAT))
                .isInstanceOf(KernelCompilationException.class)
                .hasMessageMatching("(?s)no code of " + symbol(Entry.REGION_FORWARD, 3, ElementType.FLOAT)
                        + "\\w* for compute capability 8.6:\nfailing: line 1: error\nshipped PTX: none of .*")
                .hasMessageNotContaining("cuda-redist");
    }

    /** A compiler that knows no such device is none there. */
    @Test
    void compilerOfOtherDevicesIsNoCompiler() {
        KernelCompiler newer = new CountingCompiler("newer", "1") {
            @Override
            public Target target(int capability) {
                throw new KernelCompilationException("only from 10.0 on");
            }
        };
        assertThat(loaded(ladder(CompileLadder.Rung.of(newer)), DataType.FLOAT).get(0)).contains("_c0_");
    }

    /** As in an image whose build stage had a compiler. */
    @Test
    void chosenKernelOfTheCacheIsPreferred() {
        DiskCache cache = new DiskCache(folder);
        CountingCompiler gone = new CountingCompiler("gone", "1");
        CompileLadder before = new CompileLadder(List.of(CompileLadder.Rung.of(gone)), cache);
        try (CudaDevice device = new CudaDevice(new FakeDriver(), 0, before);
                CudaBackend backend = new CudaBackend(new OneDevice(device), LaunchPolicy.DEFAULT)) {
            LossInternals.value(LOSS, batch(DataType.FLOAT), backend);
        }
        assertThat(loaded(ladder(NO_NVCC, CompileLadder.Rung.of(new CachedByOthers(cache))), DataType.FLOAT))
                .containsExactly(symbol(Entry.REGION_FORWARD, 3, ElementType.FLOAT),
                        symbol(Entry.REGION_BACKWARD, 0, ElementType.FLOAT));
    }

    @Test
    void predictionsOfATypeThatIsNotShippedSayWhatToDo() {
        assertThatThrownBy(() -> loaded(ladder(NO_NVCC), DataType.BFLOAT16))
                .isInstanceOf(KernelCompilationException.class).extracting(e -> e.getMessage()
                        .replaceAll("_bfloat16_\\w+", "_bfloat16")).isEqualTo("""
                        no code of KERNEL for compute capability 8.6:
                        nvcc: not in PATH
                        shipped PTX: none of KERNEL that runs on compute_86 among 257 kernels, run-time class counts \
                        only, predictions FLOAT
                        for predictions BFLOAT16 either nvcc has to be in CUDA_HOME or PATH, or \
                        org.bytedeco:cuda-redist on the class path, or the jar to be built with -Pptx,nvrtc \
                        -Dptx.types=bfloat16""".replace("KERNEL", symbol(Entry.REGION_FORWARD, 3,
                        ElementType.BFLOAT16)));
        assertThat(driver.open).isEmpty();
    }

    @Test
    void reportSaysWhatIsShipped() {
        assertThat(ladder(NO_NVCC).report()).containsExactly("compiler nvcc: not available: not in PATH",
                "shipped PTX: of 257 kernels, run-time class counts only, predictions FLOAT",
                "kernel cache: " + folder);
        assertThat(new CompileLadder(List.of(shipped(List.of(variant(Entry.REGION_FORWARD, 0, ElementType.FLOAT),
                variant(Entry.REGION_FORWARD, 19, ElementType.HALF)))), new DiskCache(folder)).report().get(0))
                .endsWith("run-time class counts and [19], predictions FLOAT, HALF");
    }

    /** The kernels for any number of classes, in the layouts and label kinds of those that they stand for. */
    @Test
    void resultsAreTheSame() {
        HostBackends.require();
        HostDevice host = new HostDevice(null, UnaryOperator.identity()) {
            @Override
            public KernelVariant variant(KernelVariant chosen) {
                return ladder(NO_NVCC).available(chosen, 86);
            }
        };
        try (host; CudaBackend backend = new CudaBackend(host, LaunchPolicy.DEFAULT)) {
            SegmentationBatch batch = batch(DataType.FLOAT);
            LossResult expected = LossInternals.valueAndGradient(LOSS, batch, new ReferenceBackend());
            LossResult actual = LossInternals.valueAndGradient(LOSS, batch, backend);
            assertThat(actual.value()).isCloseTo(expected.value(), org.assertj.core.data.Offset.offset(1e-6));
            assertThat(actual.gradient().equalsWithEps(expected.gradient(), 1e-7)).isTrue();
            Counting counting = new Counting(null, 0.5);
            assertThat(LossInternals.call(LOSS, batch, backend).enqueueValueAndGradient(1, actual.gradient(), true,
                    counting).counts()).isEqualTo(LossInternals.call(LOSS, batch, new ReferenceBackend())
                    .confusion(null, 0.5));
        }
    }

    /** Sweeps that count are not shipped; where nothing compiles, those that do not count stand for them. */
    @Test
    void sweepsThatCountAreReplaced() {
        KernelVariant plain = variant(Entry.REGION_FORWARD, 0, ElementType.FLOAT);
        assertThat(ladder(NO_NVCC).available(plain.counting(Counted.PAIRS), 86)).isEqualTo(plain);
        KernelVariant unrolled = variant(Entry.REGION_FORWARD, 3, ElementType.FLOAT).counting(Counted.PAIRS);
        assertThat(ladder(NO_NVCC).available(unrolled, 86)).isEqualTo(plain);
        assertThat(plain.counting(Counted.PAIRS).symbol()).isEqualTo(plain.symbol() + "_counts");
    }
}
