package org.segloss4j.bench;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.CategoryStyler;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Results as pictures. */
final class ReportCharts {

    private static final Color[] COLOURS = {new Color(0x1F77B4), new Color(0xD1495B), new Color(0x2A9D8F)};

    private ReportCharts() {
    }

    /** How many times faster than ND4J operations, a bar per workload. */
    static byte[] cpu(List<Comparison> comparisons) throws IOException {
        CategoryChart chart = new CategoryChartBuilder().width(1000).height(460)
                .title("CPU backend: speed against the fastest composition of ND4J operations, value and gradient")
                .yAxisTitle("times as fast").build();
        style(chart.getStyler());
        CategoryStyler styler = chart.getStyler();
        styler.setLegendVisible(false);
        styler.setXAxisLabelRotation(40);
        styler.setLabelsVisible(true);
        styler.setLabelsPosition(1.0);
        styler.setAvailableSpaceFill(0.6);
        styler.setYAxisMin(0.0);
        styler.setYAxisDecimalPattern("0.#");
        styler.setSeriesColors(COLOURS);
        chart.addSeries("speed", comparisons.stream().map(c -> c.cpu().loss().replace('_', ' ') + " "
                        + c.cpu().shape()).toList(),
                comparisons.stream().map(c -> Math.round(10 * c.speedup()) / 10.0).toList());
        return ChartEncoder.getBytes(chart, "png");
    }

    /** Time over the number of logits, as pixels, classes or examples grow; with a line of proportion. */
    static byte[] growth(List<ResultRow> rows) throws IOException {
        XYChart chart = new XYChartBuilder().width(1000).height(520)
                .title("CPU backend, Jaccard, value and gradient: time grows with the number of logits")
                .xAxisTitle("logits").yAxisTitle("ms").build();
        style(chart.getStyler());
        chart.getStyler().setXAxisLogarithmic(true).setYAxisLogarithmic(true);
        chart.getStyler().setLegendPosition(LegendPosition.OutsideS).setLegendLayout(LegendLayout.Horizontal)
                .setLegendBorderColor(Color.WHITE);
        series(chart, "pixels: 1 × 4 classes, 64² to 4096²", rows, r -> r.shape().startsWith("1x4x"), COLOURS[0]);
        series(chart, "classes: 1 to 256 of 256²", rows, r -> r.shape().matches("1x\\d+x256x256"), COLOURS[1]);
        series(chart, "batch: 1 to 64 × 8 classes, 128²", rows, r -> r.shape().matches("\\d+x8x128x128"), COLOURS[2]);
        ResultRow largest = rows.stream().max(Comparator.comparingDouble(ResultRow::logits)).orElseThrow();
        double least = rows.stream().mapToDouble(ResultRow::logits).min().orElseThrow();
        XYSeries line = chart.addSeries("proportional", new double[] {least, largest.logits()},
                new double[] {largest.value() * least / largest.logits(), largest.value()});
        line.setMarker(SeriesMarkers.NONE);
        line.setLineColor(Color.GRAY);
        line.setLineStyle(new BasicStroke(1.5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_BEVEL, 1, new float[] {6, 6},
                0));
        return ChartEncoder.getBytes(chart, "png");
    }

    private static void series(XYChart chart, String name, List<ResultRow> rows, Predicate<ResultRow> part,
                               Color colour) {
        List<ResultRow> sorted = new ArrayList<>(rows.stream().filter(part).toList());
        sorted.sort(Comparator.comparingDouble(ResultRow::logits));
        XYSeries series = chart.addSeries(name, sorted.stream().mapToDouble(ResultRow::logits).toArray(),
                sorted.stream().mapToDouble(ResultRow::value).toArray());
        series.setMarker(SeriesMarkers.CIRCLE);
        series.setMarkerColor(colour);
        series.setLineColor(colour);
        series.setLineStyle(new BasicStroke(2.5f));
    }

    static Color colour(int number) {
        return COLOURS[number];
    }

    static void style(Styler styler) {
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setPlotBorderVisible(false);
        styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 15));
        styler.setBaseFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
    }
}
