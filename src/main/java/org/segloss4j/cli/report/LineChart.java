package org.segloss4j.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Lines over epochs as SVG with two axes. Fonts and colours are the style sheet's, so that a chart follows the page
 * into the dark and onto paper. Values that are not finite leave a gap.
 */
final class LineChart {

    /** Beyond so many points a mark for each hides the line. */
    private static final int MOST_MARKS = 40;

    /**
     * A line.
     *
     * @param name   of what it shows
     * @param style  its class in the style sheet
     * @param epochs where the values lie, rising
     * @param values as many
     */
    record Line(String name, String style, int[] epochs, double[] values) {
    }

    private final String description;
    private final int width;
    private final int height;
    private final boolean small;
    private final List<Line> lines = new ArrayList<>();
    private double low = Double.POSITIVE_INFINITY;
    private double high = Double.NEGATIVE_INFINITY;

    private LineChart(String description, int width, int height, boolean small) {
        this.description = description;
        this.width = width;
        this.height = height;
        this.small = small;
    }

    /** A chart with marks and titles of the axes; the description is for those who do not see it. */
    static LineChart large(String description) {
        return new LineChart(description, 480, 280, false);
    }

    /** One of many side by side: fewer numbers at the axes, no marks. */
    static LineChart small(String description) {
        return new LineChart(description, 200, 112, true);
    }

    LineChart line(Line line) {
        lines.add(line);
        return this;
    }

    /** Fixes the axis of values instead of fitting it to them. */
    LineChart between(double lowest, double highest) {
        low = lowest;
        high = highest;
        return this;
    }

    /** Writes the chart. */
    void write(Markup html, String valueTitle) {
        if (low > high) {
            fit();
        }
        double step = step((high - low) / (small ? 2 : 5));
        double bottom = Math.floor(low / step + 1e-9) * step;
        double top = Math.max(bottom + step, Math.ceil(high / step - 1e-9) * step);
        int first = lines.stream().mapToInt(line -> line.epochs[0]).min().orElseThrow();
        int last = Math.max(first + 1,
                lines.stream().mapToInt(line -> line.epochs[line.epochs.length - 1]).max().orElseThrow());
        Scale x = new Scale(first, last, small ? 30 : 74, width - (small ? 8 : 14));
        Scale y = new Scale(bottom, top, height - (small ? 18 : 44), small ? 7 : 12);

        html.open("svg", "viewBox", "0 0 " + width + " " + height, "role", "img", "class",
                small ? "chart small" : "chart", "aria-label", description);
        for (int k = 0; bottom + k * step <= top + step / 2; k++) {
            double value = bottom + k * step;
            html.open("line", "class", "grid", "x1", at(x.from), "x2", at(x.to), "y1", at(y.of(value)), "y2",
                    at(y.of(value))).close();
            html.leaf("text", tick(value, step), "class", "tick", "x", at(x.from - 6), "y", at(y.of(value) + 4),
                    "text-anchor", "end");
        }
        int epochs = small ? last - first : (int) Math.max(1, step((last - first) / 6.0));
        for (int epoch = first; epoch <= last; epoch += epochs) {
            html.leaf("text", epoch, "class", "tick", "x", at(x.of(epoch)), "y", at(y.from + (small ? 14 : 18)),
                    "text-anchor", small ? epoch == first ? "start" : "end" : "middle");
        }
        if (!small) {
            html.leaf("text", "epoch", "class", "title", "x", at((x.from + x.to) / 2), "y", at(height - 6),
                    "text-anchor", "middle");
            html.leaf("text", valueTitle, "class", "title", "text-anchor", "middle", "transform",
                    "translate(13 " + at((y.from + y.to) / 2) + ") rotate(-90)");
        }
        lines.forEach(line -> draw(html, line, x, y));
        html.close().line();
    }

    private void fit() {
        for (Line line : lines) {
            for (double value : line.values) {
                if (Double.isFinite(value)) {
                    low = Math.min(low, value);
                    high = Math.max(high, value);
                }
            }
        }
        if (low > high) {
            low = 0;
            high = 1;
        }
        // An axis from 0 shows the true proportion, where that costs little room.
        if (low > 0 && low < high / 2) {
            low = 0;
        }
        if (high - low <= Math.abs(high) * 1e-9) {
            high = low + Math.max(Math.abs(low), 1e-6);
        }
    }

    private void draw(Markup html, Line line, Scale x, Scale y) {
        StringBuilder path = new StringBuilder();
        boolean drawn = false;
        for (int k = 0; k < line.values.length; k++) {
            boolean finite = Double.isFinite(line.values[k]);
            if (finite) {
                path.append(drawn ? 'L' : 'M').append(at(x.of(line.epochs[k]))).append(' ')
                        .append(at(y.of(line.values[k])));
            }
            drawn = finite;
        }
        html.open("path", "class", "line " + line.style, "d", path).close();
        // A single value makes no line, so it is always marked.
        if (!small && line.values.length <= MOST_MARKS || line.values.length == 1) {
            IntStream.range(0, line.values.length).filter(k -> Double.isFinite(line.values[k])).forEach(k ->
                    html.open("circle", "class", "mark " + line.style, "cx", at(x.of(line.epochs[k])), "cy",
                            at(y.of(line.values[k])), "r", 3.5).leaf("title", line.name + ", epoch " + line.epochs[k]
                            + ": " + Figures.score(line.values[k])).close());
        }
    }

    /** The smallest of 1, 2 and 5 times a power of ten that is not below a distance. */
    private static double step(double distance) {
        double power = Math.pow(10, Math.floor(Math.log10(distance)));
        for (double factor : new double[] {1, 2, 5}) {
            if (factor * power >= distance * (1 - 1e-9)) {
                return factor * power;
            }
        }
        return 10 * power;
    }

    /** A number at the axis with as many decimals as the step between numbers needs. */
    private static String tick(double value, double step) {
        int decimals = (int) Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
        double clean = Math.abs(value) < step / 2 ? 0 : value;
        return decimals > 5 || Math.abs(value) >= 1e6 ? String.format(Locale.ROOT, "%.1e", clean)
                : String.format(Locale.ROOT, "%." + decimals + "f", clean);
    }

    private static String at(double place) {
        return String.format(Locale.ROOT, "%.1f", place);
    }

    /** From values to places in the picture. */
    private record Scale(double low, double high, double from, double to) {
        double of(double value) {
            return from + (value - low) / (high - low) * (to - from);
        }
    }
}
