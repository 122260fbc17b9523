package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.HostBackends;
import org.segloss4j.internal.cuda.RealBackends;

/**
 * The cases recorded from the peers: the committed ones, or with {@code -Dsegloss4j.golden=DIR} those of a folder of
 * the same format. The double reference must agree to 1e-9, a float backend within twice the peer's own float error.
 */
class GoldenConformanceTest {

    static Stream<LossBackend> backends() {
        return Stream.of(Stream.of(new ReferenceBackend(), new CpuBackend()), HostBackends.ifAvailable(),
                RealBackends.ifAvailable()).flatMap(s -> s);
    }

    @ParameterizedTest
    @MethodSource("backends")
    void agreesWithThePeers(LossBackend backend) throws IOException, URISyntaxException {
        check(backend, GoldenCases::throughTensors, golden -> !golden.has("skeleton"));
    }

    /** In the variants of the cases, which are compiled for that; so few threads that parts have several tiles. */
    @Tag("slow")
    @Test
    void everyVariantAgreesWithThePeers() throws IOException, URISyntaxException {
        HostBackends.require();
        check(HostBackends.allUnder("t32b2v4s2r1"), GoldenCases::throughTensors, golden -> !golden.has("skeleton"));
    }

    /** Puts cases to a backend: all but those that the way to it has no place for. */
    static void check(LossBackend backend, GoldenCases.Door door, Predicate<GoldenCase> fits)
            throws IOException, URISyntaxException {
        try (GoldenCases cases = new GoldenCases()) {
            GoldenReport report = new GoldenReport(golden -> GoldenCases.failure(golden, backend, door));
            cases.all().stream().filter(fits).forEach(report::add);
            report.print("golden cases, " + backend.name() + " backend");
            assertThat(report.failures()).isEmpty();
            assertThat(cases.all()).isNotEmpty();
            if (GoldenCases.FOLDER.isEmpty()) {
                assertThat(report.unsupported()).isEmpty();
                // Two of each loss of each source but the first were recorded later.
                assertThat(List.of(report.passed("keras_sm "), report.passed("smp "), report.passed("monai ")))
                        .containsExactly(164, 58 + 16, 44 + 22);
                assertThat(Stream.of("smp_0_5 ", "smp_0_5_1 ", "torch ", "nnunet ", "lovasz ", "unified_focal ")
                        .map(report::passed)).containsExactly(16, 16, 6, 14, 4, 12);
            }
        }
    }

    @Test
    void oddCasesDoNotStopTheOthers() {
        GoldenReport report = new GoldenReport(golden -> GoldenCases.failure(golden, new ReferenceBackend(),
                GoldenCases::throughTensors));
        for (String json : List.of(
                "{'id': 'a', 'class': 'SumOfLosses', 'params': {'terms': [{'coef': 1, 'class': 'NewLoss'}]}}",
                "{'id': 'b', 'class': 'BinaryCELoss', 'params': {}, 'bce_variant': 'new'}",
                "{'id': 'c', 'class': 'NewLoss', 'params': {}}",
                "{'id': 'd', 'class': 'DiceLoss', 'params': {'new': 1}}",
                "{'id': 'e', 'class': 'DiceLoss', 'params': {'smooth': 'x'}}",
                "{'id': 'f', 'class': 'DiceLoss', 'params': {'smooth': null, 'beta': 2}, 'layout':"
                        + " 'channels_first', 'activation': 'none', 'score': 1,"
                        + " 'files': {'pred': 'missing.npy', 'gt': 'missing.npy'}}")) {
            report.add(goldenCase(json));
        }
        report.add(new GoldenCase(Path.of("."), GoldenCases.JSON.createObjectNode()));
        assertThat(report.unsupported()).containsExactly("a", "b", "c", "without id");
        assertThat(report.reasons()).containsExactly("keras_sm NewLoss (2)", "BinaryCELoss with bce_variant new (1)",
                "unknown source unknown kind (1)");
        assertThat(report.failures()).hasSize(3)
                .anyMatch(f -> f.startsWith("d DiceLoss: ") && f.contains("there is no setting new"))
                .anyMatch(f -> f.startsWith("e DiceLoss: ") && f.contains("smooth is x, but must be a number"))
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
            return new GoldenCase(Path.of("."), ((ObjectNode) GoldenCases.JSON.readTree(json.replace('\'', '"')))
                    .put("source", "keras_sm").put("kind", json.contains("FScore") ? "metric" : "loss"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
