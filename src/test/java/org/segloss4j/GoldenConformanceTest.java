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
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
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
    private static final ObjectMapper JSON = new ObjectMapper();
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
        JsonNode manifest = JSON.readTree(Files.readAllBytes(folder.resolve("manifest.json")));
        manifest.get("cases").forEach(json -> CASES.add(new GoldenCase(folder, json)));
    }

    static Stream<LossBackend> backends() {
        return Stream.concat(Stream.of(new ReferenceBackend(), new CpuBackend()), HostBackends.ifAvailable());
    }

    @ParameterizedTest
    @MethodSource("backends")
    void agreesWithThePeers(LossBackend backend) throws IOException {
        GoldenReport report = new GoldenReport(golden -> failure(golden, backend));
        CASES.forEach(report::add);
        report.print("golden cases, " + backend.name() + " backend");
        assertThat(report.failures()).isEmpty();
        assertThat(CASES).isNotEmpty();
        if (FOLDER.isEmpty()) {
            assertThat(report.unsupported()).isEqualTo(notYetSupported());
            assertThat(report.passed("keras_sm ")).isEqualTo(164);
        }
    }

    @Test
    void oddCasesDoNotStopTheOthers() {
        GoldenReport report = new GoldenReport(golden -> failure(golden, new ReferenceBackend()));
        for (String json : List.of(
                "{'id': 'a', 'class': 'SumOfLosses', 'params': {'terms': [{'coef': 1, 'class': 'NewLoss'}]}}",
                "{'id': 'b', 'class': 'BinaryCELoss', 'params': {}, 'bce_variant': 'new'}",
                "{'id': 'c', 'class': 'NewLoss', 'params': {}}",
                "{'id': 'd', 'class': 'DiceLoss', 'params': {'new': 1}}",
                "{'id': 'e', 'class': 'DiceLoss', 'params': {'smooth': 'x'}}",
                "{'id': 'f', 'class': 'DiceLoss', 'params': {'smooth': null, 'beta': 2}, 'layout':"
                        + " 'channels_first', 'activation': 'none', 'score': 1, 'files': {'pred': 'missing.npy', 'gt': 'missing.npy'}}")) {
            report.add(goldenCase(json));
        }
        report.add(new GoldenCase(Path.of("."), JSON.createObjectNode()));
        assertThat(report.unsupported()).containsExactly("a", "b", "c", "without id");
        assertThat(report.reasons()).containsExactly("keras_sm NewLoss (2)", "BinaryCELoss with bce_variant new (1)",
                "unknown source unknown kind (1)");
        assertThat(report.failures()).hasSize(3).anyMatch(f -> f.startsWith("d DiceLoss: ") && f.contains("new=1"))
                .anyMatch(f -> f.startsWith("e DiceLoss: ") && f.contains("\"x\" is no number"))
                .anyMatch(f -> f.startsWith("f DiceLoss: ") && f.contains("missing.npy"));
    }

    @Test
    void nullParametersAreUnset() {
        assertThat(goldenCase("{'class': 'DiceLoss', 'params': {'class_weights': null, 'class_indexes': null,"
                + " 'per_image': null, 'smooth': null, 'beta': 2}}").loss()).isEqualTo(Losses.dice().beta(2));
        assertThat(goldenCase("{'class': 'FScore', 'params': {'beta': null, 'threshold': null}}").metric())
                .isEqualTo(Metrics.fScore(1));
    }

    private static GoldenCase goldenCase(String json) {
        try {
            return new GoldenCase(Path.of("."), ((ObjectNode) JSON.readTree(json.replace('\'', '"')))
                    .put("source", "keras_sm").put("kind", json.contains("FScore") ? "metric" : "loss"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String failure(GoldenCase golden, LossBackend backend) throws IOException {
        // First of all whether the catalogue has it: the files of other cases may be in any form.
        boolean isMetric = golden.isMetric();
        SegmentationMetric metric = isMetric ? golden.metric() : null;
        LossSpec spec = isMetric ? null : golden.addsEpsilonInsideLog() ? addEpsilonInsideLog(golden.loss().spec())
                : golden.loss().spec();
        boolean exact = backend instanceof ReferenceBackend;
        SegmentationBatch batch = golden.batch(exact ? DataType.DOUBLE : DataType.FLOAT);
        double expected = golden.score();
        double bound = exact ? 1e-9 * Math.max(1, Math.abs(expected)) : golden.floatBound();
        if (isMetric) {
            return difference("metric", metric.compute(batch, backend), expected, bound);
        }
        LossCall call = new LossCall(spec, batch, backend);
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
        if (!Arrays.equals(ours.shape(), truth.shape())) {
            return "gradient is " + Arrays.toString(ours.shape()) + ", expected " + Arrays.toString(truth.shape());
        }
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
}
