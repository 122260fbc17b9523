package org.segloss4j.evaluation;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** Our outcomes and their scores, in the form of the functions of segmentation_models.pytorch. */
final class PeerOutcomes {

    private static final float EIGHTH = 0.125f;

    private final PeerCase peer;
    private final OutcomeEvaluation ours;

    PeerOutcomes(PeerCase peer) {
        this.peer = peer;
        if (peer.text("mode").equals("multiclass")) {
            ours = OutcomeEvaluation.multiClass(peer.classes());
            if (peer.ignored() != null) {
                ours.ignoreIndex(peer.ignored());
            }
            ours.eval(peer.map("truth"), peer.oneHot("predicted"));
        } else {
            ours = (peer.text("mode").equals("binary") ? OutcomeEvaluation.binary()
                    : OutcomeEvaluation.multiLabel(peer.classes())).threshold(peer.number("threshold"));
            ours.eval(peer.channels(floats("truth", 1)), peer.channels(floats("predicted", EIGHTH)));
        }
    }

    private float[] floats(String name, float unit) {
        int[] digits = peer.digits(name);
        float[] floats = new float[digits.length];
        for (int k = 0; k < floats.length; k++) {
            floats[k] = digits[k] * unit;
        }
        return floats;
    }

    double[] of(String name) {
        if (name.equals("get_stats")) {
            return IntStream.range(0, 4).boxed().flatMap(outcome -> IntStream.range(0, peer.images()).boxed()
                    .flatMap(n -> IntStream.range(0, peer.classes()).mapToObj(c -> count(outcome, n, c))))
                    .mapToDouble(Long::doubleValue).toArray();
        }
        String[] words = name.split(" ");
        OutcomeMetric metric = SmpMetricsTest.METRICS.get(words[0]).zeroDivision(peer.number("zero"));
        if (words[1].equals("none")) {
            return Stream.of(ours.scores(metric)).flatMapToDouble(Arrays::stream).toArray();
        }
        metric = metric.reduction(Stream.of(Reduction.values()).filter(r -> r.toString().equals(words[1])).findAny()
                .orElseThrow());
        return new double[] {ours.value(words[1].contains("weighted") ? metric.classWeights(peer.numbers("weights"))
                : metric)};
    }

    private long count(int outcome, int n, int c) {
        return LongStream.of(ours.truePositives(n, c), ours.falsePositives(n, c), ours.falseNegatives(n, c),
                ours.trueNegatives(n, c)).skip(outcome).findFirst().orElseThrow();
    }
}
