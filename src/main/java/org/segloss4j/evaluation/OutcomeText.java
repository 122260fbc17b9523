package org.segloss4j.evaluation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The text of counts of outcomes: one row per class. */
final class OutcomeText {

    private static final Map<String, OutcomeMetric> COLUMNS = columns();

    private final OutcomeEvaluation evaluation;
    private final OutcomeTable table;

    OutcomeText(OutcomeEvaluation evaluation, OutcomeTable table) {
        this.evaluation = evaluation;
        this.table = table;
    }

    private static Map<String, OutcomeMetric> columns() {
        Map<String, OutcomeMetric> columns = new LinkedHashMap<>();
        columns.put("IoU", OutcomeMetric.iou());
        columns.put("Dice", OutcomeMetric.f1());
        columns.put("precision", OutcomeMetric.precision());
        columns.put("recall", OutcomeMetric.recall());
        columns.put("specificity", OutcomeMetric.specificity());
        columns.put("MCC", OutcomeMetric.mcc());
        columns.replaceAll((title, metric) -> metric.zeroDivision(Double.NaN));
        return columns;
    }

    String text() {
        List<String> header = new ArrayList<>(List.of("class"));
        header.addAll(COLUMNS.keySet());
        header.addAll(List.of("TP", "FP", "FN", "TN"));
        AlignedText rows = new AlignedText(header);
        for (int c = 0; c < evaluation.classes(); c++) {
            List<String> cells = new ArrayList<>(List.of(evaluation.className(c)));
            for (OutcomeMetric metric : COLUMNS.values()) {
                cells.add(AlignedText.number(evaluation.perClass(metric)[c]));
            }
            for (int outcome = 0; outcome < OutcomeTable.OUTCOMES; outcome++) {
                cells.add(Long.toString(table.pooled(c, outcome)));
            }
            rows.row(cells);
        }
        List<String> mean = new ArrayList<>(List.of("mean"));
        for (OutcomeMetric metric : COLUMNS.values()) {
            mean.add(AlignedText.number(evaluation.value(metric.reduction(Reduction.MACRO))));
        }
        rows.row(mean);
        return rows + "of " + evaluation.images() + (evaluation.images() == 1 ? " image" : " images")
                + " together; the mean is over the classes that have the score\n";
    }
}
