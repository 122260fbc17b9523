package org.segloss4j.evaluation;

import static org.segloss4j.evaluation.PeerClassScores.one;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Our scores of each image, in the form of MONAI's functions and of those of torchmetrics for segmentation. */
final class PeerImageScores {

    private static final Map<String, OutcomeMetric> MONAI = Map.ofEntries(
            Map.entry("tpr", OutcomeMetric.recall()), Map.entry("tnr", OutcomeMetric.specificity()),
            Map.entry("ppv", OutcomeMetric.precision()), Map.entry("npv", OutcomeMetric.negativePredictiveValue()),
            Map.entry("fnr", OutcomeMetric.falseNegativeRate()), Map.entry("fpr", OutcomeMetric.falsePositiveRate()),
            Map.entry("fdr", OutcomeMetric.falseDiscoveryRate()), Map.entry("for", OutcomeMetric.falseOmissionRate()),
            Map.entry("pt", OutcomeMetric.prevalenceThreshold()), Map.entry("ts", OutcomeMetric.iou()),
            Map.entry("acc", OutcomeMetric.accuracy()), Map.entry("ba", OutcomeMetric.balancedAccuracy()),
            Map.entry("f1", OutcomeMetric.f1()), Map.entry("mcc", OutcomeMetric.mcc()),
            Map.entry("fm", OutcomeMetric.fowlkesMallows()), Map.entry("bm", OutcomeMetric.informedness()),
            Map.entry("mk", OutcomeMetric.markedness()));

    private final PeerCase peer;
    private final boolean background;
    private final OutcomeEvaluation ours;

    PeerImageScores(PeerCase peer) {
        this.peer = peer;
        background = peer.json().get("background").asBoolean();
        ours = OutcomeEvaluation.multiClass(peer.classes());
        ours.eval(peer.map("truth"), peer.oneHot("predicted"));
    }

    double[] of(String name) {
        String[] words = name.split(" ");
        boolean flag = words[words.length - 1].equals("True");
        return switch (words[0]) {
            case "dice_score" -> words[2].equals("global") ? pooledDice(words[1]) : dice(words[1]);
            case "mean_iou" -> flag ? Arrays.stream(flat(scores(defined(OutcomeMetric.iou()))))
                    .map(s -> Double.isNaN(s) ? -1 : s).toArray() : means(scores(defined(OutcomeMetric.iou())));
            case "compute_dice" -> words.length == 3 ? one(orZero(meanOfImages(empty(OutcomeMetric.f1(), words[1]))))
                    : flat(scores(empty(OutcomeMetric.f1(), words[1])));
            case "compute_iou" -> flat(scores(empty(OutcomeMetric.iou(), words[1])));
            case "generalized_dice_score", "compute_generalized_dice" ->
                    generalised(words[1], words[0].startsWith("compute") != flag);
            case "get_confusion_matrix" -> IntStream.range(0, peer.images() * peer.classes()).boxed()
                    .flatMapToDouble(k -> counts(k / peer.classes(), k % peer.classes())).toArray();
            case "compute_confusion_matrix_metric" -> words.length == 3
                    ? one(orZero(ours.value(defined(MONAI.get(words[1])).reduction(Reduction.MACRO_IMAGEWISE))))
                    : flat(ours.scores(defined(MONAI.get(words[1]))));
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static OutcomeMetric defined(OutcomeMetric metric) {
        return metric.zeroDivision(Double.NaN);
    }

    private static OutcomeMetric empty(OutcomeMetric metric, String ignored) {
        return ignored.equals("True") ? metric.ignoreEmpty() : metric;
    }

    /** Of each image and class that is asked for. */
    private double[][] scores(OutcomeMetric metric) {
        return Stream.of(ours.scores(metric)).map(this::asked).toArray(double[][]::new);
    }

    private double[] asked(double... ofClasses) {
        return Arrays.copyOfRange(ofClasses, background ? 0 : 1, ofClasses.length);
    }

    private double meanOfImages(OutcomeMetric metric) {
        return background ? ours.value(metric.reduction(Reduction.MACRO_IMAGEWISE))
                : mean(means(scores(metric)));
    }

    private double[] dice(String average) {
        double[][] scores = scores(defined(OutcomeMetric.f1()));
        return switch (average) {
            case "none" -> flat(scores);
            case "macro" -> means(scores);
            default -> IntStream.range(0, scores.length).mapToDouble(n -> average.equals("micro")
                    ? ratio(n, n + 1) : weighted(n, n + 1, scores[n])).toArray();
        };
    }

    private double[] pooledDice(String average) {
        double[] scores = asked(ours.perClass(defined(OutcomeMetric.f1())));
        return switch (average) {
            case "none" -> scores;
            case "macro" -> one(mean(scores));
            case "micro" -> one(ratio(0, peer.images()));
            default -> one(weighted(0, peer.images(), scores));
        };
    }

    /** The Dice score of the counts of all classes of some images, from the counts themselves. */
    private double ratio(int from, int to) {
        double[] sum = new double[4];
        for (int k = from * peer.classes(); k < to * peer.classes(); k++) {
            if (background || k % peer.classes() > 0) {
                double[] counts = counts(k / peer.classes(), k % peer.classes()).toArray();
                Arrays.setAll(sum, o -> sum[o] + counts[o]);
            }
        }
        return 2 * sum[0] / (2 * sum[0] + sum[1] + sum[3]);
    }

    /** The mean of the scores by true pixels. */
    private double weighted(int from, int to, double... scores) {
        double[] pixels = new double[scores.length];
        for (int n = from; n < to; n++) {
            for (int c = 0; c < scores.length; c++) {
                double[] counts = counts(n, c + peer.classes() - scores.length).toArray();
                pixels[c] += counts[0] + counts[3];
            }
        }
        double all = Arrays.stream(pixels).sum();
        return all == 0 && Arrays.stream(scores).allMatch(Double::isNaN) ? Double.NaN
                : IntStream.range(0, scores.length).filter(c -> !Double.isNaN(scores[c]) && all > 0)
                        .mapToDouble(c -> scores[c] * pixels[c] / all).sum();
    }

    private double[] generalised(String weights, boolean ofClasses) {
        DiceWeights ours = switch (weights) {
            case "square" -> DiceWeights.SQUARE;
            case "simple" -> DiceWeights.SIMPLE;
            default -> DiceWeights.UNIFORM;
        };
        return ofClasses ? flat(Stream.of(this.ours.generalisedDiceScores(ours, background)).map(this::asked)
                .toArray(double[][]::new)) : this.ours.generalisedDicePerImage(ours, background);
    }

    /** TP, FP, TN, FN. */
    private DoubleStream counts(int n, int c) {
        return DoubleStream.of(ours.truePositives(n, c), ours.falsePositives(n, c), ours.trueNegatives(n, c),
                ours.falseNegatives(n, c));
    }

    private static double[] means(double[]... scores) {
        return Stream.of(scores).mapToDouble(PeerImageScores::mean).toArray();
    }

    private static double mean(double... scores) {
        return Arrays.stream(scores).filter(s -> !Double.isNaN(s)).average().orElse(Double.NaN);
    }

    private static double[] flat(double[]... scores) {
        return Stream.of(scores).flatMapToDouble(Arrays::stream).toArray();
    }

    /** A mean of no score is 0 there. */
    private static double orZero(double mean) {
        return Double.isNaN(mean) ? 0 : mean;
    }
}
