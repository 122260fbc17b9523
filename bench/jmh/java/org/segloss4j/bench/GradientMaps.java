package org.segloss4j.bench;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import javax.imageio.ImageIO;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;

/**
 * One panel a loss: where it pushes the logits of one made-up prediction. The truth has a disc, a thin line and a dot.
 * The prediction has the disc too large and not sure of its border, half of the line, no dot, and a false alarm.
 */
final class GradientMaps {

    static final int HEIGHT = 72;
    static final int WIDTH = 108;

    private static final int ZOOM = 2;
    private static final int GAP = 12;
    private static final int TITLE = 22;
    private static final int COLUMNS = 4;
    private static final Color UP = new Color(0xC1121F);
    private static final Color DOWN = new Color(0x1D5FA8);

    private final Map<String, BufferedImage> panels = new LinkedHashMap<>();

    /** Begins with truth and prediction. */
    GradientMaps() {
        panels.put("truth", picture((y, x) -> isObject(y, x) ? Color.BLACK : Color.WHITE));
        panels.put("prediction", picture((y, x) -> {
            float light = (float) (1 - 1 / (1 + Math.exp(-logit(y, x))));
            return new Color(light, light, light);
        }));
    }

    private interface Painter {
        Color at(int y, int x);
    }

    /** The labels of the scene, [1, H, W] of INT32. */
    static INDArray labels() {
        INDArray labels = Nd4j.zeros(DataType.INT32, 1, HEIGHT, WIDTH);
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                labels.putScalar(new int[] {0, y, x}, isObject(y, x) ? 1 : 0);
            }
        }
        return labels;
    }

    /** The logits of the scene for one channel, [1, 1, H, W], or for background and object, [1, 2, H, W]. */
    static INDArray logits(int channels) {
        INDArray logits = Nd4j.zeros(DataType.DOUBLE, 1, channels, HEIGHT, WIDTH);
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                logits.putScalar(new int[] {0, channels - 1, y, x}, logit(y, x));
            }
        }
        return logits;
    }

    /** A panel of a loss of one channel under a sigmoid. */
    GradientMaps binary(String title, SegmentationLoss loss) {
        return add(title, loss, SegmentationBatch.predictions(logits(1)).labels(labels())
                .activation(Activation.SIGMOID), batch -> batch);
    }

    /** A panel of a loss of background and object under a softmax. */
    GradientMaps softmax(String title, SegmentationLoss loss) {
        return softmax(title, loss, batch -> batch);
    }

    /** The same with more than labels, such as distances. */
    GradientMaps softmax(String title, SegmentationLoss loss, Function<SegmentationBatch, SegmentationBatch> more) {
        return add(title, loss, SegmentationBatch.predictions(logits(2)).labels(labels())
                .activation(Activation.SOFTMAX), more);
    }

    private GradientMaps add(String title, SegmentationLoss loss, SegmentationBatch batch,
                             Function<SegmentationBatch, SegmentationBatch> more) {
        INDArray gradient = loss.valueAndGradient(more.apply(batch)).gradient();
        int object = (int) gradient.size(1) - 1;
        double most = 0;
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                most = Math.max(most, Math.abs(gradient.getDouble(0, object, y, x)));
            }
        }
        double scale = most == 0 ? 0 : 1 / most;
        panels.put(title, picture((y, x) -> colour(-scale * gradient.getDouble(0, object, y, x))));
        return this;
    }

    /** White where nothing is asked; the root makes a tenth of the largest slope visible. */
    private static Color colour(double push) {
        double strength = Math.sqrt(Math.min(1, Math.abs(push)));
        Color full = push > 0 ? UP : DOWN;
        return new Color(mixed(full.getRed(), strength), mixed(full.getGreen(), strength),
                mixed(full.getBlue(), strength));
    }

    private static int mixed(int full, double strength) {
        return (int) Math.round(255 + (full - 255) * strength);
    }

    private static BufferedImage picture(Painter painter) {
        BufferedImage image = new BufferedImage(WIDTH * ZOOM, HEIGHT * ZOOM, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                image.setRGB(x, y, painter.at(y / ZOOM, x / ZOOM).getRGB());
            }
        }
        return image;
    }

    /** All panels as one picture. */
    byte[] png() throws IOException {
        int rows = (panels.size() + COLUMNS - 1) / COLUMNS;
        BufferedImage all = new BufferedImage(COLUMNS * (WIDTH * ZOOM + GAP) + GAP,
                rows * (HEIGHT * ZOOM + TITLE + GAP) + GAP, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = all.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, all.getWidth(), all.getHeight());
        g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        int k = 0;
        for (Map.Entry<String, BufferedImage> panel : panels.entrySet()) {
            int x = GAP + k % COLUMNS * (WIDTH * ZOOM + GAP);
            int y = GAP + k / COLUMNS * (HEIGHT * ZOOM + TITLE + GAP);
            g.setColor(Color.BLACK);
            g.drawString(panel.getKey(), x, y + TITLE - 8);
            g.drawImage(panel.getValue(), x, y + TITLE, null);
            g.setColor(Color.LIGHT_GRAY);
            g.drawRect(x - 1, y + TITLE - 1, WIDTH * ZOOM + 1, HEIGHT * ZOOM + 1);
            k++;
        }
        g.dispose();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(all, "png", bytes);
        return bytes.toByteArray();
    }

    private static boolean isObject(int y, int x) {
        boolean disc = Math.hypot(y - 30, x - 30) <= 16;
        boolean line = Math.abs(y - 58) <= 1 && x >= 12 && x <= 96;
        boolean dot = Math.hypot(y - 18, x - 88) <= 2.5;
        return disc || line || dot;
    }

    /** What a half-trained network might answer, between -4 and 4. */
    private static double logit(int y, int x) {
        double disc = 3 * Math.tanh((19 - Math.hypot(y - 31, x - 32)) / 3);
        double line = Math.abs(y - 58) <= 1 && x >= 12 && x <= 50 ? 1 : -4;
        double alarm = 2.5 - Math.hypot(y - 36, x - 74);
        double dot = -1 - 0.5 * Math.hypot(y - 18, x - 88);
        return Math.max(-4, Math.max(Math.max(disc, line), Math.max(alarm, dot)));
    }
}
