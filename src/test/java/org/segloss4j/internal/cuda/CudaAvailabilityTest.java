package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segloss4j.Backends;
import org.segloss4j.ForkedJvm;
import org.segloss4j.Need;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.compile.CompileLadder;
import org.segloss4j.internal.cuda.compile.DiskCache;
import org.segloss4j.internal.cuda.compile.Uninterrupted;
import org.segloss4j.internal.cuda.driver.CudaDevices;

class CudaAvailabilityTest {

    private static final String NO_DRIVER = "no CUDA driver: libcuda.so.1: cannot open shared object file: No such file"
            + " or directory";

    @TempDir
    private Path folder;

    private final FakeDriver driver = new FakeDriver();

    private CompileLadder ladder(CompileLadder.Rung... rungs) {
        return new CompileLadder(List.of(rungs), new DiskCache(folder));
    }

    private CudaAvailability availability(CompileLadder ladder, LossBackend backend) {
        return new CudaAvailability(() -> driver, () -> ladder, device -> backend);
    }

    @Test
    void withoutCompilerTheCauseNamesEveryWay() {
        CudaAvailability none = availability(ladder(CompileLadder.Rung.missing("nvrtc", "libnvrtc.so.12 is gone"),
                CompileLadder.Rung.missing("nvcc", "not in PATH")), null);
        assertThat(none.why()).isEqualTo("no code of seg_probe for compute capability 8.6:; nvrtc: libnvrtc.so.12 is"
                + " gone; nvcc: not in PATH");
        assertThat(driver.open).isEmpty();
        assertThatThrownBy(none::made).isInstanceOf(IllegalStateException.class)
                .hasMessage("the CUDA backend is not available: " + none.why());
        assertThat(none.lines()).containsExactly("cuda: not available: " + none.why(), "driver: for CUDA 12.6",
                "device 0: Fake 0, compute capability 8.6, 1.5 GiB, 84 multiprocessors",
                "compiler nvrtc: not available: libnvrtc.so.12 is gone",
                "compiler nvcc: not available: not in PATH", "kernel cache: " + folder);
    }

    @Test
    void driverThatLacksIsTheCause() {
        CudaAvailability none = new CudaAvailability(() -> {
            throw new NoClassDefFoundError("jcuda/driver/JCudaDriver");
        }, this::ladder, device -> null);
        assertThat(none.why()).isEqualTo(
                "no CUDA driver: JCuda is not on the class path (jcuda.driver.JCudaDriver)");
        assertThat(none.lines()).hasSize(2);
    }

    @Test
    void fakeDriverRunsNoKernelSoTheProbeSaysSo() {
        CudaAvailability none = availability(ladder(CompileLadder.Rung.of(new CountingCompiler("maker", "1"))),
                new ReferenceBackend());
        assertThat(none.why()).startsWith("a kernel that should write 42 wrote 0 on Fake 0, ")
                .endsWith(" compiled to sm_86 by maker 1");
        assertThat(driver.open).isEmpty();
    }

    @Test
    void devicesAreOpenedOnceAndClosedTogether() {
        driver.devices = 2;
        try (CudaDevices devices = new CudaDevices(driver, this::ladder)) {
            assertThat(devices.device(1)).isSameAs(devices.device(1)).isNotSameAs(devices.device(0));
            assertThat(driver.open).contains("context 0", "context 1");
            assertThat(devices.report()).hasSize(4).last().isEqualTo("arrays of the host go to: device 0");
            assertThatThrownBy(() -> devices.device(2)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("there is no CUDA device 2, only 2");
        }
        assertThat(driver.open).isEmpty();
    }

    @Test
    void settingNamesTheDeviceOfThreadsThatHaveNone() {
        driver.devices = 2;
        System.setProperty(Backends.DEVICE, "1");
        try (CudaDevices devices = new CudaDevices(driver, this::ladder)) {
            assertThat(devices.current()).isEqualTo(1);
            assertThat(devices.report()).last().isEqualTo(
                    "arrays of the host go to: device 1, by -Dsegloss4j.cuda.device");
            // The probe must not take memory of a device that is somebody else's.
            CudaAvailability none = availability(ladder(CompileLadder.Rung.of(new CountingCompiler("maker", "1"))),
                    new ReferenceBackend());
            assertThat(none.why()).contains(" on Fake 1, ");
            long[] context = new long[1];
            driver.retainPrimaryContext(0, context);
            driver.setCurrentContext(context[0]);
            assertThat(devices.current()).as("as ND4J sets its threads").isZero();
            driver.setCurrentContext(0);
            driver.releasePrimaryContext(0);
        } finally {
            System.clearProperty(Backends.DEVICE);
        }
    }

    @Test
    void processesOfAMachineTakeItsDevicesInTurn() {
        driver.devices = 2;
        System.setProperty(CudaDevices.PROCESS, "3");
        try (CudaDevices devices = new CudaDevices(driver, this::ladder)) {
            assertThat(devices.current()).isEqualTo(1);
            assertThat(devices.report()).last().isEqualTo("arrays of the host go to: device 1, of 2 in turn");
            System.setProperty(Backends.DEVICE, "0");
            try (CudaDevices others = new CudaDevices(driver, this::ladder)) {
                assertThat(others.current()).as("what is set comes first").isZero();
            }
        } finally {
            System.clearProperty(CudaDevices.PROCESS);
            System.clearProperty(Backends.DEVICE);
        }
    }

    @Test
    void settingThatNamesNoDeviceIsTheCause() {
        driver.devices = 2;
        for (String setting : List.of("2", "-1", "x", "99999999999")) {
            System.setProperty(Backends.DEVICE, setting);
            try {
                assertThat(availability(ladder(), null).why()).isEqualTo("-Dsegloss4j.cuda.device is " + setting
                        + ", but must be from 0 to 1");
            } finally {
                System.clearProperty(Backends.DEVICE);
            }
        }
    }

    /** Library users may leave JCuda out: nothing fails, the CPU is used, and the cause is said. */
    @Test
    void withoutJCudaTheCpuIsUsed() throws Exception {
        List<String> options = new ArrayList<>(ForkedJvm.without("jcuda"));
        // Or a newer JDK would do without it.
        options.add("-Dsegloss4j.cuda.binding=jcuda");
        assertThat(new ForkedJvm(Map.of(), options, Selecting.class).result()).startsWith("""
                0
                no CUDA driver: JCuda is not on the class path (""").contains("""
                compiler nvrtc: not available: JCuda is not on the class path (jcuda.""", """

                cpu
                auto; arrays are on a CUDA device and copied, as cuda is not available: no CUDA driver: JCuda is not on\
                 the class path (""", """

                backend cuda, forced by -Dsegloss4j.backend, is not available: no CUDA driver: JCuda is not on""");
    }

    /** In a process whose libraries are looked for in an empty folder first; skipped where there is a driver. */
    @Test
    void withoutDriverTheFirstCauseStays() throws Exception {
        String said = new ForkedJvm(Map.of(), List.of(), Selecting.class).result();
        Need.present("a machine without driver", said.contains("driver: for CUDA") ? "there is one here" : null);
        assertThat(said).startsWith("0\n" + NO_DRIVER + "\n" + NO_DRIVER + "\n").contains(
                "\ncuda: not available: " + NO_DRIVER + "\n",
                "\ncpu\nauto; arrays are on a CUDA device and copied, as cuda is not available: " + NO_DRIVER + "\n",
                "\nbackend cuda, forced by -Dsegloss4j.backend, is not available: " + NO_DRIVER + "\n");
    }

    /** Whether CUDA is here has nothing to do with an interrupt, nor with how the names of folders are encoded. */
    @Test
    void passingConditionsAreNotKept() throws Exception {
        List<String> expected = ForkedJvm.run(Interrupted.class, Map.of());
        assertThat(expected).hasSizeGreaterThan(2);
        List<String> other = ForkedJvm.run(Interrupted.class, Map.of("LC_ALL", "C", "PATH",
                System.getenv("PATH") + ":/tmp/\u00fc\u4e2d", "INTERRUPT", "yes"));
        assertThat(other).contains("still interrupted").filteredOn(line -> !line.equals("still interrupted"))
                .containsExactlyElementsOf(expected);
    }

    /** Says what there is of CUDA, to an interrupted thread. */
    static final class Interrupted {

        private Interrupted() {
        }

        public static void main(String[] args) {
            if (System.getenv("INTERRUPT") != null) {
                Thread.currentThread().interrupt();
            }
            List<String> report = CudaAvailability.report();
            if (Thread.interrupted()) {
                System.out.println("still interrupted");
            }
            report.forEach(System.out::println);
        }
    }

    /** Something that fails once is looked for again, and something found is kept. */
    @Test
    void whatWasThrownIsNotKept() {
        int[] tries = new int[1];
        Uninterrupted.Once<String> once = new Uninterrupted.Once<>(() -> {
            tries[0]++;
            if (tries[0] == 1) {
                throw new IllegalArgumentException("not yet");
            }
            return "found";
        });
        assertThatThrownBy(once::get).isInstanceOf(IllegalArgumentException.class).hasMessage("not yet");
        assertThat(once.get()).isEqualTo("found");
        assertThat(once.get()).isEqualTo("found");
        assertThat(tries[0]).isEqualTo(2);
    }

    /** Asks for everything twice. */
    static final class Selecting {

        private Selecting() {
        }

        public static void main(String[] args) {
            System.out.println(CudaAvailability.cause());
            System.out.println(Backends.availability().get(0).cause());
            CudaAvailability.report().forEach(System.out::println);
            System.setProperty(Backends.PROPERTY, "auto");
            Backends.Selection automatic = Backends.selection(true, 1);
            System.out.println(automatic.name());
            System.out.println(automatic.reason());
            System.setProperty(Backends.PROPERTY, "cuda");
            try {
                Backends.selection();
            } catch (IllegalStateException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
