package org.segloss4j.cli.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.segloss4j.evaluation.SegmentationEvaluation;

/** The scores of groups of classes, as rows of a page and in files. */
final class GroupScores {

    private final SegmentationEvaluation evaluation;

    GroupScores(SegmentationEvaluation evaluation) {
        this.evaluation = evaluation;
    }

    /** One object for each group. */
    void json(ArrayNode to) {
        for (int k = 0; k < evaluation.groups(); k++) {
            SegmentationEvaluation group = evaluation.group(k);
            to.addObject().put("name", evaluation.groupNames().get(k)).put("pixels", truth(group))
                    .put("predicted", predicted(group)).put("iou", EvaluationReport.defined(group.iou(1)))
                    .put("dice", EvaluationReport.defined(group.dice(1)))
                    .put("precision", EvaluationReport.defined(group.precision(1)))
                    .put("recall", EvaluationReport.defined(group.recall(1)))
                    .put("specificity", EvaluationReport.defined(group.specificity(1)))
                    .put("balancedAccuracy", EvaluationReport.defined(group.balancedAccuracy(1)))
                    .put("mcc", EvaluationReport.defined(group.mcc(1)));
        }
    }

    String csv() {
        List<List<Object>> rows = new ArrayList<>();
        rows.add(List.of("name", "pixels", "predicted", "iou", "dice", "precision", "recall", "specificity",
                "balanced_accuracy", "mcc"));
        for (int k = 0; k < evaluation.groups(); k++) {
            SegmentationEvaluation group = evaluation.group(k);
            rows.add(Arrays.asList(evaluation.groupNames().get(k), truth(group), predicted(group),
                    EvaluationReport.cell(group.iou(1)), EvaluationReport.cell(group.dice(1)),
                    EvaluationReport.cell(group.precision(1)), EvaluationReport.cell(group.recall(1)),
                    EvaluationReport.cell(group.specificity(1)), EvaluationReport.cell(group.balancedAccuracy(1)),
                    EvaluationReport.cell(group.mcc(1))));
        }
        return EvaluationReport.csv(rows);
    }

    /** A table like that of the classes. */
    void write(Markup html) {
        html.open("section").leaf("h2", "Groups of classes").leaf("p", "Each group is scored as if it were one class: a"
                + " pixel of one of its classes that is taken for another of them is right.", "class", "lead").line();
        html.open("div", "class", "scroll", "tabindex", 0, "role", "region", "aria-label", "Scores of the groups")
                .open("table", "class", "sortable").open("thead").open("tr");
        for (String title : List.of("group", "IoU", "Dice", "precision", "recall", "pixels", "share", "predicted")) {
            html.leaf("th", title, "scope", "col");
        }
        html.close().close().open("tbody").line();
        for (int k = 0; k < evaluation.groups(); k++) {
            SegmentationEvaluation group = evaluation.group(k);
            html.open("tr").open("th", "scope", "row", "data-value", k, "class", "name")
                    .name(evaluation.groupNames().get(k)).close();
            ClassTable.bar(html, group.iou(1));
            ClassTable.score(html, group.dice(1));
            ClassTable.score(html, group.precision(1));
            ClassTable.score(html, group.recall(1));
            html.leaf("td", truth(group), "data-value", truth(group))
                    .leaf("td", Figures.percent(truth(group), group.total()), "data-value", truth(group))
                    .leaf("td", predicted(group), "data-value", predicted(group)).close().line();
        }
        html.close().open("tfoot").open("tr").leaf("th", "mean", "scope", "row");
        ClassTable.score(html, evaluation.meanGroupIou());
        ClassTable.score(html, evaluation.meanGroupDice());
        html.leaf("td", "", "colspan", 5).close().close().close().close().close();
    }

    private static long truth(SegmentationEvaluation group) {
        return group.count(1, 0) + group.count(1, 1);
    }

    private static long predicted(SegmentationEvaluation group) {
        return group.count(0, 1) + group.count(1, 1);
    }
}
