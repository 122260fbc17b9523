package org.segloss4j.cli.training;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.segloss4j.cli.report.EpochScores;
import org.segloss4j.evaluation.SegmentationEvaluation;

/**
 * How far a training has come: everything beside the network that is needed to go on as if nothing had happened. It
 * stands in the model file, so that both always belong together. Immutable.
 *
 * @param settings the options that the result depends on
 * @param scores   before training and of each epoch that is done; empty if nothing was judged yet
 * @param steps    steps of the present epoch that are done
 * @param samples  samples of these steps
 * @param lossSum  the sum of the losses of these samples
 * @param training what the network predicted of these samples in these steps; null if that was not counted
 * @param finished whether nothing is left to do
 */
public record TrainingState(Map<String, String> settings, List<EpochScores> scores, int steps, int samples,
        double lossSum, SegmentationEvaluation training, boolean finished) {

    private static final ObjectMapper JSON = new ObjectMapper();

    public TrainingState {
        settings = Map.copyOf(settings);
        scores = List.copyOf(scores);
    }

    /** Nothing is done yet. */
    public static TrainingState start(Map<String, String> settings) {
        return new TrainingState(settings, List.of(), 0, 0, 0, null, false);
    }

    /** The number of epochs that are done. */
    public int epochs() {
        return Math.max(0, scores.size() - 1);
    }

    /** The scores of the epoch with the largest mean IoU, of equal ones the first; null before the end of the first. */
    public EpochScores best() {
        return scores.stream().skip(1).filter(epoch -> !Double.isNaN(epoch.validation().meanIou()))
                .min(Comparator.comparing((EpochScores epoch) -> -epoch.validation().meanIou())
                        .thenComparing(EpochScores::epoch)).orElse(null);
    }

    /** Epochs since the best one. */
    int sinceBest() {
        return best() == null ? 0 : epochs() - best().epoch();
    }

    /** One more step of the present epoch. */
    TrainingState stepDone(Learning.Step step) {
        return new TrainingState(settings, scores, steps + 1, samples + step.samples(),
                lossSum + step.loss() * step.samples(), training, false);
    }

    /** Whether steps of the present epoch were taken of which nothing was counted, as by earlier versions. */
    boolean lacksCounts() {
        return training == null && steps > 0;
    }

    /** With what the network predicted in further steps of the present epoch. */
    TrainingState counted(SegmentationEvaluation more) {
        SegmentationEvaluation all = more.newInstance();
        all.merge(more);
        if (training != null) {
            all.merge(training);
        }
        return new TrainingState(settings, scores, steps, samples, lossSum, all, finished);
    }

    /** The mean loss of the present epoch's samples. */
    double meanLoss() {
        return lossSum / samples;
    }

    /** The present epoch, or the network before the first one, was judged. */
    TrainingState judged(EpochScores epoch) {
        List<EpochScores> more = new ArrayList<>(scores);
        more.add(epoch);
        return new TrainingState(settings, more, 0, 0, 0, null, false);
    }

    TrainingState done() {
        return new TrainingState(settings, scores, steps, samples, lossSum, training, true);
    }

    String toJson() {
        ObjectNode root = JSON.createObjectNode();
        ObjectNode texts = root.putObject("settings");
        settings.entrySet().stream().sorted(Map.Entry.comparingByKey())
                .forEach(setting -> texts.put(setting.getKey(), setting.getValue()));
        ArrayNode epochs = root.putArray("epochs");
        for (EpochScores epoch : scores) {
            ObjectNode node = epochs.addObject();
            number(node, "trainingLoss", epoch.trainingLoss());
            number(node, "validationLoss", epoch.validationLoss());
            ObjectNode terms = node.putObject("validationTerms");
            epoch.terms().forEach((name, value) -> number(terms, name, value));
            node.put("validation", epoch.validation().toJson());
            evaluation(node, "training", epoch.training());
        }
        root.put("steps", steps);
        root.put("samples", samples);
        number(root, "lossSum", lossSum);
        evaluation(root, "training", training);
        root.put("finished", finished);
        return root.toString();
    }

    /** Nothing for null. */
    private static void evaluation(ObjectNode node, String name, SegmentationEvaluation evaluation) {
        if (evaluation != null) {
            node.put(name, evaluation.toJson());
        }
    }

    /** Null if there is none, as in what earlier versions wrote. */
    private static SegmentationEvaluation evaluation(JsonNode node, String name) {
        return !node.has(name) ? null
                : SegmentationEvaluation.fromJson(node.path(name).asText(), SegmentationEvaluation.class);
    }

    /** JSON has no NaN. */
    private static void number(ObjectNode node, String name, double value) {
        if (Double.isFinite(value)) {
            node.put(name, value);
        }
    }

    /**
     * Reads a state.
     *
     * @throws IOException if it is none
     */
    static TrainingState fromJson(String json) throws IOException {
        JsonNode root = JSON.readTree(json);
        if (!root.path("settings").isObject() || !root.path("epochs").isArray() || !root.path("steps").isInt()) {
            throw new IOException("the state of training is damaged");
        }
        Map<String, String> settings = new LinkedHashMap<>();
        root.path("settings").fields().forEachRemaining(each -> settings.put(each.getKey(), each.getValue().asText()));
        List<EpochScores> scores = new ArrayList<>();
        try {
            for (JsonNode epoch : root.path("epochs")) {
                Map<String, Double> terms = new LinkedHashMap<>();
                epoch.path("validationTerms").fields()
                        .forEachRemaining(term -> terms.put(term.getKey(), term.getValue().asDouble()));
                scores.add(new EpochScores(scores.size(), epoch.path("trainingLoss").asDouble(Double.NaN),
                        epoch.path("validationLoss").asDouble(Double.NaN), SegmentationEvaluation.fromJson(
                        epoch.path("validation").asText(), SegmentationEvaluation.class), terms,
                        evaluation(epoch, "training")));
            }
            return new TrainingState(settings, scores, root.path("steps").asInt(), root.path("samples").asInt(),
                    root.path("lossSum").asDouble(Double.NaN), evaluation(root, "training"),
                    root.path("finished").asBoolean());
        } catch (RuntimeException e) {
            throw new IOException("the state of training is damaged: " + e.getMessage(), e);
        }
    }
}
