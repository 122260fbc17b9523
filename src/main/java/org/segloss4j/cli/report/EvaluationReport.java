package org.segloss4j.cli.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.segloss4j.data.LabelMap;
import org.segloss4j.evaluation.CalibrationEvaluation;
import org.segloss4j.evaluation.SegmentationEvaluation;

/** The scores of a folder of predictions, as files. Scores that are 0/0 are null in JSON and empty in CSV. */
public final class EvaluationReport {

    private final SegmentationEvaluation evaluation;
    private final LabelMap labels;
    private final List<String> names;
    private final int images;
    private final ClassPixels pixels;
    private RunSettings settings = RunSettings.NONE;
    private List<ImageScore> perImage = List.of();
    private IntFunction<Example> examples;
    private CalibrationEvaluation calibration;

    /**
     * Creates the report.
     *
     * @param evaluation the scores
     * @param labels     the classes and the label of void pixels
     * @param images     the number of images
     */
    public EvaluationReport(SegmentationEvaluation evaluation, LabelMap labels, int images) {
        this.evaluation = evaluation;
        this.labels = labels;
        this.images = images;
        names = labels.names();
        pixels = new ClassPixels(evaluation);
    }

    /** What the command ran with, for the page. */
    public EvaluationReport settings(RunSettings all) {
        settings = all;
        return this;
    }

    /** The scores of each image, for the page. */
    public EvaluationReport perImage(List<ImageScore> all) {
        perImage = List.copyOf(all);
        return this;
    }

    /** How well the probabilities are calibrated, or null if that is not known. */
    public EvaluationReport calibration(CalibrationEvaluation ofAll) {
        calibration = ofAll;
        return this;
    }

    /**
     * Lets the page show the worst and the best images, too.
     *
     * @param read gives an image by its place in the list of scores; called for a few, once each
     */
    public EvaluationReport examples(IntFunction<Example> read) {
        examples = read;
        return this;
    }

    /** The content of each file by its name. */
    public Map<String, byte[]> files() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("evaluation.json", utf8(json()));
        files.put("classes.csv", utf8(classesCsv()));
        if (evaluation.groups() > 0) {
            files.put("groups.csv", utf8(new GroupScores(evaluation).csv()));
        }
        files.put("confusion.csv", utf8(confusionCsv()));
        if (!perImage.isEmpty()) {
            ImageScoreFiles each = new ImageScoreFiles(perImage, names);
            files.put("images.csv", utf8(each.csv()));
            files.put("images.json", utf8(each.json()));
        }
        if (calibration != null) {
            files.put("calibration.csv", utf8(new CalibrationFiles(calibration, names).csv()));
            files.put("reliability.svg", utf8(calibration.reliabilityChart()));
        }
        files.put("report.html", html());
        return files;
    }

    /** One object with the scores of all, of each class, and the confusion matrix. */
    public String json() {
        ObjectNode root = new ObjectMapper().createObjectNode();
        root.put("images", images).put("classes", names.size()).put("ignoreIndex", labels.ignoreIndex())
                .put("pixels", evaluation.total())
                .put("meanIou", defined(evaluation.meanIou())).put("meanDice", defined(evaluation.meanDice()))
                .put("meanPrecision", defined(evaluation.meanPrecision()))
                .put("meanRecall", defined(evaluation.meanRecall()))
                .put("pixelAccuracy", defined(evaluation.pixelAccuracy()))
                .put("frequencyWeightedIou", defined(evaluation.frequencyWeightedIou()))
                .put("mcc", defined(evaluation.mcc())).put("cohenKappa", defined(evaluation.cohenKappa()))
                .put("linearKappa", defined(evaluation.linearKappa()))
                .put("quadraticKappa", defined(evaluation.quadraticKappa()));
        ArrayNode perClass = root.putArray("perClass");
        ArrayNode confusion = root.putArray("confusion");
        for (int c = 0; c < names.size(); c++) {
            perClass.addObject().put("index", c).put("name", names.get(c))
                    .put("pixels", pixels.truth(c)).put("predicted", pixels.predicted(c))
                    .put("iou", defined(evaluation.iou(c))).put("dice", defined(evaluation.dice(c)))
                    .put("precision", defined(evaluation.precision(c))).put("recall", defined(evaluation.recall(c)))
                    .put("specificity", defined(evaluation.specificity(c)))
                    .put("balancedAccuracy", defined(evaluation.balancedAccuracy(c)))
                    .put("mcc", defined(evaluation.mcc(c)));
            ArrayNode row = confusion.addArray();
            for (int p = 0; p < names.size(); p++) {
                row.add(evaluation.count(c, p));
            }
        }
        if (evaluation.groups() > 0) {
            new GroupScores(evaluation).json(root.put("meanGroupIou", defined(evaluation.meanGroupIou()))
                    .put("meanGroupDice", defined(evaluation.meanGroupDice())).putArray("perGroup"));
        }
        if (calibration != null) {
            new CalibrationFiles(calibration, names).json(root.putObject("calibration"));
        }
        return root.toPrettyString() + System.lineSeparator();
    }

    private String classesCsv() {
        List<List<Object>> rows = new ArrayList<>();
        rows.add(List.of("index", "name", "pixels", "predicted", "iou", "dice", "precision", "recall",
                "specificity", "balanced_accuracy", "mcc"));
        for (int c = 0; c < names.size(); c++) {
            rows.add(Arrays.asList(c, names.get(c), pixels.truth(c), pixels.predicted(c), cell(evaluation.iou(c)),
                    cell(evaluation.dice(c)), cell(evaluation.precision(c)), cell(evaluation.recall(c)),
                    cell(evaluation.specificity(c)), cell(evaluation.balancedAccuracy(c)), cell(evaluation.mcc(c))));
        }
        return csv(rows);
    }

    private String confusionCsv() {
        List<List<Object>> rows = new ArrayList<>();
        List<Object> header = new ArrayList<>(List.of("truth"));
        header.addAll(names);
        rows.add(header);
        for (int truth = 0; truth < names.size(); truth++) {
            List<Object> row = new ArrayList<>(List.of(names.get(truth)));
            for (int predicted = 0; predicted < names.size(); predicted++) {
                row.add(evaluation.count(truth, predicted));
            }
            rows.add(row);
        }
        return csv(rows);
    }

    /** The page with everything. */
    public byte[] html() {
        String summary = Figures.count(images, "image", "images") + ", "
                + Figures.count(names.size(), "class", "classes");
        HtmlReport html = new HtmlReport("Evaluation report", labels, evaluation).summary(summary).settings(settings)
                .images(perImage);
        return (examples == null ? html : html.examples(examples)).bytes();
    }

    static Double defined(double score) {
        return Double.isNaN(score) ? null : score;
    }

    static String cell(double score) {
        return Double.isNaN(score) ? "" : Double.toString(score);
    }

    static String csv(List<List<Object>> rows) {
        StringBuilder text = new StringBuilder();
        try (CSVPrinter printer = new CSVPrinter(text, CSVFormat.RFC4180)) {
            printer.printRecords(rows);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
