package org.segloss4j.evaluation;

import static org.segloss4j.evaluation.PeerClassScores.one;

import java.util.Arrays;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.segloss4j.evaluation.PanopticEvaluation.Quality;

/** Our panoptic quality, in the form of the functions of torchmetrics, panopticapi and MONAI. */
final class PeerSegments {

    private final int[] things;
    private final int[] stuff;
    private final PanopticEvaluation ours;
    private final PanopticEvaluation modified;

    PeerSegments(PeerCase peer) {
        things = peer.integers("things");
        stuff = peer.integers("stuff");
        ours = PanopticEvaluation.ofThings(things).andStuff(stuff);
        if (peer.ignored() != null) {
            ours.ignoreIndex(peer.ignored());
        }
        modified = ours.newInstance().modified(true);
        for (PanopticEvaluation each : new PanopticEvaluation[] {ours, modified}) {
            each.eval(peer.segments("truth", "trueInstances"), peer.segments("predicted", "predictedInstances"));
        }
    }

    double[] of(String name) {
        return switch (name) {
            case "panoptic_quality" -> ofClasses().toArray();
            case "panoptic_quality average" -> average().toArray();
            case "modified_panoptic_quality" -> one(modified.mean(Quality.PQ));
            case "panopticapi" -> DoubleStream.concat(ofClasses(), average()).toArray();
            case "compute_panoptic_quality" -> Arrays.stream(things).boxed().flatMapToDouble(c -> DoubleStream.of(
                    ours.truePositives(c), ours.falsePositives(c), ours.falseNegatives(c),
                    zero(ours.value(Quality.SQ, c)) * ours.truePositives(c))).toArray();
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** A class without a segment is 0 there. */
    private DoubleStream ofClasses() {
        return IntStream.concat(Arrays.stream(things), Arrays.stream(stuff)).boxed().flatMapToDouble(c ->
                Stream.of(Quality.values()).mapToDouble(quality -> zero(ours.value(quality, c))));
    }

    private DoubleStream average() {
        return Stream.of(Quality.values()).mapToDouble(ours::mean);
    }

    private static double zero(double quality) {
        return Double.isNaN(quality) ? 0 : quality;
    }
}
