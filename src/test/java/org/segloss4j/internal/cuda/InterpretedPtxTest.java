package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;
import org.segloss4j.ForkedJvm;
import org.segloss4j.internal.backend.RealDeviceTests;
import org.segloss4j.internal.cuda.compile.ForeignBinding;

/**
 * A selection of the tests that need a device, in a JVM whose libcuda.so.1 interprets the PTX that a compiler makes of
 * the kernels. The profile {@code interpreted} runs all of them.
 */
class InterpretedPtxTest {

    @TempDir
    private static Path folder;

    @BeforeAll
    static void buildDriver() throws IOException {
        PtxDriver.require();
        PtxDriver.into(folder);
    }

    /** In order, where this JVM does not run them that way itself, as that of the profile {@code interpreted} does. */
    static Stream<String> settings() {
        String other = "VGPU_SEED=3 VGPU_SCATTER=1 VGPU_LAZY=1";
        return CudaAvailability.cause() == null ? Stream.of(other) : Stream.of("VGPU_SEED=", other);
    }

    /** And with blocks, warps and lanes in some other order and streams that work as late as they may. */
    @ParameterizedTest
    @MethodSource("settings")
    void testsOfDevicesPass(String settings) throws Exception {
        select(settings, "jcuda");
    }

    @Test
    void testsOfDevicesPassWithoutJCuda() throws Exception {
        ForeignBinding.require();
        select("VGPU_SEED=", "foreign");
    }

    private static void select(String settings, String binding) throws Exception {
        Map<String, String> environment = new HashMap<>(Map.of("LD_LIBRARY_PATH", folder.toString(),
                "VGPU_INITCHECK", "error", "VGPU_STICKY", "1", "VGPU_DEVICES", "2", "OMP_NUM_THREADS", "1"));
        Arrays.stream(settings.split(" ")).map(setting -> setting.split("=", 2))
                .filter(setting -> !setting[1].isEmpty()).forEach(setting -> environment.put(setting[0], setting[1]));
        String said = new ForkedJvm(environment, List.of("-Xmx1g", "-Dsegloss4j.test.require=cuda,devices",
                "-Dsegloss4j.cuda.binding=" + binding), Selection.class).result();
        assertThat(said).as(said).startsWith("0\n").containsPattern("\\b[1-9][0-9]* of [1-9][0-9]* tests passed");
    }

    /** Runs the tests; exits with 1 if one fails or is skipped. */
    static final class Selection {

        private Selection() {
        }

        public static void main(String[] args) {
            SummaryGeneratingListener listener = new SummaryGeneratingListener();
            LauncherFactory.create().execute(LauncherDiscoveryRequestBuilder.request()
                    .selectors(selectClass(RealDeviceTest.class), selectClass(RealDeviceTrainingTest.class),
                            selectClass(RealDeviceEnqueuedTest.class),
                            selectClass(RealDeviceThreadsTest.class), selectClass(RealDevicesTest.class),
                            selectClass(RealDeviceTests.COUNTS)).build(), listener);
            TestExecutionSummary summary = listener.getSummary();
            summary.printFailuresTo(new PrintWriter(System.out, true), 20);
            System.out.println(summary.getTestsSucceededCount() + " of " + summary.getTestsFoundCount()
                    + " tests passed");
            System.exit(summary.getTestsSucceededCount() == summary.getTestsFoundCount() ? 0 : 1);
        }
    }
}
