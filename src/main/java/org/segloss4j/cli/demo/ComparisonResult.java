package org.segloss4j.cli.demo;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.deeplearning4j.util.ModelSerializer;
import org.segloss4j.cli.report.SamplePicture;
import org.segloss4j.cli.report.TextTable;
import org.segloss4j.data.SegmentationSample;
import org.segloss4j.evaluation.SegmentationEvaluation;
import org.segloss4j.weights.ClassCounts;

/**
 * How the candidates of a comparison did.
 *
 * @param comparison what was compared
 * @param scores     of the validation images, per candidate and epoch; the last are those of the trained networks
 */
public record ComparisonResult(Comparison comparison, List<List<SegmentationEvaluation>> scores) {

    /** A class with a smaller share of the pixels is rare. */
    private static final double RARE = 0.02;

    /** The IoU of each class by each candidate, with means over all classes and over the rare ones. */
    public String text() {
        List<String> header = new ArrayList<>(List.of("IoU of", "pixels"));
        comparison.candidates().forEach(candidate -> header.add(candidate.name()));
        TextTable table = new TextTable(header);
        double[] shares = shares(comparison);
        for (int c = 0; c < shares.length; c++) {
            int number = c;
            table.row(row(comparison.data().names().get(c), String.format(Locale.ROOT, "%.1f %%", 100 * shares[c]),
                    evaluation -> evaluation.iou(number)));
        }
        List<Integer> rare = rareClasses(comparison);
        table.row(row("mean of all", "", SegmentationEvaluation::meanIou));
        if (!rare.isEmpty()) {
            table.row(row("mean of the rare", "", evaluation -> rare.stream().mapToDouble(evaluation::iou).average()
                    .orElseThrow()));
        }
        return table.toString();
    }

    private List<String> row(String name, String share, Function<SegmentationEvaluation, Double> value) {
        List<String> row = new ArrayList<>(List.of(name, share));
        scores.forEach(each -> {
            double last = value.apply(each.get(each.size() - 1));
            row.add(Double.isNaN(last) ? "-" : String.format(Locale.ROOT, "%.3f", last));
        });
        return row;
    }

    /** The share of each class among the pixels of the training masks. */
    static double[] shares(Comparison comparison) {
        ClassCounts counts = comparison.data().trainingCounts();
        return counts.perClass().stream().mapToDouble(count -> (double) count.pixels() / counts.total()).toArray();
    }

    /** The classes that have less than 2 % of the pixels. */
    public static List<Integer> rareClasses(Comparison comparison) {
        double[] shares = shares(comparison);
        return IntStream.range(0, shares.length).filter(c -> shares[c] < RARE).boxed().toList();
    }

    /** The content of each file by its name; the model is the last candidate's. */
    public Map<String, byte[]> files() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        ByteArrayOutputStream model = new ByteArrayOutputStream();
        List<Candidate> candidates = comparison.candidates();
        try {
            ModelSerializer.writeModel(candidates.get(candidates.size() - 1).network(), model, true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, Function<SegmentationSample, int[]>> predictions = new LinkedHashMap<>();
        candidates.forEach(candidate -> predictions.put(candidate.name(), candidate::predict));
        files.put("model.zip", model.toByteArray());
        files.put("comparison.csv", csv().getBytes(StandardCharsets.UTF_8));
        files.put("curves.png", ComparisonChart.png(this));
        files.put("samples.png", SamplePicture.png(comparison.data(), predictions));
        return files;
    }

    /** One row per candidate and epoch; what is not defined is empty. */
    private String csv() {
        List<Object> header = new ArrayList<>(List.of("loss", "epoch", "mean_iou", "pixel_accuracy"));
        comparison.data().names().forEach(name -> header.add("iou_" + name));
        StringBuilder text = new StringBuilder();
        try (CSVPrinter printer = new CSVPrinter(text, CSVFormat.RFC4180)) {
            printer.printRecord(header);
            for (int k = 0; k < scores.size(); k++) {
                for (int epoch = 1; epoch <= scores.get(k).size(); epoch++) {
                    SegmentationEvaluation evaluation = scores.get(k).get(epoch - 1);
                    List<Object> row = new ArrayList<>(List.of(comparison.candidates().get(k).name(), epoch,
                            evaluation.meanIou(), evaluation.pixelAccuracy()));
                    for (int c = 0; c < evaluation.classes(); c++) {
                        row.add(Double.isNaN(evaluation.iou(c)) ? "" : evaluation.iou(c));
                    }
                    printer.printRecord(row);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }
}
