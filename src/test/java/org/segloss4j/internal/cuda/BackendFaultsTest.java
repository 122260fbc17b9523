package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.cuda.compile.CompileLadder;
import org.segloss4j.internal.cuda.compile.DiskCache;
import org.segloss4j.internal.cuda.compile.KernelCompilationException;
import org.segloss4j.internal.cuda.compile.KernelCompiler;
import org.segloss4j.internal.cuda.compile.KernelImage;
import org.segloss4j.internal.cuda.compile.KernelText;
import org.segloss4j.internal.cuda.compile.Target;
import org.segloss4j.internal.cuda.driver.CudaDevice;
import org.segloss4j.internal.cuda.driver.CudaException;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;

/** Faults at the driver's and the compilers' calls, as somebody sees them who asks for a loss. */
class BackendFaultsTest {

    private static final String FORWARD = "seg_region_forward_c3_softmax_channels_first_index_uint8_float_\\w+";
    private static final String HERE = " on device 0 (Fake 0, compute capability 8.6, 1.5 GiB, 84 multiprocessors): ";

    @TempDir
    private Path folder;

    private final FakeDriver driver = new FakeDriver();

    private CudaDevice device(KernelCompiler... compilers) {
        return new CudaDevice(driver, 0, new CompileLadder(List.of(compilers).stream().map(CompileLadder.Rung::of)
                .toList(), new DiskCache(folder)));
    }

    private static void loss(LossBackend backend) {
        loss(backend, 2);
    }

    private static void loss(LossBackend backend, int examples) {
        LossInternals.valueAndGradient(Losses.jaccard(),
                SegmentationBatch.predictions(Nd4j.zeros(DataType.FLOAT, examples, 3, 50))
                .labels(Nd4j.zeros(DataType.UINT8, examples, 50)).activation(Activation.SOFTMAX), backend);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "createStream      | 2   | cuStreamCreate HERE CUDA_ERROR_OUT_OF_MEMORY",
        "allocate          | 2   | cuMemAlloc of \\d+ bytes HERE CUDA_ERROR_OUT_OF_MEMORY",
        "allocatePinned    | 2   | cuMemHostAlloc of \\d+ bytes HERE CUDA_ERROR_OUT_OF_MEMORY",
        "copyIn            | 1   | cuMemcpyHtoDAsync HERE CUDA_ERROR_INVALID_VALUE",
        "copyOut           | 1   | cuMemcpyDtoHAsync HERE CUDA_ERROR_INVALID_VALUE",
        "clear             | 1   | cuMemsetD8Async HERE CUDA_ERROR_INVALID_VALUE",
        "loadModule        | 2   | cuModuleLoadData of sm_86 code of FORWARD by maker 1: CUDA_ERROR_OUT_OF_MEMORY",
        "launch            | 701 | cuLaunchKernel FORWARD, grid \\d+, block \\d+, \\d+ bytes of shared memory, HERE"
                + " CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES"})
    void isToldAndTheNextCallWorks(String call, int result, String message) {
        try (CudaDevice device = device(new CountingCompiler("maker", "1"));
                CudaBackend backend = new CudaBackend(new OneDevice(device), LaunchPolicy.DEFAULT)) {
            driver.failing(call, result);
            assertThatThrownBy(() -> loss(backend)).isInstanceOf(CudaException.class).hasMessageMatching(message
                    .replace(" HERE ", java.util.regex.Pattern.quote(HERE)).replace("FORWARD", FORWARD));
            loss(backend);
        }
        assertThat(driver.open).isEmpty();
    }

    /** It shows where somebody waits: the kernel that was launched last is named. */
    @Test
    void failureOfAKernelNamesIt() {
        try (CudaDevice device = device(new CountingCompiler("maker", "1"));
                CudaBackend backend = new CudaBackend(new OneDevice(device), LaunchPolicy.DEFAULT)) {
            loss(backend);
            driver.failing("synchronizeStream", 719);
            assertThatThrownBy(() -> loss(backend)).isInstanceOf(CudaException.class)
                    .hasMessageStartingWith("cuStreamSynchronize, last launched by this thread: seg_region_")
                    .hasMessageEndingWith(HERE + "CUDA_ERROR_LAUNCH_FAILED; the device cannot be used any more in this"
                            + " process");
            assertThatThrownBy(() -> loss(backend)).isInstanceOf(CudaException.class)
                    .hasMessageContaining("since an earlier call failed: cuStreamSynchronize, last launched");
        }
        assertThat(driver.open).isEmpty();
    }

    /** The first sweep is under way when the second is refused, and uses what would be given back. */
    @Test
    void memoryIsGivenBackAfterWhatUsesIt() {
        try (CudaDevice device = device(new CountingCompiler("maker", "1"));
                CudaBackend backend = new CudaBackend(new OneDevice(device), LaunchPolicy.DEFAULT)) {
            driver.failing("launch", 0, 701);
            assertThatThrownBy(() -> loss(backend)).isInstanceOf(CudaException.class);
            List<String> after = driver.calls.subList(driver.calls.lastIndexOf("launch"), driver.calls.size());
            assertThat(after).contains("free", "freePinned");
            assertThat(after.subList(0, after.indexOf("free"))).contains("synchronizeStream");
        }
    }

    @Test
    void memoryThatCannotBeGivenBackDoesNotKeepTheRest() {
        try (CudaDevice device = device(new CountingCompiler("maker", "1"));
                CudaBackend backend = new CudaBackend(new OneDevice(device), LaunchPolicy.DEFAULT)) {
            loss(backend);
            long before = driver.open.stream().filter(open -> open.startsWith("memory")).count();
            driver.failing("free", 1);
            assertThatThrownBy(backend::close).isInstanceOf(CudaException.class).hasMessageContaining("cuMemFree");
            assertThat(driver.calls.stream().filter("free"::equals).count()).isEqualTo(before);
            assertThat(driver.calls).contains("freePinned");
        }
    }

    /** The memory of an earlier call is not lost with a piece whose stream is refused. */
    @Test
    void aStreamRefusedToAPieceDoesNotLoseMemory() {
        try (CudaDevice device = device(new CountingCompiler("maker", "1"))) {
            try (CudaBackend backend = new CudaBackend(new OneDevice(device), LaunchPolicy.DEFAULT, 1)) {
                loss(backend, 1);
                driver.failing("createStream", 2);
                assertThatThrownBy(() -> loss(backend, 2)).isInstanceOf(CudaException.class)
                        .hasMessageContaining("cuStreamCreate");
                loss(backend, 2);
            }
            assertThat(driver.open).noneMatch(open -> open.startsWith("memory") || open.startsWith("pinned"));
        }
    }

    @Test
    void refusedModuleGoesDownTheLadder() {
        CountingCompiler second = new CountingCompiler("second", "1");
        try (CudaDevice device = device(new CountingCompiler("first", "1"), second);
                CudaBackend backend = new CudaBackend(new OneDevice(device), LaunchPolicy.DEFAULT)) {
            driver.failing("loadModule", 222, 0, 218, 0);
            loss(backend);
            assertThat(second.compiled).hasValue(2);
        }
        assertThat(driver.open).isEmpty();
    }

    @Test
    void kernelThatDoesNotCompileIsToldWithItsLog() {
        KernelCompiler failing = new CountingCompiler("failing", "1") {
            @Override
            public KernelImage compile(KernelText kernel, Target target) {
                throw new KernelCompilationException("region_forward.cu(7): error: what is this");
            }
        };
        try (CudaDevice device = device(failing);
                CudaBackend backend = new CudaBackend(new OneDevice(device), LaunchPolicy.DEFAULT)) {
            assertThatThrownBy(() -> loss(backend)).isInstanceOf(KernelCompilationException.class)
                    .hasMessageMatching("no code of " + FORWARD + " for compute capability 8\\.6:\nfailing:"
                            + " region_forward\\.cu\\(7\\): error: what is this");
        }
        assertThat(driver.open).isEmpty();
    }
}
