package org.segloss4j.cli.options;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.dl4j.SegmentationModel;
import org.segloss4j.dl4j.SegmentationPredictor;
import org.segloss4j.internal.files.FileNames;
import picocli.CommandLine.Option;

/** How a model predicts. */
public final class PredictorOptions {

    @Option(names = "--tiles", description = "Predict overlapping tiles at the image's own scale instead of the resized"
            + " image; models that have learnt from crops always do.")
    private boolean tiles;

    @Option(names = "--overlap", paramLabel = "PIXELS",
            description = "By how much neighbouring tiles overlap (default: a quarter of a tile's shorter side).")
    private Integer overlap;

    @Option(names = "--threshold", paramLabel = "P",
            description = "Probability above which a pixel is class 1, for models of a single sigmoid channel"
                    + " (default: the model's).")
    private Double threshold;

    /** The first of these options that is given, or null. */
    public String given() {
        return tiles ? "--tiles" : overlap != null ? "--overlap" : threshold != null ? "--threshold" : null;
    }

    /**
     * Reads the model.
     *
     * @param file the model's file
     * @return what predicts
     * @throws UserException  if the file cannot be read, or the options do not suit the model
     * @throws UsageException if a number is out of range
     */
    public SegmentationPredictor predictor(Path file) {
        SegmentationPredictor predictor = SegmentationPredictor.of(read(file));
        if (tiles) {
            predictor = predictor.tiles();
        }
        if (overlap == null) {
            return predictor;
        }
        if (!predictor.isTiled()) {
            throw new UserException("--overlap is given, but the model resizes images; --tiles makes it predict"
                    + " overlapping tiles");
        }
        try {
            return predictor.overlap(overlap);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--overlap: " + e.getMessage(), e);
        }
    }

    private SegmentationModel read(Path file) {
        SegmentationModel model;
        try {
            model = SegmentationModel.load(file);
        } catch (IOException e) {
            throw new UserException("--model: " + e.getMessage(), e);
        }
        if (threshold == null) {
            return model;
        }
        if (!model.sigmoid()) {
            throw new UserException("--threshold is given, but " + FileNames.shown(file) + " has a channel for each of"
                    + " its " + model.labels().classes() + " classes, of which the largest counts");
        }
        try {
            return model.sigmoid(threshold);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--threshold: " + e.getMessage(), e);
        }
    }

    /** The predictor in one line. */
    public static String describe(Path file, SegmentationPredictor predictor) {
        SegmentationModel model = predictor.model();
        return FileNames.shown(file) + ": " + model.labels().classes() + " classes, "
                + (predictor.isTiled() ? "tiles of " + model.size() + " that overlap by " + predictor.overlap()
                : "images resized to " + model.size())
                + (model.sigmoid() ? String.format(Locale.ROOT, ", threshold %s", model.threshold()) : "");
    }
}
