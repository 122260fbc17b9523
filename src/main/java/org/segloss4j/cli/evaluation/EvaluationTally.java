package org.segloss4j.cli.evaluation;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.segloss4j.cli.evaluation.PixelCounts.Outcome;
import org.segloss4j.cli.prediction.FileProgress;
import org.segloss4j.cli.report.ImageScore;
import org.segloss4j.data.LabelMap;
import org.segloss4j.evaluation.CalibrationEvaluation;
import org.segloss4j.evaluation.SegmentationEvaluation;

/**
 * What the comparison of some images gave, which merges in any order into what that of all gives. Not safe for use by
 * several threads.
 */
public final class EvaluationTally implements Serializable {

    private static final long serialVersionUID = 1L;

    private final SegmentationEvaluation all;
    /** Null if no image's was asked for. */
    private CalibrationEvaluation calibration;
    private final TreeMap<Integer, ImageScore> scores = new TreeMap<>();
    private final TreeMap<Integer, ArrayList<String>> problems = new TreeMap<>();

    private EvaluationTally(SegmentationEvaluation all) {
        this.all = all;
    }

    /** Of no image. */
    public static EvaluationTally none(LabelMap labels) {
        SegmentationEvaluation evaluation = new SegmentationEvaluation(labels.classes()).classNames(labels.names());
        return new EvaluationTally(labels.ignoreIndex() == null ? evaluation
                : evaluation.ignoreIndex(labels.ignoreIndex()));
    }

    /**
     * Of one image.
     *
     * @param index    of the image among all
     * @param image    the image
     * @param labels   what the masks store
     * @param progress is told of rows
     */
    public static EvaluationTally of(int index, Comparison image, LabelMap labels, FileProgress progress) {
        EvaluationTally tally = none(labels);
        Outcome outcome = image.count(labels, progress);
        if (outcome.problems().isEmpty()) {
            tally.all.add(outcome.confusion());
            tally.calibration = outcome.calibration();
            tally.scores.put(index, ImageScore.of(image.name(), tally.all, outcome.voidPixels()));
        } else {
            tally.problems.put(index, new ArrayList<>(outcome.problems()));
        }
        return tally;
    }

    /** One image that cannot be compared. */
    public static EvaluationTally failed(int index, String problem, LabelMap labels) {
        EvaluationTally tally = none(labels);
        tally.problems.put(index, new ArrayList<>(List.of(problem)));
        return tally;
    }

    /** Adds other images to these. */
    public EvaluationTally merge(EvaluationTally others) {
        all.merge(others.all);
        if (calibration == null) {
            calibration = others.calibration;
        } else if (others.calibration != null) {
            calibration.merge(others.calibration);
        }
        scores.putAll(others.scores);
        problems.putAll(others.problems);
        return this;
    }

    List<String> problems() {
        return problems.values().stream().flatMap(List::stream).toList();
    }

    /** The scores of all images together. */
    public SegmentationEvaluation evaluation() {
        return all;
    }

    /** How well the probabilities are calibrated, or null if nobody asked. */
    CalibrationEvaluation calibration() {
        return calibration;
    }

    List<ImageScore> scores() {
        return List.copyOf(scores.values());
    }
}
