package org.segloss4j.evaluation;

import static org.segloss4j.evaluation.PeerClassScores.one;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.segloss4j.evaluation.SurfaceEvaluation.Metric;

/** Our distances of surfaces, in the form of the functions of MONAI, DeepMind, torchmetrics and of boundary IoU. */
final class PeerSurfaces {

    private static final Map<String, Metric> METRICS = Map.of("compute_hausdorff_distance", Metric.HAUSDORFF,
            "compute_average_surface_distance", Metric.AVERAGE_SYMMETRIC_DISTANCE,
            "compute_surface_dice", Metric.SURFACE_DICE);

    private final PeerCase peer;
    /** Of each image and class. */
    private final List<MaskSurfaces> edges = new ArrayList<>();
    private final List<MaskSurfaces> elements = new ArrayList<>();
    private final List<MaskSurfaces> swapped = new ArrayList<>();
    private final SurfaceEvaluation ofEdges;
    private final SurfaceEvaluation ofElements;

    PeerSurfaces(PeerCase peer) {
        this.peer = peer;
        for (int n = 0; n < peer.images(); n++) {
            for (int c = 0; c < peer.classes(); c++) {
                boolean[] predicted = peer.mask("predicted", n, c);
                boolean[] truth = peer.mask("truth", n, c);
                edges.add(MaskSurfaces.ofPrediction(predicted).andTruth(truth, peer.sizes(), peer.numbers("spacing")));
                elements.add(MaskSurfaces.ofPrediction(predicted).byArea()
                        .andTruth(truth, peer.sizes(), peer.numbers("spacing")));
                swapped.add(MaskSurfaces.ofPrediction(truth).byArea()
                        .andTruth(predicted, peer.sizes(), peer.numbers("spacing")));
            }
        }
        ofEdges = new SurfaceEvaluation(peer.classes());
        ofElements = new SurfaceEvaluation(peer.classes()).byArea();
        for (SurfaceEvaluation each : new SurfaceEvaluation[] {ofEdges, ofElements}) {
            each.spacing(peer.numbers("spacing")).tolerance(peer.number("tolerance"))
                    .evalIndices(peer.map("truth"), peer.map("predicted"));
        }
    }

    double[] of(String name) {
        String[] words = name.split(" ");
        String last = words[words.length - 1];
        double tolerance = peer.number("tolerance");
        return switch (words[0]) {
            case "mean" -> one((last.equals("True") && words[1].equals("compute_surface_dice") ? ofElements : ofEdges)
                    .meanOfImages(METRICS.get(words[1])));
            case "compute_hausdorff_distance" -> words[1].equals("None") ? hausdorff(100, last)
                    : percentiles(hausdorff(Double.parseDouble(words[1]), last));
            case "hausdorff_distance" -> hausdorff(100, last);
            case "compute_surface_dice" -> each(last.equals("True") ? elements : edges, s -> s.surfaceDice(tolerance));
            case "compute_surface_dice_at_tolerance" -> each(elements, s -> s.surfaceDice(tolerance));
            case "compute_robust_hausdorff" -> each(elements, s -> far(s.hausdorff(Double.parseDouble(words[1]))));
            case "compute_average_surface_distance" -> words.length > 2 ? inTurn() : each(edges,
                    last.equals("True") ? MaskSurfaces::averageSymmetricDistance : MaskSurfaces::averageDistance);
            case "mask_to_boundary" -> each(edges, s -> s.boundaryIou(Double.parseDouble(words[1])));
            default -> throw new IllegalArgumentException(name);
        };
    }

    private double[] hausdorff(double percentile, String directed) {
        return each(edges, directed.equals("True") ? s -> s.directedHausdorff(percentile)
                : s -> s.hausdorff(percentile));
    }

    /** Percentiles of infinite distances are NaN there. */
    private static double[] percentiles(double... distances) {
        return Arrays.stream(distances).map(d -> Double.isInfinite(d) ? Double.NaN : d).toArray();
    }

    /** Two empty masks are infinitely far from each other there. */
    private static double far(double distance) {
        return Double.isNaN(distance) ? Double.POSITIVE_INFINITY : distance;
    }

    /** From the truth, then from the prediction; NaN there from an empty mask. */
    private double[] inTurn() {
        double[] distances = new double[2 * elements.size()];
        for (int k = 0; k < distances.length; k++) {
            String from = k % 2 == 0 ? "truth" : "predicted";
            boolean[] mask = peer.mask(from, k / 2 / peer.classes(), k / 2 % peer.classes());
            distances[k] = IntStream.range(0, mask.length).noneMatch(p -> mask[p]) ? Double.NaN
                    : (k % 2 == 0 ? swapped : elements).get(k / 2).averageDistance();
        }
        return distances;
    }

    private static double[] each(List<MaskSurfaces> surfaces, ToDoubleFunction<MaskSurfaces> value) {
        return surfaces.stream().mapToDouble(value).toArray();
    }
}
