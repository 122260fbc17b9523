package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segloss4j.Backends;
import org.segloss4j.ForkedJvm;
import org.segloss4j.Need;
import org.segloss4j.internal.cuda.compile.CompileLadder;
import org.segloss4j.internal.cuda.compile.NvccCompiler;
import org.segloss4j.internal.cuda.driver.CudaDevices;
import org.segloss4j.internal.cuda.driver.CudaException;
import org.segloss4j.internal.cuda.driver.Driver;
import org.segloss4j.internal.cuda.driver.Drivers;
import org.segloss4j.internal.cuda.driver.Probe;
import org.segloss4j.internal.cuda.plan.LaunchShape;

/**
 * JCuda itself, down to the driver's calls, in a process whose libcuda.so.1 is a stub: what is passed arrives, what
 * fails there is told here, and everything is closed. {@link ForeignStubDriverTest} does the same without JCuda.
 */
class StubDriverTest {

    private static final String CLOSED = "open: 0 contexts, 0 streams, 0 memory, 0 pinned, 0 modules; ";
    private static final String DEVICE = "Stub 0, compute capability 8.0, 2.0 GiB, 108 multiprocessors";

    @TempDir
    private static Path folder;

    @BeforeAll
    static void buildDriver() throws IOException {
        CompileLadder.Rung nvcc = NvccCompiler.find();
        Need.present("nvcc", nvcc.cause());
        StubDriver.into(folder);
    }

    /** Options that choose who calls the driver. */
    List<String> binding() {
        return List.of("-Dsegloss4j.cuda.binding=jcuda");
    }

    private String run(Map<String, String> environment, Class<?> main) throws IOException, InterruptedException {
        Map<String, String> all = new HashMap<>(environment);
        all.put("LD_LIBRARY_PATH", folder.toString());
        all.remove("SEGLOSS4J_BACKEND");
        List<String> options = new ArrayList<>(binding());
        options.add("-Dsegloss4j.cache=" + folder.resolve("cache"));
        return new ForkedJvm(all, options, main).result();
    }

    @Test
    void probeGoesThroughAndIsClosed() throws Exception {
        String said = run(Map.of(), Probing.class);
        assertThat(said).startsWith("0\n").containsPattern("sm_80 by (nvcc|nvrtc) [0-9.]+(, from the cache)?\n")
                .contains("16 bytes of arguments: seg_probe takes 16 bytes of arguments, but got 24\n",
                        "\nwithout context 201, with it 0, device 0\n")
                .endsWith(CLOSED + "1 launches\n");
    }

    @Test
    void reportNamesEverything() throws Exception {
        assertThat(run(Map.of(), Reporting.class)).startsWith("0\ncuda: ")
                .contains("\ndriver: for CUDA 12.6\ndevice 0: " + DEVICE + "\nkernels: sm_80 by ",
                        "\nkernel cache: " + folder.resolve("cache") + "\n", "; 1 launches\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "cuInit:100 | cuInit: CUDA_ERROR_NO_DEVICE",
            "cuInit:803 | cuInit: CUDA_ERROR_SYSTEM_DRIVER_MISMATCH",
            "cuDevicePrimaryCtxRetain:2 | cuDevicePrimaryCtxRetain on device 0 (HERE): CUDA_ERROR_OUT_OF_MEMORY",
            "cuStreamCreate:2 | cuStreamCreate on device 0 (HERE): CUDA_ERROR_OUT_OF_MEMORY",
            "cuMemAlloc:2 | cuMemAlloc of 4 bytes on device 0 (HERE): CUDA_ERROR_OUT_OF_MEMORY",
            "cuMemHostAlloc:2 | cuMemHostAlloc of 4 bytes on device 0 (HERE): CUDA_ERROR_OUT_OF_MEMORY",
            "cuLaunchKernel:701 | cuLaunchKernel seg_probe, grid 1, block 1, 0 bytes of shared memory, on device 0"
                    + " (HERE): CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES",
            "cuStreamSynchronize:719 | cuStreamSynchronize, last launched by this thread: seg_probe, grid 1, block 1,"
                    + " 0 bytes of shared memory, on device 0 (HERE): CUDA_ERROR_LAUNCH_FAILED; the device cannot be"
                    + " used any more in this process"})
    void faultsOfTheDriverAreTheCause(String fault, String cause) throws Exception {
        String said = run(Map.of("SEG_FAIL", fault), Reporting.class);
        assertThat(said).startsWith("0\ncuda: not available: " + cause.replace("HERE", DEVICE) + "\n").contains(CLOSED);
    }

    @Test
    void refusedModulesAreTheCauseWithAllReasons() throws Exception {
        String said = run(Map.of("SEG_FAIL", "cuModuleLoadData:222"), Reporting.class);
        assertThat(said).startsWith("0\ncuda: not available: no code of seg_probe for compute capability 8.0:; ")
                .containsPattern("; nvcc [0-9.]+: cuModuleLoadData of sm_80 code of seg_probe by nvcc [0-9.]+"
                        + "(, from the cache)?: CUDA_ERROR_UNSUPPORTED_PTX_VERSION;")
                .contains("; shipped PTX: ", CLOSED);
    }

    @Test
    void driverWithoutDevicesIsTheCause() throws Exception {
        assertThat(run(Map.of("SEG_NONE", "1"), Reporting.class))
                .startsWith("0\ncuda: not available: the driver has no device\n");
    }

    @Test
    void kernelThatDoesSomethingElseIsTheCause() throws Exception {
        assertThat(run(Map.of("SEG_WRONG", "1"), Reporting.class))
                .startsWith("0\ncuda: not available: a kernel that should write 42 wrote 43 on " + DEVICE)
                .contains(CLOSED);
    }

    /** Uses the device as the backend will. */
    static final class Probing {

        private Probing() {
        }

        public static void main(String[] args) {
            try (CudaDevices devices = new CudaDevices(Drivers.open(), CompileLadder::standard)) {
                System.out.println(Probe.run(devices.device(0)));
                try {
                    devices.device(0).launch(Probe.KERNEL, new LaunchShape(1, 1, 0), ByteBuffer.allocate(24),
                            devices.device(0).stream(0));
                } catch (CudaException e) {
                    System.out.println("16 bytes of arguments: " + e.getMessage());
                }
                currentDevice(Drivers.open());
            }
        }
    }

    private static void currentDevice(Driver driver) {
        int[] device = {-1};
        long[] context = new long[1];
        String said = "without context " + driver.currentDevice(device);
        driver.retainPrimaryContext(0, context);
        driver.setCurrentContext(context[0]);
        System.out.println(said + ", with it " + driver.currentDevice(device) + ", device " + device[0]);
        driver.releasePrimaryContext(0);
    }

    /** Prints what there is, twice: the first cause stays. */
    static final class Reporting {

        private Reporting() {
        }

        public static void main(String[] args) {
            CudaAvailability.report().forEach(System.out::println);
            String cause = CudaAvailability.cause();
            if (!Objects.equals(cause, Backends.availability().get(0).cause())) {
                throw new AssertionError("the cause changed to " + Backends.availability().get(0).cause());
            }
        }
    }
}
