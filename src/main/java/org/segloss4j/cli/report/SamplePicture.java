package org.segloss4j.cli.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import javax.imageio.ImageIO;
import org.segloss4j.cli.input.TrainingData;
import org.segloss4j.data.MaskImage;
import org.segloss4j.data.SegmentationSample;
import org.segloss4j.data.SegmentationSource;

/** A picture of image, truth and predictions, side by side for a few samples, with a legend of the classes. */
public final class SamplePicture {

    /** The width to come near to. */
    private static final int WIDTH = 960;
    private static final int GAP = 6;
    /** Samples among which those to show are chosen. */
    private static final int LOOKED_AT = 60;
    private static final int MARGIN = 20;
    private static final int SWATCH = 13;
    private static final Color INK = new Color(0x333333);
    private static final Font FONT = new Font(Font.SANS_SERIF, Font.PLAIN, 14);

    private final TrainingData data;
    private final List<SegmentationSample> samples;
    private final Map<String, Function<SegmentationSample, int[]>> predictions;
    /** Of the panels of a sample. */
    private final List<String> titles = new ArrayList<>(List.of("image", "truth"));
    private final int groups;
    private final int rows;
    private final int cellWidth;
    private final int cellHeight;

    private SamplePicture(TrainingData data, List<SegmentationSample> samples,
                          Map<String, Function<SegmentationSample, int[]>> predictions) {
        this.data = data;
        this.samples = samples;
        this.predictions = predictions;
        titles.addAll(predictions.keySet());
        groups = groups(data, predictions) == 2 && samples.size() > 1 ? 2 : 1;
        rows = (samples.size() + groups - 1) / groups;
        double wanted = (double) (WIDTH - 2 * MARGIN) / (groups * titles.size()) - GAP;
        double scale = wanted / data.size().width();
        // Whole factors keep all pixels of small images equally large.
        scale = scale >= 1.5 ? Math.round(scale) : scale >= 0.8 ? 1 : scale;
        cellWidth = Math.max(1, (int) Math.round(data.size().width() * scale));
        cellHeight = Math.max(1, (int) Math.round(data.size().height() * scale));
    }

    /**
     * Draws the picture.
     *
     * @param data        sizes, names and samples; the validation samples shown are those that together have most
     *                    classes
     * @param predictions by the title of each panel, what gives the predicted classes [H, W] of a sample
     * @return a PNG file
     */
    public static byte[] png(TrainingData data, Map<String, Function<SegmentationSample, int[]>> predictions) {
        List<SegmentationSample> samples = choose(data, groups(data, predictions) == 2 ? 6 : 4);
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try {
            ImageIO.write(new SamplePicture(data, samples, predictions).draw(), "png", png);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return png.toByteArray();
    }

    /** Small images with few panels stand in two columns. */
    private static int groups(TrainingData data, Map<String, ?> predictions) {
        return data.size().width() <= 200 && predictions.size() == 1 ? 2 : 1;
    }

    /** In turn the sample with most classes that were not shown yet; when all were, all count as new again. */
    private static List<SegmentationSample> choose(TrainingData data, int most) {
        List<SegmentationSample> left = first(data.validation());
        List<SegmentationSample> chosen = new ArrayList<>();
        Set<Integer> shown = new HashSet<>();
        while (chosen.size() < most && !left.isEmpty()) {
            SegmentationSample best = Collections.max(left, Comparator.comparing(sample -> missing(sample, shown)));
            if (missing(best, shown) == 0) {
                shown.clear();
                best = Collections.max(left, Comparator.comparing(sample -> missing(sample, shown)));
            }
            Arrays.stream(best.mask().labels()).forEach(shown::add);
            chosen.add(best);
            left.remove(best);
        }
        return chosen;
    }

    /** The first samples: all of a large data set would not fit into memory. */
    private static List<SegmentationSample> first(SegmentationSource source) {
        List<SegmentationSample> first = new ArrayList<>();
        try {
            for (int k = 0; k < Math.min(LOOKED_AT, source.size()); k++) {
                first.add(source.read(k));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return first;
    }

    private static long missing(SegmentationSample sample, Set<Integer> shown) {
        return Arrays.stream(sample.mask().labels()).distinct().filter(label -> !shown.contains(label)).count();
    }

    private BufferedImage draw() {
        int groupWidth = titles.size() * (cellWidth + GAP) - GAP;
        int width = 2 * MARGIN + groups * groupWidth + (groups - 1) * MARGIN;
        Graphics2D measure = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics();
        FontMetrics metrics = measure.getFontMetrics(FONT);
        int top = MARGIN + metrics.getHeight() + GAP / 2;
        int legendTop = top + rows * (cellHeight + GAP) - GAP + MARGIN;
        int height = legendTop + legend(measure, metrics, width, legendTop) + MARGIN;
        measure.dispose();

        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, width, height);
        g.setFont(FONT);
        ClassPainter painter = new ClassPainter(data.labels());
        for (int k = 0; k < samples.size(); k++) {
            int x = MARGIN + k / rows * (groupWidth + MARGIN);
            int y = top + k % rows * (cellHeight + GAP);
            SegmentationSample sample = samples.get(k);
            List<BufferedImage> panels = new ArrayList<>(List.of(ClassPainter.photo(sample.image()),
                    painter.map(sample.mask())));
            predictions.values().forEach(predict -> panels.add(painter.map(MaskImage.of(data.size().width(),
                    data.size().height(), predict.apply(sample)))));
            for (int panel = 0; panel < titles.size(); panel++) {
                int left = x + panel * (cellWidth + GAP);
                if (k % rows == 0) {
                    g.setColor(INK);
                    String title = titles.get(panel);
                    g.drawString(title, left + (cellWidth - metrics.stringWidth(title)) / 2,
                            top - GAP / 2 - metrics.getDescent());
                }
                // Smooth for photographs that shrink; nearest for all that grows, to show what the network sees.
                g.setRenderingHint(RenderingHints.KEY_INTERPOLATION, panel == 0 && cellWidth < data.size().width()
                        ? RenderingHints.VALUE_INTERPOLATION_BILINEAR
                        : RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR);
                g.drawImage(panels.get(panel), left, y, cellWidth, cellHeight, null);
            }
        }
        legend(g, metrics, width, legendTop);
        g.dispose();
        return image;
    }

    /** Draws the legend in as many centred lines as it needs; returns their height. */
    private int legend(Graphics2D g, FontMetrics metrics, int width, int top) {
        List<Entry> line = new ArrayList<>();
        int used = 0;
        int y = top;
        for (Entry entry : entries()) {
            int needed = entry.width(metrics);
            if (!line.isEmpty() && used + needed > width - 2 * MARGIN) {
                draw(g, metrics, line, (width - used + MARGIN) / 2, y);
                y += metrics.getHeight() + GAP;
                line.clear();
                used = 0;
            }
            line.add(entry);
            used += needed;
        }
        draw(g, metrics, line, (width - used + MARGIN) / 2, y);
        return y + metrics.getHeight() - top;
    }

    private List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        for (int c = 0; c < data.classes(); c++) {
            if (data.ignore() == null || data.ignore() != c) {
                entries.add(new Entry(data.names().get(c), new Color(data.labels().colours().get(c))));
            }
        }
        if (data.ignore() != null) {
            entries.add(new Entry("void", new Color(ClassPainter.VOID)));
        }
        return entries;
    }

    private static void draw(Graphics2D g, FontMetrics metrics, List<Entry> line, int left, int y) {
        int x = left;
        for (Entry entry : line) {
            g.setColor(entry.colour);
            g.fillRect(x, y + (metrics.getHeight() - SWATCH) / 2, SWATCH, SWATCH);
            g.setColor(INK);
            g.setStroke(new BasicStroke(1));
            g.drawRect(x, y + (metrics.getHeight() - SWATCH) / 2, SWATCH, SWATCH);
            g.drawString(entry.name, x + SWATCH + GAP, y + metrics.getAscent());
            x += entry.width(metrics);
        }
    }

    /** One class of the legend. */
    private record Entry(String name, Color colour) {
        int width(FontMetrics metrics) {
            return SWATCH + GAP + metrics.stringWidth(name) + MARGIN;
        }
    }
}
