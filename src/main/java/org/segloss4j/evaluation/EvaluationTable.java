package org.segloss4j.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The text of an evaluation: one row per class, the means, and the scores of all pixels. */
final class EvaluationTable {

    private static final String GAP = "  ";

    private final SegmentationEvaluation evaluation;
    private final ConfusionMatrix matrix;
    private final List<List<String>> rows = new ArrayList<>();

    EvaluationTable(SegmentationEvaluation evaluation, ConfusionMatrix matrix) {
        this.evaluation = evaluation;
        this.matrix = matrix;
    }

    String text() {
        header();
        int scored = 0;
        for (int c = 0; c < evaluation.classes(); c++) {
            row(c);
            scored += Double.isNaN(evaluation.iou(c)) ? 0 : 1;
        }
        mean();
        return aligned() + "mean over the " + scored + " of " + evaluation.classes()
                + " classes that occur; pixel accuracy " + number(evaluation.pixelAccuracy())
                + ", frequency-weighted IoU " + number(evaluation.frequencyWeightedIou()) + "\n";
    }

    private void header() {
        List<String> cells = new ArrayList<>(List.of("class"));
        for (ClassScore score : ClassScore.values()) {
            cells.add(score.title());
        }
        cells.add("pixels");
        cells.add("predicted");
        rows.add(cells);
    }

    private void row(int c) {
        List<String> cells = new ArrayList<>(List.of(evaluation.className(c)));
        for (ClassScore score : ClassScore.values()) {
            cells.add(number(matrix.score(score, c)));
        }
        cells.add(Long.toString(matrix.truthCount(c)));
        cells.add(Long.toString(matrix.predictedCount(c)));
        rows.add(cells);
    }

    private void mean() {
        List<String> cells = new ArrayList<>(List.of("mean"));
        for (ClassScore score : ClassScore.values()) {
            cells.add(number(matrix.mean(score)));
        }
        cells.add(Long.toString(evaluation.total()));
        cells.add("");
        rows.add(cells);
    }

    /** Names to the left, numbers to the right, columns as wide as their widest cell. */
    private String aligned() {
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder(row.get(0)).append(" ".repeat(width(0) - row.get(0).length()));
            for (int column = 1; column < row.size(); column++) {
                String cell = row.get(column);
                line.append(GAP).append(" ".repeat(width(column) - cell.length())).append(cell);
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    private int width(int column) {
        return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.4f", value);
    }
}
