package org.segloss4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Our metrics beside those of other libraries, by the code of the libraries themselves. */
class PeerMetricsTest {

    private static final double DIGITS = 1e-12;

    private static Function<String, double[]> ours(PeerCase peer) {
        return switch (peer.text("kind")) {
            case "classes" -> new PeerClassScores(peer)::of;
            case "images" -> new PeerImageScores(peer)::of;
            case "stats" -> new PeerOutcomes(peer)::of;
            case "calibration" -> new PeerCalibration(peer)::of;
            case "surfaces" -> new PeerSurfaces(peer)::of;
            case "segments" -> new PeerSegments(peer)::of;
            default -> throw new IllegalArgumentException(peer.text("kind"));
        };
    }

    @Test
    void valuesAreThoseOfTheLibraries() throws IOException {
        List<String> wrong = new ArrayList<>();
        Map<String, Integer> compared = new TreeMap<>();
        for (PeerCase peer : PeerCase.all()) {
            Function<String, double[]> ours = ours(peer);
            peer.values().forEach((name, theirs) -> {
                double[] values = ours.apply(name);
                assertThat(values).as(peer.text("id") + " " + name).hasSameSizeAs(theirs);
                for (int k = 0; k < theirs.length; k++) {
                    if (!agree(values[k], theirs[k])) {
                        wrong.add(peer.text("id") + " " + name + " [" + k + "]: " + values[k] + " here, " + theirs[k]
                                + " there");
                    }
                }
                compared.merge(peer.text("kind"), theirs.length, Integer::sum);
            });
        }
        assertThat(String.join("\n", wrong)).isEmpty();
        assertThat(compared).hasSize(6);
    }

    private static boolean agree(double ours, double theirs) {
        return Double.compare(ours, theirs) == 0
                || Math.abs(ours - theirs) <= DIGITS * Math.max(1, Math.abs(theirs));
    }
}
