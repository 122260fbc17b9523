package org.segloss4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The report of made-up results: of a device that does not exist, with round times that nobody measured. */
class ReportTest {

    private static final Gpu DEVICE = new Gpu("Made-up GPU, compute capability 0.0", "1.2", "3.4", "none", 1000.0);

    @TempDir
    private Path folder;

    @BeforeEach
    void page() throws IOException {
        Files.writeString(folder.resolve("benchmarks.md"), """
                before
                <!-- bench:machine -->
                <!-- /bench:machine -->
                <!-- bench:cpu -->
                old
                <!-- /bench:cpu -->
                <!-- bench:step -->
                <!-- /bench:step -->
                <!-- bench:overhead -->
                <!-- /bench:overhead -->
                <!-- bench:gpu -->
                old
                <!-- /bench:gpu -->
                after
                """);
    }

    private int report() {
        return new CommandLine(new Report()).execute("--results", folder.toString(), "--page",
                folder.resolve("benchmarks.md").toString(), "--charts", folder.resolve("charts").toString());
    }

    private String section(String name) throws IOException {
        String text = Files.readString(folder.resolve("benchmarks.md"));
        assertThat(text).startsWith("before\n").endsWith("after\n");
        return text.substring(text.indexOf("<!-- bench:" + name + " -->\n") + name.length() + 16,
                text.indexOf("<!-- /bench:" + name + " -->"));
    }

    private static ResultRow row(String benchmark, String contender, String loss, String shape, String layout,
                                 Double micros, String wrong, Double pinned) {
        double floor = 100;
        return new ResultRow(benchmark, contender, null, loss, shape, "float", layout, null, micros, null, "µs", null,
                null, micros == null ? null : 1.0, 50, new DeviceFigures(wrong == null, wrong, 1e-6, floor,
                        micros == null ? null : (Double) (micros / floor), micros == null ? null : (Double) 1500.0,
                        4000L, null, pinned, null));
    }

    private static ResultRow kernels(String loss, String shape, String layout, double micros) {
        return row("kernels", "CUDA", loss, shape, layout, micros, null, null);
    }

    private void measured(ResultRow... rows) throws IOException {
        Results results = Results.anew(folder.resolve("gpu.json"));
        for (ResultRow row : rows) {
            results.put(row);
        }
        results.write(Environment.here("none", DEVICE));
    }

    /** What compare.py writes. */
    private void peers(String device, String contender, double milliseconds) throws IOException {
        Files.writeString(folder.resolve("pytorch.json"), """
                {"environment": {"torch": "9.9", "gpu": {"name": "%s", "compute": "0.0"}},
                 "rows": [{"benchmark": "loss", "contender": "%s", "composition": "by_hand", "loss": "jaccard",
                           "shape": "8x19x512x512", "element": "float", "layout": "channels_first", "memory": "new",
                           "value": %s, "unit": "ms", "calls": 9, "spread": 0.01, "arrayBytes": 1,
                           "device": {"verified": true, "gradientError": 1e-6}},
                          {"benchmark": "loss", "contender": "TORCH_EAGER", "composition": "autograd",
                           "loss": "jaccard", "shape": "8x19x512x512", "element": "float", "layout": "channels_first",
                           "memory": "new", "unit": "ms", "device": {"verified": false, "wrong": "off"}}]}
                """.formatted(device, contender, milliseconds));
    }

    @Test
    void missingFilesAreNotMeasuredYet() throws IOException {
        assertThat(report()).isZero();
        for (String name : new String[] {"machine", "cpu", "step", "overhead", "gpu"}) {
            assertThat(section(name)).as(name).isEqualTo("Not measured yet.\n");
        }
        assertThat(folder.resolve("charts")).isEmptyDirectory();
    }

    @Test
    void aStepHasItsShareAndACallItsHeap() throws IOException {
        ResultRow step = new ResultRow("step", "Layer", "one_hot", "jaccard", "1x2x3x4", "float", "channels_first",
                "workspace", 200.0, 30.0, "ms", 9L, null);
        ResultRow other = new ResultRow("step", "Layer", "class_indices", "jaccard", "1x2x3x4", "float",
                "channels_first", "workspace", 100.0, 10.0, "ms", 9L, null);
        ResultRow share = new ResultRow("step_share", "Layer", "one_hot", "jaccard", "1x2x3x4", "float",
                "channels_first", "workspace", 1.5, null, "%", null, null, 0.5, null, null);
        ResultRow call = new ResultRow("overhead", "nd4j_array", null, "jaccard", "8x3x128x128", "float",
                "channels_first", "workspace", 2.5, null, "µs", 3000L, null, 0.25, 9, null);
        for (ResultRow row : new ResultRow[] {step, share, other, call}) {
            Results results = Results.at(folder.resolve(row == call ? "overhead.json" : "step.json"));
            results.put(row);
            results.write(Environment.here("none", null));
        }
        assertThat(report()).isZero();
        assertThat(section("step")).endsWith("|\n| Layer, jaccard | one hot | 200.0 ± 30.0 | 1.5 ± 0.5 |\n"
                + "| Layer, jaccard | class indices | 100.0 ± 10.0 |  |\n");
        assertThat(section("overhead")).endsWith("|\n| nd4j array | jaccard | 2.50 ± 0.25 | 3000 |\n");
    }

    @Test
    void aTableHasFloorAndPeer() throws IOException {
        measured(kernels("jaccard", "8x19x512x512", "channels_first", 140));
        peers("Made-up GPU", "TORCH_COMPILE", 0.588);
        assertThat(report()).isZero();
        assertThat(section("gpu")).contains("Made-up GPU, compute capability 0.0, driver 1.2, copies at 1000 GB/s;")
                .contains(" PyTorch 9.9, Made-up GPU.\n")
                .contains("| jaccard | 8x19x512x512 | 100.0 | 140.0 ± 1.0 | 1.40 | 1500 | "
                        + "4.2× (torch compile, by hand) | 0.00 |  |\n")
                .contains("(bench-gpu.png)");
        assertThat(ImageIO.read(folder.resolve("charts/bench-gpu.png").toFile()).getWidth()).isEqualTo(1000);
    }

    @Test
    void whatIsWrongOrMissesAGoalStaysAndSaysSo() throws IOException {
        measured(kernels("jaccard", "8x19x512x512", "channels_first", 170),
                kernels("dice_ce_focal", "8x19x512x512", "channels_first", 200),
                kernels("jaccard", "8x19x512x512", "channels_last", 220),
                row("kernels", "CUDA", "jaccard", "2x150x512x512", "channels_first", null, "value is 1.0, expected 0.5",
                        null),
                row("calls", "CUDA", "jaccard", "8x3x128x128", "channels_first", 30.0, null, null),
                row("calls", "CUDA_HOST", "jaccard", "2x4x128x128x128", "channels_first", 140.0, null, 100.0),
                row("calls", "CUDA_HOST", "jaccard", "2x12x360x480", "channels_first", 120.0, null, 100.0));
        peers("Made-up GPU", "TORCH_EAGER", 0.100);
        assertThat(report()).isZero();
        assertThat(section("gpu"))
                .contains("| 170.0 ± 1.0 | 1.70 | 1500 | 0.6× (torch eager, by hand) slower | 0.00 | "
                        + "1.5 × floor, every peer |\n")
                .contains("| dice ce focal | 8x19x512x512 | 100.0 | 200.0 ± 1.0 | 2.00 | 1500 |  | 0.00 | "
                        + "1.15 × jaccard |\n")
                .contains("| jaccard | 8x19x512x512 channels last | 100.0 | 220.0 ± 1.0 | 2.20 | 1500 |  | 0.00 | "
                        + "1.25 × channels first |\n")
                .contains("| jaccard | 2x150x512x512 | 100.0 | **wrong**: value is 1.0, expected 0.5 |  |  |  "
                        + "| 0.00 | all |\n")
                .contains("| jaccard | 8x3x128x128 on the device | 30.0 ± 1.0 |  | 25 µs |\n")
                .contains("| jaccard | 2x4x128x128x128 of the host | 140.0 ± 1.0 | 1.40 | 1.3 × the copies |\n")
                .contains("| jaccard | 2x12x360x480 of the host | 120.0 ± 1.0 | 1.20 |  |\n");
    }

    @Test
    void aCompiledPeerMustBeThreeTimesSlower() throws IOException {
        measured(kernels("jaccard", "8x19x512x512", "channels_first", 140));
        peers("Made-up GPU", "TORCH_COMPILE", 0.280);
        assertThat(report()).isZero();
        assertThat(section("gpu")).contains("| 2.0× (torch compile, by hand) | 0.00 | a third of torch compile |\n");
    }

    @Test
    void peersOfAnotherDeviceAreLeftOut() throws IOException {
        measured(kernels("jaccard", "8x19x512x512", "channels_first", 140));
        peers("Made-up", "TORCH_COMPILE", 0.001);
        assertThat(report()).isZero();
        assertThat(section("gpu")).contains("Made-up: another device, so left out.\n").contains("| 1500 |  | 0.00 |");
    }

    @Test
    void rowsComeBackFromTheirFile() throws IOException {
        ResultRow timed = row("calls", "CUDA_HOST", "jaccard", "8x3x128x128", "channels_first", 12.5, null, 10.0);
        ResultRow wrong = row("kernels", "CUDA", "jaccard", "8x3x128x128", "channels_last", null, "off", null);
        measured(timed, wrong);
        assertThat(Results.at(folder.resolve("gpu.json")).rows()).containsExactly(timed, wrong);
    }

    @Test
    void anotherFileIsRefusedByName() throws IOException {
        Path file = Files.write(folder.resolve("gpu.json"), "{\"kernels\": []}".getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> Results.at(file)).isInstanceOf(IOException.class).hasMessageContaining("gpu.json");
    }
}
