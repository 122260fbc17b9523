package org.segloss4j.cli.demo;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.segloss4j.evaluation.SegmentationEvaluation;

/** The learning curves of all candidates: mean IoU of all classes on the left, of the rare ones on the right. */
final class ComparisonChart {

    private static final int WIDTH = 560;
    private static final int HEIGHT = 400;
    private static final List<Color> COLOURS = List.of(new Color(0x8A8F98), new Color(0xE08E2B), new Color(0x1F6FB4));

    private ComparisonChart() {
    }

    /** Draws both charts; returns a PNG file. */
    static byte[] png(ComparisonResult result) {
        List<Integer> rare = ComparisonResult.rareClasses(result.comparison());
        BufferedImage image = new BufferedImage(2 * WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        chart("All classes", result, SegmentationEvaluation::meanIou).paint(g, WIDTH, HEIGHT);
        g.translate(WIDTH, 0);
        chart("Rare classes: " + rare.stream().map(result.comparison().data().names()::get)
                .collect(Collectors.joining(", ")), result, evaluation -> rare.stream().mapToDouble(evaluation::iou)
                .average().orElse(Double.NaN)).paint(g, WIDTH, HEIGHT);
        g.dispose();
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", png);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return png.toByteArray();
    }

    private static XYChart chart(String title, ComparisonResult result,
                                 ToDoubleFunction<SegmentationEvaluation> value) {
        XYChart chart = new XYChartBuilder().width(WIDTH).height(HEIGHT).title(title).xAxisTitle("epoch")
                .yAxisTitle("mean IoU").build();
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
        styler.setYAxisDecimalPattern("0.0");
        styler.setYAxisMin(0.0);
        styler.setYAxisMax(1.0);
        for (int k = 0; k < result.scores().size(); k++) {
            List<SegmentationEvaluation> epochs = result.scores().get(k);
            XYSeries series = chart.addSeries(result.comparison().candidates().get(k).name(),
                    IntStream.rangeClosed(1, epochs.size()).asDoubleStream().toArray(),
                    epochs.stream().mapToDouble(value).toArray());
            series.setMarker(SeriesMarkers.CIRCLE);
            series.setMarkerColor(COLOURS.get(k));
            series.setLineColor(COLOURS.get(k));
            series.setLineStyle(new BasicStroke(2.5f));
        }
        return chart;
    }
}
