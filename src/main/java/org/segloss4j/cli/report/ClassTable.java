package org.segloss4j.cli.report;

import java.util.Locale;
import java.util.stream.IntStream;
import org.segloss4j.data.LabelMap;
import org.segloss4j.evaluation.SegmentationEvaluation;

/** Pixels and scores of each class as a table that can be sorted. */
final class ClassTable {

    private static final String[] TITLES = {"class", "IoU", "Dice", "precision", "recall", "pixels", "share",
        "predicted"};

    private final SegmentationEvaluation evaluation;
    private final ClassPixels pixels;
    private final ClassSwatches swatches;

    ClassTable(SegmentationEvaluation evaluation, LabelMap labels) {
        this.evaluation = evaluation;
        pixels = new ClassPixels(evaluation);
        swatches = new ClassSwatches(labels);
    }

    void write(Markup html) {
        html.open("section").leaf("h2", "Classes").leaf("p", "Pixels are those of the truth, share is their part of all"
                + " that were counted, predicted are those of the prediction. " + Figures.UNDEFINED
                + " is 0/0: nothing to measure.", "class", "lead").line();
        html.open("div", "class", "scroll", "tabindex", 0, "role", "region", "aria-label", "Scores of the classes")
                .open("table", "class", "sortable").open("thead").open("tr");
        for (String title : TITLES) {
            html.leaf("th", title, "scope", "col");
        }
        html.close().close().open("tbody").line();
        for (int c = 0; c < evaluation.classes(); c++) {
            row(html, c);
        }
        html.close().open("tfoot").open("tr").leaf("th", "mean over " + IntStream.range(0, evaluation.classes())
                .filter(c -> !Double.isNaN(evaluation.iou(c))).count() + " of " + Figures.count(evaluation.classes(),
                "class", "classes"), "scope", "row");
        score(html, evaluation.meanIou());
        score(html, evaluation.meanDice());
        score(html, evaluation.meanPrecision());
        score(html, evaluation.meanRecall());
        html.leaf("td", evaluation.total()).leaf("td", "").leaf("td", "").close().close().close().close().close();
    }

    private void row(Markup html, int c) {
        html.open("tr").open("th", "scope", "row", "data-value", c, "class", "name");
        swatches.write(html, c);
        html.close();
        bar(html, evaluation.iou(c));
        score(html, evaluation.dice(c));
        score(html, evaluation.precision(c));
        score(html, evaluation.recall(c));
        html.leaf("td", pixels.truth(c), "data-value", pixels.truth(c))
                .leaf("td", Figures.percent(pixels.truth(c), evaluation.total()), "data-value", pixels.truth(c))
                .leaf("td", pixels.predicted(c), "data-value", pixels.predicted(c)).close().line();
    }

    /** A score from 0 to 1 upon a bar of its length. */
    static void bar(Markup html, double value) {
        html.leaf("td", Figures.score(value), "class", "bar", "data-value", sortedBy(value), "style",
                Double.isNaN(value) ? null : String.format(Locale.ROOT, "--v:%.1f%%", 100 * value));
    }

    static void score(Markup html, double value) {
        html.leaf("td", Figures.score(value), "data-value", sortedBy(value));
    }

    /** What is not defined has no value and so is sorted last. */
    private static Double sortedBy(double value) {
        return Double.isNaN(value) ? null : value;
    }
}
