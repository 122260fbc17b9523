package org.segloss4j.cli.report;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.segloss4j.data.LabelMap;

/**
 * The worst and the best images with truth, prediction and errors side by side. Pictures are small copies inside the
 * page: at most {@value #MOST_BYTES} bytes for an image, however large it is. One image at a time is in memory.
 */
final class ExampleGallery {

    private static final int WORST = 4;
    private static final int BEST = 2;
    /** The longer side of a picture; still sharp on the page. */
    private static final int SIDE = 320;
    private static final int MOST_BYTES = 500_000;
    /** Below this size losing nothing costs little, and each pixel may be looked at. */
    private static final int LOSSLESS = 128 * 128;

    private final LabelMap labels;
    private final List<ImageScore> scores;
    private final List<Shown> worst;
    private final List<Shown> best;
    private final Set<Integer> classes = new TreeSet<>();
    private boolean anyVoid;

    ExampleGallery(LabelMap labels, List<ImageScore> scores, IntFunction<Example> read) {
        this.labels = labels;
        this.scores = scores;
        List<Integer> order = IntStream.range(0, scores.size()).filter(k -> scores.get(k).pixels() > 0).boxed()
                .sorted(Comparator.comparing(scores::get, ImageScore.WORST_FIRST)).toList();
        int first = Math.min(WORST, order.size());
        worst = order.subList(0, first).stream().map(k -> show(k, read.apply(k))).toList();
        List<Integer> last = new ArrayList<>(order.subList(Math.max(first, order.size() - BEST), order.size()));
        Collections.reverse(last);
        best = last.stream().map(k -> show(k, read.apply(k))).toList();
    }

    void write(Markup html) {
        if (worst.isEmpty()) {
            return;
        }
        html.open("section").leaf("h2", best.isEmpty() ? "Examples, worst first" : "Worst examples");
        legend(html);
        worst.forEach(example -> write(html, example));
        if (!best.isEmpty()) {
            html.leaf("h2", "Best examples").line();
            best.forEach(example -> write(html, example));
        }
        html.close();
    }

    private void legend(Markup html) {
        html.open("p", "class", "lead legend");
        ClassSwatches swatches = new ClassSwatches(labels);
        for (int c : classes) {
            html.open("span", "class", "key");
            swatches.write(html, c);
            html.close();
        }
        if (anyVoid) {
            html.open("span", "class", "key");
            ClassSwatches.write(html, ClassPainter.VOID, "void, not counted");
            html.close();
        }
        html.open("span", "class", "key");
        ClassSwatches.write(html, ClassPainter.WRONG, "wrong");
        html.close().close().line();
    }

    private void write(Markup html, Shown example) {
        ImageScore score = scores.get(example.index);
        html.open("div", "class", "example").open("h3").name(score.name()).close()
                .leaf("p", "mean IoU " + Figures.score(score.meanIou()) + ", pixel accuracy "
                        + Figures.score(score.pixelAccuracy()), "class", "lead").open("div", "class", "panels");
        for (Panel panel : example.panels) {
            html.open("figure").open("img", "src", panel.uri, "alt", panel.title + " of " + score.name(), "width",
                    panel.width, "height", panel.height, "class", panel.small ? "pixels" : null)
                    .leaf("figcaption", panel.title).close();
        }
        html.close().close().line();
    }

    private Shown show(int index, Example example) {
        Arrays.stream(example.truth().labels()).forEach(this::occurs);
        Arrays.stream(example.prediction().labels()).forEach(this::occurs);
        int side = SIDE;
        List<Panel> panels = panels(example.within(side));
        // Noise is the only kind of picture that needs a second try.
        while (panels.stream().mapToInt(panel -> panel.uri.length()).sum() > MOST_BYTES) {
            side /= 2;
            panels = panels(example.within(side));
        }
        return new Shown(index, panels);
    }

    private void occurs(int label) {
        if (labels.ignoreIndex() != null && labels.ignoreIndex() == label) {
            anyVoid = true;
        } else {
            classes.add(label);
        }
    }

    private List<Panel> panels(Example small) {
        ClassPainter painter = new ClassPainter(labels);
        List<Panel> panels = new ArrayList<>();
        if (small.image() != null) {
            panels.add(panel("image", ClassPainter.photo(small.image()),
                    small.size().pixels() <= LOSSLESS ? "png" : "jpeg"));
        }
        panels.add(panel("truth", painter.map(small.truth()), "png"));
        panels.add(panel("prediction", painter.map(small.prediction()), "png"));
        panels.add(panel("errors", painter.errors(small), "png"));
        return panels;
    }

    private static Panel panel(String title, BufferedImage picture, String format) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(picture, format, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Panel(title, picture.getWidth(), picture.getHeight(), picture.getWidth() <= SIDE / 2,
                "data:image/" + format + ";base64," + Base64.getEncoder().encodeToString(bytes.toByteArray()));
    }

    /** An image by its index. */
    private record Shown(int index, List<Panel> panels) {
    }

    /** One picture. */
    private record Panel(String title, int width, int height, boolean small, String uri) {
    }
}
