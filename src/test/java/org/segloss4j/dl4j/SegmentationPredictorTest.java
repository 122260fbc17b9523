package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.dataset.api.preprocessor.ImagePreProcessingScaler;
import org.nd4j.linalg.learning.config.NoOp;
import org.segloss4j.Losses;
import org.segloss4j.data.ImageFiles;
import org.segloss4j.data.ImageRows;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.MaskImage;
import org.segloss4j.data.RgbImage;
import org.segloss4j.dl4j.SegmentationModel.Scale;

class SegmentationPredictorTest {

    private static final LabelMap CLASSES = LabelMap.indexes(3);

    @TempDir
    private Path dir;

    private static ConvolutionLayer convolution(int side, int channels, Activation activation) {
        return new ConvolutionLayer.Builder(side, side).nOut(channels).activation(activation).build();
    }

    private static NeuralNetConfiguration.Builder common() {
        return new NeuralNetConfiguration.Builder().seed(8).updater(new NoOp()).convolutionMode(ConvolutionMode.Same);
    }

    /** Random weights; looks 5 pixels around each, and its zeros beyond the edges matter much. */
    private static ComputationGraph convolutions() {
        ComputationGraph graph = new ComputationGraph(common().graphBuilder().addInputs("image")
                .setInputTypes(InputType.convolutional(16, 16, 3))
                .addLayer("first", convolution(7, 4, Activation.TANH), "image")
                .addLayer("second", convolution(5, 3, Activation.IDENTITY), "first")
                .addLayer("classes", new SegmentationLossLayer.Builder(Losses.dice()).build(), "second")
                .setOutputs("classes").build());
        graph.init();
        return graph;
    }

    /** The same with pooling, which sees pairs of pixels from the left and the top on. */
    private static MultiLayerNetwork pooling() {
        MultiLayerNetwork network = new MultiLayerNetwork(common().list()
                .layer(convolution(3, 4, Activation.TANH))
                .layer(new SubsamplingLayer.Builder().kernelSize(2, 2).stride(2, 2).build())
                .layer(convolution(3, 4, Activation.TANH))
                .layer(new Upsampling2D.Builder(2).build())
                .layer(convolution(1, 3, Activation.IDENTITY))
                .layer(new SegmentationLossLayer.Builder(Losses.dice()).build())
                .setInputType(InputType.convolutional(16, 16, 3)).build());
        network.init();
        return network;
    }

    private static RgbImage image(int width, int height) {
        return ImageFiles.noise(width, height, 11);
    }

    private static SegmentationModel colours(int width, int height) {
        return PixelModels.largestColour(CLASSES, new ImageSize(width, height));
    }

    private static SegmentationModel convolutions(int width, int height) {
        return SegmentationModel.of(convolutions(), CLASSES, new ImageSize(width, height))
                .normalization(new ImagePreProcessingScaler(-1, 1));
    }

    private static SegmentationModel pooling(int width, int height) {
        return SegmentationModel.of(pooling(), CLASSES, new ImageSize(width, height))
                .normalization(new ImagePreProcessingScaler(-1, 1));
    }

    private static float largestDifference(float[] a, float[] b) {
        assertThat(a).hasSameSizeAs(b);
        float largest = 0;
        for (int k = 0; k < a.length; k++) {
            largest = Math.max(largest, Math.abs(a[k] - b[k]));
        }
        return largest;
    }

    @ParameterizedTest
    @CsvSource({
        // Image, tile; the overlap is 14, of which three eighths are 5.25 pixels.
        "100, 70, 32, 32", "101, 67, 40, 24", "33, 200, 32, 20", "20, 90, 20, 30", "64, 64, 64, 64", "31, 31, 30, 30"})
    void tilesGiveWhatTheWholeImageGives(int width, int height, int tileWidth, int tileHeight) {
        RgbImage image = image(width, height);
        SegmentationModel whole = convolutions(width, height);
        SegmentationPredictor tiles = SegmentationPredictor.of(convolutions(tileWidth, tileHeight).scale(Scale.NATIVE))
                .overlap(14);
        assertThat(largestDifference(tiles.probabilities(image), whole.probabilities(image))).isLessThan(1e-6f);
        assertThat(tiles.predict(image)).isEqualTo(whole.predict(image));
        assertThat(whole.predict(image).labels()).contains(0, 1, 2);
    }

    @Test
    void tooLittleOverlapIsSeen() {
        // The test above could not fail otherwise.
        RgbImage image = image(100, 70);
        float[] whole = convolutions(100, 70).probabilities(image);
        SegmentationPredictor tiles = SegmentationPredictor.of(convolutions(32, 32)).tiles();
        assertThat(largestDifference(tiles.overlap(0).probabilities(image), whole)).isGreaterThan(0.1f);
        assertThat(largestDifference(tiles.overlap(8).probabilities(image), whole)).isGreaterThan(1e-4f);
    }

    @ParameterizedTest
    @CsvSource({"96, 64", "64, 48", "104, 72"})
    void poolingIsTheSameInTilesToo(int width, int height) {
        RgbImage image = image(width, height);
        SegmentationPredictor tiles = SegmentationPredictor.of(pooling(32, 32)).tiles().overlap(14);
        assertThat(largestDifference(tiles.probabilities(image), pooling(width, height).probabilities(image)))
                .isLessThan(1e-6f);
    }

    @Test
    void anImageSmallerThanATileIsMirroredAtItsEnd() {
        RgbImage image = image(9, 5);
        SegmentationModel model = convolutions(16, 16).scale(Scale.NATIVE);
        byte[] mirrored = new byte[3 * 16 * 16];
        for (int y = 0; y < 16; y++) {
            for (int x = 0; x < 16; x++) {
                // Up to three times for the height of 5: 0 1 2 3 4 3 2 1 0 1 ...
                int folded = y % 8;
                int rgb = image.at(x < 9 ? x : 16 - x, folded < 5 ? folded : 8 - folded);
                for (int c = 0; c < 3; c++) {
                    mirrored[3 * (16 * y + x) + c] = (byte) (rgb >> 8 * (2 - c));
                }
            }
        }
        float[] all = model.probabilities(RgbImage.of(new ImageSize(16, 16), mirrored));
        float[] small = model.probabilities(image);
        assertThat(small).hasSize(9 * 5 * 3);
        for (int y = 0; y < 5; y++) {
            for (int k = 0; k < 27; k++) {
                assertThat(small[27 * y + k]).isCloseTo(all[48 * y + k], within(1e-6f));
            }
        }
        assertThat(model.predict(image(1, 1)).size()).isEqualTo(new ImageSize(1, 1));
    }

    @Test
    void theRightClassOfEachPixel() {
        RgbImage image = image(50, 41);
        MaskImage mask = SegmentationPredictor.of(colours(16, 12)).tiles().predict(image);
        for (int y = 0; y < 41; y++) {
            for (int x = 0; x < 50; x++) {
                assertThat(mask.at(x, y)).isEqualTo(PixelModels.largestColour(image, x, y));
            }
        }
    }

    @Test
    void rowsComeInOrderWithTheirProbabilities() throws IOException {
        RgbImage image = image(40, 50);
        for (SegmentationPredictor predictor : new SegmentationPredictor[] {
            SegmentationPredictor.of(convolutions(16, 16)), SegmentationPredictor.of(convolutions(16, 16)).tiles()}) {
            MaskImage mask = predictor.predict(image);
            float[] all = predictor.probabilities(image);
            int[] next = {0};
            predictor.predict(ImageRows.of(image), (y, labels, probabilities) -> {
                assertThat(y).isEqualTo(next[0]++);
                for (int x = 0; x < 40; x++) {
                    assertThat(labels[x]).isEqualTo(mask.at(x, y));
                    for (int c = 0; c < 3; c++) {
                        assertThat(probabilities[3 * x + c]).isEqualTo(all[3 * (40 * y + x) + c]);
                    }
                }
            });
            assertThat(next[0]).isEqualTo(50);
        }
    }

    @Test
    void writesAMaskThatItsMapReadsBack() throws IOException {
        Path image = ImageFiles.png(dir.resolve("image.png"), image(40, 50));
        Path mask = Files.writeString(dir.resolve("mask.png"), "an older file");
        LabelMap map = LabelMap.values(7, 200, 90).ignoring(0);
        SegmentationPredictor predictor = SegmentationPredictor.of(
                PixelModels.largestColour(map, new ImageSize(16, 16)));
        predictor.predict(image, mask);
        assertThat(MaskImage.read(mask, map)).isEqualTo(predictor.predict(image(40, 50)));
        assertThat(MaskImage.read(mask).labels()).containsOnly(7, 200, 90);
        try (var files = Files.list(dir)) {
            assertThat(files).containsExactlyInAnyOrder(image, mask);
        }
    }

    @Test
    void leavesTheOlderMaskIfTheImageIsDamaged() throws IOException {
        Path image = ImageFiles.png(dir.resolve("image.png"), image(40, 500));
        byte[] bytes = Files.readAllBytes(image);
        Files.write(image, Arrays.copyOf(bytes, bytes.length - 1000));
        Path mask = Files.writeString(dir.resolve("mask.png"), "an older file");
        SegmentationPredictor predictor = SegmentationPredictor.of(colours(16, 16));
        for (SegmentationPredictor each : new SegmentationPredictor[] {predictor, predictor.tiles()}) {
            assertThatIOException().isThrownBy(() -> each.predict(image, mask))
                    .withMessage("image " + image + " ends early: a part of the image is missing");
            assertThat(mask).hasContent("an older file");
        }
        try (var files = Files.list(dir)) {
            assertThat(files).containsExactlyInAnyOrder(image, mask);
        }
    }

    @Test
    void saysWhatIsWrong() throws IOException {
        SegmentationPredictor predictor = SegmentationPredictor.of(colours(16, 12));
        assertThat(predictor.overlap()).isEqualTo(3);
        assertThat(predictor.isTiled()).isFalse();
        assertThatIllegalArgumentException().isThrownBy(() -> predictor.overlap(12)).withMessage(
                "the overlap is 12 pixels, but must be from 0 to 11, since tiles are 16x12");
        assertThatIllegalArgumentException().isThrownBy(() -> predictor.overlap(-1));
        Path image = ImageFiles.png(dir.resolve("image.png"), image(4, 5));
        assertThatIOException().isThrownBy(() -> predictor.predict(image, dir.resolve("none/mask.png")))
                .withMessage(dir.resolve("none/mask.png") + " cannot be written: its folder does not exist");
        ImageRows begun = ImageRows.of(image(4, 5));
        begun.next(new byte[12]);
        for (SegmentationPredictor each : new SegmentationPredictor[] {predictor, predictor.tiles()}) {
            assertThatIllegalStateException().isThrownBy(() -> each.predict(begun, (y, labels, probabilities) -> { }))
                    .withMessage("rows of the image have been read before");
        }
    }
}
