package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.data.MaskImage;
import org.segloss4j.data.PngFiles;

/** Training on masks that do not store the classes themselves. */
class TrainLabelsTest {

    @TempDir
    private Path dir;

    @BeforeEach
    void folders() throws IOException {
        ImageFolders.write(dir.resolve("images"), dir.resolve("masks"), 'a', 6);
    }

    /** Stores another value, or colour, for each of the labels 0, 1 and void. */
    private Path masks(int... values) throws IOException {
        Path folder = Files.createDirectories(dir.resolve("masks" + values[1]));
        try (Stream<Path> files = Files.list(dir.resolve("masks"))) {
            for (Path file : files.toList()) {
                int[] stored = Arrays.stream(MaskImage.read(file).labels())
                        .map(label -> label == ImageFolders.VOID ? values[2] : values[label]).toArray();
                Path to = folder.resolve(file.getFileName());
                if (values[1] > 0xFFFF) {
                    PngFiles.coloured(to, ImageFolders.WIDTH, ImageFolders.HEIGHT, stored);
                } else {
                    PngFiles.grey(to, ImageFolders.WIDTH, ImageFolders.HEIGHT, stored);
                }
            }
        }
        return folder;
    }

    private CommandRun train(String out, Path masks, Object... options) {
        Object[] args = {"train", "--filters", 2, "--levels", 2, "--epochs", 1, "--batch", 3, "--size", "16x12",
            "--images", dir.resolve("images"), "--masks", masks, "--out", dir.resolve(out)};
        return CommandRun.of(Stream.concat(Stream.of(args), Stream.of(options)).toArray());
    }

    @Test
    void learnsTheSameWhateverIsStored() throws IOException {
        assertThat(train("plain", dir.resolve("masks"), "--classes", 2, "--ignore", 255).code()).isZero();
        assertThat(train("binary", masks(0, 255, 128), "--values", "0,255", "--ignore", "128").code()).isZero();
        assertThat(train("colours", masks(0, 0xFF0000, 0xFFFFFF), "--values", "#000000,#ff0000", "--ignore",
                "#ffffff").code()).isZero();
        for (String out : new String[] {"binary", "colours"}) {
            assertThat(dir.resolve(out + "/metrics.csv"))
                    .hasSameTextualContentAs(dir.resolve("plain/metrics.csv"));
        }
    }

    /** All that is not void is of class 1, and nothing tells pixels apart: whoever counts void ones is half wrong. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void voidPixelsAreNeitherLearntNorJudged(int parts) throws IOException {
        Path images = Files.createDirectories(dir.resolve("grey"));
        Path masks = Files.createDirectories(dir.resolve("halves"));
        int[] labels = new int[ImageFolders.WIDTH * ImageFolders.HEIGHT];
        for (int p = 0; p < labels.length; p++) {
            labels[p] = p % ImageFolders.WIDTH < ImageFolders.WIDTH / 2 ? 1 : ImageFolders.VOID;
        }
        for (int k = 0; k < 5; k++) {
            PngFiles.grey(images.resolve(k + ".png"), ImageFolders.WIDTH, ImageFolders.HEIGHT, new int[labels.length]);
            PngFiles.grey(masks.resolve(k + ".png"), ImageFolders.WIDTH, ImageFolders.HEIGHT, labels);
        }
        CommandRun run = CommandRun.of("train", "--filters", 2, "--levels", 1, "--epochs", 6, "--batch", 4, "--size",
                "16x12", "--images", images, "--masks", masks, "--classes", 2, "--ignore", ImageFolders.VOID,
                "--weights", "none", "--loss", "cross_entropy", "--parts", parts, "--out", dir.resolve("out"));
        assertThat(run.code()).as(run.err()).isZero();
        List<String> rows = Files.readAllLines(dir.resolve("out/metrics.csv"));
        List<String> last = List.of(rows.get(rows.size() - 1).split(",", -1));
        int accuracy = List.of(rows.get(0).split(",")).indexOf("pixel_accuracy");
        assertThat(last.get(accuracy)).isEqualTo("1.0");
    }

    @Test
    void namesTheClassThatTheMasksDoNotShow() throws IOException {
        CommandRun run = train("out", masks(0, 255, 128), "--values", "0,255,254", "--ignore", 128, "--names",
                "dark,light,cyclist");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("class 2 (cyclist) has no pixel in the training masks; its weight is 0");
        CommandRun plain = train("plain", masks(0, 255, 128), "--values", "0,255,254", "--ignore", 128, "--weights",
                "none");
        assertThat(plain.out().lines().map(String::strip)).contains("class 2 has no pixel in the training masks");
        assertThat(plain.out()).doesNotContain("no --ignore");
    }

    /** 0 and 255 with --classes 2, where 255 could be taken for void and nothing would be learnt. */
    @Test
    void blackAndWhiteMasksAreNotTakenForClasses() throws IOException {
        CommandRun run = train("out", masks(0, 255, 255), "--classes", 2);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.complaints()).first().asString().contains("--values 0,255");
        CommandRun ignored = train("out", masks(0, 255, 255), "--classes", 2, "--ignore", 255);
        assertThat(ignored.out()).contains("class 1 has no pixel in the training masks; its weight is 0",
                "if it is class 1, use --values 0,255 and no --ignore");
    }
}
