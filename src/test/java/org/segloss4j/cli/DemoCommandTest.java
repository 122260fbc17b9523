package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.factory.Nd4j;

class DemoCommandTest {

    @TempDir
    private Path dir;

    private static List<CSVRecord> rows(Path out) throws IOException {
        return CSVFormat.RFC4180.parse(new StringReader(Files.readString(out.resolve("comparison.csv")))).getRecords();
    }

    @Test
    void comparesTheLosses() throws IOException {
        Path out = dir.resolve("new/out");
        CommandRun run = CommandRun.of("demo", "--images", 6, "--epochs", 2, "--seed", 4, "--out", out);
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("6 images of 40x40 to learn from, 80 to judge by", "2 epochs of 2 steps",
                "(median, mean 1)", "loss     LossMCXENT: ", "loss     LossMCXENT, weighted: ",
                "loss     SegLoss4J: jaccard + cce", "epoch 1/2  mean IoU LossMCXENT 0.", "about ", " s left",
                "epoch 2/2  mean IoU ", "mean of all", "written to " + out);
        try (Stream<Path> files = Files.list(out)) {
            assertThat(files.map(f -> f.getFileName().toString()))
                    .containsExactlyInAnyOrder("model.zip", "comparison.csv", "curves.png", "samples.png");
        }

        List<CSVRecord> rows = rows(out);
        assertThat(rows.get(0).toList()).containsExactly("loss", "epoch", "mean_iou", "pixel_accuracy",
                "iou_background", "iou_circle", "iou_square", "iou_triangle", "iou_ring", "iou_star");
        assertThat(rows.stream().skip(1).map(row -> row.get(0) + " " + row.get(1))).containsExactly("LossMCXENT 1",
                "LossMCXENT 2", "LossMCXENT, weighted 1", "LossMCXENT, weighted 2", "SegLoss4J 1", "SegLoss4J 2");
        assertThat(rows.stream().skip(1).map(row -> row.get(3)).distinct()).as("each loss learns something else")
                .hasSizeGreaterThan(3);

        BufferedImage curves = ImageIO.read(out.resolve("curves.png").toFile());
        assertThat(curves.getWidth()).isEqualTo(1120);
        assertThat(ImageIO.read(out.resolve("samples.png").toFile()).getWidth()).isBetween(700, 1100);
        assertThat(ModelSerializer.restoreComputationGraph(out.resolve("model.zip").toFile())
                .outputSingle(Nd4j.zeros(1, 40, 40, 3)).shape()).containsExactly(1, 40, 40, 6);
    }

    @Tag("slow")
    @Test
    void theSameSeedGivesTheSame() {
        for (String out : new String[] {"once", "again"}) {
            assertThat(CommandRun.of("demo", "--images", 6, "--epochs", 2, "--seed", 4, "--out", dir.resolve(out))
                    .code()).isZero();
        }
        for (String file : new String[] {"comparison.csv", "samples.png"}) {
            assertThat(dir.resolve("again").resolve(file)).hasSameBinaryContentAs(dir.resolve("once").resolve(file));
        }
    }

    @ParameterizedTest
    @CsvSource({"--images, 0", "--images, -3", "--epochs, 0"})
    void complainsBeforeItWorks(String option, int value) {
        Path out = dir.resolve("out");
        CommandRun run = CommandRun.of("demo", option, value, "--out", out);
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.complaints()).containsExactly("segloss4j: " + option + " is " + value
                + ", but must be at least 1");
        assertThat(out).doesNotExist();
    }
}
