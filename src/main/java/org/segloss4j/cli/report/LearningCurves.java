package org.segloss4j.cli.report;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.segloss4j.cli.report.LineChart.Line;
import org.segloss4j.data.LabelMap;

/** How loss and scores went over the epochs: as charts, and as numbers. */
final class LearningCurves {

    /** Charts of more classes than these are no longer looked at. */
    private static final int MOST_CLASSES = 60;

    private final List<EpochScores> epochs;
    private final LabelMap labels;

    LearningCurves(List<EpochScores> epochs, LabelMap labels) {
        this.epochs = epochs;
        this.labels = labels;
    }

    void write(Markup html) {
        html.open("section").leaf("h2", "Learning curves").line();
        html.open("div", "class", "charts");
        loss(html);
        meanIou(html);
        html.close().line();
        numbers(html);
        html.close().open("section");
        classes(html);
        html.close();
    }

    private void loss(Markup html) {
        // Before the first epoch there is no training loss.
        List<EpochScores> trained = epochs.stream().dropWhile(e -> Double.isNaN(e.trainingLoss())).toList();
        html.open("figure").open("figcaption").leaf("b", "Loss").text(", lower is better ");
        key(html, "training", "training, mean over the epoch while the network changes");
        key(html, "validation", "validation, after the epoch");
        html.close();
        LineChart chart = LineChart.large("Loss over the epochs. Validation: "
                + way(epochs, EpochScores::validationLoss) + (trained.isEmpty() ? ""
                : ". Training: " + way(trained, EpochScores::trainingLoss)) + ".");
        if (!trained.isEmpty()) {
            chart.line(line("training loss", "training", trained, EpochScores::trainingLoss));
        }
        chart.line(line("validation loss", "validation", epochs, EpochScores::validationLoss)).write(html, "loss");
        html.close();
    }

    private void meanIou(Markup html) {
        List<EpochScores> counted = epochs.stream().filter(e -> e.training() != null).toList();
        html.open("figure").open("figcaption").leaf("b", "Mean IoU").text(" of the validation images, 0 to 1, higher is"
                + " better. ");
        if (!counted.isEmpty()) {
            key(html, "training", "training, over the epoch while the network changes");
            key(html, "iou", "validation, after the epoch");
        }
        best().ifPresent(best -> html.text("Best: " + Figures.score(best.validation().meanIou()) + " in epoch "
                + best.epoch() + "."));
        html.close();
        LineChart chart = LineChart.large("Validation mean IoU over the epochs: "
                + way(epochs, e -> e.validation().meanIou()) + (counted.isEmpty() ? ""
                : ". Training: " + way(counted, EpochScores::trainingIou)) + ".").between(0, 1);
        if (!counted.isEmpty()) {
            chart.line(line("training mean IoU", "training", counted, EpochScores::trainingIou));
        }
        chart.line(line("mean IoU", "iou", epochs, e -> e.validation().meanIou())).write(html, "mean IoU");
        html.close();
    }

    private Optional<EpochScores> best() {
        return epochs.stream().filter(e -> !Double.isNaN(e.validation().meanIou()))
                .max(Comparator.comparingDouble(e -> e.validation().meanIou()));
    }

    /** A small chart for each class, since more than a few lines in one cannot be told apart. */
    private void classes(Markup html) {
        EpochScores last = epochs.get(epochs.size() - 1);
        // The tables below are of this epoch, too.
        EpochScores told = best().orElse(last);
        ClassSwatches swatches = new ClassSwatches(labels);
        List<Integer> shown = new ClassPixels(last.validation()).largest(MOST_CLASSES);
        html.leaf("h2", "IoU of each class over the epochs").open("p", "class", "lead")
                .text("Validation images; axes from 0 to 1 and from epoch " + epochs.get(0).epoch() + " to "
                        + last.epoch() + "; the numbers are those of epoch " + told.epoch() + ". ");
        key(html, "iou", "the class");
        key(html, "mean", "mean of all classes");
        html.text(shown.size() < labels.classes() ? " Shown are the " + shown.size() + " of " + labels.classes()
                + " classes with most pixels; metrics.csv has all." : "").close().line();
        html.open("div", "class", "multiples");
        for (int c : shown) {
            if (swatches.isIgnored(c)) {
                continue;
            }
            html.open("figure").open("figcaption", "title", labels.names().get(c)).open("span", "class", "clip");
            swatches.write(html, c);
            html.close().leaf("span", Figures.score(told.validation().iou(c)), "class", "value").close();
            LineChart.small("IoU of class " + labels.names().get(c) + " over the epochs: "
                    + way(epochs, e -> e.validation().iou(c)) + ".").between(0, 1)
                    .line(line("mean IoU", "mean", epochs, e -> e.validation().meanIou()))
                    .line(line("IoU", "iou", epochs, e -> e.validation().iou(c))).write(html, "IoU");
            html.close().line();
        }
        html.close();
    }

    private void numbers(Markup html) {
        html.open("details").leaf("summary", "Numbers of each epoch");
        html.open("div", "class", "scroll", "tabindex", 0, "role", "region", "aria-label", "Numbers of each epoch")
                .open("table").open("thead").open("tr");
        for (String title : List.of("epoch", "training loss", "validation loss", "mean IoU", "pixel accuracy",
                "training mean IoU")) {
            html.leaf("th", title, "scope", "col");
        }
        html.close().close().open("tbody").line();
        for (EpochScores epoch : epochs) {
            html.open("tr").leaf("th", epoch.epoch(), "scope", "row");
            for (double value : new double[] {epoch.trainingLoss(), epoch.validationLoss(),
                epoch.validation().meanIou(), epoch.validation().pixelAccuracy(), epoch.trainingIou()}) {
                html.leaf("td", Figures.score(value));
            }
            html.close().line();
        }
        html.close().close().close().close();
    }

    private static void key(Markup html, String style, String text) {
        html.open("span", "class", "key").open("span", "class", "dash " + style).close().text(text).close();
    }

    private static Line line(String name, String style, List<EpochScores> epochs,
            ToDoubleFunction<EpochScores> value) {
        return new Line(name, style, epochs.stream().mapToInt(EpochScores::epoch).toArray(),
                epochs.stream().mapToDouble(value).toArray());
    }

    /** From where to where a value went. */
    private static String way(List<EpochScores> epochs, ToDoubleFunction<EpochScores> value) {
        EpochScores first = epochs.get(0);
        EpochScores last = epochs.get(epochs.size() - 1);
        return Figures.score(value.applyAsDouble(first)) + " in epoch " + first.epoch() + ", "
                + Figures.score(value.applyAsDouble(last)) + " in epoch " + last.epoch();
    }
}
