package org.segloss4j.evaluation;

import java.util.ArrayList;
import java.util.List;

/** The text of an evaluation: one row per class, the means, and the scores of all pixels. */
final class EvaluationTable {

    private final SegmentationEvaluation evaluation;
    private final ConfusionMatrix matrix;
    private final AlignedText rows = new AlignedText(header());

    EvaluationTable(SegmentationEvaluation evaluation, ConfusionMatrix matrix) {
        this.evaluation = evaluation;
        this.matrix = matrix;
    }

    String text() {
        int scored = 0;
        for (int c = 0; c < evaluation.classes(); c++) {
            row(c);
            scored += Double.isNaN(evaluation.iou(c)) ? 0 : 1;
        }
        mean();
        groups();
        return rows + "mean over the " + scored + " of " + evaluation.classes()
                + " classes that occur; pixel accuracy " + AlignedText.number(evaluation.pixelAccuracy())
                + ", frequency-weighted IoU " + AlignedText.number(evaluation.frequencyWeightedIou()) + "\n";
    }

    private void groups() {
        for (int k = 0; k < evaluation.groups(); k++) {
            long[] outcomes = matrix.outcomesOfGroup(evaluation.members(k));
            List<String> cells = new ArrayList<>(List.of("group " + evaluation.groupNames().get(k)));
            for (ClassScore score : ClassScore.values()) {
                cells.add(AlignedText.number(score.formula().of(Outcomes.of(outcomes), 1)));
            }
            cells.add(Long.toString(outcomes[OutcomeTable.TP] + outcomes[OutcomeTable.FN]));
            cells.add(Long.toString(outcomes[OutcomeTable.TP] + outcomes[OutcomeTable.FP]));
            rows.row(cells);
        }
    }

    private static List<String> header() {
        List<String> cells = new ArrayList<>(List.of("class"));
        for (ClassScore score : ClassScore.values()) {
            cells.add(score.title());
        }
        cells.add("pixels");
        cells.add("predicted");
        return cells;
    }

    private void row(int c) {
        List<String> cells = new ArrayList<>(List.of(evaluation.className(c)));
        for (ClassScore score : ClassScore.values()) {
            cells.add(AlignedText.number(matrix.score(score, c)));
        }
        cells.add(Long.toString(matrix.truthCount(c)));
        cells.add(Long.toString(matrix.predictedCount(c)));
        rows.row(cells);
    }

    private void mean() {
        List<String> cells = new ArrayList<>(List.of("mean"));
        for (ClassScore score : ClassScore.values()) {
            cells.add(AlignedText.number(matrix.mean(score)));
        }
        cells.add(Long.toString(evaluation.total()));
        cells.add("");
        rows.row(cells);
    }
}
