package org.segloss4j.bench;

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.DoubleUnaryOperator;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.data.SignedDistanceMaps;
import org.segloss4j.data.Skeletons;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Draws the pictures of docs/choosing-a-loss.md: what losses answer to predictions that are made up so that one thing
 * varies. Nothing is trained; every point is a value or a gradient of the library.
 */
@Command(name = "pictures", mixinStandardHelpOptions = true,
        description = "Draws the pictures of docs/choosing-a-loss.md.")
final class LossPictures implements Callable<Integer> {

    private static final Color[] COLOURS = {new Color(0x1F77B4), new Color(0xE36BAE), new Color(0xE39A2D),
        new Color(0xD1495B), new Color(0x2A9D8F)};
    private static final int POINTS = 60;

    @Option(names = "--out", description = "folder of the pictures (default: ${DEFAULT-VALUE})")
    private Path out = Path.of("docs");

    @Override
    public Integer call() throws IOException {
        Files.createDirectories(out);
        Files.write(out.resolve("loss-imbalance.png"), imbalance());
        Files.write(out.resolve("loss-small-objects.png"), smallObjects());
        Files.write(out.resolve("loss-noisy-labels.png"), noisyLabels());
        Files.write(out.resolve("loss-maps-region.png"), regionMaps());
        Files.write(out.resolve("loss-maps-pixel.png"), pixelMaps());
        Files.write(out.resolve("loss-maps-other.png"), otherMaps());
        return 0;
    }

    /** How much of the first step is about a rare class, when the network still answers one half everywhere. */
    private static byte[] imbalance() throws IOException {
        XYChart chart = chart("Imbalance: how much of the first step is about the object",
                "share of the image that the object covers", "share of the gradient on its pixels");
        chart.getStyler().setXAxisLogarithmic(true).setYAxisMin(0.0).setYAxisMax(1.0);
        double[] shares = logarithmic(0.001, 0.5);
        lines(chart, shares, new Lines()
                .add("cross-entropy", share -> imbalance(Losses.categoricalCrossEntropy(), share))
                .add("categorical focal", share -> imbalance(Losses.categoricalFocal(), share))
                .add("cross-entropy, balanced weights", share -> imbalance(Losses.categoricalCrossEntropy()
                        .classWeights(1 / (2 * (1 - share)), 1 / (2 * share)), share))
                .add("dice of both classes", share -> imbalance(Losses.dice(), share))
                .add("dice of the object, classIndexes(1)", share -> imbalance(Losses.dice().classIndexes(1), share)));
        return ChartEncoder.getBytes(chart, "png");
    }

    private static double imbalance(SegmentationLoss loss, double share) {
        int pixels = 20_000;
        int object = (int) Math.round(share * pixels);
        int[] labels = new int[pixels];
        Arrays.fill(labels, 0, object, 1);
        INDArray gradient = loss.valueAndGradient(SegmentationBatch
                .predictions(Nd4j.zeros(DataType.DOUBLE, 1, 2, pixels))
                .labels(Nd4j.createFromArray(labels).reshape(1, pixels)).activation(Activation.SOFTMAX)).gradient();
        double onObject = 0;
        double all = 0;
        for (int p = 0; p < pixels; p++) {
            double size = Math.abs(gradient.getDouble(0, 1, p));
            onObject += p < object ? size : 0;
            all += size;
        }
        return onObject / all;
    }

    /** Where region losses push. */
    private static byte[] regionMaps() throws IOException {
        return new GradientMaps().binary("jaccard()", Losses.jaccard()).binary("dice()", Losses.dice())
                .binary("tversky(0.3, 0.7)", Losses.tversky(0.3, 0.7))
                .binary("focalTversky(0.3, 0.7, 0.75)", Losses.focalTversky(0.3, 0.7, 0.75))
                .binary("logDice()", Losses.logDice()).binary("logCoshDice()", Losses.logCoshDice())
                .binary("vNetDice()", Losses.vNetDice()).binary("jaccardMetric()", Losses.jaccardMetric())
                .binary("mcc()", Losses.mcc()).softmax("generalisedDice()", Losses.generalisedDice())
                .softmax("wassersteinDice()", Losses.wassersteinDice()).png();
    }

    /** Where pixel losses push. */
    private static byte[] pixelMaps() throws IOException {
        return new GradientMaps().softmax("categoricalCrossEntropy()", Losses.categoricalCrossEntropy())
                .binary("binaryCrossEntropy()", Losses.binaryCrossEntropy())
                .softmax("categoricalFocal()", Losses.categoricalFocal())
                .binary("binaryFocal()", Losses.binaryFocal())
                .softmax("crossEntropy()", Losses.crossEntropy())
                .softmax("the same, labelSmoothing(0.2)", Losses.crossEntropy().labelSmoothing(0.2))
                .binary("sigmoidCrossEntropy()", Losses.sigmoidCrossEntropy())
                .binary("the same, positiveWeights(8)", Losses.sigmoidCrossEntropy().positiveWeights(8))
                .softmax("softmaxFocal()", Losses.softmaxFocal()).binary("sigmoidFocal()", Losses.sigmoidFocal())
                .softmax("poly1(4)", Losses.poly1(4)).binary("poly1Focal(4)", Losses.poly1Focal(4))
                .softmax("generalisedCrossEntropy(0.7)", Losses.generalisedCrossEntropy(0.7))
                .softmax("asymmetricFocal()", Losses.asymmetricFocal())
                .softmax("asymmetricFocalTversky()", Losses.asymmetricFocalTversky())
                .softmax("unifiedFocal()", Losses.unifiedFocal()).png();
    }

    /** Where losses push that rank pixels, look at distances, or at what is true of a bin. */
    private static byte[] otherMaps() throws IOException {
        INDArray labels = GradientMaps.labels();
        INDArray distances = SignedDistanceMaps.ofClasses(2).maps(labels);
        INDArray skeleton = Skeletons.ofClasses(2).labels(labels);
        return new GradientMaps().softmax("lovaszSoftmax()", Losses.lovaszSoftmax())
                .binary("lovaszHinge()", Losses.lovaszHinge())
                .softmax("topKCrossEntropy(0.1)", Losses.topKCrossEntropy(0.1))
                .softmax("ohemCrossEntropy(0.7, 100)", Losses.ohemCrossEntropy(0.7, 100))
                .softmax("boundary()", Losses.boundary(), batch -> batch.distances(distances))
                .softmax("skeletonRecall()", Losses.skeletonRecall(), batch -> batch.skeleton(skeleton))
                .softmax("l1Ace()", Losses.l1Ace()).png();
    }

    /** What it costs to miss a small object of a class while a large one is found in another image. */
    private static byte[] smallObjects() throws IOException {
        XYChart chart = chart("Small objects: what it costs to miss the smaller one of two",
                "its area as a share of the larger one's", "rise of the loss");
        chart.getStyler().setXAxisLogarithmic(true).setYAxisMin(0.0);
        double[] shares = logarithmic(0.001, 1);
        lines(chart, shares, new Lines()
                .add("binary cross-entropy, a tenth", share -> missed(Losses.binaryCrossEntropy(), share) / 10)
                .add("dice, whole batch", share -> missed(Losses.dice(), share))
                .add("tversky(0.3, 0.7), whole batch", share -> missed(Losses.tversky(0.3, 0.7), share))
                .add("focal tversky(0.3, 0.7, 0.75), whole batch",
                        share -> missed(Losses.focalTversky(0.3, 0.7, 0.75), share))
                .add("dice, perImage", share -> missed(Losses.dice().perImage(true), share)));
        return ChartEncoder.getBytes(chart, "png");
    }

    private static double missed(SegmentationLoss loss, double share) {
        int large = 2_000;
        int pixels = 8_000;
        int small = Math.max(1, (int) Math.round(share * large));
        int[] labels = new int[2 * pixels];
        Arrays.fill(labels, 0, large, 1);
        Arrays.fill(labels, pixels, pixels + small, 1);
        double[] found = new double[labels.length];
        Arrays.setAll(found, p -> labels[p] == 1 ? 0.98 : 0.02);
        double[] missed = found.clone();
        Arrays.fill(missed, pixels, pixels + small, 0.02);
        INDArray truth = Nd4j.createFromArray(labels).reshape(2, pixels);
        return value(loss, missed, truth) - value(loss, found, truth);
    }

    private static double value(SegmentationLoss loss, double[] probabilities, INDArray truth) {
        return loss.value(SegmentationBatch.predictions(Nd4j.createFromArray(probabilities)
                .reshape(2, 1, truth.size(1))).labels(truth));
    }

    /** How hard one wrong label pulls, the surer the network is of the truth. */
    private static byte[] noisyLabels() throws IOException {
        XYChart chart = chart("Noisy labels: how hard one wrong label pulls",
                "probability that the network gives to what is really there",
                "gradient at that pixel, beside that at 0.5");
        chart.getStyler().setXAxisMin(0.5).setXAxisMax(1.0).setYAxisMin(0.0);
        double[] sure = new double[POINTS];
        Arrays.setAll(sure, k -> 0.5 + 0.499 * k / (POINTS - 1));
        lines(chart, sure, new Lines()
                .add("binary cross-entropy", p -> pull(Losses.binaryCrossEntropy(), p))
                .add("binary focal", p -> pull(Losses.binaryFocal(), p))
                .add("dice", p -> pull(Losses.dice(), p))
                .add("jaccard", p -> pull(Losses.jaccard(), p))
                .add("bce + dice", p -> pull(Losses.BCE_DICE_LOSS, p)));
        return ChartEncoder.getBytes(chart, "png");
    }

    private static double pull(SegmentationLoss loss, double sure) {
        return gradientAtWrongPixel(loss, sure) / gradientAtWrongPixel(loss, 0.5);
    }

    private static double gradientAtWrongPixel(SegmentationLoss loss, double sure) {
        int pixels = 4_000;
        int object = 1_000;
        int[] labels = new int[pixels];
        Arrays.fill(labels, 0, object, 1);
        double[] logits = new double[pixels];
        Arrays.setAll(logits, p -> labels[p] == 1 ? 3 : -3);
        // The first pixel is background, though its label says object.
        logits[0] = -Math.log(sure / (1 - sure));
        return Math.abs(loss.valueAndGradient(SegmentationBatch
                .predictions(Nd4j.createFromArray(logits).reshape(1, 1, pixels))
                .labels(Nd4j.createFromArray(labels).reshape(1, pixels)).activation(Activation.SIGMOID))
                .gradient().getDouble(0, 0, 0));
    }

    private static double[] logarithmic(double from, double to) {
        double[] values = new double[POINTS];
        Arrays.setAll(values, k -> from * Math.pow(to / from, (double) k / (POINTS - 1)));
        return values;
    }

    private static XYChart chart(String title, String x, String y) {
        XYChart chart = new XYChartBuilder().width(820).height(460).title(title).xAxisTitle(x).yAxisTitle(y).build();
        ReportCharts.style(chart.getStyler());
        chart.getStyler().setLegendPosition(LegendPosition.OutsideE).setLegendBorderColor(Color.WHITE);
        return chart;
    }

    private static void lines(XYChart chart, double[] x, Lines lines) {
        int k = 0;
        for (Map.Entry<String, DoubleUnaryOperator> line : lines.byName.entrySet()) {
            XYSeries series = chart.addSeries(line.getKey(), x, Arrays.stream(x).map(line.getValue()).toArray());
            series.setMarker(SeriesMarkers.NONE);
            // Dashes show a line that lies on an earlier one.
            series.setLineStyle(k % 2 == 0 ? new BasicStroke(2.5f) : new BasicStroke(2.5f, BasicStroke.CAP_BUTT,
                    BasicStroke.JOIN_ROUND, 1, new float[] {7, 7}, 0));
            series.setLineColor(COLOURS[k++]);
        }
    }

    /** Functions by their names, in order. */
    private static final class Lines {
        private final Map<String, DoubleUnaryOperator> byName = new LinkedHashMap<>();

        Lines add(String name, DoubleUnaryOperator function) {
            byName.put(name, function);
            return this;
        }
    }
}
