package org.segloss4j.cli.report;

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
import org.segloss4j.cli.input.TrainingData;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.data.MaskImage;
import org.segloss4j.data.SegmentationSample;
import org.segloss4j.data.SegmentationSource;
import org.segloss4j.evaluation.SegmentationEvaluation;
import org.segloss4j.weights.ClassCounts;

/**
 * What training gave.
 *
 * @param data   what was learnt
 * @param scores of each epoch, the first before training
 * @param best   the one whose network is kept
 */
public record TrainingReport(TrainingData data, List<EpochScores> scores, EpochScores best) {

    /** A table of the best epoch, and how much better it is than nothing. */
    public String text() {
        return String.format(Locale.ROOT, "%s%nmean IoU %.4f%n  %s%n", best.validation().stats(),
                best.validation().meanIou(), String.join(System.lineSeparator() + "  ", comparison()));
    }

    /** The best mean IoU beside those that need no training. */
    private List<String> comparison() {
        double trained = best.validation().meanIou();
        double untrained = scores.get(0).validation().meanIou();
        int majority = majority();
        double constant = constant(majority).meanIou();
        return List.of(String.format(Locale.ROOT, "%s the %.4f of the untrained network", times(trained, untrained),
                untrained), String.format(Locale.ROOT, "%s the %.4f of always answering %s, the most frequent class",
                times(trained, constant), constant, data.names().get(majority)));
    }

    private static String times(double trained, double other) {
        return other > 0 ? String.format(Locale.ROOT, "%.1f times", trained / other) : "against";
    }

    /** The class with most pixels in the training masks. */
    private int majority() {
        ClassCounts counts = data.trainingCounts();
        return IntStream.range(0, data.classes()).boxed()
                .max((a, b) -> Long.compare(counts.perClass().get(a).pixels(), counts.perClass().get(b).pixels()))
                .orElseThrow();
    }

    /** The scores of answering one class everywhere. */
    private SegmentationEvaluation constant(int answer) {
        ClassCounts counts = data.validationCounts();
        long[] confusion = new long[data.classes() * data.classes()];
        for (int c = 0; c < data.classes(); c++) {
            confusion[c * data.classes() + answer] = counts.perClass().get(c).pixels();
        }
        SegmentationEvaluation evaluation = data.emptyEvaluation();
        evaluation.add(confusion);
        return evaluation;
    }

    /**
     * The content of each file by its name.
     *
     * @param predict gives the predicted classes [H, W] of a sample
     * @param settings what the command ran with
     */
    public Map<String, byte[]> files(Function<SegmentationSample, int[]> predict, RunSettings settings) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("metrics.csv", csv().getBytes(StandardCharsets.UTF_8));
        files.put("samples.png", SamplePicture.png(data, Map.of("prediction", predict)));
        files.put("report.html", html(predict, settings));
        return files;
    }

    /**
     * The page with everything.
     *
     * @param predict  gives the predicted classes [H, W] of a sample
     * @param settings what the command ran with
     */
    public byte[] html(Function<SegmentationSample, int[]> predict, RunSettings settings) {
        SegmentationSource samples = data.validation();
        Function<SegmentationSample, MaskImage> mask = sample ->
                MaskImage.of(sample.size().width(), sample.size().height(), predict.apply(sample));
        HtmlReport html = new HtmlReport("Training report", data.labels(), best.validation())
                .summary(data.description() + ": " + data.training().size() + " images to learn from, "
                        + samples.size() + " for validation, " + data.size() + " pixels each. All scores are those of"
                        + " the validation images after epoch " + best.epoch() + ", the best one.")
                .settings(settings).epochs(scores)
                .images(IntStream.range(0, samples.size()).mapToObj(k -> {
                    SegmentationSample sample = read(samples, k);
                    return ImageScore.of(sample.name(), sample.mask(), mask.apply(sample), data.labels());
                }).toList())
                .examples(k -> {
                    SegmentationSample sample = read(samples, k);
                    return new Example(sample.image(), sample.mask(), mask.apply(sample));
                });
        return html.note("The mean IoU is " + String.join(", ", comparison()) + ".").bytes();
    }

    private static SegmentationSample read(SegmentationSource samples, int k) {
        try {
            return samples.read(k);
        } catch (IOException e) {
            throw new UserException(e.getMessage(), e);
        }
    }

    /** One row per epoch; what is not defined is empty. */
    private String csv() {
        List<Object> header = new ArrayList<>(List.of("epoch", "training_loss", "validation_loss", "mean_iou",
                "pixel_accuracy"));
        data.names().forEach(name -> header.add("iou_" + name));
        List<String> terms = scores.stream().flatMap(epoch -> epoch.terms().keySet().stream()).distinct().toList();
        // A single term is the loss.
        terms = terms.size() > 1 ? terms : List.of();
        terms.forEach(name -> header.add("validation_" + name));
        boolean isTrainingCounted = scores.stream().anyMatch(epoch -> epoch.training() != null);
        if (isTrainingCounted) {
            header.add("training_mean_iou");
        }
        StringBuilder text = new StringBuilder();
        try (CSVPrinter printer = new CSVPrinter(text, CSVFormat.RFC4180)) {
            printer.printRecord(header);
            for (EpochScores epoch : scores) {
                List<Object> row = new ArrayList<>(List.of(epoch.epoch(), cell(epoch.trainingLoss()),
                        cell(epoch.validationLoss()), cell(epoch.validation().meanIou()),
                        cell(epoch.validation().pixelAccuracy())));
                for (int c = 0; c < data.classes(); c++) {
                    row.add(cell(epoch.validation().iou(c)));
                }
                for (String term : terms) {
                    row.add(cell(epoch.terms().getOrDefault(term, Double.NaN)));
                }
                if (isTrainingCounted) {
                    row.add(cell(epoch.trainingIou()));
                }
                printer.printRecord(row);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static String cell(double value) {
        return Double.isNaN(value) ? "" : Double.toString(value);
    }
}
