package org.segloss4j.cli.report;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.segloss4j.data.LabelMap;
import org.segloss4j.evaluation.SegmentationEvaluation;

/** The confusion matrix as a heat map of shares of each true class, and the largest confusions in words. */
final class ConfusionTable {

    /** Beyond these the largest classes stand for all. */
    private static final int MOST_CLASSES = 60;
    /** Beyond these cells are small. */
    private static final int ROOMY = 12;
    private static final int LARGEST = 10;

    private final SegmentationEvaluation evaluation;
    private final ClassPixels pixels;
    private final LabelMap labels;
    private final ClassSwatches swatches;

    ConfusionTable(SegmentationEvaluation evaluation, LabelMap labels) {
        this.evaluation = evaluation;
        this.labels = labels;
        pixels = new ClassPixels(evaluation);
        swatches = new ClassSwatches(labels);
    }

    void write(Markup html) {
        List<Integer> shown = pixels.largest(MOST_CLASSES).stream().filter(c -> !swatches.isIgnored(c)).toList();
        html.open("section").leaf("h2", "Confusion").open("p", "class", "lead").text("Each row is a true class, each"
                + " column what it was taken for, in percent of the row: ");
        html.leaf("span", "right", "class", "heat hit", "style", "--a:.6").text(" on the diagonal, ");
        html.leaf("span", "wrong", "class", "heat miss", "style", "--a:.6").text(" elsewhere. An empty cell is 0, a row"
                + " of dashes is a class without pixels."
                + (evaluation.classes() > MOST_CLASSES ? " Shown are the " + MOST_CLASSES + " of "
                + evaluation.classes() + " classes with most pixels." : "")).close().line();
        matrix(html, shown);
        largest(html);
        html.close();
    }

    private void matrix(Markup html, List<Integer> shown) {
        html.open("div", "class", "scroll", "tabindex", 0, "role", "region", "aria-label", "Confusion matrix")
                .open("table", "class", shown.size() <= ROOMY ? "confusion" : "confusion dense");
        html.open("thead").open("tr").leaf("td", "").leaf("th", "predicted \u2192", "colspan", shown.size(), "scope",
                "colgroup", "class", "axis").close().open("tr").leaf("th", "truth \u2193", "class", "axis", "scope",
                "col");
        for (int p : shown) {
            html.open("th", "scope", "col", "class", "turned", "title", labels.names().get(p)).open("span");
            html.name(labels.names().get(p)).close().close();
        }
        html.close().close().open("tbody").line();
        for (int t : shown) {
            html.open("tr").open("th", "scope", "row", "class", "name", "title", labels.names().get(t))
                    .open("span", "class", "clip");
            swatches.write(html, t);
            html.close().close();
            long row = pixels.truth(t);
            shown.forEach(p -> cell(html, t, p, row));
            html.close().line();
        }
        html.close().close().close().line();
    }

    private void cell(Markup html, int truth, int predicted, long row) {
        long count = evaluation.count(truth, predicted);
        if (row == 0) {
            html.leaf("td", Figures.UNDEFINED, "class", "none");
        } else if (count == 0) {
            html.open("td").close();
        } else {
            html.leaf("td", Figures.shortPercent(count, row), "class",
                    truth == predicted ? "heat hit" : "heat miss", "style",
                    String.format(Locale.ROOT, "--a:%.2f", 0.06 + 0.6 * count / row), "title",
                    labels.names().get(truth) + " predicted as " + labels.names().get(predicted) + ": " + count
                            + " of " + row + " pixels");
        }
    }

    private void largest(Markup html) {
        List<Confusion> confusions = IntStream.range(0, evaluation.classes()).boxed().flatMap(this::confusions)
                .sorted(Comparator.comparing(Confusion::pixels).reversed()).limit(LARGEST).toList();
        if (confusions.isEmpty()) {
            html.leaf("p", "No pixel was taken for another class.");
            return;
        }
        html.leaf("h3", "Largest confusions").open("div", "class", "scroll", "tabindex", 0, "role", "region",
                "aria-label", "Largest confusions").open("table").open("thead").open("tr");
        html.leaf("th", "true class", "scope", "col").leaf("th", "taken for", "scope", "col", "class", "name")
                .leaf("th", "pixels", "scope", "col").leaf("th", "of the true class", "scope", "col")
                .leaf("th", "of all wrong pixels", "scope", "col").close().close().open("tbody").line();
        long right = IntStream.range(0, evaluation.classes()).mapToLong(c -> evaluation.count(c, c)).sum();
        for (Confusion confusion : confusions) {
            html.open("tr").open("th", "scope", "row", "class", "name");
            swatches.write(html, confusion.truth);
            html.close().open("td", "class", "name");
            swatches.write(html, confusion.predicted);
            html.close().leaf("td", confusion.pixels)
                    .leaf("td", Figures.percent(confusion.pixels, pixels.truth(confusion.truth)))
                    .leaf("td", Figures.percent(confusion.pixels, evaluation.total() - right)).close().line();
        }
        html.close().close().close();
    }

    private Stream<Confusion> confusions(int truth) {
        return IntStream.range(0, evaluation.classes())
                .filter(predicted -> predicted != truth && evaluation.count(truth, predicted) > 0)
                .mapToObj(predicted -> new Confusion(truth, predicted, evaluation.count(truth, predicted)));
    }

    /** Pixels of a class that were taken for another. */
    private record Confusion(int truth, int predicted, long pixels) {
    }
}
