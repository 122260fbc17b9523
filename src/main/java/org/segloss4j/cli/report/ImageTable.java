package org.segloss4j.cli.report;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.segloss4j.data.LabelMap;

/** The scores of each image, the worst first. */
final class ImageTable {

    /** A page with more rows than these is slow, and nobody reads on to the good ones. */
    private static final int MOST = 500;
    private static final String[] TITLES = {"image", "mean IoU", "pixel accuracy", "worst class", "its IoU", "pixels",
        "void"};

    private final List<ImageScore> scores;
    private final ClassSwatches swatches;

    ImageTable(List<ImageScore> scores, LabelMap labels) {
        this.scores = scores;
        swatches = new ClassSwatches(labels);
    }

    void write(Markup html) {
        List<ImageScore> shown = scores.stream().sorted(ImageScore.WORST_FIRST).limit(MOST).toList();
        html.open("section").leaf("h2", "Images, worst first").leaf("p", "Mean IoU is that over the classes which truth"
                + " or prediction of the image hold, so the mean of a column is not the score of all pixels."
                + (shown.size() < scores.size() ? " Shown are the worst " + shown.size() + " of " + scores.size() + "."
                : ""), "class", "lead").line();
        html.open("div", "class", "scroll tall", "tabindex", 0, "role", "region", "aria-label", "Scores of the images")
                .open("table", "class", "sortable").open("thead").open("tr");
        for (String title : TITLES) {
            html.leaf("th", title, "scope", "col");
        }
        html.close().close().open("tbody").line();
        IntStream.range(0, shown.size()).forEach(k -> row(html, k, shown.get(k)));
        html.close().close().close().close();
    }

    private void row(Markup html, int place, ImageScore score) {
        html.open("tr").open("th", "scope", "row", "class", "name", "data-value", place).name(score.name()).close();
        ClassTable.bar(html, score.meanIou());
        ClassTable.score(html, score.pixelAccuracy());
        int worst = IntStream.range(0, score.classIou().size()).filter(c -> !Double.isNaN(score.classIou().get(c)))
                .boxed().min(Comparator.comparing(score.classIou()::get)).orElse(-1);
        if (worst < 0) {
            html.leaf("td", Figures.UNDEFINED).leaf("td", Figures.UNDEFINED);
        } else {
            html.open("td", "class", "name", "data-value", worst);
            swatches.write(html, worst);
            html.close();
            ClassTable.score(html, score.classIou().get(worst));
        }
        html.leaf("td", score.pixels(), "data-value", score.pixels())
                .leaf("td", Figures.percent(score.voidPixels(), score.pixels() + score.voidPixels()), "data-value",
                        score.voidPixels()).close().line();
    }
}
