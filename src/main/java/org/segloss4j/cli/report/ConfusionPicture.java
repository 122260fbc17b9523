package org.segloss4j.cli.report;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/**
 * A confusion matrix as a heat map: each cell tells which share of the true class's pixels was predicted as what.
 * Drawn by hand because chart libraries turn neither the numbers' colour with the cell's nor leave rows out.
 */
public final class ConfusionPicture {

    /** From this many classes on, numbers no longer fit into the cells. */
    private static final int CROWDED = 26;
    private static final int PAD = 16;
    private static final Color[] COLOURS = {Color.WHITE, new Color(0x6BAED6), new Color(0x08306B)};
    private static final Color ABSENT = new Color(0xE6E6E6);
    private static final Color GRID = new Color(0xD0D0D0);

    private final String title;
    private final List<String> names;
    private final long[] confusion;
    private final int classes;
    private final int cell;
    private final Font font;
    private final Font titleFont = new Font(Font.SANS_SERIF, Font.BOLD, 16);

    private ConfusionPicture(String title, List<String> names, long[] confusion) {
        this.title = title;
        this.names = names;
        this.confusion = confusion;
        classes = names.size();
        cell = classes < 8 ? 80 : classes < CROWDED ? 52 : classes <= 60 ? 20
                : Math.max(1, Math.min(13, 2600 / classes));
        font = new Font(Font.SANS_SERIF, Font.PLAIN, named() ? Math.min(14, cell - 3) : 14);
    }

    /**
     * Draws the heat map.
     *
     * @param title     above it
     * @param names     of the K classes
     * @param confusion [K·K] counts, row = truth, column = prediction
     * @return a PNG file
     */
    public static byte[] png(String title, List<String> names, long[] confusion) {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try {
            ImageIO.write(new ConfusionPicture(title, names, confusion).draw(), "png", png);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return png.toByteArray();
    }

    /** Whether names fit beside the rows. */
    private boolean named() {
        return cell >= 13;
    }

    private BufferedImage draw() {
        Graphics2D measure = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics();
        FontMetrics metrics = measure.getFontMetrics(font);
        int longest = !named() ? 0 : names.stream().mapToInt(metrics::stringWidth).max().orElseThrow();
        int titleWidth = measure.getFontMetrics(titleFont).stringWidth(title);
        measure.dispose();

        int line = titleFont.getSize() + PAD / 2;
        int left = PAD + line + longest + PAD / 2;
        int top = PAD + line;
        int side = classes * cell;
        boolean turned = longest > cell - 4;
        int bottom = PAD / 2 + (turned ? longest : metrics.getHeight()) + line + PAD;
        int bar = PAD + 20 + metrics.stringWidth("100 %") + PAD;
        BufferedImage image = new BufferedImage(Math.max(left + side + bar, titleWidth + 2 * PAD),
                top + side + bottom, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, image.getWidth(), image.getHeight());
        g.setColor(Color.BLACK);
        g.setFont(titleFont);
        g.drawString(title, PAD, PAD + titleFont.getSize() - 4);
        g.drawString("predicted", left + (side - g.getFontMetrics().stringWidth("predicted")) / 2,
                image.getHeight() - PAD);
        turned(g, "truth", PAD + titleFont.getSize() - 4,
                top + (side + g.getFontMetrics().stringWidth("truth")) / 2);
        g.setFont(font);
        g.translate(left, top);
        if (named()) {
            drawNames(g, metrics, side, turned);
        }
        drawCells(g, metrics);
        drawBar(g, metrics, side);
        g.dispose();
        return image;
    }

    private void drawNames(Graphics2D g, FontMetrics metrics, int side, boolean turned) {
        int middle = cell / 2 + metrics.getAscent() / 2 - 1;
        for (int c = 0; c < classes; c++) {
            String name = names.get(c);
            int width = metrics.stringWidth(name);
            g.drawString(name, -PAD / 2 - width, c * cell + middle);
            if (turned) {
                turned(g, name, c * cell + middle, side + PAD / 2 + width);
            } else {
                g.drawString(name, c * cell + (cell - width) / 2, side + PAD / 2 + metrics.getAscent());
            }
        }
    }

    private void drawCells(Graphics2D g, FontMetrics metrics) {
        for (int truth = 0; truth < classes; truth++) {
            int row = truth * classes;
            long pixels = IntStream.range(row, row + classes).mapToLong(k -> confusion[k]).sum();
            for (int predicted = 0; predicted < classes; predicted++) {
                double share = pixels == 0 ? 0 : (double) confusion[row + predicted] / pixels;
                int x = predicted * cell;
                int y = truth * cell;
                g.setColor(pixels == 0 ? ABSENT : colour(share));
                g.fillRect(x, y, cell, cell);
                if (named()) {
                    g.setColor(GRID);
                    g.drawRect(x, y, cell, cell);
                }
                if (share >= 0.005 && classes < CROWDED) {
                    String number = Long.toString(Math.round(100 * share));
                    g.setColor(share > 0.6 ? Color.WHITE : Color.BLACK);
                    g.drawString(number, x + (cell - metrics.stringWidth(number)) / 2,
                            y + cell / 2 + metrics.getAscent() / 2 - 1);
                }
            }
        }
    }

    /** What the colours mean. */
    private void drawBar(Graphics2D g, FontMetrics metrics, int side) {
        int x = side + PAD;
        for (int y = 0; y < side; y++) {
            g.setColor(colour(1 - (double) y / side));
            g.fillRect(x, y, 12, 1);
        }
        g.setColor(GRID);
        g.drawRect(x, 0, 12, side);
        g.setColor(Color.BLACK);
        for (int percent : new int[] {0, 50, 100}) {
            g.drawString(percent + " %", x + 18, (100 - percent) * (side - metrics.getAscent()) / 100
                    + metrics.getAscent());
        }
    }

    private static void turned(Graphics2D g, String text, int x, int y) {
        AffineTransform straight = g.getTransform();
        g.rotate(-Math.PI / 2, x, y);
        g.drawString(text, x, y);
        g.setTransform(straight);
    }

    private static Color colour(double share) {
        double place = share * (COLOURS.length - 1);
        int k = Math.min((int) place, COLOURS.length - 2);
        Color from = COLOURS[k];
        Color to = COLOURS[k + 1];
        double part = place - k;
        return new Color((int) Math.round(from.getRed() + part * (to.getRed() - from.getRed())),
                (int) Math.round(from.getGreen() + part * (to.getGreen() - from.getGreen())),
                (int) Math.round(from.getBlue() + part * (to.getBlue() - from.getBlue())));
    }
}
