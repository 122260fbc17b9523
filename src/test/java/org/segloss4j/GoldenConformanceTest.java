package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.segloss4j.backend.LossBackend;
import org.segloss4j.cpu.CpuBackend;
import org.segloss4j.cpu.ReferenceBackend;
import org.segloss4j.cuda.HostBackends;
import org.segloss4j.math.ClassSums;
import org.segloss4j.math.LossSpec;
import org.segloss4j.math.PixelCurve;
import org.segloss4j.math.PixelTerm;

/**
 * The cases recorded from the peers: the committed ones, or with {@code -Dsegloss4j.golden=DIR} those of a folder of
 * the same format. The double reference must agree to 1e-9, a float backend within twice the peer's own float error.
 */
class GoldenConformanceTest {

    private static final String FOLDER = System.getProperty("segloss4j.golden", "");
    private static final List<FileSystem> ARCHIVES = new ArrayList<>();
    private static final List<GoldenCase> CASES = new ArrayList<>();

    @BeforeAll
    static void readCases() throws IOException, URISyntaxException {
        if (!FOLDER.isEmpty()) {
            addCases(Path.of(FOLDER));
            return;
        }
        for (String archive : List.of("keras_sm_losses", "keras_sm_others", "peers")) {
            URI file = GoldenConformanceTest.class.getResource("/golden/" + archive + ".zip").toURI();
            FileSystem zip = FileSystems.newFileSystem(Path.of(file));
            ARCHIVES.add(zip);
            addCases(zip.getPath("/"));
        }
    }

    @AfterAll
    static void closeArchives() throws IOException {
        for (FileSystem archive : ARCHIVES) {
            archive.close();
        }
    }

    private static void addCases(Path folder) throws IOException {
        JsonNode manifest = new ObjectMapper().readTree(Files.readAllBytes(folder.resolve("manifest.json")));
        manifest.get("cases").forEach(json -> CASES.add(new GoldenCase(folder, json)));
    }

    static Stream<LossBackend> backends() {
        return Stream.concat(Stream.of(new ReferenceBackend(), new CpuBackend()), HostBackends.ifAvailable());
    }

    @ParameterizedTest
    @MethodSource("backends")
    void agreesWithThePeers(LossBackend backend) throws IOException {
        Map<String, int[]> table = new TreeMap<>();
        List<String> failures = new ArrayList<>();
        Set<String> unsupported = new TreeSet<>();
        for (GoldenCase golden : CASES) {
            int[] row = table.computeIfAbsent(golden.source() + " " + golden.type(), k -> new int[3]);
            if (golden.loss() == null && golden.metric() == null) {
                row[1]++;
                unsupported.add(golden.id());
                continue;
            }
            String failure = failure(golden, backend);
            row[failure == null ? 0 : 2]++;
            if (failure != null) {
                failures.add(golden.id() + " " + golden.type() + ": " + failure);
            }
        }
        print(backend, table);
        assertThat(failures).isEmpty();
        assertThat(CASES).isNotEmpty();
        if (FOLDER.isEmpty()) {
            assertThat(unsupported).isEqualTo(notYetSupported());
            assertThat(table.entrySet().stream().filter(e -> e.getKey().startsWith("keras_sm "))
                    .mapToInt(e -> e.getValue()[0]).sum()).isEqualTo(164);
        }
    }

    private static String failure(GoldenCase golden, LossBackend backend) throws IOException {
        boolean exact = backend instanceof ReferenceBackend;
        SegmentationBatch batch = golden.batch(exact ? DataType.DOUBLE : DataType.FLOAT);
        double expected = golden.score();
        double bound = exact ? 1e-9 * Math.max(1, Math.abs(expected)) : golden.floatBound();
        if (golden.isMetric()) {
            return difference("metric", golden.metric().compute(batch, backend), expected, bound);
        }
        LossSpec spec = golden.loss().spec();
        LossCall call = new LossCall(golden.addsEpsilonInsideLog() ? addEpsilonInsideLog(spec) : spec, batch, backend);
        ClassSums sums = call.sums(spec.needsSumsPerImage());
        String failure = difference("value", call.value(sums), expected, bound);
        if (failure != null || !golden.hasGradient()) {
            return failure;
        }
        INDArray truth = golden.gradient();
        INDArray ours = call.gradient(sums, 0, 1, call.newGradient()).castTo(DataType.DOUBLE);
        double gradientBound = exact ? 1e-9 * Math.max(1, truth.amaxNumber().doubleValue())
                : golden.floatGradientBound();
        double error = 0;
        double[] expectedGradient = truth.dup('c').data().asDouble();
        double[] ourGradient = ours.dup('c').data().asDouble();
        for (int k = 0; k < ourGradient.length; k++) {
            // Not Math.max alone: a NaN must not hide behind it, nor behind ND4J's reductions.
            error = Double.isNaN(ourGradient[k]) ? Double.NaN : Math.max(error,
                    Math.abs(ourGradient[k] - expectedGradient[k]));
        }
        return error <= gradientBound ? null : "gradient is off by " + error + ", allowed is " + gradientBound;
    }

    private static String difference(String what, double ours, double expected, double bound) {
        return Math.abs(ours - expected) <= bound ? null
                : what + " is " + ours + ", expected " + expected + " ± " + bound;
    }

    /** The formula of old Keras versions, which no loss of the catalogue uses. */
    private static LossSpec addEpsilonInsideLog(LossSpec spec) {
        PixelCurve log = new PixelCurve(1, 0, PixelCurve.EPSILON);
        return new LossSpec(spec.regions(), spec.pixels().stream().map(t -> t.binary() && t.positive().gamma() == 0
                ? new PixelTerm(t.coefficient(), log, log, false, t.classes()) : t).toList(), null, null);
    }

    private static Set<String> notYetSupported() throws IOException {
        try (var in = GoldenConformanceTest.class.getResourceAsStream("/golden/not-yet-supported.txt")) {
            Set<String> ids = new TreeSet<>();
            new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8).lines()
                    .filter(line -> !line.startsWith("#")).forEach(line -> ids.add(line.split(" ")[0]));
            return ids;
        }
    }

    private static void print(LossBackend backend, Map<String, int[]> table) {
        System.out.printf("golden cases, %s backend:%n%-32s %6s %11s %6s%n", backend.name(), "", "passed",
                "unsupported", "failed");
        table.forEach((name, row) -> System.out.printf("%-32s %6d %11d %6d%n", name, row[0], row[1], row[2]));
    }
}
