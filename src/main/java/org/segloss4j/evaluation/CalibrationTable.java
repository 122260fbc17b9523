package org.segloss4j.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/** The text of a calibration: one row per class, that of the top label, and the means. */
final class CalibrationTable {

    private final AlignedText text = new AlignedText(List.of("class", "ECE", "ACE", "MCE", "RMSCE", "Brier", "pixels"));
    private final ReliabilityBins bins;
    private final List<IntToDoubleFunction> scores;

    CalibrationTable(ReliabilityBins bins) {
        this.bins = bins;
        scores = List.of(bins::expected, bins::average, bins::maximum, bins::rootMeanSquare, bins::brier);
    }

    void row(String name, int row) {
        List<String> cells = new ArrayList<>(List.of(name));
        scores.forEach(score -> cells.add(AlignedText.number(score.applyAsDouble(row))));
        cells.add(Long.toString(bins.total(row)));
        text.row(cells);
    }

    void mean(String name, CalibrationEvaluation evaluation) {
        List<String> cells = new ArrayList<>(List.of(name));
        scores.forEach(score -> cells.add(AlignedText.number(evaluation.classwise(score))));
        text.row(cells);
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
