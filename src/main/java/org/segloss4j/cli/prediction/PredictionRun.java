package org.segloss4j.cli.prediction;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.segloss4j.cli.input.ImageFile;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.data.LabelMap;
import org.segloss4j.dl4j.SegmentationPredictor;
import org.segloss4j.internal.files.UnwritableFileException;

/** Predicts images one after the other. One that cannot be read does not keep the others from being done. */
public final class PredictionRun {

    private final SegmentationPredictor predictor;
    private final PredictedFiles files;
    private final List<String> problems = new ArrayList<>();
    private final long[] pixels;
    private int written;
    private double seconds;

    /**
     * Prepares a run.
     *
     * @param predictor what predicts
     * @param files     where the results go
     */
    public PredictionRun(SegmentationPredictor predictor, PredictedFiles files) {
        this.predictor = predictor;
        this.files = files;
        pixels = new long[predictor.model().labels().classes()];
    }

    /**
     * Predicts.
     *
     * @param images what to predict
     * @param print  receives lines about the progress
     * @throws UserException if results cannot be written
     */
    public void run(List<ImageFile> images, PrintWriter print) {
        try (FileProgress progress = FileProgress.start("predicted", images.size(), print)) {
            for (ImageFile image : images) {
                predict(image, progress);
                progress.done();
            }
            seconds = progress.seconds();
        }
    }

    private void predict(ImageFile image, FileProgress progress) {
        long[] counts = new long[pixels.length];
        try {
            files.write(predictor, image, (y, size, labels) -> {
                for (int label : labels) {
                    counts[label]++;
                }
                progress.row(y, size.height());
            });
            written++;
            IntStream.range(0, counts.length).forEach(c -> pixels[c] += counts[c]);
        } catch (UnwritableFileException e) {
            throw new UserException(e.getMessage() + (written == 0 ? "" : "; " + written + " images are done, which"
                    + " --skip-existing leaves out next time"), e);
        } catch (IOException e) {
            problems.add(e.getMessage());
        }
    }

    /** One line for each image that failed. */
    public List<String> problems() {
        return List.copyOf(problems);
    }

    /** What was done, and which share of the pixels each class has; the largest first. */
    public String summary() {
        long all = IntStream.range(0, pixels.length).mapToLong(c -> pixels[c]).sum();
        LabelMap labels = predictor.model().labels();
        String shares = IntStream.range(0, pixels.length).boxed()
                .sorted((a, b) -> Long.compare(pixels[b], pixels[a]))
                .map(c -> String.format(Locale.ROOT, "%s %.2f %%", labels.names().get(c), 100.0 * pixels[c] / all))
                .collect(Collectors.joining(", "));
        return String.format(Locale.ROOT, "written  %d %s in %.1f s to %s%n", written, written == 1 ? "mask" : "masks",
                seconds, files.masks()) + (written == 0 ? "" : String.format("classes  %s%n", shares));
    }
}
