package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.preprocessor.ImagePreProcessingScaler;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.segloss4j.Losses;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.RgbImage;

class SegmentationModelTest {

    private static final ImageSize SIZE = new ImageSize(5, 4);
    private static final LabelMap CELLS = LabelMap.values(0, 255).ignoring(128).named("background", "cell");

    @TempDir
    private Path dir;

    private static NeuralNetConfiguration.Builder common() {
        return new NeuralNetConfiguration.Builder().seed(3).updater(new Adam(0.01))
                .convolutionMode(ConvolutionMode.Same);
    }

    /** One convolution that looks at each pixel alone. */
    private static ConvolutionLayer pointwise(int channels, CNN2DFormat format) {
        return new ConvolutionLayer.Builder(1, 1).nOut(channels).dataFormat(format).activation(Activation.IDENTITY)
                .build();
    }

    private static ComputationGraph graph(int channels, CNN2DFormat format, Activation activation) {
        ComputationGraph graph = new ComputationGraph(common().graphBuilder().addInputs("image")
                .setInputTypes(InputType.convolutional(SIZE.height(), SIZE.width(), 3, format))
                .addLayer("logits", pointwise(channels, format), "image")
                .addLayer("classes", new SegmentationLossLayer.Builder(activation == Activation.SIGMOID
                        ? Losses.binaryCrossEntropy() : Losses.categoricalCrossEntropy()).activation(activation)
                        .build(), "logits").setOutputs("classes").build());
        graph.init();
        return graph;
    }

    private static MultiLayerNetwork layers() {
        MultiLayerNetwork network = new MultiLayerNetwork(common().list().layer(pointwise(3, CNN2DFormat.NCHW))
                .layer(new SegmentationLossLayer.Builder(Losses.categoricalCrossEntropy()).build())
                .setInputType(InputType.convolutional(SIZE.height(), SIZE.width(), 3)).build());
        network.init();
        return network;
    }

    private static RgbImage image(ImageSize size) {
        byte[] pixels = new byte[3 * (int) size.pixels()];
        new Random(7).nextBytes(pixels);
        return RgbImage.of(size, pixels);
    }

    /** What a pixel's colour gives in a network of one pointwise convolution, by hand. */
    private static double[] logits(INDArray weights, INDArray bias, int rgb) {
        double[] logits = new double[(int) bias.length()];
        for (int c = 0; c < logits.length; c++) {
            logits[c] = bias.getDouble(c);
            for (int channel = 0; channel < 3; channel++) {
                double value = (rgb >> 8 * (2 - channel) & 0xFF) / 127.5 - 1;
                logits[c] += value * weights.getDouble(c, channel, 0, 0);
            }
        }
        return logits;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void seesEachPixelAsTrainingDidWhereverTheChannelsAre(boolean last) {
        ComputationGraph network = graph(3, last ? CNN2DFormat.NHWC : CNN2DFormat.NCHW, Activation.SOFTMAX);
        SegmentationModel model = SegmentationModel.of(network, LabelMap.indexes(3), SIZE).channelsLast(last)
                .normalization(new ImagePreProcessingScaler(-1, 1));
        RgbImage image = image(SIZE);
        float[] probabilities = model.probabilities(image);
        int[] labels = model.predict(image).labels();
        assertThat(probabilities).hasSize(60);
        assertThat(Arrays.stream(labels).distinct().count()).isGreaterThan(1);
        for (int p = 0; p < labels.length; p++) {
            double[] z = logits(network.getLayer("logits").getParam("W"), network.getLayer("logits").getParam("b"),
                    image.at(p % 5, p / 5));
            double sum = Arrays.stream(z).map(Math::exp).sum();
            int best = 0;
            for (int c = 0; c < 3; c++) {
                assertThat((double) probabilities[3 * p + c]).isCloseTo(Math.exp(z[c]) / sum, within(1e-5));
                best = z[c] > z[best] ? c : best;
            }
            assertThat(labels[p]).isEqualTo(best);
        }
    }

    @Test
    void choosesByTheThresholdOfASingleChannel() {
        ComputationGraph network = graph(1, CNN2DFormat.NCHW, Activation.SIGMOID);
        SegmentationModel model = SegmentationModel.of(network, CELLS, SIZE)
                .normalization(new ImagePreProcessingScaler(-1, 1));
        RgbImage image = image(SIZE);
        float[] probabilities = model.sigmoid(0.5).probabilities(image);
        float[] sorted = probabilities.clone();
        Arrays.sort(sorted);
        int[] labels = model.sigmoid(sorted[12]).predict(image).labels();
        assertThat(probabilities).hasSize(20);
        for (int p = 0; p < 20; p++) {
            assertThat(labels[p]).isEqualTo(probabilities[p] > sorted[12] ? 1 : 0);
        }
        assertThat(Arrays.stream(labels).sum()).isEqualTo(7);
    }

    @Test
    void bringsProbabilitiesBackToTheImagesOwnSize() {
        ComputationGraph network = graph(1, CNN2DFormat.NCHW, Activation.SIGMOID);
        SegmentationModel model = SegmentationModel.of(network, CELLS, SIZE).sigmoid(0.5);
        RgbImage large = image(new ImageSize(10, 8));
        float[] small = model.probabilities(large.resized(SIZE));
        float[] back = model.probabilities(large);
        assertThat(back).hasSize(80);
        assertThat(back[0]).isEqualTo(small[0]);
        assertThat(back[79]).isEqualTo(small[19]);
        assertThat(back[1]).isCloseTo(0.75f * small[0] + 0.25f * small[1], within(1e-6f));
        assertThat(back[2]).isCloseTo(0.25f * small[0] + 0.75f * small[1], within(1e-6f));
        assertThat(back[11]).isCloseTo(0.5625f * small[0] + 0.1875f * (small[1] + small[5]) + 0.0625f * small[6],
                within(1e-6f));
        assertThat(model.predict(large).size()).isEqualTo(new ImageSize(10, 8));
    }

    @Test
    void comesBackFromItsFile() throws IOException {
        Path file = dir.resolve("model.zip");
        ComputationGraph network = graph(1, CNN2DFormat.NHWC, Activation.SIGMOID);
        SegmentationModel model = SegmentationModel.of(network, CELLS, SIZE).channelsLast(true).sigmoid(0.25)
                .normalization(new ImagePreProcessingScaler(-1, 1)).scale(SegmentationModel.Scale.NATIVE)
                .properties(Map.of("loss", "bce", "made by", "a test"));
        model.save(file);
        SegmentationModel read = SegmentationModel.load(file);
        assertThat(read.labels()).isEqualTo(CELLS);
        assertThat(read.size()).isEqualTo(SIZE);
        assertThat(read.scale()).isEqualTo(SegmentationModel.Scale.NATIVE);
        assertThat(read.channelsLast()).isTrue();
        assertThat(read).hasToString("model of 2 classes for images in parts of " + SIZE
                + ", channels last, threshold 0.25");
        assertThat(read.sigmoid()).isTrue();
        assertThat(read.threshold()).isEqualTo(0.25);
        assertThat(read.normalization()).isEqualTo(new ImagePreProcessingScaler(-1, 1));
        assertThat(read.properties()).isEqualTo(model.properties());
        assertThat(read.probabilities(image(SIZE))).isEqualTo(model.probabilities(image(SIZE)));
        // DL4J's own reader does not mind the further entry.
        assertThat(ModelSerializer.restoreComputationGraph(file.toFile()).params()).isEqualTo(network.params());
        ImagePreProcessingScaler scaler = ModelSerializer.restoreNormalizerFromFile(file.toFile());
        assertThat(scaler).isEqualTo(new ImagePreProcessingScaler(-1, 1));
        try (var files = Files.list(dir)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void plainStacksOfLayersComeBackToo() throws IOException {
        Path file = dir.resolve("model.zip");
        SegmentationModel model = SegmentationModel.of(layers(), LabelMap.indexes(3), SIZE);
        model.save(file);
        SegmentationModel read = SegmentationModel.load(file);
        assertThat(read.network()).isInstanceOf(MultiLayerNetwork.class);
        assertThat(read.normalization()).isNull();
        assertThat(read.sigmoid()).isFalse();
        assertThat(read.scale()).isEqualTo(SegmentationModel.Scale.RESIZED);
        assertThat(read.probabilities(image(SIZE))).isEqualTo(model.probabilities(image(SIZE)));
        assertThat(ModelSerializer.restoreMultiLayerNetwork(file.toFile()).params())
                .isEqualTo(((MultiLayerNetwork) model.network()).params());
    }

    private void refused(Path file, String reason) {
        assertThatIOException().isThrownBy(() -> SegmentationModel.load(file)).satisfies(e ->
                assertThat(e.getMessage()).isEqualTo("model " + file + reason).hasLineCount(1));
    }

    @Test
    void saysWhatIsWrongWithAFile() throws IOException {
        refused(dir.resolve("none.zip"), " does not exist");
        refused(dir, " cannot be read: it is a folder");
        refused(Files.createFile(dir.resolve("empty.zip")), " cannot be read: it is empty");
        refused(Files.writeString(dir.resolve("text.zip"), "no model"), " cannot be read: it is not a zip file");
        Path whole = dir.resolve("model.zip");
        SegmentationModel.of(layers(), LabelMap.indexes(3), SIZE).save(whole);
        byte[] bytes = Files.readAllBytes(whole);
        refused(Files.write(dir.resolve("half.zip"), Arrays.copyOf(bytes, bytes.length / 2)),
                " cannot be read: the zip file is truncated or damaged");
        Path plain = dir.resolve("plain.zip");
        ModelSerializer.writeModel(layers(), plain.toFile(), true);
        refused(plain, " cannot be read: it is a model of DL4J without segloss4j.json;"
                + " SegmentationModel.of(network, ...).save writes one with it");
    }

    @Test
    void noticesABitThatFlippedInTheDescription() throws IOException {
        Path file = changed("\"width\" : 5", "\"width\" : 5");
        byte[] bytes = Files.readAllBytes(file);
        byte[] name = "segloss4j.json".getBytes(StandardCharsets.US_ASCII);
        int at = bytes.length - name.length;
        while (!Arrays.equals(name, 0, name.length, bytes, at, at + name.length)) {
            at--;
        }
        // The checksum stands 30 bytes before the name in the central directory.
        bytes[at - 30] ^= 1;
        Files.write(file, bytes);

        refused(file, " cannot be read: the checksum of segloss4j.json is wrong, so the file is damaged");
    }

    /** DL4J itself would take it for a serialised Java object. */
    @Test
    void namesANormaliserThatIsNone() throws IOException {
        Path whole = dir.resolve("model.zip");
        SegmentationModel.of(layers(), LabelMap.indexes(3), SIZE).save(whole);
        try (FileSystem zip = FileSystems.newFileSystem(whole)) {
            Files.writeString(zip.getPath("normalizer.bin"), "no normaliser at all");
        }
        assertThatThrownBy(() -> SegmentationModel.load(whole)).isInstanceOf(IOException.class)
                .hasMessageStartingWith("model " + whole + " cannot be read: ")
                .hasMessageNotContaining("StreamCorrupted").hasMessageNotContaining("invalid stream header");
    }

    /** A process that is killed while it saves cannot clean up. */
    @Test
    void savingRemovesWhatAKilledProcessLeft() throws IOException {
        Path left = Files.createFile(dir.resolve(".segloss4j-0f9fd2f4-5e1c-4a43-9d7f-0d6c6d1e2a11.part"));
        SegmentationModel.of(layers(), LabelMap.indexes(3), SIZE).save(dir.resolve("model.zip"));
        assertThat(left).doesNotExist();
        try (Stream<Path> files = Files.list(dir)) {
            assertThat(files).containsExactly(dir.resolve("model.zip"));
        }
    }

    /** A copy of a model file in which a text of the description is replaced. */
    private Path changed(String from, String to) throws IOException {
        Path whole = dir.resolve("model.zip");
        Path changed = dir.resolve("changed.zip");
        SegmentationModel.of(layers(), LabelMap.indexes(3), SIZE).save(whole);
        try (ZipFile zip = new ZipFile(whole.toFile()); OutputStream file = Files.newOutputStream(changed);
                ZipOutputStream out = new ZipOutputStream(file)) {
            for (ZipEntry entry : zip.stream().toList()) {
                byte[] content = zip.getInputStream(entry).readAllBytes();
                if (entry.getName().equals("segloss4j.json")) {
                    String text = new String(content, StandardCharsets.UTF_8);
                    assertThat(text).contains(from);
                    content = text.replace(from, to).getBytes(StandardCharsets.UTF_8);
                }
                out.putNextEntry(new ZipEntry(entry.getName()));
                out.write(content);
                out.closeEntry();
            }
        }
        return changed;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "\"format\" : 1         | \"format\" : 0         | segloss4j.json: format is 0, but must be from 1 to 1",
        "\"format\" : 1         | \"format\" : 2         | it was written by a later version of SegLoss4J (format 2,"
            + " but this one knows 1); use that version",
        "\"format\" : 1         | \"format\" : \"one\"   | segloss4j.json: format is \"one\", but must be a whole"
            + " number",
        "\"width\" : 5,         | ``                     | segloss4j.json has no width",
        "\"width\" : 5          | \"width\" : 0          | segloss4j.json: the size is 0x4, but both sides must be at"
            + " least 1",
        "\"scale\" : \"resized\" | \"scale\" : \"big\"   | segloss4j.json: scale is \"big\", but must be one of"
            + " resized, native",
        "\"softmax\"            | \"sigmoid\"            | segloss4j.json has no threshold",
        "\"network\" : \"layers\" | \"network\" : 1      | segloss4j.json: network is 1, but must be one of graph,"
            + " layers"})
    void saysWhatIsWrongWithADescription(String from, String to, String reason) throws IOException {
        refused(changed(from, to), " cannot be read: " + reason);
    }

    @Test
    void saysWhichNetworksDoNotSuit() {
        ComputationGraph three = graph(3, CNN2DFormat.NCHW, Activation.SOFTMAX);
        assertThatIllegalStateException().isThrownBy(() -> SegmentationModel.of(three, LabelMap.indexes(2), SIZE)
                .predict(image(SIZE))).withMessage("the network gives [1, 3, 4, 5] for images of 5x4, but a model"
                + " of 2 classes needs [1, 2, 4, 5]");
        assertThatIllegalArgumentException().isThrownBy(() -> SegmentationModel.of(three, LabelMap.indexes(3), SIZE)
                .sigmoid(0.5)).withMessage("one sigmoid channel tells 2 classes apart, but there are 3");
        assertThatIllegalArgumentException().isThrownBy(() -> SegmentationModel.of(three, CELLS, SIZE).sigmoid(-0.1))
                .withMessage("the threshold is -0.1, but must be from 0 to 1");
        three.setParams(Nd4j.valueArrayOf(three.params().shape(), Double.NaN).castTo(three.params().dataType()));
        assertThatIllegalStateException().isThrownBy(() -> SegmentationModel.of(three, LabelMap.indexes(3), SIZE)
                .predict(image(SIZE))).withMessageContaining("NaN");
    }

    @Test
    void keepsTheOlderFileWhereANewOneCannotBeWritten() throws IOException {
        Path file = dir.resolve("folder/model.zip");
        SegmentationModel model = SegmentationModel.of(layers(), LabelMap.indexes(3), SIZE);
        assertThatIOException().isThrownBy(() -> model.save(file));
        Files.createDirectory(file.getParent());
        Files.createDirectories(file.resolve("not empty"));
        assertThatIOException().isThrownBy(() -> model.save(file));
        try (var files = Files.list(file.getParent())) {
            assertThat(files).containsExactly(file);
        }
    }
}
