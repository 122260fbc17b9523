package org.segloss4j.cli.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.segloss4j.data.LabelMap;
import org.segloss4j.evaluation.SegmentationEvaluation;

/**
 * One page with all that is known of a run. It is a single file that asks for nothing outside: style, script, charts
 * and pictures lie inside, and its own policy forbids browsers to load or run anything else. Without the script only
 * sorting is missing. Sections for which nothing was given are left out.
 */
final class HtmlReport {

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT);

    private static final int MOST_NAMES = 20;

    private final String title;
    private final LabelMap labels;
    private final SegmentationEvaluation evaluation;
    private final List<String> notes = new ArrayList<>();
    private String summary = "";
    private RunSettings settings = RunSettings.NONE;
    private List<EpochScores> epochs = List.of();
    private List<ImageScore> images = List.of();
    private ExampleGallery gallery;

    /**
     * Starts a page.
     *
     * @param title      its heading
     * @param labels     the classes
     * @param evaluation the scores of all images
     */
    HtmlReport(String title, LabelMap labels, SegmentationEvaluation evaluation) {
        this.title = title;
        this.labels = labels;
        this.evaluation = evaluation;
    }

    /** A line below the heading. */
    HtmlReport summary(String text) {
        summary = text;
        return this;
    }

    HtmlReport settings(RunSettings all) {
        settings = all;
        return this;
    }

    /** For learning curves; at least one. */
    HtmlReport epochs(List<EpochScores> all) {
        epochs = all;
        return this;
    }

    /** The scores of each image. */
    HtmlReport images(List<ImageScore> all) {
        images = all;
        return this;
    }

    /**
     * Shows some of the images, whose scores were given before.
     *
     * @param read gives an image by its place in the list of scores; called for a few, once each
     */
    HtmlReport examples(IntFunction<Example> read) {
        gallery = new ExampleGallery(labels, images, read);
        return this;
    }

    /** A sentence among the notes. */
    HtmlReport note(String sentence) {
        notes.add(sentence);
        return this;
    }

    /** The file. */
    byte[] bytes() {
        String script = resource("report.js");
        Markup html = new Markup();
        html.open("html", "lang", "en").open("head").open("meta", "charset", "utf-8").line();
        html.open("meta", "http-equiv", "Content-Security-Policy", "content", "default-src 'none'; img-src data:;"
                + " style-src 'unsafe-inline'; script-src 'sha256-" + sha256(script) + "'").line();
        html.open("meta", "name", "viewport", "content", "width=device-width, initial-scale=1").line();
        html.open("meta", "name", "color-scheme", "content", "light dark").line();
        // Else a browser asks the server of the page for an icon.
        html.open("link", "rel", "icon", "href", "data:,").line();
        html.leaf("title", title).verbatim("style", resource("report.css")).close().line();
        html.open("body").open("main").open("header").leaf("h1", title).leaf("p", summary, "class", "lead").close();
        figures(html);
        noteList(html);
        if (!epochs.isEmpty()) {
            new LearningCurves(epochs, labels).write(html);
        }
        new ClassTable(evaluation, labels).write(html.line());
        if (evaluation.groups() > 0) {
            new GroupScores(evaluation).write(html.line());
        }
        new ConfusionTable(evaluation, labels).write(html.line());
        if (gallery != null) {
            gallery.write(html.line());
        }
        if (!images.isEmpty()) {
            new ImageTable(images, labels).write(html.line());
        }
        run(html.line());
        html.close().line().verbatim("script", script).close().close().line();
        return ("<!DOCTYPE html>\n" + html).getBytes(StandardCharsets.UTF_8);
    }

    private void figures(Markup html) {
        html.open("dl", "class", "figures");
        figure(html, "mean IoU", Figures.score(evaluation.meanIou()));
        figure(html, "mean Dice", Figures.score(evaluation.meanDice()));
        figure(html, "pixel accuracy", Figures.score(evaluation.pixelAccuracy()));
        figure(html, "frequency-weighted IoU", Figures.score(evaluation.frequencyWeightedIou()));
        figure(html, "pixels", Long.toString(evaluation.total()));
        html.close().line();
    }

    private static void figure(Markup html, String name, String value) {
        html.open("div").leaf("dt", name).leaf("dd", value).close();
    }

    private void noteList(Markup html) {
        html.open("section", "class", "notes").leaf("h2", "Notes").open("ul").line();
        notes.forEach(note -> html.leaf("li", note).line());
        ClassPixels pixels = new ClassPixels(evaluation);
        List<Integer> absent = IntStream.range(0, labels.classes()).filter(c -> pixels.truth(c) == 0)
                .filter(c -> labels.ignoreIndex() == null || labels.ignoreIndex() != c).boxed().toList();
        if (!absent.isEmpty()) {
            html.open("li").text((absent.size() == 1 ? "A class has" : absent.size() + " classes have")
                    + " no pixel in the true masks, so nothing says how well it would be found: ");
            for (int k = 0; k < Math.min(MOST_NAMES, absent.size()); k++) {
                html.text(k == 0 ? "" : ", ").name(labels.names().get(absent.get(k)));
            }
            html.text(absent.size() > MOST_NAMES ? " and " + (absent.size() - MOST_NAMES) + " more." : ".").close()
                    .line();
        }
        if (labels.ignoreIndex() == null) {
            html.leaf("li", "No label is ignored: every pixel counts.").line();
        } else {
            long voidPixels = images.stream().mapToLong(ImageScore::voidPixels).sum();
            // Where files store other values than labels, users have never seen the label of void pixels.
            boolean stored = !labels.byColour() && labels.labelOf(labels.ignoreIndex()) == labels.ignoreIndex();
            html.open("li").text((stored ? "Label " + labels.ignoreIndex() + " is void and not counted"
                    : "Void pixels are not counted") + (images.isEmpty() ? ""
                    : ": " + Figures.count(voidPixels, "pixel", "pixels") + ", "
                    + Figures.percent(voidPixels, voidPixels + evaluation.total())) + ".").close()
                    .line();
        }
        html.leaf("li", "IoU and Dice of a class that neither truth nor prediction hold, precision of one that is never"
                + " predicted and recall of one that never occurs are 0/0. They are shown as " + Figures.UNDEFINED
                + " and are in no mean.").close().close().line();
    }

    private void run(Markup html) {
        html.open("section").leaf("h2", "Run");
        if (!settings.command().isEmpty()) {
            html.open("pre").leaf("code", settings.command()).close().line();
        }
        html.open("div", "class", "facts");
        facts(html, "Settings", settings.values());
        facts(html, "Versions", Versions.all());
        html.close().leaf("p", "Made by SegLoss4J on " + TIME.format(ZonedDateTime.now(ZoneOffset.UTC)) + ".", "class",
                "lead").close();
    }

    private static void facts(Markup html, String caption, Map<String, String> facts) {
        if (facts.isEmpty()) {
            return;
        }
        html.open("table", "class", "pairs").leaf("caption", caption).open("tbody").line();
        facts.forEach((name, value) -> html.open("tr").leaf("th", name, "scope", "row").open("td").name(value).close()
                .close().line());
        html.close().close();
    }

    private static String resource(String name) {
        try (InputStream stream = HtmlReport.class.getResourceAsStream(name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8).lines().map(String::strip)
                    .collect(Collectors.joining("\n"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha256(String text) {
        try {
            return Base64.getEncoder().encodeToString(
                    MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
