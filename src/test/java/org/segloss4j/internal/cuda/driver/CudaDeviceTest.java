package org.segloss4j.internal.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.internal.cuda.CountingCompiler;
import org.segloss4j.internal.cuda.FakeDriver;
import org.segloss4j.internal.cuda.compile.CompileLadder;
import org.segloss4j.internal.cuda.compile.DiskCache;
import org.segloss4j.internal.cuda.compile.KernelCompilationException;
import org.segloss4j.internal.cuda.compile.KernelCompiler;
import org.segloss4j.internal.cuda.compile.KernelImage;
import org.segloss4j.internal.cuda.compile.KernelText;
import org.segloss4j.internal.cuda.compile.Target;
import org.segloss4j.internal.cuda.plan.LaunchShape;

/** Faults enter at the calls of the driver. */
class CudaDeviceTest {

    private static final String HERE = " on device 0 (Fake 0, compute capability 8.6, 1.5 GiB, 84 multiprocessors): ";
    private static final KernelText KERNEL = new KernelText("text", List.of("A=1"), "kernel");
    private static final LaunchShape SHAPE = new LaunchShape(84, 256, 1024);

    @TempDir
    private Path folder;

    private final FakeDriver driver = new FakeDriver();
    private final CountingCompiler first = new CountingCompiler("first", "1");
    private final CountingCompiler second = new CountingCompiler("second", "2");

    private CudaDevice device(KernelCompiler... compilers) {
        List<CompileLadder.Rung> rungs = new ArrayList<>(List.of(CompileLadder.Rung.missing("none", "it is gone")));
        for (KernelCompiler compiler : compilers) {
            rungs.add(CompileLadder.Rung.of(compiler));
        }
        return new CudaDevice(driver, 0, new CompileLadder(rungs, new DiskCache(folder)));
    }

    private static ByteBuffer arguments(int bytes) {
        ByteBuffer buffer = ByteBuffer.allocate(4 * bytes);
        for (int k = 0; k < bytes; k++) {
            buffer.put((byte) k);
        }
        return buffer.flip();
    }

    @Test
    void everythingIsClosed() throws InterruptedException {
        try (CudaDevice device = device(first)) {
            device.allocate(100);
            device.free(device.allocate(200));
            device.allocatePinned(10);
            device.freePinned(device.allocatePinned(20));
            Thread thread = new Thread(() -> device.stream(0));
            thread.start();
            thread.join();
            device.launch(KERNEL, SHAPE, arguments(40), device.stream(0));
            assertThat(driver.open).isNotEmpty();
            assertThat(driver.arguments).isEqualTo(Arrays.copyOf(arguments(40).array(), 40));
        }
        assertThat(driver.open).isEmpty();
    }

    /** A kernel fails while the host goes on, and the driver tells at the next call, which is not to blame. */
    @Test
    void faultsOfKernelsAreToldOnceAndEndTheUseOfTheDevice() {
        try (CudaDevice device = device(first)) {
            long stream = device.stream(0);
            device.launch(KERNEL, SHAPE, arguments(40), stream);
            driver.failing("launch", 700, 700).failing("free", 700);
            KernelText other = new KernelText("text", List.of("A=2"), "second");
            String fault = "cuLaunchKernel second, after kernel, grid 84, block 256, 1024 bytes of shared memory,"
                    + HERE + "CUDA_ERROR_ILLEGAL_ADDRESS";
            assertThatThrownBy(() -> device.launch(other, SHAPE, arguments(40), stream))
                    .isInstanceOf(CudaException.class)
                    .hasMessage(fault + "; the device cannot be used any more in this process");
            for (ThrowingCallable use : List.<ThrowingCallable>of(() -> device.allocate(1),
                    () -> device.synchronize(stream), () -> device.launch(KERNEL, SHAPE, arguments(40), stream))) {
                assertThatThrownBy(use).isInstanceOf(CudaException.class).hasMessage("device 0 (Fake 0) cannot be used"
                        + " any more in this process, since an earlier call failed: " + fault);
            }
        }
        assertThat(driver.open).isEmpty();
    }

    @Test
    void otherErrorsLeaveTheDeviceInUse() {
        try (CudaDevice device = device(first)) {
            driver.failing("allocate", 2);
            assertThatThrownBy(() -> device.allocate(1)).hasMessageEndingWith("CUDA_ERROR_OUT_OF_MEMORY");
            device.free(device.allocate(1));
        }
    }

    @Test
    void closedDevicesRefuse() {
        CudaDevice device = device(first);
        device.close();
        device.close();
        assertThatThrownBy(() -> device.allocate(1)).isInstanceOf(IllegalStateException.class)
                .hasMessage("device 0 (Fake 0) is closed");
    }

    @Test
    void streamsBelongToThreadsAndAreUsedAgain() throws InterruptedException {
        try (CudaDevice device = device()) {
            assertThat(device.stream(0)).isEqualTo(device.stream(0));
            Set<Long> used = Collections.synchronizedSet(new HashSet<>());
            for (int k = 0; k < 10; k++) {
                Thread thread = new Thread(() -> used.add(device.stream(0)));
                thread.start();
                thread.join();
            }
            assertThat(used).hasSize(1).doesNotContain(device.stream(0));
        }
    }

    @Test
    void contextsOfOthersComeBack() {
        try (CudaDevice device = device()) {
            driver.setCurrentContext(0xabc);
            device.allocate(1);
            long[] current = new long[1];
            driver.currentContext(current);
            assertThat(current[0]).isEqualTo(0xabc);
        }
    }

    @Test
    void threadsWithoutContextHaveNoneAgain() {
        driver.devices = 2;
        try (CudaDevices devices = new CudaDevices(driver, () -> null)) {
            assertThat(devices.current()).isZero();
            devices.device(1).allocate(1);
            assertThat(devices.current()).isZero();
            driver.setCurrentContext(0xc1);
            assertThat(devices.current()).isEqualTo(1);
            devices.device(0).allocate(1);
            assertThat(devices.current()).isEqualTo(1);
        }
    }

    @Test
    void noMemoryNamesTheBytes() {
        try (CudaDevice device = device()) {
            driver.failing("allocate", 2).failing("allocatePinned", 2);
            assertThatThrownBy(() -> device.allocate(123_456)).isInstanceOf(CudaException.class)
                    .hasMessage("cuMemAlloc of 123456 bytes" + HERE + "CUDA_ERROR_OUT_OF_MEMORY");
            assertThatThrownBy(() -> device.allocatePinned(77)).isInstanceOf(CudaException.class)
                    .hasMessage("cuMemHostAlloc of 77 bytes" + HERE + "CUDA_ERROR_OUT_OF_MEMORY");
        }
        assertThat(driver.open).isEmpty();
    }

    @Test
    void refusedLaunchNamesKernelGridAndBlock() {
        try (CudaDevice device = device(first)) {
            driver.failing("launch", 701);
            assertThatThrownBy(() -> device.launch(KERNEL, SHAPE, arguments(8), 0)).isInstanceOf(CudaException.class)
                    .hasMessage("cuLaunchKernel kernel, grid 84, block 256, 1024 bytes of shared memory," + HERE
                            + "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES");
        }
    }

    @Test
    void kernelThatFailsIsNamedWhenItIsWaitedFor() {
        try (CudaDevice device = device(first)) {
            driver.failing("synchronizeStream", 1, 700);
            assertThatThrownBy(() -> device.synchronize(0)).isInstanceOf(CudaException.class)
                    .hasMessage("cuStreamSynchronize" + HERE + "CUDA_ERROR_INVALID_VALUE");
            device.launch(KERNEL, SHAPE, arguments(8), 0);
            assertThatThrownBy(() -> device.synchronize(0)).isInstanceOf(CudaException.class)
                    .hasMessage("cuStreamSynchronize, last launched by this thread: kernel, grid 84, block 256, 1024"
                            + " bytes of shared memory," + HERE + "CUDA_ERROR_ILLEGAL_ADDRESS; the device cannot be"
                            + " used any more in this process");
        }
    }

    @ParameterizedTest
    @CsvSource({"loadModule,222", "loadModule,209", "loadModule,218", "loadModule,200", "function,500"})
    void refusedModuleGoesOneDown(String call, int result) {
        try (CudaDevice device = device(first, second)) {
            driver.failing(call, result);
            assertThat(device.launch(KERNEL, SHAPE, arguments(8), 0)).isEqualTo("sm_86 by second 2");
        }
        assertThat(driver.open).isEmpty();
    }

    @Test
    void modulesRefusedFromAllAreAnErrorWithAllReasons() {
        try (CudaDevice device = device(first, second)) {
            driver.failing("loadModule", 222, 209);
            assertThatThrownBy(() -> device.launch(KERNEL, SHAPE, arguments(8), 0))
                    .isInstanceOf(KernelCompilationException.class).hasMessage("""
                            no code of kernel for compute capability 8.6:
                            first 1: cuModuleLoadData of sm_86 code of kernel by first 1: \
                            CUDA_ERROR_UNSUPPORTED_PTX_VERSION
                            second 2: cuModuleLoadData of sm_86 code of kernel by second 2: \
                            CUDA_ERROR_NO_BINARY_FOR_GPU
                            none: it is gone""");
        }
    }

    /** No other code would find more memory. */
    @Test
    void moduleForWhichThereIsNoMemoryIsAnErrorAtOnce() {
        try (CudaDevice device = device(first, second)) {
            driver.failing("loadModule", 2);
            assertThatThrownBy(() -> device.launch(KERNEL, SHAPE, arguments(8), 0)).isInstanceOf(CudaException.class)
                    .hasMessage("cuModuleLoadData of sm_86 code of kernel by first 1: CUDA_ERROR_OUT_OF_MEMORY");
            assertThat(second.compiled).hasValue(0);
        }
    }

    @Test
    void structsOfAnotherSizeNeverReachTheDriver() {
        String ptx = ".visible .entry kernel(\n .param .align 8 .b8 kernel_param_0[40]\n) { ret; }";
        KernelCompiler ptxOnly = new CountingCompiler("ptx", "1") {
            @Override
            public KernelImage compile(KernelText kernel, Target target) {
                return new KernelImage(ptx.getBytes(StandardCharsets.US_ASCII), Target.ptx(75), id(), "");
            }
        };
        try (CudaDevice device = device(ptxOnly)) {
            assertThatThrownBy(() -> device.launch(KERNEL, SHAPE, arguments(48), 0)).isInstanceOf(CudaException.class)
                    .hasMessage("kernel takes 40 bytes of arguments, but got 48");
            assertThat(driver.calls).doesNotContain("launch");
            device.launch(KERNEL, SHAPE, arguments(40), 0);
        }
        try (CudaDevice device = device(first)) {
            assertThatThrownBy(() -> device.launch(KERNEL, SHAPE, arguments(4097), 0))
                    .hasMessage("kernel got 4097 bytes of arguments, but takes at most 4096");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"copyIn", "copyOut", "clear"})
    void everyCallIsNamed(String call) {
        try (CudaDevice device = device()) {
            driver.failing(call, 1);
            assertThatThrownBy(() -> {
                switch (call) {
                    case "copyIn" -> device.copyIn(1, 2, 3, 0);
                    case "copyOut" -> device.copyOut(1, 2, 3, 0);
                    default -> device.clear(1, 2, 0);
                }
            }).isInstanceOf(CudaException.class).hasMessageMatching("cuMem\\w+Async on device 0 .*: "
                    + "CUDA_ERROR_INVALID_VALUE");
        }
    }

    @Test
    void whatIsNotFromHereIsNotFreed() {
        try (CudaDevice device = device()) {
            assertThatThrownBy(() -> device.free(0x1f)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("address 0x1f was not allocated here");
            assertThatThrownBy(() -> device.freePinned(ByteBuffer.allocateDirect(1)))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("was not allocated here");
        }
    }

    @Test
    void contextThatIsRefusedIsAnError() {
        driver.failing("retainPrimaryContext", 2);
        assertThatThrownBy(this::device).isInstanceOf(CudaException.class)
                .hasMessage("cuDevicePrimaryCtxRetain" + HERE + "CUDA_ERROR_OUT_OF_MEMORY");
    }
}
