package org.segloss4j.cli.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.segloss4j.cli.evaluation.PixelCounts.Outcome;
import org.segloss4j.cli.prediction.FileProgress;
import org.segloss4j.cli.report.ImageScore;
import org.segloss4j.data.LabelMap;
import org.segloss4j.evaluation.SegmentationEvaluation;

/** Compares images, and keeps the counts of all together and the scores of each. */
public final class EvaluationRun {

    private final LabelMap labels;
    private final SegmentationEvaluation all;
    private ImageScore[] scores;
    private List<String>[] problems;

    /**
     * Prepares a run.
     *
     * @param labels what the masks store
     */
    public EvaluationRun(LabelMap labels) {
        this.labels = labels;
        all = none();
    }

    private SegmentationEvaluation none() {
        SegmentationEvaluation evaluation = new SegmentationEvaluation(labels.classes()).classNames(labels.names());
        return labels.ignoreIndex() == null ? evaluation : evaluation.ignoreIndex(labels.ignoreIndex());
    }

    /**
     * Compares.
     *
     * @param images   what to compare
     * @param parallel whether several images may be compared at once
     * @param progress is told of rows and images
     */
    @SuppressWarnings("unchecked") // There are no arrays of a generic type.
    public void run(List<? extends Comparison> images, boolean parallel, FileProgress progress) {
        scores = new ImageScore[images.size()];
        problems = (List<String>[]) new List<?>[images.size()];
        IntStream indices = IntStream.range(0, images.size());
        (parallel ? indices.parallel() : indices).forEach(k -> {
            Outcome outcome = images.get(k).count(labels, progress);
            if (outcome.problems().isEmpty()) {
                SegmentationEvaluation image = none();
                image.add(outcome.confusion());
                scores[k] = ImageScore.of(images.get(k).name(), image, outcome.voidPixels());
            }
            problems[k] = outcome.problems();
            synchronized (this) {
                if (outcome.problems().isEmpty()) {
                    all.add(outcome.confusion());
                }
                progress.done();
            }
        });
    }

    /** One line for everything that was wrong, in the order of the images. */
    public List<String> problems() {
        List<String> lines = new ArrayList<>();
        Arrays.stream(problems).forEach(lines::addAll);
        return lines;
    }

    /** The scores of all images together. */
    public SegmentationEvaluation evaluation() {
        return all;
    }

    /** The scores of each image, in their order. */
    public List<ImageScore> scores() {
        return Arrays.stream(scores).filter(Objects::nonNull).toList();
    }
}
