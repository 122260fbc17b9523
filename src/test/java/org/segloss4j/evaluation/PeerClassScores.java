package org.segloss4j.evaluation;

import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** Our scores of one confusion matrix, in the form of torchmetrics' functions for classification. */
final class PeerClassScores {

    private final PeerCase peer;
    private final SegmentationEvaluation ours;
    private final OutcomeEvaluation outcomes;

    PeerClassScores(PeerCase peer) {
        this.peer = peer;
        ours = new SegmentationEvaluation(peer.classes());
        outcomes = OutcomeEvaluation.multiClass(peer.classes());
        if (peer.ignored() != null) {
            ours.ignoreIndex(peer.ignored());
            outcomes.ignoreIndex(peer.ignored());
        }
        ours.eval(peer.map("truth"), peer.oneHot("predicted"));
        outcomes.eval(peer.map("truth"), peer.oneHot("predicted"));
    }

    double[] of(String name) {
        String[] words = name.split(" ");
        return switch (words[0]) {
            case "matthews_corrcoef" -> one(zero(ours.mcc()));
            case "cohen_kappa" -> one(words[1].equals("None") ? ours.cohenKappa() : words[1].equals("linear")
                    ? ours.linearKappa() : ours.quadraticKappa());
            case "accuracy" -> one(ours.pixelAccuracy());
            case "jaccard_index" -> ofClasses(words[1], ours::iou, ours.meanIou(), OutcomeMetric.iou());
            case "f1_score" -> ofClasses(words[1], ours::dice, ours.meanDice(), OutcomeMetric.f1());
            case "precision" -> ofClasses(words[1], ours::precision, ours.meanPrecision(), OutcomeMetric.precision());
            case "recall" -> ofClasses(words[1], ours::recall, ours.meanRecall(), OutcomeMetric.recall());
            case "specificity" -> ofClasses(words[1], ours::specificity, Double.NaN, OutcomeMetric.specificity());
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** What is 0/0 is 0 there. */
    private double[] ofClasses(String average, IntToDoubleFunction score, double mean, OutcomeMetric metric) {
        return switch (average) {
            case "none" -> classes().mapToDouble(score).map(PeerClassScores::zero).toArray();
            case "macro" -> one(mean);
            case "micro" -> one(outcomes.value(metric.reduction(Reduction.MICRO)));
            case "weighted" -> one(classes().mapToDouble(c -> zero(score.applyAsDouble(c)) * pixels(c)).sum()
                    / ours.total());
            default -> throw new IllegalArgumentException(average);
        };
    }

    private IntStream classes() {
        return IntStream.range(0, peer.classes());
    }

    private long pixels(int c) {
        return classes().mapToLong(p -> ours.count(c, p)).sum();
    }

    private static double zero(double score) {
        return Double.isNaN(score) ? 0 : score;
    }

    static double[] one(double score) {
        return new double[] {score};
    }
}
