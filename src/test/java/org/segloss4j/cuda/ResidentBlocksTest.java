package org.segloss4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Blocks that wait for one another, at the calls of the driver. */
class ResidentBlocksTest {

    private static final String HERE = " on device 0 (Fake 0, compute capability 8.6, 1.5 GiB, 84 multiprocessors): ";
    private static final KernelText KERNEL = new KernelText("text", List.of("A=1"), "kernel");

    @TempDir
    private Path folder;

    private final FakeDriver driver = new FakeDriver();

    private CudaDevice device() {
        return new CudaDevice(driver, 0, new CompileLadder(List.of(CompileLadder.Rung.of(new CountingCompiler("first",
                "1"))), new DiskCache(folder)));
    }

    @Test
    void blocksThatWaitForOneAnotherAreLaunchedTogether() {
        LaunchShape together = new LaunchShape(168, 256, 1024, true);
        try (CudaDevice device = device()) {
            device.launch(KERNEL, together, ByteBuffer.allocate(8), 0);
            assertThat(driver.calls).contains("launchCooperative").doesNotContain("launch");
            driver.failing("launchCooperative", 720);
            assertThatThrownBy(() -> device.launch(KERNEL, together, ByteBuffer.allocate(8), 0)).isInstanceOf(CudaException.class)
                    .hasMessage("cuLaunchCooperativeKernel kernel, grid 168, block 256, 1024 bytes of shared memory,"
                            + HERE + "CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE");
        }
    }

    /** It is asked for once, with the shared memory that the kernel must be allowed before. */
    @Test
    void residentBlocksAreThoseOfTheDriver() {
        KernelVariant variant = KernelChoice.histogram();
        LaunchShape shape = new LaunchShape(1, 256, 60_000, true);
        try (CudaDevice device = device()) {
            driver.failing("occupancy", 1);
            assertThatThrownBy(() -> device.residentBlocks(variant, shape)).isInstanceOf(CudaException.class)
                    .hasMessage("cuOccupancyMaxActiveBlocksPerMultiprocessor " + variant.symbol() + ", grid 1, block"
                            + " 256, 60000 bytes of shared memory," + HERE + "CUDA_ERROR_INVALID_VALUE");
            assertThat(device.residentBlocks(variant, shape)).isEqualTo(168).isEqualTo(
                    device.residentBlocks(variant, shape));
            assertThat(driver.calls).containsSubsequence("allowSharedMemory", "occupancy");
            assertThat(driver.calls.stream().filter("occupancy"::equals)).hasSize(2);
            assertThat(device.sharedBytes(1)).isEqualTo(99 * 1024);
            assertThat(device.sharedBytes(2)).isEqualTo(49 * 1024);
            assertThat(device.sharedBytes(3)).isEqualTo(33_024);
        }
        driver.cooperative = false;
        try (CudaDevice device = device()) {
            assertThat(device.residentBlocks(variant, shape)).isZero();
        }
    }
}
