package org.segloss4j.cli.evaluation;

import java.util.List;
import java.util.stream.IntStream;
import org.segloss4j.cli.prediction.FileProgress;
import org.segloss4j.cli.report.ImageScore;
import org.segloss4j.data.LabelMap;
import org.segloss4j.evaluation.CalibrationEvaluation;
import org.segloss4j.evaluation.SegmentationEvaluation;

/** Compares images, and keeps the counts of all together and the scores of each. */
public final class EvaluationRun {

    private final LabelMap labels;
    private EvaluationTally tally;

    /**
     * Prepares a run.
     *
     * @param labels what the masks store
     */
    public EvaluationRun(LabelMap labels) {
        this.labels = labels;
        tally = EvaluationTally.none(labels);
    }

    /**
     * Compares.
     *
     * @param images   what to compare
     * @param parallel whether several images may be compared at once
     * @param progress is told of rows and images
     */
    public void run(List<? extends Comparison> images, boolean parallel, FileProgress progress) {
        IntStream indices = IntStream.range(0, images.size());
        (parallel ? indices.parallel() : indices).forEach(k -> {
            EvaluationTally one = EvaluationTally.of(k, images.get(k), labels, progress);
            synchronized (this) {
                tally.merge(one);
                progress.done();
            }
        });
    }

    /** What the masks store. */
    public LabelMap labels() {
        return labels;
    }

    /** Takes what was compared elsewhere. */
    public void take(EvaluationTally elsewhere) {
        tally = elsewhere;
    }

    /** One line for everything that was wrong, in the order of the images. */
    public List<String> problems() {
        return tally.problems();
    }

    /** The scores of all images together. */
    public SegmentationEvaluation evaluation() {
        return tally.evaluation();
    }

    /** How well the probabilities are calibrated, or null if no comparison was asked for it. */
    public CalibrationEvaluation calibration() {
        return tally.calibration();
    }

    /** The scores of each image, in their order. */
    public List<ImageScore> scores() {
        return tally.scores();
    }
}
