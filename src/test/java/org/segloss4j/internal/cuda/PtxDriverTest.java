package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.Need;

/**
 * The self-test of the driver that interprets PTX: right kernels give what they should, and each with a mistake is
 * refused for it. The kernels' PTX lies beside it, so that no compiler for them is needed.
 */
class PtxDriverTest {

    private static final Path KERNELS = Path.of("src", "test", "vgpu", "test", "kernels.ptx");

    @TempDir
    private static Path folder;
    private static Path selfTest;

    @BeforeAll
    static void build() throws IOException {
        Need.present("host", PtxDriver.unavailable());
        selfTest = PtxDriver.selfTestInto(folder);
    }

    private static String run(Map<String, String> settings, Path kernels) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(selfTest.toString(), kernels.toString()).redirectErrorStream(true);
        Path counters = folder.resolve("counters" + settings.hashCode() + ".json");
        // Settings of the tests around it are not meant for the self-test, which also wants to go on after a fault.
        builder.environment().keySet().removeIf(name -> name.startsWith("VGPU_"));
        builder.environment().putAll(Map.of("LD_LIBRARY_PATH", folder.toString(), "VGPU_INITCHECK", "error",
                "VGPU_LIMIT", "1", "VGPU_LINES", "3", "VGPU_DEVICES", "2", "VGPU_COUNTERS", counters.toString()));
        builder.environment().putAll(settings);
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.waitFor() + "\n" + said;
    }

    /** In order, as late as a stream may, and with blocks and warps by turns. */
    @ParameterizedTest
    @ValueSource(strings = {"VGPU_LAZY=0", "VGPU_LAZY=1", "VGPU_SEED=5"})
    void doesWhatItSays(String setting) throws Exception {
        String[] parts = setting.split("=");
        String said = run(Map.of(parts[0], parts[1]), KERNELS);
        assertThat(said).as(said).startsWith("0\n").endsWith("\n0 failures\n").doesNotContain("FAIL ");
    }

    /** Else a check that says nothing would not show. */
    @Test
    void failsWithoutAKernel() throws Exception {
        assertThat(run(Map.of(), Path.of("pom.xml"))).startsWith("1\n").contains("FAIL the module loads");
    }
}
