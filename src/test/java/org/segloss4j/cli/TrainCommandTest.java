package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import javax.imageio.ImageIO;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.data.LabelMap;
import org.segloss4j.internal.loss.LossKind;
import org.segloss4j.internal.loss.Setting;

class TrainCommandTest {

    @TempDir
    private Path dir;

    private static CommandRun train(Path out, Object... more) {
        Object[] args = {"train", "--filters", 2, "--levels", 2, "--out", out};
        return CommandRun.of(Stream.concat(Stream.of(args), Stream.of(more)).toArray());
    }

    private static List<CSVRecord> metrics(Path out) throws IOException {
        return CSVFormat.RFC4180.parse(new StringReader(Files.readString(out.resolve("metrics.csv")))).getRecords();
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void trainsOnShapesAndTheSameSeedGivesTheSame() throws IOException {
        Path out = dir.resolve("new/out");
        Object[] options = {"--size", "16x16", "--epochs", 2, "--batch", 30, "--seed", 5,
            "--loss", "jaccard + 2*categorical_focal", "--weights", "balanced"};
        CommandRun run = train(out, options);
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("backend  cpu (auto; arrays of the host stay there", "16x16, 6 classes",
                "(balanced, mean 1)", "loss     jaccard + 2*categorical_focal", "2 epochs of 6 steps, seed 5",
                "epoch 0/2  untrained", "epoch 2/2  loss ", "star", "of the untrained network",
                "of always answering background, the most frequent class", "written to " + out);
        assertThat(names(out)).containsExactly("last.zip", "metrics.csv", "model.zip", "report.html", "samples.png");

        List<CSVRecord> rows = metrics(out);
        assertThat(rows.get(0).toList()).containsExactly("epoch", "training_loss", "validation_loss", "mean_iou",
                "pixel_accuracy", "iou_background", "iou_circle", "iou_square", "iou_triangle", "iou_ring",
                "iou_star", "validation_jaccard_loss", "validation_focal_loss", "training_mean_iou");
        assertThat(rows).hasSize(4);
        for (CSVRecord row : rows.subList(1, 4)) {
            assertThat(Double.parseDouble(row.get(11)) + Double.parseDouble(row.get(12)))
                    .isCloseTo(Double.parseDouble(row.get(2)), within(1e-5));
        }
        assertThat(rows.get(1).get(0)).isEqualTo("0");
        assertThat(rows.get(1).get(1)).isEmpty();
        assertThat(rows.get(1).get(13)).isEmpty();
        for (int epoch = 1; epoch <= 2; epoch++) {
            for (int column = 1; column < 5; column++) {
                assertThat(Double.parseDouble(rows.get(epoch + 1).get(column))).isBetween(-0.5, 3.0);
            }
            assertThat(Double.parseDouble(rows.get(epoch + 1).get(13))).isBetween(0.01, 1.0);
        }
        assertThat(Files.readString(out.resolve("report.html"))).contains("training mean IoU")
                .contains("training, over the epoch while the network changes");
        assertThat(Double.parseDouble(rows.get(3).get(1))).isLessThan(Double.parseDouble(rows.get(2).get(1)));

        Path again = dir.resolve("again");
        assertThat(train(again, options).code()).isZero();
        assertThat(again.resolve("metrics.csv")).hasSameTextualContentAs(out.resolve("metrics.csv"));
        assertThat(again.resolve("samples.png")).hasSameBinaryContentAs(out.resolve("samples.png"));
    }

    /** The validation samples are judged in batches, whose class sums such a loss does not have. */
    @Test
    void trainsWithALossThatCannotBeDivided() throws IOException {
        Path out = dir.resolve("out");
        CommandRun run = train(out, "--size", "8x8", "--epochs", 1, "--loss", "lovasz + dice", "--weights", "none");
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(metrics(out).get(0).toList()).endsWith("validation_lovasz_softmax_loss", "validation_dice_loss",
                "training_mean_iou");
    }

    /** What is printed of the weights is what the loss has, also of the losses of other libraries. */
    @Test
    void saysWhichTermsTheWeightsAreFor() throws IOException {
        ImageFolders.write(dir.resolve("images"), dir.resolve("masks"), 'a', 5);
        CommandRun chosen = weighed("chosen", "torch.CrossEntropyLoss() + binary_focal", "--weights", "0.5,1.5");
        assertThat(chosen.out()).contains("weights  0 0.5, 1 1.5" + System.lineSeparator()
                + "         not for binary_focal_loss, which has no class weights" + System.lineSeparator());
        Path model = dir.resolve("chosen/model.zip");
        try (ZipFile zip = new ZipFile(model.toFile())) {
            assertThat(new String(zip.getInputStream(zip.getEntry("configuration.json")).readAllBytes(),
                    StandardCharsets.UTF_8).replaceAll("\\s", "")).contains("[0.5,1.5]");
        }
        assertThat(Files.readString(dir.resolve("chosen/report.html"))).contains("not for binary_focal_loss");

        // Nobody asked for weights, so those of the library stay.
        assertThat(weighed("usual", "torch.CrossEntropyLoss() + binary_focal").out()).contains("weights  none");
        assertThat(weighed("mixed", "torch.CrossEntropyLoss() + dice").out()).contains("(median, mean 1)",
                "         not for torch.CrossEntropyLoss, which keeps those of its library unless --weights is given");
    }

    private CommandRun weighed(String out, String loss, Object... more) {
        Object[] options = {"--images", dir.resolve("images"), "--masks", dir.resolve("masks"), "--classes", 2,
            "--ignore", ImageFolders.VOID, "--size", "8x8", "--epochs", 1, "--loss", loss};
        CommandRun run = train(dir.resolve(out), Stream.concat(Stream.of(options), Stream.of(more)).toArray());
        assertThat(run.err()).isEmpty();
        return run;
    }

    @Test
    void trainsOnFoldersWithVoidPixels() throws IOException {
        ImageFolders.write(dir.resolve("images"), dir.resolve("masks"), 'a', 7);
        ImageFolders.write(dir.resolve("vi"), dir.resolve("vm"), 'p', 3);
        Path out = dir.resolve("out");
        CommandRun run = train(out, "--images", dir.resolve("images"), "--masks", dir.resolve("masks"),
                "--val-images", dir.resolve("vi"), "--val-masks", dir.resolve("vm"), "--classes", 2,
                "--ignore", ImageFolders.VOID, "--names", "dark,light", "--size", "16x12", "--epochs", 12,
                "--batch", 3, "--learning-rate", 0.05);
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("7 to learn from, 3 for validation, 16x12, 2 classes, label 255 ignored",
                "12 epochs of 3 steps", "dark", "light");

        List<CSVRecord> rows = metrics(out);
        assertThat(Double.parseDouble(rows.get(13).get(3))).isGreaterThan(0.9);
        assertThat(Files.readString(out.resolve("report.html"))).contains("Label 255 is void", "dark", "light",
                "7 images to learn from, 3 for validation", "--learning-rate");
        BufferedImage samples = ImageIO.read(out.resolve("samples.png").toFile());
        assertThat(samples.getWidth()).isBetween(700, 1100);
        int[] colours = samples.getRGB(0, 0, samples.getWidth(), samples.getHeight(), null, 0, samples.getWidth());
        assertThat(colours).contains(0xFF000000 | LabelMap.indexes(2).colours().get(0),
                0xFF000000 | LabelMap.indexes(2).colours().get(1), 0xFFF2F2F2);

        ComputationGraph restored = ModelSerializer.restoreComputationGraph(out.resolve("model.zip").toFile());
        assertThat(restored.outputSingle(Nd4j.zeros(1, 12, 16, 3)).shape()).containsExactly(1, 12, 16, 2);
    }

    @Test
    void holdsOutAPart() throws IOException {
        ImageFolders.write(dir.resolve("images"), dir.resolve("masks"), 'a', 11);
        CommandRun run = train(dir.resolve("out"), "--images", dir.resolve("images"), "--masks",
                dir.resolve("masks"), "--classes", 2, "--ignore", ImageFolders.VOID, "--size", "8x8", "--epochs", 1,
                "--weights", "none", "--loss", "cce");
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("0.2 of the pairs held out for validation: 9 to learn from, 2 for validation",
                "weights  none", "epoch 1/1");
    }

    @Test
    void stopsIfTheLossIsNoNumber() {
        Path out = dir.resolve("out");
        CommandRun run = train(out, "--size", "8x8", "--epochs", 1, "--loss", "1e308*cce", "--weights", "none");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.complaints()).singleElement().asString()
                .contains("the loss is", "categorical_crossentropy is not finite", "--learning-rate");
        assertThat(out).doesNotExist();
    }

    /** The loss of the only step is finite, and the network that it leaves predicts NaN. */
    @Test
    void saysWhatToDoIfTheNetworkDivergesInTheLastStep() throws IOException {
        ImageFolders.write(dir.resolve("images"), dir.resolve("masks"), 'a', 5);
        CommandRun run = train(dir.resolve("out"), "--images", dir.resolve("images"), "--masks", dir.resolve("masks"),
                "--classes", 2, "--ignore", ImageFolders.VOID, "--size", "16x12", "--epochs", 1, "--learning-rate",
                1e30);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.complaints()).singleElement().asString().startsWith("segloss4j: after epoch 1 ")
                .contains("predictions are not a number").endsWith("; try a smaller --learning-rate or --warm-up 1, and"
                        + " look whether the masks fit the images");
    }

    @Test
    void helpNamesEveryLossAndSetting() {
        List<String> words = List.of(CommandRun.of("train", "--help").out().split("[^a-z0-9_]+"));
        for (LossKind kind : LossKind.values()) {
            assertThat(words).contains(kind.shortNames().get(0));
        }
        for (Setting setting : Setting.values()) {
            assertThat(words).contains(setting.pythonName());
        }
    }
}
