package org.segloss4j.bench;

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.CategorySeries.CategorySeriesRenderStyle;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.style.CategoryStyler;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The time of the kernels beside the floor, shape by shape; channels first. */
final class GpuChart {

    private GpuChart() {
    }

    /** The picture; none if there are no kernels. What was wrong has no time, and says so beside its shape. */
    static Optional<byte[]> of(List<ResultRow> rows, List<ResultRow> peers) throws IOException {
        Map<String, ResultRow> jaccard = new LinkedHashMap<>();
        Map<String, ResultRow> combination = new LinkedHashMap<>();
        Map<String, Double> floors = new LinkedHashMap<>();
        for (ResultRow row : rows) {
            if (row.benchmark().equals("kernels") && row.layout().equals("channels_first")) {
                String name = row.shape() + (row.element().equals("float") ? "" : " " + row.element());
                (row.loss().equals("jaccard") ? jaccard : combination).put(name, row);
                floors.put(name, row.device().floor());
            }
        }
        if (floors.isEmpty()) {
            return Optional.empty();
        }
        List<String> names = List.copyOf(floors.keySet());
        List<String> labels = names.stream().map(name -> name + (isWrong(jaccard.get(name))
                || isWrong(combination.get(name)) ? " (wrong)" : "")).toList();
        CategoryChart chart = new CategoryChartBuilder().width(1000).height(560)
                .title("CUDA backend: value and gradient, and the time of moving the bytes once").yAxisTitle("µs")
                .build();
        ReportCharts.style(chart.getStyler());
        CategoryStyler styler = chart.getStyler();
        styler.setDefaultSeriesRenderStyle(CategorySeriesRenderStyle.Scatter);
        styler.setYAxisLogarithmic(true);
        styler.setXAxisLabelRotation(40);
        styler.setMarkerSize(10);
        styler.setLegendPosition(LegendPosition.OutsideS).setLegendLayout(LegendLayout.Horizontal)
                .setLegendBorderColor(Color.WHITE);
        styler.setOverlapped(true);
        series(chart, "floor", labels, names.stream().map(floors::get), SeriesMarkers.RECTANGLE, Color.GRAY);
        series(chart, "jaccard", labels, micros(names, jaccard), SeriesMarkers.CIRCLE, ReportCharts.colour(0));
        series(chart, "dice ce focal", labels, micros(names, combination), SeriesMarkers.DIAMOND,
                ReportCharts.colour(1));
        series(chart, "jaccard, best peer", labels, names.stream().map(jaccard::get).map(row -> row == null ? null
                : GpuGoals.bestPeer(row, peers).map(ResultRow::micros).orElse(null)), SeriesMarkers.TRIANGLE_UP,
                ReportCharts.colour(2));
        return Optional.of(ChartEncoder.getBytes(chart, "png"));
    }

    private static boolean isWrong(ResultRow row) {
        return row != null && row.wrong();
    }

    private static Stream<Double> micros(List<String> names, Map<String, ResultRow> rows) {
        return names.stream().map(rows::get).map(row -> row == null || row.value() == null ? null
                : (Double) row.micros());
    }

    private static void series(CategoryChart chart, String name, List<String> labels, Stream<Double> found,
                               Marker marker, Color colour) {
        // The chart leaves out what is null.
        List<Double> numbers = found.toList();
        if (numbers.stream().allMatch(Objects::isNull)) {
            return;
        }
        CategorySeries series = chart.addSeries(name, labels, numbers);
        series.setMarker(marker);
        series.setMarkerColor(colour);
        series.setLineColor(colour);
        series.setLineStyle(new BasicStroke(0));
    }
}
