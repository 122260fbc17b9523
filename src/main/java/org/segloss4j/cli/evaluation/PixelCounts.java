package org.segloss4j.cli.evaluation;

import java.util.List;
import org.segloss4j.data.LabelMap;
import org.segloss4j.evaluation.CalibrationEvaluation;

/** Counts of (truth, prediction) pairs of labels in an image, row by row. Void pixels of the truth do not count. */
final class PixelCounts {

    private final int classes;
    /** The label of void pixels, or one that no pixel has. */
    private final int ignore;
    private final long[] confusion;
    private long voidPixels;
    private long bad;
    private String firstBad;

    PixelCounts(LabelMap labels) {
        classes = labels.classes();
        ignore = labels.ignoreIndex() == null ? -1 : labels.ignoreIndex();
        confusion = new long[classes * classes];
    }

    /** Counts a row. */
    void add(int y, int[] truths, int[] predictions) {
        for (int x = 0; x < truths.length; x++) {
            if (truths[x] == ignore) {
                voidPixels++;
            } else if (predictions[x] >= 0 && predictions[x] < classes) {
                confusion[truths[x] * classes + predictions[x]]++;
            } else if (bad++ == 0) {
                firstBad = "(x " + x + ", y " + y + ")";
            }
        }
    }

    /** How often a prediction was no class where the truth is one. */
    long bad() {
        return bad;
    }

    /** Where that was first. */
    String firstBad() {
        return firstBad;
    }

    /** What was counted. */
    Outcome outcome() {
        return outcome(null);
    }

    /** What was counted, with how well the probabilities are calibrated. */
    Outcome outcome(CalibrationEvaluation calibration) {
        return new Outcome(confusion, voidPixels, calibration, List.of());
    }

    /**
     * What the comparison of an image gave.
     *
     * @param confusion  [C·C] counts, row = truth, column = prediction; null where there are problems
     * @param voidPixels that were not counted
     * @param calibration of the probabilities, or null
     * @param problems   one line each, naming the file
     */
    record Outcome(long[] confusion, long voidPixels, CalibrationEvaluation calibration, List<String> problems) {

        static Outcome failed(List<String> problems) {
            return new Outcome(null, 0, null, problems);
        }
    }
}
