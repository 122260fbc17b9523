package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.dataset.api.preprocessor.ImagePreProcessingScaler;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.MaskImage;
import org.segloss4j.data.PngFiles;
import org.segloss4j.data.RgbImage;
import org.segloss4j.dl4j.SegmentationLossLayer;
import org.segloss4j.dl4j.SegmentationModel;

/** What options of training do to the model that comes out. */
class TrainOptionsTest {

    @TempDir
    private Path dir;
    private Path out;

    @BeforeEach
    void folders() throws IOException {
        out = dir.resolve("out");
        ImageFolders.write(dir.resolve("images"), dir.resolve("masks"), 'a', 8);
    }

    private CommandRun train(Object... more) {
        List<Object> args = new ArrayList<>(List.of("train", "--images", dir.resolve("images"), "--filters", 2,
                "--levels", 2, "--batch", 3, "--out", out));
        args.addAll(List.of(more));
        CommandRun run = CommandRun.of(args.toArray());
        assertThat(run.code()).as(run.err()).isZero();
        return run;
    }

    private CommandRun trainClasses(Object... more) {
        return train(Stream.concat(Stream.of("--masks", dir.resolve("masks"), "--classes", 2, "--ignore", 255),
                Stream.of(more)).toArray());
    }

    /** The question that this project grew from: black and white masks, one channel, one loss of Keras. */
    @Test
    void oneSigmoidChannelLearnsBlackAndWhiteMasks() throws IOException {
        Path binary = Files.createDirectories(dir.resolve("binary"));
        for (char name = 'a'; name < 'i'; name++) {
            int[] labels = MaskImage.read(dir.resolve("masks/" + name + ".png")).labels();
            PngFiles.grey(binary.resolve(name + ".png"), ImageFolders.WIDTH, ImageFolders.HEIGHT,
                    Arrays.stream(labels).map(label -> label == 0 ? 0 : 255).toArray());
        }
        CommandRun run = train("--masks", binary, "--values", "0,255", "--names", "background,cell", "--activation",
                "Sigmoid", "--size", "16x12", "--epochs", 25, "--seed", 4);
        assertThat(run.out()).contains("weights  none", "loss     jaccard + bce", "2 classes");
        SegmentationModel model = SegmentationModel.load(out.resolve("model.zip"));
        assertThat(model.sigmoid()).isTrue();
        assertThat(model.threshold()).isEqualTo(0.5);
        assertThat(model.labels()).isEqualTo(LabelMap.values(0, 255).named("background", "cell"));
        assertThat(model.size()).isEqualTo(new ImageSize(16, 12));
        assertThat(model.normalization()).isEqualTo(new ImagePreProcessingScaler(-1, 1));
        int right = 0;
        for (char name = 'a'; name < 'i'; name++) {
            Path image = dir.resolve("images/" + name + (name % 2 == 1 ? ".png" : ".jpg"));
            int[] predicted = model.predict(RgbImage.read(image)).labels();
            int[] truth = MaskImage.read(binary.resolve(name + ".png"), model.labels()).labels();
            for (int p = 0; p < truth.length; p++) {
                right += predicted[p] == truth[p] ? 1 : 0;
            }
        }
        assertThat(right / (8.0 * ImageFolders.WIDTH * ImageFolders.HEIGHT)).isGreaterThan(0.9);
        ComputationGraph restored = ModelSerializer.restoreComputationGraph(out.resolve("model.zip").toFile());
        assertThat(restored.outputSingle(Nd4j.zeros(1, 12, 16, 3)).shape()).containsExactly(1, 12, 16, 1);
    }

    /** The loss that the saved network minimises. */
    private SegmentationLoss loss() throws IOException {
        ComputationGraph network = ModelSerializer.restoreComputationGraph(out.resolve("model.zip").toFile());
        LayerVertex vertex = (LayerVertex) network.getConfiguration().getVertices().get("classes");
        return ((SegmentationLossLayer) vertex.getLayerConf().getLayer()).getLossFn();
    }

    @Test
    void everySettingOfTheLossReachesTheNetwork() throws IOException {
        trainClasses("--size", "8x8", "--epochs", 1, "--weights", "1,3", "--loss",
                "2*tversky(alpha=0.3, beta=0.6, smooth=1, per_image=true, class_indexes=[1], class_weights=[2])"
                        + " + jaccard(class_indexes=[1]) + cce(class_indexes=[0, 1])"
                        + " + binary_focal(alpha=0.4, gamma=1.5)");
        assertThat(loss()).isEqualTo(Losses.tversky().alpha(0.3).beta(0.6).smooth(1).perImage(true).classIndexes(1)
                .classWeights(2).times(2).plus(Losses.jaccard().classIndexes(1).classWeights(3))
                .plus(Losses.categoricalCrossEntropy().classIndexes(0, 1).classWeights(1, 3))
                .plus(Losses.binaryFocal().alpha(0.4).gamma(1.5)).ignoreIndex(255));
    }

    /** Larger and smaller than the parts, and of several sizes. */
    @Test
    void learnsFromRandomPartsOfImagesOfAnySize() throws IOException {
        CommandRun run = trainClasses("--crop", "12x20", "--augment", "flip,scale,colour", "--epochs", 2,
                "--validation", "0.5");
        assertThat(run.out()).contains("4 to learn from, 8 for validation, 12x20");
        SegmentationModel model = SegmentationModel.load(out.resolve("model.zip"));
        assertThat(model.scale()).isEqualTo(SegmentationModel.Scale.NATIVE);
        assertThat(model.size()).isEqualTo(new ImageSize(12, 20));
    }

    @Test
    void validatesByAListOfNames() throws IOException {
        Files.writeString(dir.resolve("train.txt"), "a\nb\nc\n");
        Files.writeString(dir.resolve("val.txt"), "g\nh\n");
        assertThat(trainClasses("--size", "8x8", "--epochs", 1, "--list", dir.resolve("train.txt"), "--val-list",
                dir.resolve("val.txt")).out()).contains("3 to learn from, 2 for validation");
    }

    /** The mean IoU of each epoch, the first before training. */
    private double[] ious() throws IOException {
        return Files.readAllLines(out.resolve("metrics.csv")).stream().skip(1)
                .mapToDouble(row -> Double.parseDouble(row.split(",")[3])).toArray();
    }

    @Test
    void stopsWhenNothingGetsBetter() throws IOException {
        CommandRun run = trainClasses("--size", "8x8", "--epochs", 30, "--patience", 2);
        double[] ious = ious();
        int last = ious.length - 1;
        assertThat(last).isLessThan(30);
        for (int epoch = 3; epoch <= last; epoch++) {
            double before = Arrays.stream(ious, 1, epoch - 1).max().orElseThrow();
            boolean better = ious[epoch - 1] > before || ious[epoch] > before;
            assertThat(better).as("after epoch " + epoch).isEqualTo(epoch < last);
        }
        // The best network is kept, not the last.
        assertThat(run.out()).contains("model.zip (epoch " + (last - 2) + "), last.zip (epoch " + last + ")");
        assertThat(ModelSerializer.restoreComputationGraph(out.resolve("model.zip").toFile()).getEpochCount())
                .isEqualTo(last - 2);
        assertThat(SegmentationModel.load(out.resolve("last.zip")).properties().get("training"))
                .contains("\"finished\":true");
    }

    @ParameterizedTest
    @ValueSource(strings = {"constant", "exponential", "COSINE", "step"})
    void everyScheduleTrains(String schedule) throws IOException {
        trainClasses("--size", "8x8", "--epochs", 2, "--schedule", schedule, "--warm-up", 1);
        ComputationGraph network = ModelSerializer.restoreComputationGraph(out.resolve("last.zip").toFile());
        assertThat(network.getLearningRate("logits")).isNotNull();
        assertThat(network.getConfiguration().toJson()).contains("\"curve\" : \"" + schedule.toUpperCase() + "\"");
    }

    /** The network is ruined in the first steps. */
    @Test
    void saysWhatToDoWhenTheNetworkDiverges() {
        CommandRun run = CommandRun.of("train", "--images", dir.resolve("images"), "--masks", dir.resolve("masks"),
                "--classes", 2, "--ignore", 255, "--size", "8x8", "--levels", 1, "--filters", 1, "--learning-rate",
                "1e38", "--out", out, "--schedule", "constant", "--batch", 2);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.complaints()).singleElement().asString().contains("in epoch 1", "nothing is saved",
                "try a smaller --learning-rate or --warm-up 1, and look whether the masks fit the images");
        assertThat(out).doesNotExist();
    }
}
