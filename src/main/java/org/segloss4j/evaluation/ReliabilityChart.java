package org.segloss4j.evaluation;

import java.util.List;
import java.util.Locale;

/** A reliability chart as SVG that stands on its own: the frequencies of bins over their probabilities, and counts. */
final class ReliabilityChart {

    private static final int WIDTH = 400;
    private static final int HEIGHT = 520;
    /** The square of the frequencies. */
    private static final int LEFT = 62;
    private static final int TOP = 58;
    private static final int SIDE = 320;
    /** The strip of the counts below. */
    private static final int STRIP_TOP = 408;
    private static final int STRIP = 62;
    /** Characters of the title that fit. */
    private static final int LONGEST_TITLE = 44;
    /** Beyond so many bins a gap between the bars would hide them. */
    private static final int MOST_GAPS = 50;

    private final String title;
    private final List<CalibrationEvaluation.Bin> bins;
    private final double ece;
    private final double mce;
    private final StringBuilder svg = new StringBuilder();

    ReliabilityChart(String title, List<CalibrationEvaluation.Bin> bins, double ece, double mce) {
        this.title = title;
        this.bins = bins;
        this.ece = ece;
        this.mce = mce;
    }

    String svg() {
        String name = escaped(title);
        String errors = "ECE " + AlignedText.number(ece) + ", MCE " + AlignedText.number(mce);
        svg.append(String.format(Locale.ROOT, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\""
                + " width=\"%d\" height=\"%d\" role=\"img\" font-family=\"sans-serif\" font-size=\"12\""
                + " fill=\"#333\">\n", WIDTH, HEIGHT, WIDTH, HEIGHT));
        svg.append("<title>").append(name).append(": ").append(errors).append("</title>\n");
        rectangle(0, 0, WIDTH, HEIGHT, "fill=\"#fff\"", null);
        text(LEFT, 22, "start", "font-size=\"15\" font-weight=\"bold\"", title.codePointCount(0, title.length())
                <= LONGEST_TITLE ? name
                : escaped(title.substring(0, title.offsetByCodePoints(0, LONGEST_TITLE))) + "\u2026");
        text(LEFT, 42, "start", "", errors + ", " + bins.size() + (bins.size() == 1 ? " bin" : " bins"));
        grid();
        bars();
        line(LEFT, TOP + SIDE, LEFT + SIDE, TOP, "stroke=\"#333\" stroke-dasharray=\"5 4\"");
        counts();
        text(LEFT + SIDE / 2.0, HEIGHT - 8, "middle", "", "predicted probability");
        svg.append("</svg>\n");
        return svg.toString();
    }

    private void grid() {
        for (int k = 0; k <= 5; k++) {
            double at = k / 5.0;
            line(x(at), TOP, x(at), TOP + SIDE, "stroke=\"#ddd\"");
            line(LEFT, y(at), LEFT + SIDE, y(at), "stroke=\"#ddd\"");
            String number = String.format(Locale.ROOT, "%.1f", at);
            text(LEFT - 6, y(at) + 4, "end", "", number);
            text(x(at), STRIP_TOP + STRIP + 18, "middle", "", number);
        }
        double middle = TOP + SIDE / 2.0;
        text(20, middle, "middle", String.format(Locale.ROOT, "transform=\"rotate(-90 20 %.1f)\"", middle),
                "share that is true");
    }

    /** A bar to the share that is true, and from there to the mean probability what is missing or too much. */
    private void bars() {
        for (CalibrationEvaluation.Bin bin : bins) {
            if (bin.count() > 0) {
                bar(bin, 0, bin.frequency(), "fill=\"#4477aa\" fill-opacity=\"0.85\"", tip(bin));
                bar(bin, Math.min(bin.frequency(), bin.meanProbability()),
                        Math.max(bin.frequency(), bin.meanProbability()),
                        "fill=\"#ee6677\" fill-opacity=\"0.55\" stroke=\"#aa3344\"", tip(bin));
            }
        }
        legend();
    }

    private void legend() {
        rectangle(LEFT + 10, TOP + 10, 12, 12, "fill=\"#4477aa\" fill-opacity=\"0.85\"", null);
        text(LEFT + 28, TOP + 20, "start", "", "true");
        rectangle(LEFT + 10, TOP + 28, 12, 12, "fill=\"#ee6677\" fill-opacity=\"0.55\" stroke=\"#aa3344\"", null);
        text(LEFT + 28, TOP + 38, "start", "", "gap to the mean probability");
    }

    private void bar(CalibrationEvaluation.Bin bin, double low, double high, String style, String tip) {
        double gap = bins.size() > MOST_GAPS ? 0 : 1;
        rectangle(x(bin.from()) + gap, y(high), SIDE * (bin.to() - bin.from()) - 2 * gap, SIDE * (high - low), style,
                tip);
    }

    private void counts() {
        long most = bins.stream().mapToLong(CalibrationEvaluation.Bin::count).max().orElse(0);
        double all = bins.stream().mapToDouble(CalibrationEvaluation.Bin::count).sum();
        double gap = bins.size() > MOST_GAPS ? 0 : 1;
        for (CalibrationEvaluation.Bin bin : bins) {
            if (bin.count() > 0) {
                double height = (double) STRIP * bin.count() / most;
                rectangle(x(bin.from()) + gap, STRIP_TOP + STRIP - height,
                        SIDE * (bin.to() - bin.from()) - 2 * gap, height, "fill=\"#999\"", tip(bin));
            }
        }
        line(LEFT, STRIP_TOP + STRIP, LEFT + SIDE, STRIP_TOP + STRIP, "stroke=\"#333\"");
        text(LEFT - 6, STRIP_TOP + 10, "end", "", all == 0 ? "-" : String.format(Locale.ROOT, "%.0f %%",
                100 * most / all));
        text(LEFT - 6, STRIP_TOP + STRIP, "end", "", "0 %");
        text(20, STRIP_TOP + STRIP / 2.0, "middle", String.format(Locale.ROOT, "transform=\"rotate(-90 20 %.1f)\"",
                STRIP_TOP + STRIP / 2.0), "pixels");
    }

    private static String tip(CalibrationEvaluation.Bin bin) {
        return String.format(Locale.ROOT, "%.3f to %.3f: %d pixels, mean probability %.4f, true %.4f", bin.from(),
                bin.to(), bin.count(), bin.meanProbability(), bin.frequency());
    }

    private static double x(double probability) {
        return LEFT + SIDE * probability;
    }

    private static double y(double frequency) {
        return TOP + SIDE * (1 - frequency);
    }

    private void rectangle(double x, double y, double width, double height, String style, String tip) {
        svg.append(String.format(Locale.ROOT, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" %s>", x, y,
                Math.max(0, width), Math.max(0, height), style));
        svg.append(tip == null ? "" : "<title>" + tip + "</title>").append("</rect>\n");
    }

    private void line(double x1, double y1, double x2, double y2, String style) {
        svg.append(String.format(Locale.ROOT, "<line x1=\"%.2f\" y1=\"%.2f\" x2=\"%.2f\" y2=\"%.2f\" %s/>\n", x1,
                y1, x2, y2, style));
    }

    private void text(double x, double y, String anchor, String style, String content) {
        svg.append(String.format(Locale.ROOT, "<text x=\"%.2f\" y=\"%.2f\" text-anchor=\"%s\" %s>", x, y, anchor,
                style)).append(content).append("</text>\n");
    }

    /** Names of users may hold anything: tags, quotes, and signs that XML forbids or that turn the text around. */
    private static String escaped(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().forEach(sign -> {
            switch (sign) {
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '&' -> out.append("&amp;");
                default -> out.appendCodePoint(isHidden(sign) ? '\uFFFD' : sign);
            }
        });
        return out.toString();
    }

    private static boolean isHidden(int sign) {
        return Character.isISOControl(sign) || Character.getType(sign) == Character.SURROGATE
                || Character.getType(sign) == Character.FORMAT || (sign & 0xFFFE) == 0xFFFE;
    }
}
