package org.segloss4j.cli.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.Styler.YAxisPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Loss and mean IoU over the epochs, with an axis each. */
final class TrainingChart {

    private static final Color TRAINING = new Color(0xF5B7A8);
    private static final Color VALIDATION = new Color(0xD1495B);
    private static final Color IOU = new Color(0x1F77B4);
    /** The axis on the right. */
    private static final int RIGHT = 1;

    private TrainingChart() {
    }

    /**
     * Draws the chart.
     *
     * @param title  above it
     * @param scores of each epoch, the first before training
     * @return a PNG file
     */
    static byte[] png(String title, List<EpochScores> scores) {
        XYChart chart = new XYChartBuilder().width(900).height(480).title(title).xAxisTitle("epoch").build();
        XYStyler styler = chart.getStyler();
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setPlotBorderVisible(false);
        styler.setPlotGridVerticalLinesVisible(false);
        styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 15));
        styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 14));
        styler.setLegendPosition(LegendPosition.OutsideS);
        styler.setLegendLayout(LegendLayout.Horizontal);
        styler.setLegendBorderColor(Color.WHITE);
        styler.setXAxisDecimalPattern("#");
        styler.setYAxisDecimalPattern("0.0#");
        styler.setYAxisGroupPosition(RIGHT, YAxisPosition.Right);
        styler.setYAxisMin(RIGHT, 0.0);
        styler.setYAxisMax(RIGHT, 1.0);
        chart.setYAxisGroupTitle(0, "loss");
        chart.setYAxisGroupTitle(RIGHT, "mean IoU");

        line(chart, "training loss", scores.subList(1, scores.size()), EpochScores::trainingLoss, TRAINING);
        line(chart, "validation loss", scores, EpochScores::validationLoss, VALIDATION);
        line(chart, "validation mean IoU", scores, s -> s.validation().meanIou(), IOU).setYAxisGroup(RIGHT);
        try {
            return ChartEncoder.getBytes(chart, "png");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static XYSeries line(XYChart chart, String name, List<EpochScores> scores,
                                 ToDoubleFunction<EpochScores> value, Color colour) {
        XYSeries series = chart.addSeries(name, scores.stream().mapToDouble(EpochScores::epoch).toArray(),
                scores.stream().mapToDouble(value).toArray());
        series.setMarker(SeriesMarkers.CIRCLE);
        series.setMarkerColor(colour);
        series.setLineColor(colour);
        series.setLineStyle(new BasicStroke(2.5f));
        return series;
    }
}
